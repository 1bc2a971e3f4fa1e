"""The engine's learner of forests that are grown in scikit-learn's order of samples."""

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from tenfold._engine import Dataset, Learner
from tenfold._learners.forest_engine import SeedSource
from tenfold._learners.trees_engine import GrownTree, TreeArguments

class OrderedForestSpec:
    """One forest (or tree) to grow in scikit-learn's order of samples."""

    def __init__(
        self,
        *,
        splitter: str,  # "best" or "random"
        criterion: str,  # "squared_error", "poisson", "gini" or "entropy"
        max_leaf_nodes: int,  # 0: no limit
        bootstrap: bool,
        max_samples: int,
        weighting: str,  # "none", "grow", "draw" or "subsample"
        monotonic: Sequence[int] = (),  # -1, 0 or 1 a column; of classes, of the first of two
        **limits: Unpack[TreeArguments],
    ) -> None: ...

def ordered_forest_learner(
    specs: Sequence[OrderedForestSpec],
    seed_sources: Sequence[SeedSource],
    weights: Sequence[Sequence[NDArray[np.float64]]],  # (kind, split)
) -> Learner:
    """The learner of forests that are grown in scikit-learn's order of samples."""

def grow_ordered(
    dataset: Dataset,
    spec: OrderedForestSpec,
    seed_source: SeedSource,
    weights: NDArray[np.float64] | None,
    n_threads: int,
) -> list[GrownTree]:
    """The trees of a seeded forest over all rows of an ordered data set."""

def grow_ordered_tree(
    dataset: Dataset, weights: NDArray[np.float64] | None, **parameters: Any
) -> GrownTree:
    """One tree over all rows of an ordered data set; for tests."""

class MemberTrees:
    """Trees that an ensemble of somebody else's asks for, over an ordered data set that is prepared once."""

    def __init__(self, dataset: Dataset, spec: OrderedForestSpec) -> None: ...
    def grow(
        self,
        states: Sequence[int],  # a tree each: the first number that its splitter draws
        *,
        weights: Sequence[NDArray[np.float64]] = (),  # of the rows of each; none: ones
        rows: Sequence[NDArray[np.int64]] = (),  # of each, repeated as they may be; none: all
        columns: Sequence[NDArray[np.int64]] = (),  # the same of columns
        n_threads: int = 1,
    ) -> list[GrownTree]: ...
    def grow_with_leaves(
        self,
        state: int,
        weights: NDArray[np.float64] | None = None,
        rows: NDArray[np.int64] | None = None,
    ) -> tuple[GrownTree, NDArray[np.uint32]]:
        """A tree over all columns, and the leaf of each row of the data set."""

def splitter_state(seed: int) -> int:
    """The first number that the splitter of a tree with this seed draws."""
