"""Growing the trees of one forest natively, as part of scikit-learn's own ``fit`` of that forest.

The forest's ``fit`` prepares its trees, seeds each, and hands joblib one call a tree. Those calls are
answered here: the engine grows all trees at once, and each becomes the ``tree_`` of the tree that
scikit-learn made.
"""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.tree import (
    DecisionTreeClassifier,
    DecisionTreeRegressor,
    ExtraTreeClassifier,
    ExtraTreeRegressor,
)

from tenfold import _learners, _versions
from tenfold._gather.calls import Request, arguments_of
from tenfold._learners.parameters import check_parameters
from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal
from tenfold._translate.table import in_whole_steps, store_of

_TREES = (DecisionTreeClassifier, ExtraTreeClassifier, DecisionTreeRegressor, ExtraTreeRegressor)


def try_to_grow(request: Request, answer: Callable[[int, Any], None]) -> bool:
    """Answer the tree-building calls of a forest natively; False where scikit-learn must."""
    engine = compiled_engine()
    if engine is None:
        return False
    asked = [arguments_of(call) for call in request.calls]
    try:
        if isinstance(asked[0]["tree"], DecisionTreeRegressor):
            arguments, classes, grown = _grow_ordered(engine, asked, request.workers)
        else:
            arguments, classes, grown = _grow_classifiers(engine, asked, request.workers)
    except Refusal:
        return False
    for index, (call, one) in enumerate(zip(asked, grown, strict=True)):
        n_features = call["X"].shape[1]
        _become_fitted(call["tree"], one, n_features, arguments.max_features, classes)
        answer(index, call["tree"])
    return True


def _grow_classifiers(engine: Any, asked: list[dict[str, Any]], n_threads: int) -> Any:
    arguments, classes = _checked(asked)
    X, codes = asked[0]["X"], np.unique(asked[0]["y"][:, 0], return_inverse=True)[1]
    store = store_of(engine, X, codes.astype(np.int32), len(classes))
    if not store.all_finite:
        raise Refusal("X has missing or infinite values")
    spec = arguments.engine_spec(engine, 0)
    rows = np.arange(len(X), dtype=np.int64)
    weights = asked[0]["sample_weight"]
    probabilities = None
    if weights is not None:
        if not (np.isfinite(weights).all() and (weights >= 0).all() and weights.sum() > 0):
            raise Refusal("weights that are no probabilities")
        cumulative = (weights / np.sum(weights)).cumsum()
        probabilities = cumulative / cumulative[-1]
    seeds = _seeds_of(engine, asked)
    grown = engine.grow(store, spec, seeds, rows, n_threads, 0, probabilities)
    return arguments, classes, grown


def _grow_ordered(engine: Any, asked: list[dict[str, Any]], n_threads: int) -> Any:
    X, y, common, drawn = _checked_alike(asked)
    if asked[0]["sample_weight"] is not None:
        raise Refusal("sample_weight has no native form")
    learner = type(asked[0]["tree"])
    candidate = _learners.learner_of(learner).candidate_of(learner, common)
    arguments = candidate.spec(len(X), X.shape[1])._replace(
        n_estimators=len(asked),
        bootstrap=drawn > 0,
        max_samples=drawn,
        min_weight_leaf=candidate.min_weight_fraction_leaf * (drawn or len(X)),
    )
    store = engine.ordered_dataset(
        in_whole_steps(X), np.ascontiguousarray(y[:, 0], dtype=np.float64)
    )
    spec = arguments.engine_spec(engine, 0)
    grown = engine.grow_ordered(store, spec, _seeds_of(engine, asked), None, n_threads)
    return arguments, None, grown


def _seeds_of(engine: Any, asked: list[dict[str, Any]]) -> Any:
    seeds = np.array([call["tree"].random_state for call in asked], dtype=np.uint32)
    return engine.SeedSource(seeds)


def _checked(asked: list[dict[str, Any]]) -> tuple[Any, NDArray[Any]]:
    X, y, parameters, drawn = _checked_alike(asked)
    first = asked[0]
    if first["class_weight"] not in (None, "balanced"):
        raise Refusal("class_weight has no native form")
    if first["sample_weight"] is not None and (
        not drawn or drawn > 65_535 or _versions.version_tuple(_versions.SKLEARN_VERSION) != (1, 9)
    ):
        raise Refusal("sample_weight has no native form but as probabilities of a bootstrap")
    forest = _learners.learner_of(type(first["tree"]))
    if drawn > forest.most_draws(len(X)):
        raise Refusal(f"{drawn} draws from {len(X)} rows")
    candidate = forest.candidate_of(type(asked[0]["tree"]), parameters)
    arguments = candidate.spec(len(X), X.shape[1])._replace(
        n_estimators=len(asked),
        bootstrap=drawn > 0,
        max_samples=drawn,
        min_weight_leaf=candidate.min_weight_fraction_leaf * (drawn or len(X)),
    )
    return arguments, np.unique(y[:, 0])


def _checked_alike(asked: list[dict[str, Any]]) -> tuple[Any, Any, dict[str, Any], int]:
    """X, y, the trees' parameters and the rows that each draws (0: it takes all)."""
    first = asked[0]
    X, y = first["X"], first["y"]
    if type(first["tree"]) not in _TREES or not isinstance(X, np.ndarray) or y.shape[1] != 1:
        raise Refusal("not the trees of a single-output forest on dense X")
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
    check_parameters(type(first["tree"]), parameters)
    return X, y, parameters, int(first["n_samples_bootstrap"]) if first["bootstrap"] else 0


def _without_seed(tree: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = vars(tree).copy()
    parameters.pop("random_state")
    return parameters


def _become_fitted(
    tree: Any, grown: Any, n_features: int, max_features: int, classes: NDArray[Any] | None
) -> None:
    """Set what ``BaseDecisionTree._fit`` sets."""
    n_classes = np.array([1 if classes is None else len(classes)], dtype=np.intp)
    tree.n_features_in_ = n_features
    tree.n_outputs_ = 1
    if classes is not None:
        tree.classes_ = classes.copy()
        tree.n_classes_ = n_classes[0]
    asked = tree.max_features
    tree.max_features_ = asked if isinstance(asked, Integral) else max_features
    nodes = np.ascontiguousarray(grown["nodes"]).view(_versions.tree_node())
    tree.tree_ = _versions.new_tree(n_features, n_classes, 1)
    tree.tree_.__setstate__(
        {
            "max_depth": int(grown["max_depth"]),
            "node_count": len(nodes),
            "nodes": nodes,
            "values": np.ascontiguousarray(grown["values"]),
        }
    )
