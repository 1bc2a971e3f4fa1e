"""Nearest neighbours read off one query: every way of computing them, with ties of every kind."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.datasets import load_digits, load_iris
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    RadiusNeighborsClassifier,
    RadiusNeighborsRegressor,
)

from tenfold._sharing.paths import neighbor_table
from tenfold._sharing.paths.neighbors import NearestNeighbors, RadiusNeighbors
from tenfold._versions import version_tuple
from tenfold.testing import check_path

from .drawing import (
    DENSE,
    WITH_SPARSE,
    conforms,
    is_refused,
    labels,
    many,
    rows,
    seeds,
    targets,
)

NEAREST, RADIUS = NearestNeighbors(), RadiusNeighbors()


def grid(numbers, weights=("uniform", "distance")):
    return [{"n_neighbors": k, "weights": way} for k in numbers for way in weights]


# Before 1.9 scikit-learn's own query for classes fails on labels that are no numbers.
TEXT = version_tuple(sklearn.__version__) >= (1, 9)
KINDS = (*WITH_SPARSE, "shifted", "scaled integers")


def table(kind, seed, n_rows=130):
    if kind == "shifted":  # products of large numbers cancel: near ties are ordered either way
        return rows("duplicated", seed, n_rows) * 1e-3 + 1e6
    if kind == "scaled integers":  # ties whose distances are not exact
        return rows("tied", seed, n_rows) * 0.1
    return rows(kind, seed, n_rows)


@many
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    algorithm=st.sampled_from(["auto", "brute", "kd_tree", "ball_tree"]),
    metric=st.sampled_from(
        [("minkowski", 1), ("minkowski", 2), ("minkowski", 3), ("chebyshev", 2)]
    ),
    classes=st.sampled_from([2, 4]),
)
# Those of its rows that are asked again hold nothing but zeros.
@example(kind="csr", seed=5622, algorithm="auto", metric=("minkowski", 1), classes=2)
# Two classes of one weight, which a sum in the order of another tie would tell apart.
@example(kind="shifted", seed=429, algorithm="auto", metric=("minkowski", 2), classes=4)
def test_classifier(kind, seed, algorithm, metric, classes) -> None:
    X = table(kind, seed)
    if kind in ("csr", "csc"):
        algorithm, metric = "brute", ("minkowski", 1 + seed % 2)
    model = KNeighborsClassifier(algorithm=algorithm, metric=metric[0], p=metric[1])
    y = labels(X, seed, classes, text=TEXT and seed % 2 == 0)
    test = table(kind, seed + 1, 60)
    numbers = (1, 2, 5, 9, 30)
    conforms(NEAREST, model, grid(numbers), X, y, X_test=test)
    conforms(NEAREST, model, grid((4, 11)), X, y)


@many
@given(
    kind=st.sampled_from(KINDS),
    seed=seeds,
    algorithm=st.sampled_from(["auto", "brute", "kd_tree", "ball_tree"]),
    p=st.sampled_from([1, 2, 3]),
    target=st.sampled_from(["float64", "float32", "int64", "two", "whole"]),
)
def test_regressor(kind, seed, algorithm, p, target) -> None:
    X = table(kind, seed)
    if kind in ("csr", "csc"):
        algorithm, p = "brute", 1 + seed % 2
    y = targets(X, seed)
    if target == "two":
        y = np.column_stack([y, np.round(y)])
    elif target == "whole":
        y = np.round(10 * y)
    else:
        y = (10 * y).astype(target)
    model = KNeighborsRegressor(algorithm=algorithm, p=p)
    test = table(kind, seed + 1, 60)
    conforms(NEAREST, model, grid((1, 2, 8, 9, 30)), X, y, X_test=test)
    conforms(NEAREST, model, grid((4, 11)), X, y)


@pytest.mark.parametrize("algorithm", ["brute", "kd_tree"])
@pytest.mark.parametrize("load", [load_iris, load_digits])
def test_data_with_ties(load, algorithm) -> None:
    X, y = load(return_X_y=True)
    X, y = X[::2][:450], y[::2][:450]
    for p in (1, 2):
        model = KNeighborsClassifier(algorithm=algorithm, p=p)
        conforms(NEAREST, model, grid(range(1, 26, 3)), X[50:], y[50:], X_test=X[:50])
        model = KNeighborsRegressor(algorithm=algorithm, p=p)
        conforms(NEAREST, model, grid(range(1, 26, 5)), X[50:], y[50:] * 0.3, X_test=X[:50])


def test_ties_are_asked_again(monkeypatch) -> None:
    """Without the rule of ties the answers differ."""
    X, y = load_digits(return_X_y=True)
    X, y = X[:400], y[:400]
    model = KNeighborsClassifier(algorithm="brute")
    monkeypatch.setattr(
        neighbor_table.NeighborTable, "redone", lambda *_: np.array([], dtype=np.intp)
    )
    with pytest.raises(AssertionError, match="differs"):
        check_path(NEAREST, model, grid(range(1, 30)), X[::2], y[::2], X_test=X[1::2])
    monkeypatch.undo()
    conforms(NEAREST, model, grid(range(1, 30)), X[::2], y[::2], X_test=X[1::2])


def test_few_rows_are_asked_again() -> None:
    """Ties among neighbours of one class, duplicates above all, change nothing and cost nothing."""
    X = np.repeat(rows("continuous", 0), 3, axis=0)
    y = np.repeat(labels(X[::3], 0), 3)
    model = KNeighborsClassifier(n_neighbors=4, algorithm="kd_tree").fit(X, y)
    found = neighbor_table.NeighborTable(model, rows("continuous", 1), 10)
    assert len(found.redone(model, 4, False)) == 0
    assert len(found.redone(model, 4, True)) == 0
    mixed = KNeighborsClassifier(n_neighbors=4, algorithm="kd_tree").fit(X, np.arange(270) % 2)
    found = neighbor_table.NeighborTable(mixed, rows("continuous", 1), 10)
    assert len(found.redone(mixed, 4, False)) == 90


def test_one_query_serves_all(monkeypatch) -> None:
    X = rows("continuous", 0)
    y = labels(X, 0)
    asked = []
    genuine = KNeighborsClassifier.kneighbors

    def counted(self, *arguments, **options):
        asked.append(arguments)
        return genuine(self, *arguments, **options)

    monkeypatch.setattr(KNeighborsClassifier, "kneighbors", counted)
    for _, fitted in NEAREST.fit(KNeighborsClassifier(), grid(range(1, 20)), X, y):
        NEAREST.response(fitted, "predict", X)
        NEAREST.response(fitted, "predict_proba", X)
    assert len(asked) == 1


def test_shapes_and_kinds_of_input() -> None:
    X, test = rows("tied", 3, 130), rows("tied", 4, 40)
    y = labels(X, 3)
    frame, test_frame = (pd.DataFrame(one, columns=list("abcde")) for one in (X, test))
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # feature names go all the way
        for algorithm in ("brute", "kd_tree"):
            for p in (1, 2):
                model = KNeighborsClassifier(algorithm=algorithm, p=p)
                conforms(NEAREST, model, grid((1, 4, 9)), frame, y, X_test=test_frame)
    model = KNeighborsClassifier(algorithm="brute")
    conforms(NEAREST, model, grid((1, 4, 9)), X, y, X_test=np.asfortranarray(test))
    two = np.column_stack([y, y[::-1]])
    conforms(NEAREST, KNeighborsRegressor(), grid((1, 4, 9)), X, two, X_test=test)
    conforms(NEAREST, KNeighborsRegressor(), grid((1, 2, 8, 20)), X, 0.1 * y, X_test=test[:1])


def test_labels_that_are_other_numbers() -> None:
    """Before 1.9 the query for classes counts by label: what it answers then is what is read off."""
    X = rows("tied", 3)
    model = KNeighborsClassifier(algorithm="brute")
    conforms(NEAREST, model, grid((3, 8)), X, 7 - labels(X, 3))
    conforms(NEAREST, model, grid((3, 8)), X, 1 + labels(X, 3))


def test_half_of_the_rows_are_neighbours() -> None:
    """``algorithm="auto"`` takes no tree then: the family falls apart."""
    X = rows("tied", 3)
    conforms(NEAREST, KNeighborsClassifier(), grid((3, 44, 45, 60, 89, 90)), X, labels(X, 3))


def test_refusals() -> None:
    model = KNeighborsClassifier()
    is_refused(NEAREST, model, grid([91, 500]), "more than the 90 training rows")
    is_refused(NEAREST, model, grid([0, -1, 2.5, "a", None, True]), "n_neighbors")
    is_refused(NEAREST, model, grid([3], [None, np.square, "other"]), "weights")
    for metric in (lambda a, b: 0.0, "precomputed", "nan_euclidean"):
        is_refused(NEAREST, KNeighborsClassifier(metric=metric), grid([3]), "metric")
    is_refused(NEAREST, model, grid([3]), "fit parameter", other=1)
    # What is refused for one number of neighbours leaves the others alone.
    X = rows("continuous", 0)
    result = check_path(NEAREST, model, grid([3, 500, 7]), X, labels(X, 0))
    assert (result.n_read, result.n_refused) == (4, 2)


def test_a_function_for_weights_may_look_at_all_neighbours() -> None:
    """Why it is refused: its weights of the first k are not the first k of its weights."""
    X = rows("continuous", 0)
    y = targets(X, 0)

    def relative(distances):
        return 1.0 / (0.1 + distances / distances.max(axis=1, keepdims=True))

    wide = KNeighborsRegressor(9, weights=relative).fit(X, y)
    narrow = KNeighborsRegressor(3, weights=relative).fit(X, y)
    d9, d3 = wide.kneighbors(X)[0], narrow.kneighbors(X)[0]
    assert not np.array_equal(relative(d9)[:, :3], relative(d3))


@many
@given(
    kind=st.sampled_from(DENSE),
    seed=seeds,
    algorithm=st.sampled_from(["auto", "brute", "kd_tree", "ball_tree"]),
    p=st.sampled_from([1, 2]),
    regressor=st.booleans(),
)
def test_radius(kind, seed, algorithm, p, regressor) -> None:
    X = rows(kind, seed)
    values = [
        {"radius": radius, "weights": way}
        for radius in (0.5, 1.0, 2.5, 4)
        for way in ("uniform", "distance")
    ]
    if regressor:
        model = RadiusNeighborsRegressor(algorithm=algorithm, p=p)
        y = targets(X, seed)
    else:
        model = RadiusNeighborsClassifier(algorithm=algorithm, p=p, outlier_label="most_frequent")
        y = labels(X, seed, text=TEXT)
    conforms(RADIUS, model, values, X, y, X_test=rows(kind, seed + 1, 40))


def test_radius_refusals() -> None:
    model = RadiusNeighborsClassifier()
    is_refused(RADIUS, model, [{"radius": r} for r in (-1.0, "a", None, np.inf)], "radius")
    is_refused(RADIUS, model, [{"weights": np.square}], "weights")
