"""What bounds the growth of a tree, as numbers of rows, columns and weight.

The resolution of fractions and defaults follows ``BaseDecisionTree._fit`` (sklearn/tree/_classes.py) and
``BaseForest.fit`` (sklearn/ensemble/_forest.py), the same from 1.5 to 1.9 but for ``max_samples``, whose
resolution is asked of scikit-learn itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from numbers import Integral
from typing import Any

import numpy as np

from tenfold import _native, _versions
from tenfold._refusal import Refusal

UNLIMITED = 2**31 - 1


@dataclass(frozen=True, slots=True)
class TreeLimits:
    """Parameters of one candidate as the user gave them, of every kind of tree."""

    max_features: Any
    max_depth: int
    min_samples_split: Any
    min_samples_leaf: Any
    min_weight_fraction_leaf: float
    min_impurity_decrease: float

    @staticmethod
    def taken(given: dict[str, Any]) -> dict[str, Any]:
        """The limits among a candidate's parameters, which are removed there; arguments of this class."""
        max_depth = given.pop("max_depth")
        return {
            "max_features": given.pop("max_features"),
            "max_depth": UNLIMITED if max_depth is None else min(int(max_depth), UNLIMITED),
            "min_samples_split": given.pop("min_samples_split"),
            "min_samples_leaf": given.pop("min_samples_leaf"),
            "min_weight_fraction_leaf": float(given.pop("min_weight_fraction_leaf")),
            "min_impurity_decrease": float(given.pop("min_impurity_decrease")),
        }

    def of_tree(self, n_rows: int, n_columns: int, weight: Any) -> dict[str, Any]:
        """What the tree builder is given for so many training rows and columns, of this weight together."""
        min_samples_leaf = n_rows_of(self.min_samples_leaf, n_rows, 1)
        min_samples_split = n_rows_of(self.min_samples_split, n_rows, 2)
        return {
            "max_features": n_features(self.max_features, n_columns),
            "max_depth": self.max_depth,
            "min_samples_split": min(max(min_samples_split, 2 * min_samples_leaf), UNLIMITED),
            "min_samples_leaf": min(min_samples_leaf, UNLIMITED),
            "min_weight_leaf": float(self.min_weight_fraction_leaf * weight),
            "min_impurity_decrease": self.min_impurity_decrease,
        }


@dataclass(frozen=True, slots=True)
class Limits(TreeLimits):
    """The same of trees and forests, which may draw their rows."""

    bootstrap: bool
    max_samples: Any

    @classmethod
    def taken_from(cls, given: dict[str, Any]) -> Limits:
        """The limits among a candidate's parameters, which are removed there."""
        bootstrap = bool(given.pop("bootstrap", False))
        max_samples = given.pop("max_samples", None)
        if max_samples is not None and not bootstrap:
            raise Refusal("max_samples without bootstrap")
        return cls(**cls.taken(given), bootstrap=bootstrap, max_samples=max_samples)

    def resolved(
        self, n_rows: int, n_columns: int, weights: Any = None, most_draws: int = UNLIMITED
    ) -> dict[str, Any]:
        """What the tree builder is given for so many training rows and columns.

        ``weights``, if any, are those of the training rows: that they are drawn with, or grown with.
        """
        drawn = self.rows_drawn(n_rows, weights, most_draws) if self.bootstrap else 0
        # With bootstrap a tree is given the counts of the rows drawn, which sum to that number.
        weight = drawn or (n_rows if weights is None else np.sum(weights.astype(np.float64)))
        return {
            **self.of_tree(n_rows, n_columns, weight),
            "bootstrap": self.bootstrap,
            "max_samples": drawn,
        }

    def rows_drawn(self, n_rows: int, weights: Any, most: int) -> int:
        """Rows that a forest draws for a tree; raises Refusal where scikit-learn would warn or refuse."""
        size = _versions.bootstrap_size(n_rows, self.max_samples, weights)
        if size is None or size > most:
            raise Refusal(f"max_samples={self.max_samples!r} on {n_rows} rows")
        return size


def most_counted_draws(n_rows: int) -> int:
    """The most draws from so many rows for which the engine's counts and weights are exact."""
    engine = _native.compiled()
    return 0 if engine is None else int(engine.largest_bootstrap(n_rows))


def n_rows_of(value: Any, n_rows: int, least: int) -> int:
    """A number of samples given as such or as a fraction of the training rows."""
    if isinstance(value, Integral):
        return int(value)
    count: int = ceil(value * n_rows)
    return max(least, count)


def n_features(value: Any, n_columns: int) -> int:
    """Features that a node draws, of so many."""
    if value is None:
        return n_columns
    if isinstance(value, str):
        function = np.sqrt if value == "sqrt" else np.log2
        return max(1, int(function(n_columns)))
    if isinstance(value, Integral):
        # The splitter stops at the last feature whatever is asked beyond it.
        return min(int(value), n_columns)
    return max(1, int(value * n_columns))
