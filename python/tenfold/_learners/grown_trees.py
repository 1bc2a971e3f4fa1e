"""Trees that the engine has grown, as scikit-learn's: what ``BaseDecisionTree._fit`` sets."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold import _versions


def tree_of(grown: Any, n_features: int, n_classes: int = 1) -> Any:
    """scikit-learn's ``Tree`` of one that the engine has grown; of numbers it has one class."""
    tree = _versions.new_tree(n_features, np.array([n_classes], dtype=np.intp), 1)
    nodes = np.ascontiguousarray(grown["nodes"]).view(_versions.tree_node())
    tree.__setstate__(
        {
            "max_depth": int(grown["max_depth"]),
            "node_count": len(nodes),
            "nodes": nodes,
            "values": np.ascontiguousarray(grown["values"]),
        }
    )
    return tree


class Fitted:
    """What the trees of one fit have in common, but for their nodes.

    Parameters
    ----------
    n_features : int
        Columns that each tree is given.
    max_features : int
        Of these, how many a node draws.
    asked : object
        ``max_features`` as the user gave it.
    classes : ndarray of shape (n_classes,) or None
        Labels of a classifier.
    """

    def __init__(
        self, n_features: int, max_features: int, asked: Any, classes: NDArray[Any] | None
    ) -> None:
        self._n_features = n_features
        self._classes = classes
        self._n_classes = 1 if classes is None else len(classes)
        self._max_features = asked if isinstance(asked, Integral) else max_features

    def put(self, tree: Any, grown: dict[str, Any]) -> Any:
        """The tree, which is fitted from here on."""
        tree.n_features_in_ = self._n_features
        tree.n_outputs_ = 1
        if self._classes is not None:
            tree.classes_ = self._classes.copy()
            tree.n_classes_ = np.intp(self._n_classes)
        tree.max_features_ = self._max_features
        tree.tree_ = tree_of(grown, self._n_features, self._n_classes)
        return tree
