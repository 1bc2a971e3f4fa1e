"""A fitted estimator's stand-in, so that scikit-learn's own scoring code can read off native results.

The estimator that scikit-learn passed in keeps its identity; only its class is exchanged, for a subclass of
the same name whose ``fit`` takes the native result. Responses to the rows of the split are then answered
from the engine's probabilities. Who is to be given the estimator after that has it made genuine first: its
class is put back and scikit-learn's own ``fit`` runs, natively again where that can be, from the same seeds.

Only scikit-learn's own scorers ever meet a stand-in: they ask for responses to the X that they are given. A
scorer of the user's may do anything with an estimator (compare its class, list its attributes, edit X or
the parameters and ask again), so cells with one are not native at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.base import clone

from tenfold import _versions
from tenfold._data.table import ClassTable, Split, SplitTable
from tenfold._learners import learner_of, native_fits
from tenfold._learners.responding import Responding

_STATE = "_tenfold_result"
# Rows are compared so many bytes at a time: a copy of all of them would double what a scorer is handed.
_BLOCK_BYTES = 1 << 20


@dataclass
class NativeResult:
    """What the engine knows of one fitted cell.

    Attributes
    ----------
    test, train : ndarray of shape (n_rows of that part, n_classes or 1) or None
        Class probabilities over all classes of the table, or predictions: what the learner's responses are.
    master_seed : int or None
        What an estimator without ``random_state`` was seeded with, where its fit must be had again.
    """

    table: SplitTable
    split: Split
    test: NDArray[np.float64] | None
    train: NDArray[np.float64] | None
    master_seed: int | None
    weighted: bool = False  # fitted with sample_weight
    X_train: Any = None
    y_train: Any = None
    sample_weight: Any = None  # of the training rows
    _known: list[tuple[Any, NDArray[np.float64]]] = field(default_factory=list)

    @property
    def classes(self) -> NDArray[Any]:
        """Labels among the training rows."""
        assert isinstance(self.table, ClassTable)
        labels: NDArray[Any] = self.table.classes[self.split.present]
        return labels

    def responses(self, X: Any) -> NDArray[np.float64] | None:
        """Probabilities or predictions for X, if X is this split's test or training rows; else None."""
        part = next((part for known, part in self._known if known is X), None)
        if part is None:
            for rows, of_part in ((self.split.test, self.test), (self.split.train, self.train)):
                if of_part is not None and self._is_rows(X, rows):
                    self._known.append((X, part := of_part))
                    break
        if part is None:
            return None
        columns = self.table.response_columns(self.split)
        # A copy, whoever asks: a metric may write into what it is given.
        if isinstance(columns, slice) or len(columns) == part.shape[1]:
            return part.copy()
        of_present: NDArray[np.float64] = part.take(columns, axis=1)
        return of_present

    def _is_rows(self, X: Any, rows: NDArray[np.int64]) -> bool:
        # A memory-mapped table has plain arrays for its parts.
        both_arrays = isinstance(X, np.ndarray) and isinstance(self.table.X, np.ndarray)
        if not (both_arrays or type(X) is type(self.table.X)):
            return False
        if _versions.num_samples(X) != len(rows):
            return False
        if both_arrays:
            return self._is_rows_of_array(X, rows)
        expected = _versions.safe_indexing(self.table.X, rows)
        if sparse.issparse(X):
            parts = ("indptr", "indices", "data")
            return X.shape == expected.shape and all(
                np.array_equal(getattr(X, part), getattr(expected, part)) for part in parts
            )
        return bool(X.equals(expected)) if hasattr(X, "equals") else bool(expected == X)

    def _is_rows_of_array(self, X: NDArray[Any], rows: NDArray[np.int64]) -> bool:
        """The same in blocks, of which copies take little."""
        may_miss = X.dtype.kind == "f" and self.table.has_missing
        if X.dtype != self.table.X.dtype:
            return False
        step = max(1, _BLOCK_BYTES // max(1, self.table.row_bytes))
        for begin in range(0, len(rows), step):
            expected = _versions.safe_indexing(self.table.X, rows[begin : begin + step])
            if not np.array_equal(X[begin : begin + step], expected, equal_nan=may_miss):
                return False
        return True


class StandIn(Responding):
    """What the stand-in classes add to the learner's class, beside what its learner says."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        """Take the native result as the outcome of this fit."""
        result = vars(self).get(_STATE)
        weighted = sample_weight is not None
        if result is None or result.X_train is not None or result.weighted is not weighted:
            take_off(self)
            return self.fit(X, y, sample_weight=sample_weight)
        result.X_train, result.y_train, result.sample_weight = X, y, sample_weight
        self._become_fitted(result)
        self.n_features_in_ = result.table.n_columns
        if result.table.feature_names is not None:
            self.feature_names_in_ = result.table.feature_names
        return self

    def _native_responses(self, X: Any) -> NDArray[np.float64] | None:
        result = self._native_result()
        return None if result is None else result.responses(X)

    def _native_result(self) -> NativeResult | None:
        result: NativeResult | None = vars(self).get(_STATE)
        return result

    def _made_genuine(self) -> Any:
        return become_genuine(self)

    def __getattr__(self, name: str) -> Any:
        # Reached only for what neither the stand-in nor its class has: fitted attributes not yet there, and
        # methods that others have (roc_auc asks for a decision_function first).
        if not _is_of_a_fit(name) or not _is_fitted(self):
            raise AttributeError(
                f"{type(self).__name__!r} object has no attribute {name!r}", name=name, obj=self
            )
        return getattr(become_genuine(self), name)

    def __sklearn_clone__(self) -> Any:
        genuine: Any = object.__new__(_genuine_class(type(self)))
        genuine.__dict__.update(
            (name, value) for name, value in vars(self).items() if name != _STATE
        )
        return clone(genuine)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return become_genuine(self).__reduce_ex__(protocol)


_classes: dict[type, type] = {}


def _stand_in_class(genuine: type) -> type:
    if genuine not in _classes:
        body = {
            "__module__": genuine.__module__,
            "__qualname__": genuine.__qualname__,
            "__doc__": genuine.__doc__,
            # Parameters are read off the constructor's signature.
            "__init__": genuine.__init__,  # type: ignore[misc]
        }
        responding = learner_of(genuine).responding(genuine)
        _classes[genuine] = type(genuine.__name__, (responding, StandIn, genuine), body)
    return _classes[genuine]


def _genuine_class(stand_in: type) -> type:
    return stand_in.__bases__[-1]


def put_on(estimator: Any, result: NativeResult | None) -> None:
    """Make a fresh estimator the stand-in of its own fitted self."""
    estimator.__class__ = _stand_in_class(type(estimator))
    if result is not None:
        vars(estimator)[_STATE] = result


def take_off(estimator: Any) -> None:
    """Make a stand-in an estimator of its own class again, and drop what it answered from."""
    if issubclass(type(estimator), StandIn):
        estimator.__class__ = _genuine_class(type(estimator))
        vars(estimator).pop(_STATE, None)


def _is_of_a_fit(name: str) -> bool:
    """Whether ``fit`` may set an attribute of this name."""
    private = name.startswith("_") and not name.startswith("__")
    return name != _STATE and (private or (name.endswith("_") and not name.endswith("__")))


def _is_fitted(estimator: Any) -> bool:
    result = vars(estimator).get(_STATE)
    return result is not None and result.X_train is not None


def become_genuine(estimator: Any) -> Any:
    """Make a stand-in the genuine fitted estimator; anything else is returned as it is."""
    if not issubclass(type(estimator), StandIn):
        return estimator
    result: NativeResult | None = vars(estimator).get(_STATE)
    take_off(estimator)
    if result is None or result.X_train is None:
        return estimator
    refit: Callable[..., Any] = estimator.fit
    fitted_on = (result.X_train, result.y_train, result.sample_weight)
    with joblib.parallel_config(backend="tenfold"), native_fits():
        if result.master_seed is None:
            refit(*fitted_on)
        else:
            estimator.random_state = result.master_seed
            try:
                refit(*fitted_on)
            finally:
                estimator.random_state = None
    return estimator
