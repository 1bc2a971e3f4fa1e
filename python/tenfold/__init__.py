"""scikit-learn hyper-parameter search over a C++ engine.

Import the search classes and validation functions from here instead of ``sklearn.model_selection``, or run
scikit-learn's own inside ``joblib.parallel_config(backend="tenfold")``: results are scikit-learn's, sooner.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import joblib

from tenfold._config import config_context, get_config, set_config
from tenfold._lazy import lazily

if TYPE_CHECKING:
    from tenfold._dropin.backend import TenfoldBackend
    from tenfold._dropin.search import (
        GridSearchCV,
        HalvingGridSearchCV,
        HalvingRandomSearchCV,
        RandomizedSearchCV,
    )
    from tenfold._dropin.validation import (
        cross_val_predict,
        cross_val_score,
        cross_validate,
        learning_curve,
        permutation_test_score,
        validation_curve,
    )
    from tenfold._journal.reading import read_journal
    from tenfold._report.display import SearchDisplay
    from tenfold._report.mlflow_runs import log_to_mlflow
    from tenfold._report.study import to_study
    from tenfold._verify.verify import verify

__all__ = [
    "GridSearchCV",
    "HalvingGridSearchCV",
    "HalvingRandomSearchCV",
    "RandomizedSearchCV",
    "SearchDisplay",
    "TenfoldBackend",
    "config_context",
    "cross_val_predict",
    "cross_val_score",
    "cross_validate",
    "get_config",
    "learning_curve",
    "log_to_mlflow",
    "permutation_test_score",
    "read_journal",
    "set_config",
    "to_study",
    "validation_curve",
    "verify",
]
__version__ = "0.1.0"

_HOMES = {
    "TenfoldBackend": "_dropin.backend",
    **dict.fromkeys(
        ("GridSearchCV", "HalvingGridSearchCV", "HalvingRandomSearchCV", "RandomizedSearchCV"),
        "_dropin.search",
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
        "_dropin.validation",
    ),
    "SearchDisplay": "_report.display",
    "log_to_mlflow": "_report.mlflow_runs",
    "read_journal": "_journal.reading",
    "to_study": "_report.study",
    "verify": "_verify.verify",
}


__getattr__, __dir__ = lazily(__name__, _HOMES)


def _make_backend(**options: Any) -> TenfoldBackend:
    from tenfold._dropin.backend import TenfoldBackend

    return TenfoldBackend(**options)


joblib.register_parallel_backend("tenfold", _make_backend)
