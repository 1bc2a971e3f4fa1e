"""scikit-learn hyper-parameter search over a C++ engine.

Import the search classes and validation functions from here instead of ``sklearn.model_selection``, or run
scikit-learn's own inside ``joblib.parallel_config(backend="tenfold")``: results are scikit-learn's, sooner.
"""

from tenfold import _backend
from tenfold._backend import TenfoldBackend
from tenfold._config import config_context, get_config, set_config
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

_backend.register()
