"""What is kept between the runs of one ``Parallel`` object: the column stores of its data sets.

Successive halving calls the same ``Parallel`` object once an iteration, over the same X and y.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from tenfold._learners.weights import SampleWeight
from tenfold._refusal import Remembered
from tenfold._translate.boosting_table import BoostingTable
from tenfold._translate.ordered_table import OrderedClasses, OrderedTable
from tenfold._translate.table import Table


class Session:
    """Column stores by data set; a data set is known by the identity of its X and y, which are held."""

    def __init__(self) -> None:
        self._tables = Remembered[Any]()
        self._held: list[Any] = []
        # By time.monotonic: a time budget counts from here.
        self.started = time.monotonic()

    def table(self, engine: Any, X: Any, y: Any) -> Table:
        """The column store of (X, y); raises Refusal where there cannot be one."""
        table: Table = self._table("counted", lambda: Table(engine, X, y), X, y)
        return table

    def ordered_table(self, engine: Any, X: Any, y: Any, *, classes: bool) -> OrderedTable:
        """(X, y) for growth in scikit-learn's order; raises Refusal where there cannot be one."""
        kind = OrderedClasses if classes else OrderedTable
        table: OrderedTable = self._table(kind, lambda: kind(engine, X, y), X, y)
        return table

    def boosting_table(self, engine: Any, X: Any, y: Any) -> BoostingTable:
        """(X, y) for boosting over classes; raises Refusal where there cannot be one."""
        table: BoostingTable = self._table(BoostingTable, lambda: BoostingTable(engine, X, y), X, y)
        return table

    def sample_weight(self, given: Any) -> SampleWeight:
        """``sample_weight`` of the rows of a data set; raises Refusal where it has no native form."""
        weights: SampleWeight = self._table("weights", lambda: SampleWeight.of(given), given, given)
        return weights

    def _table(self, kind: Any, make: Callable[[], Any], X: Any, y: Any) -> Any:
        def held() -> Any:
            self._held.append((X, y))
            return make()

        return self._tables.get((kind, id(X), id(y)), held)
