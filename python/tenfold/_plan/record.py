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
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tenfold._gather.calls import Request

# How many row numbers of a split its fingerprint looks at.
_SAMPLED_ROWS = 512


class Planned(BaseException):
    """Stops a fit that was only to be planned; no error, and nobody's ``except Exception`` takes it."""


@dataclass(frozen=True)
class Split:
    """Sizes of one split, and a number that tells other splits apart from it."""

    n_train: int
    n_test: int
    fingerprint: int


@dataclass
class NativePart:
    """Cells of one table that one engine search answers.

    Attributes
    ----------
    calls : list of int or None
        Per cell of the engine, the call it answers; None where it answers one that another cell answers
        too (training scores of a Pipeline).
    families : list of dict
        The engine's plan.
    seconds : list of float
        Per family, what it took; zeros where nothing ran.
    store_bytes, split_bytes : int
        What the data and the row numbers of all splits take.
    """

    calls: list[int | None]
    families: list[dict[str, Any]]
    seconds: list[float]
    store_bytes: int
    split_bytes: int

    @classmethod
    def of(
        cls,
        run: Any,
        families: list[dict[str, Any]],
        seconds: list[float],
        calls: list[int | None] | None = None,
    ) -> NativePart:
        """A part of a native run, what the engine planned for it and what that took.

        ``calls`` says which call each cell's number means, where the numbers are not of the request.
        """
        return cls(
            calls=[cell.number if calls is None else calls[cell.number] for cell in run.cells],
            families=families,
            seconds=seconds,
            store_bytes=run.table.store.nbytes,
            split_bytes=sum(split.train.nbytes + split.test.nbytes for split in run.splits),
        )


@dataclass(frozen=True)
class Prefix:
    """Transformers of one split that are fitted once, and the calls that read what they gave."""

    steps: str
    calls: list[int]


@dataclass
class Part:
    """One request of a search.

    Attributes
    ----------
    learner : str
        Class of the estimator that is searched.
    parameters : dict
        Per candidate, its parameters.
    cells : list of (int, int)
        Per call, its candidate and its split.
    left : list of (int, str)
        Calls that scikit-learn's code answers, and why.
    left_seconds : dict
        Per such call, what it took.
    backend : str
        Where it runs: "local" or "spark".
    prefixes : list of Prefix
        Transformers that calls share.
    last_reasons : dict
        Per call that shares transformers, why its last step is left to scikit-learn's code.
    """

    learner: str
    parameters: dict[int, Any]
    cells: list[tuple[int, int]]
    splits: dict[int, Split]
    n_threads: int
    left: list[tuple[int, str]]
    backend: str = "local"
    native: list[NativePart] = field(default_factory=list)
    left_seconds: dict[int, float] = field(default_factory=dict)
    prefixes: list[Prefix] = field(default_factory=list)
    last_reasons: dict[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, request: Request, left: list[tuple[int, str]], n_threads: int) -> Part:
        """A part that knows its cells, and which of them are left to scikit-learn's code, and why."""
        cells: list[tuple[int, int]] = []
        parameters: dict[int, Any] = {}
        splits: dict[int, Split] = {}
        for call in request.calls:
            asked = call.kwargs
            # scikit-learn's own numbering, which it passes on for what it prints.
            candidate, split = asked["candidate_progress"][0], asked["split_progress"][0]
            cells.append((candidate, split))
            parameters.setdefault(candidate, asked["parameters"])
            if split not in splits:
                train, test = asked["train"], asked["test"]
                splits[split] = Split(len(train), len(test), fingerprint(train, test))
        estimator = request.calls[0].args[0]
        return cls(type(estimator).__name__, parameters, cells, splits, n_threads, left)

    def add_native(self, run: Any, search: Any, calls: list[int | None] | None = None) -> None:
        """Add what the engine planned for a native run, and what it took.

        ``calls`` says which call each cell's number means, where the numbers are not of this request.
        """
        self.native.append(
            NativePart.of(run, search.families(), search.family_seconds().tolist(), calls)
        )

    def add_planned(
        self, run: Any, families: list[dict[str, Any]], calls: list[int | None] | None = None
    ) -> None:
        """Add what the engine would do for a native run."""
        self.native.append(NativePart.of(run, families, [0.0] * len(families), calls))

    def add_prefix(self, steps: list[str], last: dict[int, str]) -> None:
        """Add transformers that calls share; ``last`` has the class of each call's last step."""
        self.prefixes.append(Prefix(" -> ".join(steps), list(last)))
        for call, name in last.items():
            self.last_reasons[call] = f"{name} has no native learner"

    def noting_seconds(self, answer: Callable[[int, Any], None]) -> Callable[[int, Any], None]:
        """The same answer function, noting the seconds that scikit-learn says a cell took."""

        def noting(index: int, result: Any) -> None:
            if isinstance(result, dict):
                seconds = result.get("fit_time", 0.0) + result.get("score_time", 0.0)
                self.left_seconds[index] = float(seconds)
            answer(index, result)

        return noting


def fingerprint(train: Any, test: Any) -> int:
    """Equal for equal splits, and nearly always different for different ones."""
    number = 0
    for rows in (train, test):
        rows = np.asarray(rows)
        sample = np.ascontiguousarray(rows[:: max(1, len(rows) // _SAMPLED_ROWS)])
        number = zlib.crc32(sample.tobytes(), zlib.crc32(str(len(rows)).encode(), number))
    return number


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
    """

    def __init__(self, plan_only: bool = False, refusal: str | None = None) -> None:
        self.parts: list[Part] = []
        self.plan_only = plan_only
        self.refusal = refusal
        self.request: Request | None = None
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

    def begin(self, request: Request, left: list[tuple[int, str]], n_threads: int) -> Part:
        """A new part for a request that has been translated."""
        part = Part.of(request, left, n_threads)
        self.parts.append(part)
        if self.plan_only:
            self.request = request
        return part

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "request": None, "_session": None}


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


def current(request: Request, session: Any) -> Record | None:
    """The record that a request is to be written to, if anybody keeps one."""
    record: Record | None = getattr(_local, "current", None)
    return record if record is not None and record.takes(request, session) else None
