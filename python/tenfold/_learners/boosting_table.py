"""One data set as boosting over classes sees it: one output, or one a class where there are more than two."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._data.ordered_table import OrderedClasses
from tenfold._data.table import Split
from tenfold._refusal import Refusal


class BoostingTable(OrderedClasses):
    """Ranks of one X, and its y as class codes; responses are raw predictions."""

    def _target_of(self, y: Any) -> tuple[Any, ...]:
        target = super()._target_of(y)
        if len(self.classes) < 2:
            raise Refusal("y has one class, which scikit-learn refuses")
        self.n_responses = len(self.classes) if len(self.classes) > 2 else 1
        return target

    def response_columns(self, split: Split) -> Any:
        """Every split has all classes."""
        return slice(None)

    def target(self, rows: NDArray[np.int64]) -> tuple[int, NDArray[np.float64]]:
        """The number of classes, and their codes."""
        return len(self.classes), self.codes[rows].astype(np.float64)

    def _checked_split(self, train: Any, test: Any) -> Split:
        split = super()._checked_split(train, test)
        if len(split.present) < len(self.classes):
            raise Refusal("a split trains on fewer classes than there are")
        return split
