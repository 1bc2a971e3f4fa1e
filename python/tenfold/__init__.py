"""scikit-learn hyper-parameter search over a C++ engine.

Import the search classes and validation functions from here instead of ``sklearn.model_selection``, or run
scikit-learn's own inside ``joblib.parallel_config(backend="tenfold")``: results are scikit-learn's, sooner.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import joblib

from tenfold._config import config_context, get_config, set_config

if TYPE_CHECKING:
    from tenfold._backend import TenfoldBackend
    from tenfold._search import (
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
    )
    from tenfold._validation import (
        cross_val_predict,
        cross_val_score,
        cross_validate,
        learning_curve,
        permutation_test_score,
        validation_curve,
    )
    from tenfold._verify import verify

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "TenfoldBackend",
    "config_context",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "get_config",
    "learning_curve",
    "permutation_test_score",
    "set_config",
    "validation_curve",
    "verify",
]
__version__ = "0.1.0"

# Imported when first asked for: an executor that needs the engine alone is not to wait for scikit-learn.
_HOMES = {
    "TenfoldBackend": "_backend",
    **dict.fromkeys(
        ("GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"),
        "_search",
    ),
    **dict.fromkeys(
        (
            "cross_val_predict",
            "cross_val_score",
            "cross_validate",
            "learning_curve",
            "permutation_test_score",
            "validation_curve",
        ),
        "_validation",
    ),
    "verify": "_verify",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _make_backend(**options: Any) -> TenfoldBackend:
    from tenfold._backend import TenfoldBackend

    return TenfoldBackend(**options)


joblib.register_parallel_backend("tenfold", _make_backend)
