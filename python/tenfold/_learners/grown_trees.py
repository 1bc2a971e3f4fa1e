"""Trees that the engine has grown, as scikit-learn's."""

from __future__ import annotations

from typing import Any

import numpy as np

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
