"""One tree's nodes, between scikit-learn's arrays and the table that Spark ML saves.

Both send a sample left where ``x <= threshold``, but scikit-learn first rounds ``x`` to float32. On
the way to Spark each threshold is moved to the largest double that still rounds to a float32 at or
under it, so that Spark decides alike for every double. On the way back no such threshold exists:
samples that only differ from a threshold beyond float32's precision may go the other way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray


@dataclass
class Nodes:
    """One tree, a row a node, root first; leaves have child -1."""

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    impurity: NDArray[np.float64]
    n_samples: NDArray[np.int64]
    weight: NDArray[np.float64]
    prediction: NDArray[np.float64]
    stats: NDArray[np.float64]  # (n_nodes, n_classes) weights, or (n_nodes, 3): count, sum, squares

    @property
    def is_leaf(self) -> NDArray[np.bool_]:
        return self.left < 0


def spark_thresholds(thresholds: NDArray[np.float64]) -> NDArray[np.float64]:
    """The largest doubles that round to a float32 at or under each threshold."""
    below = thresholds.astype(np.float32)
    too_high = below.astype(np.float64) > thresholds
    below = np.where(too_high, np.nextafter(below, np.float32(-np.inf)), below)
    with np.errstate(over="ignore"):
        above = np.nextafter(below, np.float32(np.inf)).astype(np.float64)
    middle = below.astype(np.float64) + (above - below) / 2
    # Halfway cases round to the even neighbour, which may be the one above.
    rounds_up = middle.astype(np.float32) > below
    last = np.where(rounds_up, np.nextafter(middle, -np.inf), middle)
    return np.where(np.isfinite(above), last, thresholds)


def nodes_of(estimator: Any) -> Nodes:
    """The nodes of a fitted scikit-learn tree, thresholds as Spark needs them."""
    if getattr(estimator, "n_outputs_", 1) != 1:
        raise ValueError(f"the tree has {estimator.n_outputs_} outputs; Spark's trees have one")
    t = estimator.tree_
    weight, value = t.weighted_n_node_samples, t.value[:, 0, :]
    if hasattr(estimator, "classes_"):
        stats = _whole(value * weight[:, None])
        prediction = value.argmax(axis=1).astype(np.float64)
    else:
        prediction = value[:, 0]
        squares = weight * (t.impurity + prediction**2)
        stats = np.column_stack([weight, weight * prediction, squares])
    leaf = t.children_left < 0
    return Nodes(
        left=t.children_left,
        right=t.children_right,
        feature=np.where(leaf, -1, t.feature),
        threshold=np.where(leaf, 0.0, spark_thresholds(t.threshold)),
        impurity=t.impurity,
        n_samples=t.n_node_samples,
        weight=weight,
        prediction=prediction,
        stats=stats,
    )


def _whole(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Class weights as the integers they are where samples count one each.

    scikit-learn keeps fractions; Spark divides weights by their sum. From integers that division
    gives scikit-learn's own fractions, bit for bit.
    """
    nearest = np.rint(weights)
    return nearest if np.allclose(weights, nearest, rtol=1e-9, atol=1e-9) else weights


def to_arrow_table(nodes: Nodes) -> Any:
    """One tree as the table that Spark ML saves."""
    n_nodes, n_stats = nodes.stats.shape
    inner = ~nodes.is_leaf
    # A leaf has no gain and no split; Spark writes -1 and an empty list.
    offsets = np.concatenate([[0], np.cumsum(inner)]).astype(np.int32)
    thresholds = pa.ListArray.from_arrays(pa.array(offsets), pa.array(nodes.threshold[inner]))
    split = pa.StructArray.from_arrays(
        [
            pa.array(nodes.feature.astype(np.int32)),
            thresholds,
            pa.array(np.full(n_nodes, -1, np.int32)),
        ],
        ["featureIndex", "leftCategoriesOrThreshold", "numCategories"],
    )
    stat_offsets = pa.array(np.arange(0, (n_nodes + 1) * n_stats, n_stats, dtype=np.int32))
    return pa.table(
        {
            "id": pa.array(np.arange(n_nodes, dtype=np.int32)),
            "prediction": pa.array(nodes.prediction),
            "impurity": pa.array(nodes.impurity),
            "impurityStats": pa.ListArray.from_arrays(stat_offsets, pa.array(nodes.stats.ravel())),
            "rawCount": pa.array(nodes.n_samples),
            "gain": pa.array(_gains(nodes)),
            "leftChild": pa.array(nodes.left.astype(np.int32)),
            "rightChild": pa.array(nodes.right.astype(np.int32)),
            "split": split,
        }
    )


def _gains(nodes: Nodes) -> NDArray[np.float64]:
    """Decrease of impurity at each split: what Spark's feature importances are made of."""
    weight, total = nodes.weight, np.where(nodes.weight > 0, nodes.weight, 1.0)
    left, right = nodes.left, nodes.right
    below = weight[left] * nodes.impurity[left] + weight[right] * nodes.impurity[right]
    return np.where(nodes.is_leaf, -1.0, nodes.impurity - below / total)


def constant(value: float) -> Nodes:
    one, none = np.ones(1), np.full(1, -1)
    return Nodes(
        left=none,
        right=none,
        feature=none,
        threshold=np.zeros(1),
        impurity=np.zeros(1),
        n_samples=np.ones(1, np.int64),
        weight=one,
        prediction=value * one,
        stats=np.array([[1.0, value, value**2]]),
    )


def from_arrow_struct(data: Any, is_classifier: bool) -> Nodes:
    data = data.take(pa.array(np.argsort(data.field("id").to_numpy(zero_copy_only=False))))
    column = {
        name: data.field(name).to_numpy(zero_copy_only=False)
        for name in ("prediction", "impurity", "rawCount", "leftChild", "rightChild")
    }
    split = data.field("split")
    feature = split.field("featureIndex").to_numpy(zero_copy_only=False)
    categories = split.field("numCategories").to_numpy(zero_copy_only=False)
    left = column["leftChild"].astype(np.int64)
    by_category = (categories >= 0) & (left >= 0)
    if by_category.any():
        raise ValueError(
            f"feature {feature[by_category][0]} is split by categories; scikit-learn's trees split "
            f"by thresholds: fit the Spark model on one-hot encoded features"
        )
    threshold = np.zeros(len(left))
    # Leaves have empty lists, so the flat values are those of the inner nodes, in order.
    threshold[left >= 0] = split.field("leftCategoriesOrThreshold").flatten().to_numpy()
    stats = data.field("impurityStats").flatten().to_numpy(zero_copy_only=False)
    stats = stats.reshape(len(left), -1)
    return Nodes(
        left=left,
        right=column["rightChild"].astype(np.int64),
        feature=feature.astype(np.int64),
        threshold=threshold,
        impurity=column["impurity"],
        n_samples=column["rawCount"].astype(np.int64),
        weight=stats.sum(axis=1) if is_classifier else stats[:, 0],
        prediction=column["prediction"],
        stats=stats,
    )


def depth(nodes: Nodes) -> int:
    depth = np.zeros(len(nodes.left), dtype=np.int64)
    for i in np.flatnonzero(~nodes.is_leaf):  # parents stand before their children
        depth[nodes.left[i]] = depth[nodes.right[i]] = depth[i] + 1
    return int(depth.max())
