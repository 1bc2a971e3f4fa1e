"""One query for the nearest neighbours of some rows, and what any smaller number of them predicts.

Words of this file:
    table     the nearest neighbours of each query row, as many as the longest candidate asks and a few more
    tie       consecutive neighbours whose order, or whose place within or without the first k, could be
              another one in a query for k alone: the library keeps what its heap happens to keep
    harmless  a tie whose neighbours can be exchanged without a change of the prediction, to the last bit
    redone    a query row with a tie that is not harmless at k: its k neighbours are asked for alone

The distances of a query do not depend on k. So apart from ties the k nearest are the first k of the table, in
order, and what scikit-learn adds up in that order can be added up once for all k.
"""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.utils import check_array

from tenfold._numerics import sklearn_neighbors
from tenfold._numerics.sklearn_neighbors import ArgKmin, ArgKminClassMode
from tenfold._versions import SKLEARN_VERSION, num_samples, safe_indexing, version_tuple

# Neighbours beyond the longest candidate's, to see where ties at its boundary end.
_MORE = 8
# Beyond this, relative, two ways of computing the same distance do not differ.
_RELATIVE = {np.dtype(np.float64): 1e-9, np.dtype(np.float32): 1e-5}
# Distances from which on a query is worth threads.
_LONG_QUERY = 20_000_000
_EPSILON = float(np.finfo(np.float64).eps)


class NeighborTable:
    """The neighbours of the rows ``X``, for all candidates over one fit.

    Parameters
    ----------
    fitted : estimator
        ``KNeighborsClassifier`` or ``KNeighborsRegressor``, fitted.
    X : array-like
    n_largest : int
        The largest ``n_neighbors`` that will be asked.
    """

    def __init__(self, fitted: Any, X: Any, n_largest: int) -> None:
        self.X = X
        n_asked = min(fitted.n_samples_fit_, n_largest + _MORE)
        with _few_threads(fitted, X):
            self.distances, self.indices = fitted.kneighbors(X, n_asked)
        self.is_whole = n_asked == fitted.n_samples_fit_
        self.y = fitted._y.reshape(len(fitted._y), -1)
        self.by_class = hasattr(fitted, "classes_")
        self._inverse: Any = None
        self._redone: dict[tuple[bool, bool], Any] = {}
        self._votes: dict[bool, tuple[int, Any]] = {}
        self._neighbor_y: Any = None
        self._products: Any = None

    @property
    def weights(self) -> Any:
        """Inverse distances, as scikit-learn has them: beside a neighbour at distance 0 all others are 0.

        Neighbours are sorted, so a row has one at distance 0 among the first k if its first one is.
        """
        if self._inverse is None:
            self._inverse = inverse_distances(self.distances)
        return self._inverse

    def votes(self, k: int, by_distance: bool) -> Any:
        """Sums of the first k neighbours' votes by class, added up one by one in their order."""
        n_rows, n_classes = len(self.indices), int(self.y.max()) + 1
        n_done, sums = self._votes.get(by_distance, (0, None))
        if sums is None or n_done > k:
            n_done, sums = 0, np.zeros((n_rows, n_classes))
        rows = np.arange(n_rows)
        for i in range(n_done, k):
            classes = self.y[self.indices[:, i], 0]
            sums[rows, classes] += self.weights[:, i] if by_distance else 1.0
        self._votes[by_distance] = k, sums
        return sums

    def means(self, k: int, by_distance: bool) -> Any:
        """Targets averaged over the first k neighbours."""
        if self._neighbor_y is None:
            self._neighbor_y = self.y[self.indices]
        if not by_distance:
            return np.mean(self._neighbor_y[:, :k], axis=1)
        if self._products is None:
            self._products = [
                self._neighbor_y[:, :, j] * self.weights for j in range(self.y.shape[1])
            ]
        total = np.sum(self.weights[:, :k], axis=1)
        return np.stack([np.sum(one[:, :k], axis=1) / total for one in self._products], axis=1)

    def redone(self, fitted: Any, k: int, by_distance: bool) -> Any:
        """Numbers of the rows whose first k neighbours have a tie that is not harmless."""
        by_class_mode = not by_distance and uses_class_mode(fitted, self.X)
        key = by_distance, by_class_mode
        if key not in self._redone:
            self._redone[key] = self._find_ties(fitted, by_distance, by_class_mode)
        at_boundary, first_inside = self._redone[key]
        return np.flatnonzero(at_boundary[:, k - 1] | (first_inside < k - 1))

    def has_ties(self, rows: Any, k: int) -> Any:
        """Whether some of the first k neighbours of each of these rows are equally far, or nearly so."""
        d = self.distances[rows, :k]
        return (d[:, 1:] - d[:, :-1] <= 1e-9 * d[:, 1:]).any(axis=1)

    def _find_ties(self, fitted: Any, by_distance: bool, by_class_mode: bool) -> tuple[Any, Any]:
        """Whether the place after each neighbour parts a tie; and the first tie whose order matters."""
        d = self.distances
        gap = d[:, 1:] - d[:, :-1]
        exact = gap == 0
        close = exact
        if by_class_mode or fitted._fit_method != "brute":
            close = ~(gap > self._tolerance(fitted, by_class_mode))
        y = self.y[self.indices]
        alike = np.all(y[:, 1:] == y[:, :-1], axis=2)
        # Exchanged, neighbours that weigh the same and say the same change nothing.
        harmful = close & ~alike if not by_distance else close & ~(exact & alike)
        n_rows, n_places = d.shape
        at_boundary = np.zeros((n_rows, n_places), dtype=bool)
        # A tie is parted by a boundary if it goes on beyond it; it harms if any pair within it does.
        group = np.zeros((n_rows, n_places), dtype=np.intp)
        np.cumsum(~close, axis=1, out=group[:, 1:])
        harms = np.zeros((n_rows, n_places), dtype=bool)
        where = np.nonzero(harmful)
        harms[where[0], group[where]] = True
        if not self.is_whole:
            harms[np.arange(n_rows), group[:, -1]] = True  # nobody knows where it ends
        at_boundary[:, :-1] = close & np.take_along_axis(harms, group, axis=1)[:, :-1]
        at_boundary[:, -1] = not self.is_whole
        first_inside = np.full(n_rows, n_places)
        if not self.by_class and not (self._sums_exactly(n_places) and not by_distance):
            # A mean is added up in the order of the neighbours, in which a tie has no order.
            inside = exact & ~alike
            first_inside[inside.any(axis=1)] = inside.argmax(axis=1)[inside.any(axis=1)]
        return at_boundary, first_inside

    def _sums_exactly(self, n_places: int) -> bool:
        """Whether targets are whole numbers, so that they can be added up in any order."""
        y = self.y
        if y.dtype.kind == "f" and not np.array_equal(y, np.rint(y)):
            return False
        bits = 24 if y.dtype == np.float32 else 53
        return bool(np.abs(y).max(initial=0) * float(n_places) < 2.0**bits)

    def _tolerance(self, fitted: Any, by_class_mode: bool) -> Any:
        """How far apart consecutive distances must be for another way of computing to agree on their order.

        The classes' own query takes differences where this one takes products, ``|x|^2 - 2xy + |y|^2``, which
        cancel; and trees leave out what lies beyond bounds that are rounded like distances.
        """
        d = self.distances
        rows = _as_array(self.X)
        norm = _largest_norm(rows) + _largest_norm(fitted._fit_X)
        n_columns = max(1, rows.shape[1])
        relative = _RELATIVE.get(np.dtype(rows.dtype), 1e-5)
        tolerance = relative * d[:, 1:] + 64 * _EPSILON * np.sqrt(n_columns) * norm
        if by_class_mode:
            squares = 8 * (n_columns + 4) * _EPSILON * norm**2
            with np.errstate(divide="ignore", invalid="ignore"):
                tolerance = np.maximum(tolerance, squares / (d[:, 1:] + d[:, :-1]))
        return tolerance

    def asked_alone(self, fitted: Any, rows: Any, k: int) -> tuple[Any, Any] | None:
        """The k neighbours of some rows, as a query of all rows for k would find them; None if unknown."""
        if fitted._fit_method != "brute":
            return fitted.kneighbors(safe_indexing(self.X, rows), k)  # type: ignore[no-any-return]
        X = _as_array(self.X)
        metric = fitted.effective_metric_
        if sparse.issparse(X) or not ArgKmin.is_usable_for(X, fitted._fit_X, metric):
            return None
        if "euclidean" in metric and not _is_exact(X, fitted._fit_X):
            return None  # a product's rounding may depend on the rows beside
        return ArgKmin.compute(  # type: ignore[no-any-return]
            X=X[rows],
            Y=fitted._fit_X,
            k=k,
            metric=metric,
            metric_kwargs=fitted.effective_metric_params_,
            strategy=_strategy(len(X), len(fitted._fit_X)),
            return_distance=True,
        )


def uses_class_mode(fitted: Any, X: Any) -> bool:
    """Whether a classifier without weights asks its own query for the classes, and not for neighbours."""
    return bool(
        fitted._fit_method == "brute"
        and hasattr(fitted, "classes_")
        and ArgKminClassMode.is_usable_for(X, fitted._fit_X, fitted.metric)
    )


def takes_labels_for_numbers(fitted: Any, X: Any) -> bool:
    """Whether the classes' own query may mistake labels that are not 0, 1, 2 ...; older releases do."""
    return (
        version_tuple(SKLEARN_VERSION) < (1, 9)
        and uses_class_mode(fitted, X)
        and not np.array_equal(fitted.classes_, np.arange(len(fitted.classes_)))
    )


def inverse_distances(distances: Any) -> Any:
    """Weights of neighbours by distance, as scikit-learn's ``_get_weights`` has them."""
    with np.errstate(divide="ignore"):
        weights = 1.0 / distances
    infinite = np.isinf(weights)
    has_infinite = np.any(infinite, axis=1)
    weights[has_infinite] = infinite[has_infinite]
    return weights


def heaviest(sums: Any) -> tuple[Any, Any]:
    """The class of most weight a row; and the rows where sums in another order could decide otherwise."""
    winners = np.argmax(sums, axis=1)
    if sums.shape[1] == 1:
        return winners, winners[:0]
    rows = np.arange(len(sums))
    best = sums[rows, winners]
    sums[rows, winners] = -1.0
    second = np.max(sums, axis=1)
    sums[rows, winners] = best
    return winners, np.flatnonzero(~(best - second > 1e-9 * best))


def _few_threads(fitted: Any, X: Any) -> Any:
    """A short query on one thread: beside other work, threads would mostly wait for each other.

    Distances do not depend on the threads, and what ties depend on is asked again.
    """
    if fitted.n_samples_fit_ * num_samples(X) > _LONG_QUERY:
        return contextlib.nullcontext()
    return sklearn_neighbors.one_thread()


def _strategy(n_queries: int, n_fitted: int) -> str:
    """What the library's query chooses for as many rows, from ``BaseDistancesReduction.__init__``."""
    from sklearn import get_config

    chunk = get_config().get("pairwise_dist_chunk_size", 256)
    many = 4 * chunk * sklearn_neighbors.n_threads() < n_queries
    return "parallel_on_X" if n_fitted < n_queries or many else "parallel_on_Y"


def _as_array(X: Any) -> Any:
    return check_array(X, accept_sparse="csr", order="C")


def _largest_norm(X: Any) -> float:
    squares = X.multiply(X).sum(axis=1) if sparse.issparse(X) else np.einsum("ij,ij->i", X, X)
    squares = np.asarray(squares)
    return float(np.sqrt(np.max(squares, initial=0.0)))


def _is_exact(X: Any, Y: Any) -> bool:
    """Whether all products and their sums are whole numbers, exact in any order."""
    whole = np.array_equal(X, np.rint(X)) and np.array_equal(Y, np.rint(Y))
    return whole and (_largest_norm(X) + _largest_norm(Y)) ** 2 < 2.0**52
