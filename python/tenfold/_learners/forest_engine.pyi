"""The engine's learner of classification trees and forests."""

from collections.abc import Sequence
from typing import Unpack

import numpy as np
from numpy.typing import NDArray

from tenfold._engine import Dataset, Learner
from tenfold._learners.trees_engine import GrownTree, TreeArguments

class ForestSpec:
    """One forest (or tree) to grow, every parameter resolved to what the builder uses for this split."""

    def __init__(
        self,
        *,
        splitter: str,  # "best" or "random"
        criterion: str,  # "gini" or "entropy"
        bootstrap: bool,
        max_samples: int,  # rows drawn with replacement for a tree; ignored without bootstrap
        **limits: Unpack[TreeArguments],
    ) -> None: ...

class SeedSource:
    """Where the trees of a seeded forest take their random numbers from.

    ``tree_seeds[t]`` seeds NumPy's legacy generator for tree ``t``. A single tree given a ``RandomState``
    has no seed of its own: ``splitter_state`` is then the splitter's first draw.
    """

    def __init__(
        self, tree_seeds: NDArray[np.uint32], splitter_state: int | None = None
    ) -> None: ...

def forest_learner(
    specs: Sequence[ForestSpec],
    seed_sources: Sequence[SeedSource],
    probabilities: Sequence[Sequence[NDArray[np.float64]]] = (),  # (kind, split): added up
) -> Learner:
    """The learner of classification trees and forests."""

def largest_bootstrap(n_rows: int) -> int:
    """The most draws of a tree's bootstrap from so many rows that the engine can count exactly."""

def grow(
    dataset: Dataset,
    spec: ForestSpec,
    seed_source: SeedSource,
    rows: NDArray[np.int64],
    n_threads: int,
    first_tree: int = 0,
    probabilities: NDArray[np.float64] | None = None,  # by which rows are drawn, added up
) -> list[GrownTree]:
    """Grow trees ``first_tree .. n_estimators - 1`` of a seeded forest on those rows."""

def grow_counted(
    dataset: Dataset,
    spec: ForestSpec,
    states: Sequence[int],  # a tree each: the first number that its splitter draws
    counts: Sequence[NDArray[np.int64]],  # of each, how often it takes every row
    n_threads: int,
) -> list[GrownTree]:
    """Grow trees over all rows of a data set, by counts."""
