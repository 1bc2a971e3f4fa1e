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
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from tenfold import _learners, _versions
from tenfold._gather.calls import Request, arguments_of
from tenfold._learners.parameters import check_parameters
from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal
from tenfold._translate.table import store_of

_TREES = (DecisionTreeClassifier, ExtraTreeClassifier)


def try_to_grow(request: Request, answer: Callable[[int, Any], None]) -> bool:
    """Answer the tree-building calls of a forest natively; False where scikit-learn must."""
    engine = compiled_engine()
    if engine is None:
        return False
    asked = [arguments_of(call) for call in request.calls]
    try:
        arguments, classes = _checked(asked)
        X, codes = asked[0]["X"], np.unique(asked[0]["y"][:, 0], return_inverse=True)[1]
        store = store_of(engine, X, codes.astype(np.int32), len(classes))
        if not store.all_finite:
            raise Refusal("X has missing or infinite values")
    except Refusal:
        return False
    seeds = np.array([call["tree"].random_state for call in asked], dtype=np.uint32)
    spec = engine.ForestSpec(**arguments._asdict(), seed_source=0)
    rows = np.arange(len(X), dtype=np.int64)
    grown = engine.grow(store, spec, engine.SeedSource(seeds), rows, request.workers)
    for index, (call, one) in enumerate(zip(asked, grown, strict=True)):
        _become_fitted(call["tree"], one, X.shape[1], arguments.max_features, classes)
        answer(index, call["tree"])
    return True


def _checked(asked: list[dict[str, Any]]) -> tuple[Any, NDArray[Any]]:
    first = asked[0]
    X, y, bootstrap = first["X"], first["y"], bool(first["bootstrap"])
    if type(first["tree"]) not in _TREES or not isinstance(X, np.ndarray) or y.shape[1] != 1:
        raise Refusal("not the trees of a single-output forest classifier on dense X")
    for name in ("sample_weight", "class_weight"):
        if first[name] is not None:
            raise Refusal(f"{name} has no native form")
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
    check_parameters(type(first["tree"]), parameters)
    forest = _learners.learner_of(type(first["tree"]))
    candidate = forest.candidate_of(type(first["tree"]), parameters)
    drawn = first["n_samples_bootstrap"] if bootstrap else len(X)
    if drawn > forest.most_draws(len(X)):
        raise Refusal(f"{drawn} draws from {len(X)} rows")
    arguments = candidate.spec(len(X), X.shape[1])._replace(
        n_estimators=len(asked),
        bootstrap=bootstrap,
        max_samples=int(drawn) if bootstrap else 0,
        min_weight_leaf=candidate.min_weight_fraction_leaf * drawn,
    )
    return arguments, np.unique(y[:, 0])


def _without_seed(tree: Any) -> dict[str, Any]:
    parameters: dict[str, Any] = vars(tree).copy()
    parameters.pop("random_state")
    return parameters


def _become_fitted(
    tree: Any, grown: Any, n_features: int, max_features: int, classes: NDArray[Any]
) -> None:
    """Set what ``BaseDecisionTree._fit`` sets."""
    n_classes = np.array([len(classes)], dtype=np.intp)
    tree.n_features_in_ = n_features
    tree.n_outputs_ = 1
    tree.classes_ = classes.copy()
    tree.n_classes_ = n_classes[0]
    asked = tree.max_features
    tree.max_features_ = asked if isinstance(asked, Integral) else max_features
    nodes = np.ascontiguousarray(grown["nodes"]).view(_versions.TREE_NODE)
    tree.tree_ = _versions.Tree(n_features, n_classes, 1)
    tree.tree_.__setstate__(
        {
            "max_depth": int(grown["max_depth"]),
            "node_count": len(nodes),
            "nodes": nodes,
            "values": np.ascontiguousarray(grown["values"]),
        }
    )
