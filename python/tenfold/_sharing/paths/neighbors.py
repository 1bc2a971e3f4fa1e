"""Nearest neighbours: one index and one query for every number of neighbours and both ways to weigh them."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
from sklearn.utils.extmath import weighted_mode

from tenfold._sharing.paths.neighbor_table import (
    NeighborTable,
    heaviest,
    inverse_distances,
    takes_labels_for_numbers,
    uses_class_mode,
)
from tenfold._sharing.paths.path import Path, Refusal, Shape, Values
from tenfold._sharing.paths.views import (
    SKLEARN,
    Beside,
    LastFew,
    refuse_count,
    refuse_fit_params,
    refuse_invalid,
    view_of,
)

_Family = tuple[int, LastFew]
_families: Beside[_Family] = Beside()
_radius_families: Beside[tuple[float, LastFew]] = Beside()


class NearestNeighbors(Path):
    """``n_neighbors`` and ``weights`` of the k-nearest-neighbours classifier and regressor."""

    name = "nearest neighbours"
    why = (
        "the nearest neighbours are the first ones of a longer list, so one query serves every n_neighbors "
        "and both weights; rows in which a tie leaves open who is among them are asked again"
    )
    estimators = (
        "sklearn.neighbors.KNeighborsClassifier",
        "sklearn.neighbors.KNeighborsRegressor",
    )
    parameters = ("n_neighbors", "weights")
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_count(estimator, {"n_neighbors": estimator.n_neighbors}, "n_neighbors")
        _refuse_weights(estimator)
        if estimator.n_neighbors > shape.n_samples:
            raise Refusal(
                f"n_neighbors={estimator.n_neighbors} is more than the {shape.n_samples} training rows"
            )

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        # algorithm="auto" takes no tree where half of the rows are neighbours.
        return bool(estimator.algorithm == "auto" and estimator.n_neighbors >= shape.n_samples // 2)

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        numbers = [own.get("n_neighbors", estimator.n_neighbors) for own in values]
        ways = [own.get("weights", estimator.weights) for own in values]
        whole = estimator.set_params(n_neighbors=max(numbers), weights=ways[0]).fit(X, y)
        family = int(max(numbers)), LastFew()
        for index in sorted(range(len(values)), key=lambda i: (ways[i], numbers[i])):
            view = view_of(whole, n_neighbors=numbers[index], weights=ways[index])
            _families.put(view, family)
            yield index, view

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        family = _families.get(fitted)
        if family is None or X is None or not _is_simple(fitted, family[0]):
            return getattr(fitted, method)(X)
        table = family[1].get(X, lambda: NeighborTable(fitted, X, family[0]))
        answer = None
        if method == "predict" and not table.by_class:
            answer = _average(fitted, table)
        elif method in ("predict", "predict_proba") and table.by_class:
            answer = _vote(fitted, table, method)
        return getattr(fitted, method)(X) if answer is None else answer


def _refuse_weights(estimator: Any) -> None:
    if not isinstance(estimator.weights, str) or estimator.weights not in ("uniform", "distance"):
        raise Refusal("weights that are a function of yours, or None, are left to scikit-learn")
    if callable(estimator.metric) or not isinstance(estimator.metric, str):
        raise Refusal("a metric of yours is left to scikit-learn")
    if estimator.metric in ("precomputed", "nan_euclidean"):
        raise Refusal(f"metric={estimator.metric!r} is left to scikit-learn")


def _is_simple(fitted: Any, n_largest: int) -> bool:
    """Whether targets are of a kind that is added up without a change of type."""
    if hasattr(fitted, "classes_"):
        return not fitted.outputs_2d_
    y = fitted._y
    if getattr(y, "dtype", None) in (np.float64, np.float32):
        return True
    # Whole numbers are converted as they are averaged, in blocks: exact, if they fit.
    return bool(
        isinstance(y, np.ndarray)
        and y.dtype.kind in "iu"
        and float(np.abs(y).max(initial=0)) * (n_largest + 1) < 2.0**53
    )


def _vote(fitted: Any, table: NeighborTable, method: str) -> Any:
    """What a classifier answers; None where only a query of all rows can tell."""
    k, by_distance = int(fitted.n_neighbors), fitted.weights == "distance"
    if by_distance and np.any(table.weights[:, 0] == 0):
        return None  # an error, in scikit-learn's words
    if not by_distance and takes_labels_for_numbers(fitted, table.X):
        return None
    redone = table.redone(fitted, k, by_distance)
    sums = table.votes(k, by_distance)
    indices = table.indices[:, :k]
    weights: Any = table.weights[:, :k] if by_distance else None
    if len(redone):
        sums = sums.copy()
        if not by_distance and uses_class_mode(fitted, table.X):
            # Every row has a heap of its own there, filled in the order of the training rows.
            rows = table.X[redone]
            if not uses_class_mode(fitted, rows):  # sparse rows of zeros alone are asked otherwise
                return None
            sums[redone] = np.rint(fitted.predict_proba(rows) * k)
        else:
            alone = table.asked_alone(fitted, redone, k)
            if alone is None:
                return None
            indices = indices.copy()
            indices[redone] = alone[1]
            if by_distance:
                weights = weights.copy()
                weights[redone] = inverse_distances(alone[0])
            sums[redone] = 0.0
            for i in range(k):
                classes = table.y[indices[redone, i], 0]
                sums[redone, classes] += weights[redone, i] if by_distance else 1.0
    if method == "predict_proba":
        return sums / sums.sum(axis=1)[:, np.newaxis]
    if by_distance:
        labels = table.y[:, 0]
        winners, unsure = heaviest(sums)
        # Votes are added up there by the neighbours' places, which a tie swaps.
        swapped = np.setdiff1d(unsure[table.has_ties(unsure, k)], redone)
        if len(swapped):
            alone = table.asked_alone(fitted, swapped, k)
            if alone is None:
                return None
            indices, weights = indices.copy(), weights.copy()
            indices[swapped], weights[swapped] = alone[1], inverse_distances(alone[0])
        if len(unsure):
            mode, _ = weighted_mode(labels[indices[unsure]], weights[unsure], axis=1)
            winners[unsure] = np.asarray(mode.ravel(), dtype=np.intp)
    else:
        winners = np.argmax(sums, axis=1)
    return fitted.classes_.take(winners)


def _average(fitted: Any, table: NeighborTable) -> Any:
    """What a regressor answers; None where only a query of all rows can tell."""
    k, by_distance = int(fitted.n_neighbors), fitted.weights == "distance"
    redone = table.redone(fitted, k, by_distance)
    means = table.means(k, by_distance)
    if len(redone):
        alone = table.asked_alone(fitted, redone, k)
        if alone is None:
            return None
        neighbor_y = table.y[alone[1]]
        if by_distance:
            weights = inverse_distances(alone[0])
            total = np.sum(weights, axis=1)
            for j in range(table.y.shape[1]):
                means[redone, j] = np.sum(neighbor_y[:, :, j] * weights, axis=1) / total
        else:
            means[redone] = np.mean(neighbor_y, axis=1)
    return means.ravel() if fitted._y.ndim == 1 else means


class RadiusNeighbors(Path):
    """``radius`` and ``weights`` of the radius-neighbours classifier and regressor."""

    name = "neighbours within a radius"
    why = "the neighbours within a radius are those of a wider one that are near enough"
    estimators = (
        "sklearn.neighbors.RadiusNeighborsClassifier",
        "sklearn.neighbors.RadiusNeighborsRegressor",
    )
    parameters = ("radius", "weights")
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params)
        refuse_invalid(estimator, {"radius": estimator.radius})
        _refuse_weights(estimator)
        if not isinstance(estimator.radius, Real) or not np.isfinite(float(estimator.radius)):
            raise Refusal(f"radius={estimator.radius!r} is not a distance")

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        radii = [own.get("radius", estimator.radius) for own in values]
        ways = [own.get("weights", estimator.weights) for own in values]
        whole = estimator.fit(X, y)
        family = float(max(radii)), LastFew()
        for index in range(len(values)):
            view = view_of(whole, radius=radii[index], weights=ways[index])
            _radius_families.put(view, family)
            yield index, view

    def response(self, fitted: Any, method: str, X: Any) -> Any:
        family = _radius_families.get(fitted)
        if (
            family is None
            or X is None
            or (
                fitted._fit_method == "brute"
                and fitted.weights == "uniform"
                and hasattr(fitted, "classes_")
            )
        ):
            return getattr(fitted, method)(X)  # classes have a query of their own there
        distances, indices = family[1].get(X, lambda: fitted.radius_neighbors(X, family[0]))

        def within(X: Any, *arguments: Any, **options: Any) -> Any:
            with_distances = options.get("return_distance", True)
            return _filter(distances, indices, fitted.radius, with_distances)

        return getattr(view_of(fitted, radius_neighbors=within), method)(X)


def _filter(distances: Any, indices: Any, radius: float, return_distance: bool) -> Any:
    near = [d <= radius for d in distances]
    kept = [np.empty(len(near), dtype=object) for _ in range(2)]
    for row, inside in enumerate(near):
        kept[0][row] = distances[row][inside]
        kept[1][row] = indices[row][inside]
    return (kept[0], kept[1]) if return_distance else kept[1]


PATHS = (NearestNeighbors, RadiusNeighbors)
