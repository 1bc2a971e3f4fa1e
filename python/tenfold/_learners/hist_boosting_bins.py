"""Rows of histogram gradient boosting cut into bins, once for all candidates that are fitted on them.

How columns are cut depends on the rows, their weights and how many bins there may be, and on nothing else
that a candidate has. What was cut is known by the rows' content: each candidate is handed rows of its own.
"""

from __future__ import annotations

import copy
import hashlib
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Any

import numpy as np

from tenfold._numerics import sklearn_hist_boosting
from tenfold._refusal import Refusal

# Kept by a process: bytes of bins, and tables.
_MOST_BYTES = 2**26
_MOST_TABLES = 16
# From here on thresholds between values may overflow, of which NumPy warns at each fit.
_LARGEST = 1e150

_lock = threading.Lock()
_tables: OrderedDict[bytes, tuple[Any, dict[str, Any]]] = OrderedDict()


def bins_of(estimator: Any, X: Any, sample_weight: Any, own: Callable[..., Any]) -> Any:
    """The bins of training rows; the estimator's mapper ends as it would have.

    Refusal where they are to be cut as scikit-learn cuts them.
    """
    mapper = sklearn_hist_boosting.bin_mapper(estimator)
    _refuse(estimator, mapper, X)
    key = _key_of(mapper, X, sample_weight)
    with _lock:
        known = _tables.get(key)
        if known is not None:
            _tables.move_to_end(key)
    if known is not None:
        table, fitted = known
        vars(mapper).update(copy.deepcopy(fitted))
        return table
    before = set(vars(mapper))
    table = own(estimator, X, sample_weight, True)
    fitted = {name: value for name, value in vars(mapper).items() if name not in before}
    if table.nbytes <= _MOST_BYTES:
        with _lock:
            _tables[key] = table, copy.deepcopy(fitted)
            while len(_tables) > _MOST_TABLES or _n_bytes() > _MOST_BYTES:
                _tables.popitem(last=False)
    return table


def _n_bytes() -> int:
    return sum(table.nbytes for table, _ in _tables.values())


def _refuse(estimator: Any, mapper: Any, X: Any) -> None:
    if estimator.verbose:
        raise Refusal("verbose prints how long it took")
    if mapper.is_categorical is not None:
        raise Refusal("categories are numbered beforehand")
    plain = type(X) is np.ndarray and X.dtype == np.float64
    if not plain or not (X.flags.c_contiguous or X.flags.f_contiguous):
        raise Refusal("the rows are of another kind")
    if len(X) > mapper.subsample:
        raise Refusal("rows are drawn")
    with np.errstate(invalid="ignore"):
        if (np.abs(X) > _LARGEST).any():
            raise Refusal("values that are infinite, or nearly so")


def _key_of(mapper: Any, X: Any, sample_weight: Any) -> bytes:
    digest = hashlib.blake2b(repr((X.shape, X.flags.c_contiguous, mapper.n_bins)).encode())
    digest.update((X if X.flags.c_contiguous else X.T).data)
    if sample_weight is not None:
        digest.update(b"weights")
        digest.update(np.ascontiguousarray(sample_weight).data)
    return digest.digest()


def forget() -> None:
    """Let go of all bins."""
    with _lock:
        _tables.clear()
