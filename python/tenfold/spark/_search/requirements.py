"""What executors must have in common with the driver for a search to give the same numbers."""

from __future__ import annotations

import functools
import platform
import sys
import types
from collections.abc import Iterable, Iterator
from importlib import metadata
from typing import Any

import tenfold
from tenfold._gather.calls import Request, arguments_of
from tenfold.spark._search.bootstrap import Requirements

# Releases of one minor version give the same numbers; others may not.
_ALWAYS = ("scikit-learn", "numpy", "scipy")
_KNOWN_ROOTS = frozenset({"sklearn", "numpy", "scipy", "pandas", "tenfold", "__main__"})


def requirements_of(request: Request) -> Requirements:
    """Versions for the calls of a request: scikit-learn's, and exactly those of other learners' packages."""
    first = arguments_of(request.calls[0])
    return requirements_for([first["X"]], [first["estimator"]])


def requirements_for(data: Iterable[Any], code: Iterable[Any]) -> Requirements:
    """Versions for data, and for estimators and functions."""
    versions = {name: (metadata.version(name), False) for name in _ALWAYS}
    versions["tenfold"] = (tenfold.__version__, True)
    if any(type(one).__module__.startswith("pandas.") for one in data):
        versions["pandas"] = (metadata.version("pandas"), False)
    roots = {root for one in code for root in _roots(one)}
    for root in roots - _KNOWN_ROOTS:
        for name in _distributions(root):
            versions[name] = (metadata.version(name), True)
    return Requirements(versions, platform.python_version(), platform.machine())


def _roots(estimator: Any) -> Iterator[str]:
    """Top-level modules of an estimator's class and of those of its parts, or that of a function."""
    if isinstance(estimator, types.FunctionType | type):
        yield estimator.__module__.partition(".")[0]
        return
    yield type(estimator).__module__.partition(".")[0]
    if hasattr(estimator, "get_params"):
        for value in estimator.get_params(deep=True).values():
            if hasattr(value, "get_params"):
                yield type(value).__module__.partition(".")[0]


@functools.cache
def _distributions(root: str) -> tuple[str, ...]:
    if root in sys.stdlib_module_names:
        return ()
    return tuple(set(metadata.packages_distributions().get(root, ())))
