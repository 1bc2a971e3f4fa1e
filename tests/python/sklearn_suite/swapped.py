"""Load a test module of the installed scikit-learn with tenfold's names in place of scikit-learn's.

The module is imported while ``sklearn.model_selection`` offers tenfold's classes and functions under their
usual names, so that everything in it, parametrisations included, is bound to tenfold's. Nothing is
copied: the tests, their fixtures and their expectations are scikit-learn's.
"""

from __future__ import annotations

import importlib
import sys
from typing import Any
from unittest import mock

import sklearn.conftest
import sklearn.experimental.enable_halving_search_cv
import sklearn.model_selection

import tenfold

SWAPPED = tuple(name for name in tenfold.__all__ if hasattr(sklearn.model_selection, name))


def swapped_tests(module_name: str) -> dict[str, Any]:
    """Tests and fixtures of a scikit-learn test module, by name, bound to tenfold's classes."""
    replacements = {name: getattr(tenfold, name) for name in SWAPPED}
    sys.modules.pop(module_name, None)
    with mock.patch.multiple(sklearn.model_selection, **replacements):
        module = importlib.import_module(module_name)
    tests = {name: value for name, value in vars(module).items() if not name.startswith("__")}
    fixtures = {
        name: value
        for name, value in vars(sklearn.conftest).items()
        if type(value).__name__ in ("FixtureFunctionDefinition", "function")
        and hasattr(value, "_fixture_function_marker")
    }
    return {**fixtures, **tests}
