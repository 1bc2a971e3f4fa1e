"""Models with trees that are grown natively beside scikit-learn's, compared whole; data to fit them on."""

from __future__ import annotations

import warnings
from typing import Any

import joblib
import numpy as np
import pytest
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.datasets import make_classification, make_friedman1

from tenfold._learners import member_trees, native_fits
from tenfold._sharing.paths.check import is_same

from ..trees.hard_data import COLUMNS


def nodes(tree: Any) -> bytes:
    found: bytes = tree.tree_.__getstate__()["nodes"].tobytes()
    return found


def fit(estimator: Any, X: Any, y: Any, fit_params: dict[str, Any]) -> tuple[Any, list[str]]:
    """The fitted model, or the error, and what was warned of."""
    fitted: Any = clone(estimator)
    with warnings.catch_warnings(record=True) as caught, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            fitted.fit(X, y, **fit_params)
        except ValueError as error:
            fitted = str(error)
    return fitted, [str(one.message) for one in caught]


class Counting:
    """Counts the trees that the engine grows for ensembles."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.n_trees = 0
        one, many = member_trees.MemberTrees.grow_one, member_trees.MemberTrees.grow

        def grow_one(trees: Any, *args: Any, **kwargs: Any) -> Any:
            self.n_trees += 1
            return one(trees, *args, **kwargs)

        def grow(trees: Any, seeds: Any, *args: Any) -> Any:
            self.n_trees += len(seeds)
            return many(trees, seeds, *args)

        patch.setattr(member_trees.MemberTrees, "grow_one", grow_one)
        patch.setattr(member_trees.MemberTrees, "grow", grow)


def both(estimator: Any, X: Any, y: Any, native: bool = True, **fit_params: Any) -> Any:
    """The model with the engine's trees and without, compared whole; returned as the engine made it."""
    theirs, their_warnings = fit(estimator, X, y, fit_params)
    with pytest.MonkeyPatch.context() as patch:
        counting = Counting(patch)
        with joblib.parallel_config(backend="tenfold"), native_fits():
            ours, our_warnings = fit(estimator, X, y, fit_params)
    assert our_warnings == their_warnings
    if isinstance(theirs, str):
        assert ours == theirs
        return None
    assert (counting.n_trees >= len(theirs.estimators_)) == native
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        assert is_same(getattr(ours, name), value), name
    for mine, other in zip(ours.estimators_, theirs.estimators_, strict=True):
        assert vars(mine).keys() == vars(other).keys()
        assert is_same(mine.get_params(), other.get_params())
        if hasattr(other, "tree_"):
            assert nodes(mine) == nodes(other)
    return ours


class CountingSingle:
    """Counts single trees that the engine grows in place of their own ``fit``."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.n_trees = 0
        grow = member_trees.MemberTrees.grow_in_place

        def counting(trees: Any, *args: Any) -> Any:
            self.n_trees += 1
            return grow(trees, *args)

        patch.setattr(member_trees.MemberTrees, "grow_in_place", counting)


def single(tree: Any, X: Any, y: Any, native: bool = True, **fit_params: Any) -> None:
    """A tree as the engine grows it and as scikit-learn does, compared whole."""
    theirs, their_warnings = fit(tree, X, y, fit_params)
    with pytest.MonkeyPatch.context() as patch:
        counting = CountingSingle(patch)
        with native_fits():
            ours, our_warnings = fit(tree, X, y, fit_params)
    assert our_warnings == their_warnings
    assert counting.n_trees == native
    if isinstance(theirs, str):
        assert ours == theirs
        return
    assert set(vars(ours)) == set(vars(theirs))
    for name, value in vars(theirs).items():
        assert is_same(getattr(ours, name), value), name
    assert nodes(ours) == nodes(theirs)


data = st.tuples(
    st.lists(st.sampled_from(sorted(COLUMNS)), min_size=1, max_size=5),
    st.booleans(),
    st.integers(12, 120),
    st.integers(0, 10**6),
)
of_trees = st.fixed_dictionaries(
    {
        "max_depth": st.sampled_from([1, 1, 2, 4, None]),
        "min_samples_leaf": st.sampled_from([1, 1, 3, 0.05]),
        "min_samples_split": st.sampled_from([2, 9, 0.1]),
        "max_features": st.sampled_from([None, None, "sqrt", 1, 0.6]),
        "max_leaf_nodes": st.sampled_from([None, None, 3, 6]),
        "min_impurity_decrease": st.sampled_from([0.0, 0.0, 0.01]),
        "ccp_alpha": st.sampled_from([0.0, 0.0, 0.01]),
    }
)
seeds = st.integers(0, 2**32 - 1)
weightings = st.sampled_from(["none", "none", "fractions", "counts"])


def weights_of(kind: str, n: int, seed: int) -> dict[str, Any]:
    generator = np.random.RandomState(seed)
    if kind == "fractions":
        return {"sample_weight": generator.uniform(0.1, 3.0, n)}
    if kind == "counts":
        return {"sample_weight": generator.randint(0, 4, n) + (np.arange(n) == 0)}
    return {}


def classes(n: int, n_classes: int, seed: int) -> Any:
    y = np.random.RandomState((seed + 1) % 2**32).randint(0, n_classes, n)
    y[:n_classes] = np.arange(n_classes)
    return y


def two_classes() -> Any:
    return make_classification(200, 6, n_informative=4, flip_y=0.1, random_state=0)


def numbers() -> Any:
    return make_friedman1(200, 6, noise=1.0, random_state=0)
