"""What is kept between the runs of one ``Parallel`` object: the column stores of its data sets.

Successive halving calls the same ``Parallel`` object once an iteration, over the same X and y.
"""

from __future__ import annotations

import time
from typing import Any

from tenfold._refusal import Refusal
from tenfold._translate.table import Table


class Session:
    """Column stores by data set; a data set is known by the identity of its X and y, which are held."""

    def __init__(self) -> None:
        self._tables: dict[tuple[int, int], Table | Refusal] = {}
        self._held: list[Any] = []
        # By time.monotonic: a time budget counts from here.
        self.started = time.monotonic()

    def table(self, engine: Any, X: Any, y: Any) -> Table:
        """The column store of (X, y); raises Refusal where there cannot be one."""
        key = (id(X), id(y))
        if key not in self._tables:
            self._held.append((X, y))
            try:
                self._tables[key] = Table(engine, X, y)
            except Refusal as reason:
                self._tables[key] = reason
        found = self._tables[key]
        if isinstance(found, Refusal):
            raise found
        return found
