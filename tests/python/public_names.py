"""Names that tenfold has of scikit-learn, and so must keep as they are there."""

import inspect

from sklearn import model_selection
from sklearn.experimental import enable_halving_search_cv  # noqa: F401

import tenfold

_SHARED = [name for name in tenfold.__all__ if hasattr(model_selection, name)]
SEARCHES = [name for name in _SHARED if inspect.isclass(getattr(tenfold, name))]
FUNCTIONS = [name for name in _SHARED if name not in SEARCHES]
