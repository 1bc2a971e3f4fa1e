"""One tree, grown natively in place of ``BaseDecisionTree._fit``; X and y are checked first, as there."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold import _versions
from tenfold._data.table import classes_of
from tenfold._learners import trees
from tenfold._learners.member_trees import MemberTrees, refuse_members
from tenfold._refusal import Refusal

_LARGEST_STATE = 0x7FFFFFFF


def grow(
    engine: Any,
    tree: Any,
    X: Any,
    y: Any,
    sample_weight: Any = None,
    check_input: bool = True,
    missing_values_in_feature_mask: Any = None,
) -> Any:
    """Answer ``_fit``; raises Refusal where it must begin anew, and then nothing has been drawn."""
    if not check_input or missing_values_in_feature_mask is not None:
        raise Refusal("whoever asks has looked at X already")
    if type(tree) not in trees.SINGLE_TREES or hasattr(X, "__cuda_array_interface__"):
        raise Refusal("the tree is of another class")
    trees.refuse_other_versions("trees of other estimators are")
    refuse_members(tree, varies=False)
    if not (sample_weight is None or isinstance(sample_weight, np.ndarray)):
        raise Refusal("weights that are no array")
    like = copy.copy(tree)
    X, y = _versions.checked_for_trees(tree, X, y)
    if not isinstance(X, np.ndarray) or not isinstance(y, np.ndarray) or y.ndim != 1:
        raise Refusal("sparse X, or y of several outputs")
    weights = _weights(sample_weight, len(X))
    labels, codes = _target(tree, y)
    grower = MemberTrees(
        engine,
        like,
        X,
        labels,
        codes,
        weight=None if weights is None else float(np.sum(weights)),
        weighs=weights is not None,
    )
    generator = _versions.generator_of(tree.random_state)
    state = int(generator.randint(0, _LARGEST_STATE))
    return grower.grow_in_place(tree, state, weights)


def _target(tree: Any, y: NDArray[Any]) -> tuple[NDArray[Any] | None, NDArray[Any]]:
    if hasattr(type(tree), "predict_proba"):
        return classes_of(y)
    if y.dtype.kind not in "fiu":
        raise Refusal("y is no array of numbers")
    return None, y


def _weights(given: NDArray[Any] | None, n_rows: int) -> NDArray[np.float64] | None:
    if given is None:
        return None
    if given.shape != (n_rows,) or given.dtype.kind not in "fiu":
        raise Refusal("weights that are not a number a row")
    weights = np.ascontiguousarray(given, dtype=np.float64)
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise Refusal("weights that are negative, missing or infinite")
    return weights
