"""Whether a forest has an out-of-bag prediction of every row: scikit-learn warns where it has not.

With ``oob_score=True`` a fit differs in attributes alone, which genuine estimators get from scikit-learn's
own code; a native cell needs only to know that nothing would be warned of.
"""

from __future__ import annotations

import functools

import numpy as np

from tenfold._learners.seeds import Seed
from tenfold._refusal import Refusal

# What no computer will meet.
_CHANCE = 1e-12
# A forest that needs more trees than this for all rows is left to scikit-learn.
_MOST_TREES = 1000


def refuse_warnings(seed: Seed | None, n_trees: int, n_rows: int, n_drawn: int) -> None:
    """Raise Refusal unless every row is out of the bag of some tree."""
    if seed is None:
        drawn_each_time = (1.0 - (1.0 - 1.0 / n_rows) ** n_drawn) ** n_trees
        is_sure = n_rows * drawn_each_time < _CHANCE
    else:
        is_sure = n_trees >= trees_needed(seed, n_rows, n_drawn)
    if not is_sure:
        raise Refusal("oob_score with rows that are in every bag, of which scikit-learn warns")


@functools.lru_cache(maxsize=1000)
def trees_needed(seed: Seed, n_rows: int, n_drawn: int) -> int:
    """How many trees of a seeded forest leave each row out at least once."""
    always_drawn = np.ones(n_rows, dtype=bool)
    for number, tree_seed in enumerate(seed.tree_seeds(_MOST_TREES)):
        drawn = np.random.RandomState(tree_seed).randint(0, n_rows, n_drawn)
        always_drawn &= np.bincount(drawn, minlength=n_rows) > 0
        if not always_drawn.any():
            return number + 1
    return _MOST_TREES + 1
