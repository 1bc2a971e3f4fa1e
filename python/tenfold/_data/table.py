"""One data set as the engine sees it: X as columns, y as class codes, splits as row numbers.

What scikit-learn's trees would refuse, warn about or treat in a way of its own is left to scikit-learn: the
constructors here raise :class:`Refusal` with the reason in words.
"""

from __future__ import annotations

import sys
import warnings
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from sklearn.utils.multiclass import type_of_target

from tenfold import _versions
from tenfold._config import memory_budget
from tenfold._data.column_store import Unbuilt
from tenfold._refusal import Refusal, Remembered

_DENSE_SHARE = 4  # of memory_budget is what sparse rows may take when dense


class Split(NamedTuple):
    """One split of a table: which rows train, which are predicted, which classes the training rows have."""

    train: NDArray[np.int64]
    test: NDArray[np.int64]
    present: NDArray[np.intp]  # codes of the classes among the training rows, ascending


class SplitTable:
    """What every table has: splits that are checked once, and the column names of X."""

    X: Any
    y: Any
    feature_names: NDArray[Any] | None
    store: Any
    n_rows: int
    n_columns: int
    n_responses: int
    in_order = False  # whether it is for the growth that adds up in the order of samples
    has_missing = False  # whether X has missing values

    def __init__(self) -> None:
        self._splits = Remembered[Split]()
        self._held: list[Any] = []

    def __getstate__(self) -> Any:
        return self.X, self.y  # what the engine holds is made again where they arrive

    def __setstate__(self, state: Any) -> None:
        from tenfold import _engine

        self.__init__(_engine, *state)  # type: ignore[misc]

    def split(self, train: Any, test: Any) -> Split:
        """The split of these row numbers; raises Refusal where the engine cannot take it."""

        def make() -> Split:
            self._held.append((train, test))
            return self._checked_split(train, test)

        return self._splits.get((id(train), id(test)), make)

    def labels(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Labels of these rows; only of a table of classes."""
        raise NotImplementedError

    def response_columns(self, split: Split) -> Any:
        """Which of the engine's responses a model fitted on the split gives."""
        return slice(None)

    @property
    def row_bytes(self) -> int:
        """What a copy of one row of X takes, about."""
        width = self.X.dtype.itemsize if isinstance(self.X, np.ndarray) else 8
        return self.n_columns * width

    def _checked_split(self, train: Any, test: Any) -> Split:
        raise NotImplementedError


class ClassTable(SplitTable):
    """A table whose y are classes.

    Attributes
    ----------
    codes : ndarray of shape (n_rows,)
        Class codes of y: positions in ``classes``.
    classes : ndarray of shape (n_classes,)
        Labels in sorted order, as ``numpy.unique`` gives them.
    """

    codes: NDArray[np.int32]
    classes: NDArray[Any]

    def labels(self, rows: NDArray[np.int64]) -> NDArray[Any]:
        """Labels of these rows."""
        labels: NDArray[Any] = self.classes[self.codes[rows]]
        return labels

    def response_columns(self, split: Split) -> Any:
        """Those of the classes that the training rows have."""
        return split.present

    def split_of_classes(self, train: NDArray[np.int64], test: NDArray[np.int64]) -> Split:
        """The split of these rows; raises Refusal where scikit-learn has something to say of its y."""
        present = np.unique(self.codes[train]).astype(np.intp)
        refuse_regression_like(len(train), len(present))
        refuse_regression_like(len(test), len(np.unique(self.codes[test])))
        return Split(train, test, present)


def refuse_regression_like(n_rows: int, n_classes: int) -> None:
    """scikit-learn warns of a y with more classes than half its rows, at every fit and score."""
    if n_rows > 20 and n_rows > n_classes > round(0.5 * n_rows):
        raise Refusal("y has more classes than half of its rows")


class Table(ClassTable):
    """Column store of one (X, y).

    Attributes
    ----------
    X, y : as the user gave them
    store : the engine's Dataset
    feature_names : ndarray of str or None
        Column names that a fitted estimator would remember.
    """

    def __init__(self, engine: Any, X: Any, y: Any) -> None:
        super().__init__()
        self.X, self.y = X, y
        values = counted_values_of(X)
        self.classes, self.codes = classes_of(y)
        if len(self.codes) != len(values):
            raise Refusal("X and y differ in length")
        self.feature_names = feature_names_of(X)
        self.store = store_of(engine, values, self.codes, len(self.classes))
        if not self.store.all_finite:
            raise Refusal("X has missing or infinite values")
        self._set_sizes()

    def _set_sizes(self) -> None:
        self.n_rows = len(self.codes)
        self.n_columns = int(self.store.n_columns)
        self.n_responses = len(self.classes)

    @property
    def takes_x_as_given(self) -> bool:
        """Whether the store can be built of X itself."""
        known = type(self.X) is np.ndarray and self.X.dtype in (np.float32, np.float64)
        return known and in_whole_steps(self.X) is self.X

    def unbuilt(self, *, of_x: bool) -> Unbuilt:
        """What the store is built of: X itself, where that can be, or its values as float32."""
        values = self.X if of_x else counted_values_of(self.X).astype(np.float32, copy=False)
        return Unbuilt(values, self.codes, len(self.classes))

    def __getstate__(self) -> dict[str, Any]:
        # Splits are remembered by identity, which ends here; the codes are the store's labels.
        state = vars(self).copy()
        del state["_splits"], state["_held"], state["codes"]
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _splits={}, _held=[])
        self.codes = self.store.parts()[1].astype(np.int32)
        self._set_sizes()

    def _checked_split(self, train: Any, test: Any) -> Split:
        train_rows = rows_of(train, self.n_rows)
        test_rows = rows_of(test, self.n_rows)
        times_used = np.bincount(train_rows, minlength=self.n_rows)
        if times_used.max() > 1:
            raise Refusal("a split trains on a row more than once")
        return self.split_of_classes(train_rows, test_rows)


def store_of(engine: Any, values: NDArray[Any], codes: NDArray[np.int32], n_classes: int) -> Any:
    """The engine's store of these values; raises Refusal where it has no room for them."""
    try:
        return engine.Dataset(in_whole_steps(values), codes, n_classes)
    except ValueError as error:
        raise Refusal(f"beyond the engine's limits: {error}") from error


def in_whole_steps(values: NDArray[Any]) -> NDArray[Any]:
    """The values, copied where they lie in steps that are no multiple of their size.

    Fields of packed structured arrays do, and the engine's views count in elements.
    """
    fits = values.flags.aligned and all(step % values.itemsize == 0 for step in values.strides)
    return values if fits else np.ascontiguousarray(values)


def values_of(X: Any) -> NDArray[np.float32] | NDArray[np.float64]:
    """X as a matrix of numbers; raises Refusal where it is none."""
    if sparse.issparse(X):
        raise Refusal("sparse X where sums depend on the order of rows")
    if isinstance(X, np.ndarray) and not isinstance(X, np.matrix | np.ma.MaskedArray):
        if X.ndim != 2 or X.dtype.kind not in "fiub":
            raise Refusal("X is not a two-dimensional array of numbers")
        values = X
    elif isinstance(X, list) or is_pandas(X, "DataFrame"):
        try:
            values = _versions.float32_table(X)
        except (ValueError, TypeError) as error:
            raise Refusal("X cannot be read as a table of numbers") from error
    else:
        raise Refusal(f"X is a {type(X).__name__}")
    if not min(values.shape):
        raise Refusal("X is empty")
    if values.dtype not in (np.float32, np.float64):
        with np.errstate(over="ignore"):
            values = values.astype(np.float32)
    return np.asarray(values)


def counted_values_of(X: Any) -> NDArray[np.float32] | NDArray[np.float64]:
    """The same for a growth that counts, whatever order it visits rows in: X may be sparse.

    The engine's stores are dense, with a column's zeros as one rank among others.
    """
    return _dense_of(X) if sparse.issparse(X) else values_of(X)


def _dense_of(X: Any) -> NDArray[np.float32]:
    """A sparse X as scikit-learn's trees see it; raises Refusal where they would not, or it is large."""
    if X.format not in ("csr", "csc"):
        raise Refusal(f"X is a {type(X).__name__}")
    if X.ndim != 2 or X.dtype.kind not in "fiub":
        raise Refusal("X is not a two-dimensional array of numbers")
    if X.indices.dtype != np.int32 or X.indptr.dtype != np.int32:
        raise Refusal("sparse X with 64-bit indices, which scikit-learn's trees refuse")
    if np.dtype(np.float32).itemsize * X.shape[0] * X.shape[1] > memory_budget() // _DENSE_SHARE:
        raise Refusal("sparse X that would take more than a quarter of memory_budget when dense")
    if not X.has_canonical_format:
        n_stored, X = X.nnz, X.copy()
        X.sum_duplicates()
        if X.nnz != n_stored:
            raise Refusal("sparse X with entries that are there twice")
    with np.errstate(over="ignore"):
        dense: NDArray[np.float32] = X.astype(np.float32, copy=False).toarray()
    return dense


def is_pandas(value: Any, name: str) -> bool:
    """Whether a value is exactly of a pandas class of that name."""
    pandas = sys.modules.get("pandas")
    return pandas is not None and type(value) is getattr(pandas, name)


def feature_names_of(X: Any) -> NDArray[Any] | None:
    """Column names that a fitted estimator would remember."""
    if not is_pandas(X, "DataFrame"):
        return None
    kinds = {isinstance(name, str) for name in X.columns}
    if kinds == {True, False}:
        raise Refusal("X has column names of several types")
    return np.asarray(X.columns, dtype=object) if kinds == {True} else None


def classes_of(y: Any) -> tuple[NDArray[Any], NDArray[np.int32]]:
    """Labels in order, and y as positions among them; raises Refusal where y has no classes."""
    if not (isinstance(y, np.ndarray | list) or is_pandas(y, "Series")):
        raise Refusal("y is missing" if y is None else f"y is a {type(y).__name__}")
    if isinstance(y, np.ma.MaskedArray):
        raise Refusal("y is a masked array")
    try:
        labels = np.asarray(y)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            target = type_of_target(labels)
    except (ValueError, TypeError) as error:
        raise Refusal("y cannot be read as class labels") from error
    if labels.ndim != 1 or target not in ("binary", "multiclass"):
        raise Refusal(f"y is {target}" if labels.ndim == 1 else "y is not one-dimensional")
    if labels.dtype.kind not in "biufUO" or not _are_plain_labels(labels):
        raise Refusal("y cannot be read as class labels")
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes.astype(np.int32)


def _are_plain_labels(labels: NDArray[Any]) -> bool:
    if labels.dtype.kind == "O":
        return all(isinstance(label, str) for label in labels)
    return labels.dtype.kind != "f" or bool(np.isfinite(labels).all())


def rows_of(rows: Any, n_rows: int) -> NDArray[np.int64]:
    """Row numbers of a split's part; raises Refusal where they are none."""
    numbers = np.asarray(rows)
    if numbers.ndim != 1 or numbers.dtype.kind not in "iu" or not len(numbers):
        raise Refusal("a split is not given as row numbers")
    if numbers.min() < 0 or numbers.max() >= n_rows:
        raise Refusal("a split has row numbers outside of X")
    return numbers.astype(np.int64)
