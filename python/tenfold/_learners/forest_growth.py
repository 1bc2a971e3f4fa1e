"""Growing the trees of one forest natively, as part of scikit-learn's own ``fit`` of that forest.

The forest's ``fit`` prepares its trees, seeds each, and hands joblib one call a tree. Those calls are
answered here: the engine grows all trees at once, and each becomes the ``tree_`` of the tree that
scikit-learn made.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold._data.table import counted_values_of, in_whole_steps, store_of, values_of
from tenfold._gather.calls import Answer, Request, arguments_of
from tenfold._learners import trees
from tenfold._learners.grown_trees import Fitted
from tenfold._learners.parameters import check_parameters
from tenfold._learners.weights import SUBSAMPLE, ClassWeight, RowWeights
from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal

_TREES = (DecisionTreeClassifier, ExtraTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor)


def try_to_grow(request: Request, answer: Answer) -> bool:
    """Answer the tree-building calls of a forest natively; False where scikit-learn must."""
    engine = compiled_engine()
    if engine is None:
        return False
    asked = [arguments_of(call) for call in request.calls]
    try:
        arguments, classes, grown = _grow(engine, asked, request.workers)
    except Refusal:
        return False
    first = asked[0]
    n_features, max_features = first["X"].shape[1], first["tree"].max_features
    fitted = Fitted(n_features, arguments.max_features, max_features, classes)
    for index, (call, one) in enumerate(zip(asked, grown, strict=True)):
        answer(index, fitted.put(call["tree"], one))
    return True


def _grow(engine: Any, asked: list[dict[str, Any]], n_threads: int) -> Any:
    """What the trees are grown by, the classes, and the trees; raises Refusal where scikit-learn must."""
    X, y, parameters, drawn = _checked_alike(asked)
    candidate = trees.candidate_of(type(asked[0]["tree"]), parameters)
    target: tuple[Any, ...] = (np.ascontiguousarray(y[:, 0], dtype=np.float64),)
    classes = None
    if candidate.is_classifier:
        classes, codes = np.unique(y[:, 0], return_inverse=True)
        if candidate.monotonic is not None and len(classes) != 2:
            raise Refusal("constraints on another number of classes than two")
        target = codes.astype(np.int32), len(classes)
    weights, of_rows = _weights_of(asked[0], drawn > 0)
    candidate = replace(
        candidate,
        is_forest=True,
        n_estimators=len(asked),
        limits=replace(candidate.limits, bootstrap=drawn > 0, max_samples=drawn or None),
    )
    ordered = candidate.needs_order(weights)
    if not ordered:
        store = store_of(engine, counted_values_of(X), *target)
        ordered = not store.all_finite
    if ordered:
        store = engine.ordered_dataset(in_whole_steps(values_of(X)), *target)
        if engine.has_infinite(store):
            raise Refusal("X has infinite values")
        if engine.has_missing(store):
            trees.refuse_missing(candidate)
    arguments = candidate.arguments(X.shape[0], X.shape[1], ordered, weights, of_rows)
    for_engine = None
    if weights is not None and of_rows is not None:
        arguments = arguments.weighing(0)
        for_engine = weights.for_engine(of_rows)
    spec, seeds = arguments.engine_spec(engine, 0), _seeds_of(engine, asked)
    if ordered:
        return arguments, classes, engine.grow_ordered(store, spec, seeds, for_engine, n_threads)
    rows = np.arange(X.shape[0], dtype=np.int64)
    return arguments, classes, engine.grow(store, spec, seeds, rows, n_threads, 0, for_engine)


def _weights_of(first: dict[str, Any], draws: bool) -> tuple[RowWeights | None, Any]:
    """How the trees' rows are weighed, and what they weigh before a bootstrap is drawn; None: all alike."""
    weights = first["sample_weight"]
    if weights is not None and not (
        np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0
    ):
        raise Refusal("weights that are negative, missing or infinite")
    if draws and first["class_weight"] == SUBSAMPLE:
        return RowWeights("subsample", True, ClassWeight(SUBSAMPLE), None), weights
    if weights is None:
        return None, None
    return RowWeights("draw" if draws else "grow", True, None, None), weights


def _seeds_of(engine: Any, asked: list[dict[str, Any]]) -> Any:
    seeds = np.array([call["tree"].random_state for call in asked], dtype=np.uint32)
    return engine.SeedSource(seeds)


def _checked_alike(asked: list[dict[str, Any]]) -> tuple[Any, Any, dict[str, Any], int]:
    """X, y, the trees' parameters and the rows that each draws (0: it takes all)."""
    first = asked[0]
    X, y = first["X"], first["y"]
    known = isinstance(X, np.ndarray) or sparse.issparse(X)
    if type(first["tree"]) not in _TREES or not known or y.shape[1] != 1:
        raise Refusal("not the trees of a single-output forest")
    if isinstance(first["n_samples_bootstrap"], bool):
        raise Refusal("NumPy draws no True rows, and says so")
    common = _without_seed(first["tree"])
    for call in asked:
        same = all(call[name] is first[name] for name in ("X", "y", "sample_weight"))
        if not same or call["verbose"] > 1 or _without_seed(call["tree"]) != common:
            raise Refusal("the trees differ in more than their seeds, or are verbose")
        if not isinstance(call["tree"].random_state, int | np.integer):
            raise Refusal("a tree without a seed")
    parameters = {**common, "random_state": 0}
    if isinstance(first["tree"], DecisionTreeRegressor):
        parameters.pop("class_weight", None)
    elif parameters["class_weight"] is not None:
        raise Refusal("the trees weigh classes by themselves")
    check_parameters(type(first["tree"]), parameters)
    return X, y, parameters, int(first["n_samples_bootstrap"]) if first["bootstrap"] else 0


def _without_seed(tree: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = vars(tree).copy()
    parameters.pop("random_state")
    return parameters
