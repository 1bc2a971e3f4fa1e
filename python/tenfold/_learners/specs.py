"""The arguments of the engine's specs of trees, plain data that can be compared and sent elsewhere.

Nothing here needs scikit-learn: executors of a cluster make the engine's learners of these.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, TypeVar

# A spec's arguments and the number of its seed source, -1 where the engine draws.
Numbered = list[tuple[Any, int]]
# Something of the training rows of each split, by kind and split.
OfSplits = Sequence[Sequence[Any]]

_Own = TypeVar("_Own", bound="TreeArguments")


@dataclass(frozen=True, kw_only=True)
class TreeArguments:
    """What bounds the growth of a tree, as numbers of rows, columns and weight; for any ensemble of them."""

    n_estimators: int
    max_features: int
    max_depth: int
    min_samples_split: int
    min_samples_leaf: int
    min_weight_leaf: float
    min_impurity_decrease: float
    ccp_alpha: float
    weights: int = -1  # which weights of the split; -1: none

    def weighing(self: _Own, place: int) -> _Own:
        """The same with the weights at this place of the learner's."""
        return replace(self, weights=place)

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        raise NotImplementedError

    @classmethod
    def engine_learner(cls, engine: Any, specs: Numbered, seeds: list[Any], of_splits: Any) -> Any:
        """The engine's learner of specs, which are all of this kind."""
        raise NotImplementedError


@dataclass(frozen=True, kw_only=True)
class _ForestArguments(TreeArguments):
    SPEC: ClassVar[str]  # names of the engine's
    LEARNER: ClassVar[str]

    splitter: str
    criterion: str
    bootstrap: bool
    max_samples: int

    def engine_spec(self, engine: Any, seed_source: int) -> Any:
        """The engine's spec."""
        return getattr(engine, self.SPEC)(**vars(self), seed_source=seed_source)

    @classmethod
    def engine_learner(
        cls, engine: Any, specs: Numbered, seeds: list[Any], of_splits: OfSplits
    ) -> Any:
        """The engine's learner of these specs; ``of_splits``: weights of training rows."""
        return getattr(engine, cls.LEARNER)(
            [arguments.engine_spec(engine, source) for arguments, source in specs],
            [engine.SeedSource(tree_seeds, state) for tree_seeds, state in seeds],
            [list(of_kind) for of_kind in of_splits],
        )


@dataclass(frozen=True, kw_only=True)
class CountedArguments(_ForestArguments):
    """Of a ForestSpec: class weights are counts, and every sum is exact."""

    SPEC = "ForestSpec"
    LEARNER = "forest_learner"


@dataclass(frozen=True, kw_only=True)
class OrderedArguments(_ForestArguments):
    """Of an OrderedForestSpec: sums depend on the order of samples, or values are missing."""

    SPEC = "OrderedForestSpec"
    LEARNER = "ordered_forest_learner"

    max_leaf_nodes: int  # 0: no limit
    weighting: str = "none"
    monotonic: tuple[int, ...] = ()
