"""Outcomes of classic Spark's tasks, each here as soon as its task has ended: by one of Spark's accumulators.

What a job returns passes through a buffer of 8 kB on its way from the JVM to Python, so that outcomes of few
small tasks would arrive when all is over. What is added to an accumulator is handed to the driver's Python at
the end of each task, once for each, however often Spark tries it; and that needs neither Spark's SQL planner
nor Arrow, for whose start a session's first search would wait.

Spark forgets no accumulator, so an application has one, and outcomes say which job they are of.
"""

from __future__ import annotations

import contextlib
import threading
import weakref
from collections.abc import Callable, Iterator
from typing import Any

from pyspark.accumulators import AccumulatorParam

# Of a job the tag, of a task the number, and what came out.
Term = tuple[str, int, bytes]


class Handing(AccumulatorParam):  # type: ignore[misc]
    """On an executor, gathers what a task adds; on the driver, hands it on.

    Sent by value: executors need not have tenfold.

    Parameters
    ----------
    takers : dict of str to callable, optional
        On the driver: by a job's tag, who takes its outcomes.
    """

    def __init__(self, takers: dict[str, Callable[[int, bytes], None]] | None = None) -> None:
        self._takers = takers

    def __reduce__(self) -> Any:
        return Handing, ()

    def zero(self, value: list[Term]) -> list[Term]:
        """Nothing yet."""
        return []

    def addInPlace(self, value1: list[Term], value2: list[Term]) -> list[Term]:
        """Add outcomes to those gathered; on the driver nothing is gathered."""
        if self._takers is None:
            value1.extend(value2)
            return value1
        for job, task, outcome in value2:
            take = self._takers.get(job)
            if take is not None:  # else it has been left
                take(task, outcome)
        return value1


_made: weakref.WeakKeyDictionary[Any, Arrivals] = weakref.WeakKeyDictionary()
_making = threading.Lock()


class Arrivals:
    """Where an application's outcomes arrive.

    Attributes
    ----------
    accumulator : Accumulator
        What tasks add lists of (job's tag, task, outcome) to.
    """

    def __init__(self, context: Any) -> None:
        self._takers: dict[str, Callable[[int, bytes], None]] = {}
        self.accumulator = context.accumulator([], Handing(self._takers))

    @classmethod
    def of(cls, context: Any) -> Arrivals:
        """Those of an application, by its SparkContext."""
        with _making:
            if context not in _made:
                _made[context] = cls(context)
            return _made[context]

    @contextlib.contextmanager
    def handed_to(self, job: str, take: Callable[[int, bytes], None]) -> Iterator[None]:
        """Within, outcomes of a job are handed to ``take``, in a thread of Spark's."""
        self._takers[job] = take
        try:
            yield
        finally:
            del self._takers[job]
