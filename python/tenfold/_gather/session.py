"""What is kept between the runs of one ``Parallel`` object: the column stores of its data sets.

Successive halving calls the same ``Parallel`` object once an iteration, over the same X and y.
"""

from __future__ import annotations

import time
from typing import Any

from tenfold._refusal import Refusal
from tenfold._translate.ordered_table import OrderedTable
from tenfold._translate.table import Table


class Session:
    """Column stores by data set; a data set is known by the identity of its X and y, which are held."""

    def __init__(self) -> None:
        self._tables: dict[tuple[type, int, int], Any] = {}
        self._held: list[Any] = []
        # By time.monotonic: a time budget counts from here.
        self.started = time.monotonic()

    def table(self, engine: Any, X: Any, y: Any) -> Table:
        """The column store of (X, y); raises Refusal where there cannot be one."""
        table: Table = self._table(Table, engine, X, y)
        return table

    def ordered_table(self, engine: Any, X: Any, y: Any) -> OrderedTable:
        """(X, y) for growth in scikit-learn's order; raises Refusal where there cannot be one."""
        table: OrderedTable = self._table(OrderedTable, engine, X, y)
        return table

    def _table(self, kind: type, engine: Any, X: Any, y: Any) -> Any:
        key = (kind, id(X), id(y))
        if key not in self._tables:
            self._held.append((X, y))
            try:
                self._tables[key] = kind(engine, X, y)
            except Refusal as reason:
                self._tables[key] = reason
        found = self._tables[key]
        if isinstance(found, Refusal):
            raise found
        return found
