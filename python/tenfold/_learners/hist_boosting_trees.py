"""A tree of histogram gradient boosting, grown by ``kernels/histogram_tree.hpp``."""

from __future__ import annotations

import itertools
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._numerics import sklearn_hist_boosting
from tenfold._refusal import Refusal

try:
    from tenfold import _kernels
except ImportError:  # never built
    _kernels = None  # type: ignore[assignment]

_MOST_ROWS = 2**31 - 1
# What scikit-learn's fit hands its grower, and what the grower has by default.
_ASKED = frozenset({
    "X_binned", "gradients", "hessians", "n_bins", "n_bins_non_missing", "has_missing_values",
    "is_categorical", "monotonic_cst", "interaction_cst", "max_leaf_nodes", "max_depth",
    "min_samples_leaf", "l2_regularization", "feature_fraction_per_split", "rng", "shrinkage",
    "n_threads",
})  # fmt: skip
_MIN_GAIN = 0.0
_MIN_HESSIAN = 1e-3

_here = threading.local()


class Leaf:
    """A leaf as scikit-learn's line search sees it: its rows, and a value to be set."""

    def __init__(self, sample_indices: NDArray[np.uint32], value: float) -> None:
        self.sample_indices = sample_indices
        self.value = value


class TreeGrower:
    """What scikit-learn's ``fit`` asks of a grower.

    Raises Refusal where it is to be asked of scikit-learn's own.
    """

    total_apply_split_time = 0.0
    total_compute_hist_time = 0.0

    def __init__(self, **asked: Any) -> None:
        _refuse(asked)
        self.shrinkage = asked["shrinkage"]
        self.total_find_split_time = 0.0
        self._asked = asked
        self._grower = _grower_of(asked)
        self._leaves: list[Leaf] | None = None

    def grow(self) -> None:
        """Grow the tree."""
        asked = self._asked
        began = time.perf_counter()
        self._grower.grow(
            asked["gradients"],
            asked["hessians"],
            _number_of(asked["max_leaf_nodes"]),
            _number_of(asked["max_depth"]),
            int(asked["min_samples_leaf"]),
            _MIN_GAIN,
            _MIN_HESSIAN,
            float(asked["l2_regularization"]),
            float(self.shrinkage),
            *_draw_of(asked),
        )
        self.total_find_split_time = time.perf_counter() - began

    @property
    def finalized_leaves(self) -> list[Leaf]:
        """The leaves, whose values may be set."""
        if self._leaves is None:
            rows = self._grower.partition()
            self._leaves = [
                Leaf(rows[start:stop], value)
                for start, stop, value in zip(*self._grower.leaves(), strict=True)
            ]
        return self._leaves

    def make_predictor(self, binning_thresholds: Sequence[NDArray[np.float64]]) -> Any:
        """The tree as scikit-learn keeps it."""
        self._take_values()
        predictor = sklearn_hist_boosting.empty_predictor(self._grower.n_nodes)
        self._grower.write(*_flat(binning_thresholds), predictor.nodes.view(np.uint8))
        return predictor

    def add_to(self, raw_predictions: NDArray[np.float64]) -> None:
        """Add to each row's prediction what the tree says of it."""
        self._take_values()
        self._grower.add_to(raw_predictions)

    def _take_values(self) -> None:
        if self._leaves is not None:
            values = [leaf.value for leaf in self._leaves]
            self._grower.set_leaf_values(np.array(values, dtype=np.float64))


def forget() -> None:
    """Let go of the memory that this thread's trees are grown in."""
    vars(_here).clear()


def _refuse(asked: dict[str, Any]) -> None:
    if _kernels is None:
        raise Refusal("the compiled kernels are not there")
    if asked.keys() != _ASKED:
        raise Refusal("the grower is asked for something else")
    if asked["interaction_cst"] is not None:
        raise Refusal("interaction constraints, whose order is that of Python's sets")
    categorical = asked["is_categorical"]
    if categorical is not None and np.any(categorical):
        raise Refusal("categorical columns")
    table = asked["X_binned"]
    plain = type(table) is np.ndarray and table.dtype == np.uint8 and table.flags.f_contiguous
    if not plain or not 0 < len(table) <= _MOST_ROWS or not table.shape[1]:
        raise Refusal("the table of bins is of another kind")
    for name in ("gradients", "hessians"):
        values = asked[name]
        plain = type(values) is np.ndarray and values.dtype == np.float32
        if not plain or not values.flags.c_contiguous:
            raise Refusal(f"{name} are of another kind")
    if asked["min_samples_leaf"] > _MOST_ROWS:
        raise Refusal("min_samples_leaf is too large to be counted")
    if not np.all(asked["n_bins_non_missing"]):
        raise Refusal("a column without any value")
    draws = asked["feature_fraction_per_split"] < 1.0
    if draws and type(asked["rng"]) is not np.random.Generator:
        raise Refusal("the generator is of another kind")


def _number_of(value: Any) -> int | None:
    return None if value is None else min(int(value), _MOST_ROWS)


def _grower_of(asked: dict[str, Any]) -> Any:
    """This thread's grower over the table, the one that grew the last tree where it is for this one too."""
    table = asked["X_binned"]
    used = np.ascontiguousarray(asked["n_bins_non_missing"], dtype=np.uint32)
    missing = np.ascontiguousarray(asked["has_missing_values"], dtype=np.uint8)
    monotonic = asked["monotonic_cst"]
    monotonic = (
        np.zeros(table.shape[1], dtype=np.int8)
        if monotonic is None
        else np.ascontiguousarray(monotonic, dtype=np.int8)
    )
    key = (asked["n_bins"], used.tobytes(), missing.tobytes(), monotonic.tobytes())
    latest = getattr(_here, "latest", None)
    if latest is not None and latest[0] is table and latest[1] == key:
        return latest[2]
    grower = _kernels.HistogramGrower(table, int(asked["n_bins"]), used, missing, monotonic)
    _here.latest = table, key, grower
    return grower


def _draw_of(
    asked: dict[str, Any],
) -> tuple[Callable[[], None], NDArray[np.uint8]] | tuple[None, None]:
    """What chooses the columns of a node, as ``Splitter.find_node_split`` draws them, and where it does."""
    share = asked["feature_fraction_per_split"]
    if not share < 1.0:
        return None, None
    n_columns = asked["X_binned"].shape[1]
    n_chosen = max(1, int(np.ceil(share * n_columns)))
    shuffle = asked["rng"].shuffle
    chosen = np.full(n_columns, False)

    def draw() -> None:
        chosen[:] = False
        chosen[:n_chosen] = True
        shuffle(chosen)

    return draw, chosen.view(np.uint8)


def _flat(thresholds: Sequence[NDArray[np.float64]]) -> tuple[Any, Any]:
    """Thresholds of all columns one after the other, and where each column's begin."""
    latest = getattr(_here, "thresholds", None)
    if latest is None or latest[0] is not thresholds:
        offsets = np.array([0, *itertools.accumulate(map(len, thresholds))], dtype=np.int64)
        flat = np.concatenate([np.asarray(one, dtype=np.float64) for one in thresholds])
        _here.thresholds = latest = thresholds, flat, offsets
    return latest[1:]
