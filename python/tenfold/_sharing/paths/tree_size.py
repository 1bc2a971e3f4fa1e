"""Trees of fewer leaves, and trees pruned further: nodes of one grown tree.

With ``max_leaf_nodes`` a tree grows best first: the next node to be split is the one that gains most,
wherever it is, and a split adds two nodes at the end of the list. So the tree of k leaves is the first
2k - 1 nodes of a larger one. Pruning by ``ccp_alpha`` comes after the growth and draws nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tenfold._sharing.paths.path import Path, Shape, Values
from tenfold._sharing.paths.views import SKLEARN, refuse_fit_params, refuse_invalid, view_of

# sklearn/tree/_tree.pyx: TREE_LEAF and TREE_UNDEFINED
_LEAF, _UNDEFINED = -1, -2


class TreeSize(Path):
    """``max_leaf_nodes`` and ``ccp_alpha`` of a single tree."""

    name = "size of a tree"
    why = (
        "a tree that grows best first has its first nodes in common with every smaller one, and pruning "
        "cuts the grown tree"
    )
    estimators = (
        "sklearn.tree.DecisionTreeClassifier",
        "sklearn.tree.DecisionTreeRegressor",
        "sklearn.tree.ExtraTreeClassifier",
        "sklearn.tree.ExtraTreeRegressor",
    )
    parameters = ("max_leaf_nodes", "ccp_alpha")
    proven = SKLEARN

    def refuse(
        self, estimator: Any, values: Values, shape: Shape, fit_params: Mapping[str, Any]
    ) -> None:
        refuse_fit_params(fit_params, ("sample_weight",))
        refuse_invalid(
            estimator, {name: getattr(estimator, name) for name in ("max_leaf_nodes", "ccp_alpha")}
        )

    def group(self, estimator: Any, values: Values, shape: Shape) -> Hashable:
        # None grows depth first: other nodes, drawn in another order.
        return estimator.max_leaf_nodes is None

    def work(self, estimator: Any, values: Values, shape: Shape) -> float:
        leaves = estimator.max_leaf_nodes
        return float(shape.n_samples if leaves is None else min(leaves, shape.n_samples))

    def fit(
        self, estimator: Any, values: Sequence[Values], X: Any, y: Any, **fit_params: Any
    ) -> Iterator[tuple[int, Any]]:
        leaves = [own.get("max_leaf_nodes", estimator.max_leaf_nodes) for own in values]
        alphas = [own.get("ccp_alpha", estimator.ccp_alpha) for own in values]
        largest = None if leaves[0] is None else max(leaves)
        whole = estimator.set_params(max_leaf_nodes=largest, ccp_alpha=0.0)
        whole.fit(X, y, **fit_params)
        for index in range(len(values)):
            view = view_of(whole, max_leaf_nodes=leaves[index], ccp_alpha=alphas[index])
            if leaves[index] is not None:
                view.tree_ = first_leaves(whole.tree_, int(leaves[index]))
            view._prune_tree()
            yield index, view


def first_leaves(tree: Any, n_leaves: int) -> Any:
    """The tree that best-first growth had when it had so many leaves."""
    n_nodes = 2 * n_leaves - 1
    if tree.node_count <= n_nodes:
        return tree
    state = tree.__getstate__()
    nodes = state["nodes"][:n_nodes].copy()
    cut = nodes["left_child"] >= n_nodes
    for name, value in (
        ("left_child", _LEAF),
        ("right_child", _LEAF),
        ("feature", _UNDEFINED),
        ("threshold", _UNDEFINED),
    ):
        nodes[name][cut] = value
    smaller = type(tree)(tree.n_features, np.asarray(tree.n_classes), tree.n_outputs)
    smaller.__setstate__(
        {
            "max_depth": _depth(nodes["left_child"], nodes["right_child"]),
            "node_count": n_nodes,
            "nodes": nodes,
            "values": state["values"][:n_nodes].copy(),
        }
    )
    return smaller


def _depth(left: Any, right: Any) -> int:
    """Of the deepest node; children come after their parents."""
    depth = [0] * len(left)
    for node, (a, b) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        if a != _LEAF:
            depth[a] = depth[b] = depth[node] + 1
    return max(depth)


PATHS = (TreeSize,)
