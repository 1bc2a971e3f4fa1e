"""What is kept between the runs of one ``Parallel`` object: the tables of its data sets.

Successive halving calls the same ``Parallel`` object once an iteration, over the same X and y.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from tenfold._data.table import SplitTable
from tenfold._learners.weights import SampleWeight
from tenfold._refusal import Remembered

_Table = TypeVar("_Table", bound=SplitTable)


class Session:
    """Tables by data set; a data set is known by the identity of its X and y, which are held."""

    def __init__(self) -> None:
        self._tables = Remembered[Any]()
        self._held: list[Any] = []
        # By time.monotonic: a time budget counts from here.
        self.started = time.monotonic()

    def table(self, kind: Callable[[Any, Any, Any], _Table], engine: Any, X: Any, y: Any) -> _Table:
        """(X, y) as a table of that kind; raises Refusal where there cannot be one."""
        table: _Table = self._table(kind, lambda: kind(engine, X, y), X, y)
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
