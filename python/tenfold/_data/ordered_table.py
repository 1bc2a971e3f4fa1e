"""One data set as the order-exact growth sees it: X as ranks, which may be missing, and y."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._data.table import (
    ClassTable,
    Split,
    SplitTable,
    classes_of,
    feature_names_of,
    in_whole_steps,
    is_pandas,
    rows_of,
    values_of,
)
from tenfold._refusal import Refusal

_MOST_CLASSES = 65_535  # of the engine's targets


class OrderedTable(SplitTable):
    """Ranks of one X, and its y as real numbers.

    Attributes
    ----------
    X, y : as the user gave them
    store : the engine's data set
    numbers : ndarray of shape (n_rows,)
        y.
    has_missing : bool
        Whether X has missing values.
    feature_names : ndarray of str or None
        Column names that a fitted estimator would remember.
    """

    in_order = True
    n_responses = 1

    def __init__(self, engine: Any, X: Any, y: Any) -> None:
        super().__init__()
        self.X, self.y = X, y
        values = values_of(X)
        target = self._target_of(y)
        if len(target[0]) != len(values):
            raise Refusal("X and y differ in length")
        self.feature_names = feature_names_of(X)
        self.store = engine.ordered_dataset(in_whole_steps(values), *target)
        if engine.has_infinite(self.store):
            raise Refusal("X has infinite values")
        self.has_missing = engine.has_missing(self.store)
        self.n_rows, self.n_columns = values.shape

    def _target_of(self, y: Any) -> tuple[Any, ...]:
        """What the engine's data set is given of y."""
        self.numbers = numbers_of(y)
        return (self.numbers,)

    def target(self, rows: NDArray[np.int64]) -> tuple[int, NDArray[np.float64]]:
        """No classes, and the numbers of these rows."""
        return 0, self.numbers[rows]

    def _checked_split(self, train: Any, test: Any) -> Split:
        return Split(
            rows_of(train, self.n_rows), rows_of(test, self.n_rows), np.zeros(0, dtype=np.intp)
        )


class OrderedClasses(ClassTable, OrderedTable):
    """Ranks of one X, and its y as class codes."""

    def _target_of(self, y: Any) -> tuple[Any, ...]:
        self.classes, self.codes = classes_of(y)
        if len(self.classes) > _MOST_CLASSES:
            raise Refusal(f"{len(self.classes)} classes")
        self.n_responses = len(self.classes)
        return self.codes, len(self.classes)

    def _checked_split(self, train: Any, test: Any) -> Split:
        return self.split_of_classes(rows_of(train, self.n_rows), rows_of(test, self.n_rows))


def numbers_of(y: Any) -> NDArray[np.float64]:
    """What y holds, as numbers; raises Refusal where it is none."""
    if not (isinstance(y, np.ndarray | list) or is_pandas(y, "Series")):
        raise Refusal("y is missing" if y is None else f"y is a {type(y).__name__}")
    if isinstance(y, np.ma.MaskedArray):
        raise Refusal("y is a masked array")
    try:
        numbers = np.asarray(y)
    except (ValueError, TypeError) as error:
        raise Refusal("y cannot be read as numbers") from error
    if numbers.ndim != 1 or numbers.dtype.kind not in "fiu":
        raise Refusal("y is not one-dimensional, or not of numbers")
    numbers = np.ascontiguousarray(numbers, dtype=np.float64)
    if not np.isfinite(numbers).all():
        raise Refusal("y has missing or infinite values")
    return numbers
