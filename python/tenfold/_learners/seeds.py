"""A ``random_state`` as data, and the seeds of trees that follow from it."""

from __future__ import annotations

import pickle
from numbers import Integral
from typing import Any, NamedTuple

import numpy as np

from tenfold._refusal import Refusal


class Seed(NamedTuple):
    """A ``random_state`` as data: an int, or the pickled state of a RandomState."""

    number: int | None
    state: bytes | None

    def tree_seeds(self, n_trees: int) -> np.ndarray[Any, np.dtype[np.uint32]]:
        """Seeds that a forest draws for its trees, one a tree in order."""
        generator = self.generator()
        return generator.randint(np.iinfo(np.int32).max, size=n_trees).astype(np.uint32)

    def splitter_state(self) -> int:
        """First number that a single tree's splitter draws."""
        return int(self.generator().randint(0, 0x7FFFFFFF))

    def generator(self) -> np.random.RandomState:
        """A generator that stands where the seed says."""
        if self.state is not None:
            generator: np.random.RandomState = pickle.loads(self.state)
            return generator
        return np.random.RandomState(self.number)


class Source(NamedTuple):
    """A seed, and whether it is a forest's or a single tree's, which draw from it differently."""

    seed: Seed
    is_forest: bool

    def arrays(self, n_trees: int) -> tuple[np.ndarray[Any, np.dtype[np.uint32]], int | None]:
        """Seeds of so many trees and, of a single tree given a RandomState, its splitter's state."""
        if self.is_forest:
            return self.seed.tree_seeds(n_trees), None
        if self.seed.number is not None:
            return np.array([self.seed.number], dtype=np.uint32), None
        return np.zeros(1, dtype=np.uint32), self.seed.splitter_state()


def seed_of(random_state: Any) -> Seed | None:
    """A ``random_state`` as data; None where each fit draws from NumPy's global generator."""
    if random_state is None:
        return None
    if isinstance(random_state, Integral):
        return Seed(int(random_state), None)
    if type(random_state) is np.random.RandomState:
        return Seed(None, pickle.dumps(random_state))
    raise Refusal(f"random_state is a {type(random_state).__name__}")


def seed_of_number(number: int) -> Seed:
    """The seed of an estimator with this ``random_state``."""
    return Seed(number, None)


def seed_arrays(specs: list[tuple[Any, int]], sources: list[Source]) -> list[Any]:
    """Per source the tree seeds, as many as the longest forest that reads it wants."""
    longest = [0] * len(sources)
    for arguments, source in specs:
        if source >= 0:
            longest[source] = max(longest[source], arguments.n_estimators)
    return [source.arrays(n_trees) for source, n_trees in zip(sources, longest, strict=True)]
