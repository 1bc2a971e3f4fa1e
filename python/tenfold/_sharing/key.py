"""When two transformers are the same one, and when fitting one twice gives the same twice.

The key of an unfitted transformer is made of its class and of everything in its ``__dict__``, parameters
and output configuration alike, down through nested transformers. What cannot be compared by value, or may
draw random numbers of its own at every fit, raises :class:`Refusal` with the reason in words.
"""

from __future__ import annotations

import functools
import types
from collections.abc import Hashable
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator

from tenfold import _versions
from tenfold._lazy import is_class
from tenfold._refusal import Refusal
from tenfold._sharing.randomness import needs_no_seed

# Functions of any kind, NumPy's dispatched ones included.
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, type(np.mean))
_SIMPLE = (bool, int, float, complex, str, bytes, type(None))
_GENERATORS = (np.random.RandomState, np.random.Generator, np.random.BitGenerator)
# Functions of these packages give the same twice ...
_TRUSTED_PACKAGES = frozenset({"sklearn", "numpy", "scipy"})
# ... but for these, which add noise to continuous columns.
_NOISY = ("mutual_info_classif", "mutual_info_regression")

# Transformers that draw a sample of more rows than this parameter, ``subsample``, says.
_SUBSAMPLING = ("KBinsDiscretizer", "QuantileTransformer")


def key_of(value: Any, n_rows: int | None = None) -> Hashable:
    """Equal for values that behave alike; raises Refusal where there is no telling.

    With ``n_rows``, also for what may draw random numbers when it is fitted on so many rows.
    """
    if type(value) in _SIMPLE or _is_plain_scalar(value):
        # repr: NaN equals itself here, 0.0 does not equal -0.0, and types keep 1, 1.0 and True apart.
        return type(value), repr(value)
    if isinstance(value, _GENERATORS):
        raise Refusal("a transformer's random_state is a generator")
    if type(value) in (list, tuple):
        return type(value), tuple(key_of(item, n_rows) for item in value)
    if type(value) is dict:
        items = ((key_of(k, n_rows), key_of(v, n_rows)) for k, v in value.items())
        return dict, tuple(items)
    if type(value) in (np.ndarray, np.memmap):
        return _key_of_array(value, n_rows)
    if isinstance(value, slice):
        return slice, repr(value)
    if isinstance(value, type | np.dtype | np.ufunc):
        return value
    return _key_of_object(value, n_rows)


def _is_plain_scalar(value: Any) -> bool:
    """Whether a value is a scalar of NumPy's own that its ``repr`` has whole."""
    plain = isinstance(value, np.generic) and not isinstance(value, np.void | np.object_)
    return plain and type(value).__module__ == "numpy"


def _key_of_array(value: np.ndarray[Any, Any], n_rows: int | None) -> Hashable:
    if value.dtype.kind == "O":
        return np.ndarray, value.shape, key_of(value.ravel().tolist(), n_rows)
    return np.ndarray, value.shape, value.dtype.str, value.tobytes()


def _key_of_object(value: Any, n_rows: int | None) -> Hashable:
    if isinstance(value, functools.partial):
        fixed = value.keywords.get("random_state") is not None
        function = value.func if fixed and _is_noisy(value.func) else _checked(value.func)
        parts = key_of((list(value.args), value.keywords), n_rows)
        return functools.partial, function, parts
    if isinstance(value, _FUNCTIONS):
        return _checked(value)
    if is_class(type(value), "sklearn.compose.make_column_selector"):
        return type(value), key_of(vars(value), n_rows)
    if hasattr(value, "get_params") and hasattr(value, "__dict__"):
        if n_rows is not None:
            refuse_randomness(value, n_rows)
        if any(vars(cls).get("__slots__") for cls in type(value).__mro__):
            raise Refusal(f"{type(value).__name__} keeps attributes out of sight")
        return type(value), _key_of_parts(value, n_rows)
    if type(value).__module__.partition(".")[0] == "sklearn" and hasattr(value, "__dict__"):
        return type(value), key_of(dict(sorted(vars(value).items())), n_rows)
    raise Refusal(f"a transformer has a {type(value).__name__} for a parameter")


def _key_of_parts(estimator: Any, n_rows: int | None) -> Hashable:
    """Of everything that an estimator has.

    scikit-learn's ensembles keep a member to copy, beside their parameters, and seed every copy.
    """
    own = dict(sorted(vars(estimator).items()))
    if type(estimator).__module__.partition(".")[0] != "sklearn":
        return key_of(own, n_rows)
    parameters = estimator.get_params(deep=False)
    seen = {name: value for name, value in own.items() if name in parameters}
    others = {name: value for name, value in own.items() if name not in parameters}
    return key_of(seen, n_rows), key_of(others)


def _checked(function: Any) -> Hashable:
    package = (getattr(function, "__module__", None) or "").partition(".")[0]
    name = getattr(function, "__name__", "function")
    if _is_noisy(function):
        raise Refusal(f"{name} draws random numbers")
    if package not in _TRUSTED_PACKAGES or "random" in function.__module__.split("."):
        raise Refusal(f"the function {name} may draw random numbers")
    return function  # type: ignore[no-any-return]


def _is_noisy(function: Any) -> bool:
    """Told by name, so that nobody waits for a module that he does not use."""
    module = getattr(function, "__module__", None) or ""
    return module.startswith("sklearn.feature_selection.") and function.__name__ in _NOISY


def refuse_randomness(transformer: Any, n_rows: int) -> None:
    """Raise Refusal for a transformer that may draw other random numbers at its next fit."""
    name = type(transformer).__name__
    if isinstance(transformer, BaseEstimator) and _versions.is_non_deterministic(transformer):
        raise Refusal(f"{name} says that it is not deterministic")
    values = transformer.get_params(deep=False)
    if "random_state" not in values or isinstance(values["random_state"], int | np.integer):
        return
    if not _never_draws(transformer, n_rows):
        raise Refusal(f"{name} has no fixed random_state")


def _never_draws(transformer: Any, n_rows: int) -> bool:
    """Whether an unset random_state stays unused, as far as parameters and rows tell.

    A PCA that chooses its solver by the shape of its input may still turn out to be randomized: the fit
    itself watches NumPy's global generator, which is where an unset random_state draws from.
    """
    if transformer.random_state is not None:
        return False
    cls = type(transformer)
    if is_class(cls, "sklearn.decomposition.PCA"):
        return transformer.svd_solver in ("auto", "full", "covariance_eigh")
    if any(is_class(cls, f"sklearn.preprocessing.{name}") for name in _SUBSAMPLING):
        subsample = transformer.subsample
        return subsample is None or n_rows <= subsample
    return needs_no_seed(transformer)
