"""What a search's runs were asked and did, kept small enough to stay with the fitted search.

A *record* belongs to one ``fit`` of one search. The runner adds a :class:`Part` to it for each of its
requests (successive halving makes one an iteration): plain numbers and the candidates' parameters, no
data and no estimators. A plan is made of it only when somebody looks.

The same way a search is explained before it is fitted: with a *planning* record, the runner writes down
what it would do and then stops the fit with :class:`Planned`.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tenfold._gather.calls import Answer, Call, Request
from tenfold._plan.part import Part, place_of


class Planned(BaseException):
    """Stops a fit that was only to be planned; no error, and nobody's ``except Exception`` takes it."""


class Record:
    """What one fit of a search asked and did.

    Attributes
    ----------
    parts : list of Part
    plan_only : bool
        Whether the fit is to be stopped once its first request is planned.
    request : Request or None
        The first request itself, kept only by a planning record.
    refusal : str or None
        Why no cell may be native, where something outside of the calls says so.
    refits : bool
        Whether the winner is fitted at the end.
    live : LiveStudy or None
        What writes to a study while the fit lasts.
    metric : str or None
        The score that chooses the winner, where it has a name.
    stopped : bool
        Whether it was ended before all of it was done.
    failures : dict of str to int
        Last lines of fits' errors, and how many cells gave each.
    outcomes : dict
        Per part, candidate and split, the call and what was answered; only while the fit lasts.
    """

    def __init__(self, plan_only: bool = False, refusal: str | None = None) -> None:
        self.parts: list[Part] = []
        self.plan_only = plan_only
        self.refusal = refusal
        self.request: Request | None = None
        self.refits = False
        self.metric: str | None = None
        self.live: Any = None
        self.failures: dict[str, int] = {}
        self.stopped = False
        self.outcomes: list[dict[tuple[int, int], tuple[Call, Any]]] = []
        self._session: weakref.ref[Any] | None = None

    def takes(self, request: Request, session: Any) -> bool:
        """Whether a request is one of the search's own, and not of a search nested in it.

        A search asks through one ``Parallel`` object, hence one session, and asks first.
        """
        if self._session is None:
            if request.calls[0].kwargs.get("candidate_progress") is None:
                return False
            self._session = weakref.ref(session)
        return self._session() is session

    def begin(
        self, request: Request, left: list[tuple[int, str]], n_threads: int, kept: Any = None
    ) -> Part:
        """A new part for a request that has been translated; ``kept`` is what a journal did for it."""
        part = Part.of(request, left, n_threads, kept)
        self.parts.append(part)
        if self.plan_only:
            self.request = request
        return part

    def noting(self, request: Request, answer: Answer) -> Answer:
        """The same answer function, noting what was answered, in case that the fit comes to no end."""
        outcomes: dict[tuple[int, int], tuple[Call, Any]] = {}
        self.outcomes.append(outcomes)
        # In scikit-learn's order, with None for what is not answered.
        for call in request.calls:
            outcomes[place_of(call)] = call, None

        def noting(index: int, result: Any) -> None:
            call = request.calls[index]
            outcomes[place_of(call)] = call, result
            error = result.get("fit_error") if isinstance(result, dict) else None
            if error is not None:
                last = error.strip().splitlines()[-1]
                self.failures[last] = self.failures.get(last, 0) + 1
            answer(index, result)

        return noting

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "request": None, "_session": None, "live": None, "outcomes": []}


_local = threading.local()


@contextmanager
def recording() -> Iterator[Record]:
    """Keep a record of the search that is fitted inside; a record that waits for it is taken."""
    waiting: Record | None = getattr(_local, "waiting", None)
    record = Record() if waiting is None else waiting
    before = getattr(_local, "current", None)
    _local.waiting, _local.current = None, record
    try:
        yield record
    finally:
        _local.current = before


@contextmanager
def waiting(record: Record) -> Iterator[Record]:
    """Give the next search that is fitted inside this record."""
    _local.waiting = record
    try:
        yield record
    finally:
        _local.waiting = None


def current_record() -> Record | None:
    """The record of the search that is being fitted in this thread."""
    record: Record | None = getattr(_local, "current", None)
    return record


def current(request: Request, session: Any) -> Record | None:
    """The record that a request is to be written to, if anybody keeps one."""
    record = current_record()
    return record if record is not None and record.takes(request, session) else None
