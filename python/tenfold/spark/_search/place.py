"""The cluster of a Spark session, as a place where requests run."""

from __future__ import annotations

from typing import Any

from tenfold._gather.calls import Answer, Request
from tenfold._run.assignment import Assignment
from tenfold.spark._search import calls, run
from tenfold.spark._search.draws import notes_of
from tenfold.spark._search.slots import slots_of


class Cluster:
    """The executors of one session; what each of these says stands in ``tenfold._run.where.Place``."""

    BACKEND = "spark"

    def __init__(self, session: Any) -> None:
        self._session = session

    def n_threads(self, request: Request) -> int:
        """Tasks at a time."""
        return slots_of(self._session, request)[0]

    def notes(self, request: Request, left: list[int]) -> list[str]:
        """Of calls whose random numbers depend on how they are cut."""
        return notes_of(request, left)

    def run(self, assignment: Assignment) -> None:
        """Answer every call of a request from one job."""
        assignment.progress.stage("on Spark", tells=True)
        run.run(self._session, assignment)

    def run_calls(self, request: Request, answer: Answer) -> None:
        """Answer every call of a request that is no search from one job."""
        calls.run_calls(self._session, request, answer)
