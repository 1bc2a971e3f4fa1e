"""One request of a search, as its record keeps it: plain numbers and the candidates' parameters."""

from __future__ import annotations

import itertools
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from tenfold._cloning import another, with_parameters
from tenfold._config import memory_budget
from tenfold._gather.calls import Answer, Call, Request
from tenfold._learners import member_rule, rules_of_fits
from tenfold._plan.room import threads_within
from tenfold._refusal import Refusal

# How many row numbers of a split its fingerprint looks at.
_SAMPLED_ROWS = 512


@dataclass(frozen=True)
class SplitSize:
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
    waiting_bytes : int
        What probabilities that wait to be scored take at most; 0 where none are kept.
    scoring_bytes : int
        What copies of rows take while a cell is scored; 0 where accuracies alone are asked for.
    memory_budget : int
        The one in force.
    """

    calls: list[int | None]
    families: list[dict[str, Any]]
    seconds: list[float]
    store_bytes: int
    split_bytes: int
    waiting_bytes: int = 0
    scoring_bytes: int = 0
    memory_budget: int = 0

    @classmethod
    def of(
        cls,
        run: Any,
        families: list[dict[str, Any]],
        seconds: list[float],
        calls: list[int | None] | None = None,
        budget: int | None = None,
    ) -> NativePart:
        """A part of a native run, what the engine planned for it and what that took.

        ``calls`` says which call each cell's number means, where the numbers are not of the request;
        ``budget`` the memory budget, where it is known.
        """
        answered = set(run.answered())
        runs = [any(cell not in answered for cell in family["cells"]) for family in families]
        return cls(
            calls=[
                cell.number if calls is None or cell.number is None else calls[cell.number]
                for cell in run.cells
            ],
            families=list(itertools.compress(families, runs)),
            seconds=list(itertools.compress(seconds, runs)),
            store_bytes=run.table.store.nbytes,
            split_bytes=sum(split.train.nbytes + split.test.nbytes for split in run.splits),
            waiting_bytes=run.waiting_bytes(),
            scoring_bytes=run.scoring_bytes(),
            memory_budget=memory_budget() if budget is None else budget,
        )


@dataclass(frozen=True)
class SharedFront:
    """Transformers of one split that are fitted once, and the calls that read what they gave.

    ``vouched`` has for each class of no known package why its fits may be shared, ``paths`` the rules by
    which some of them are read off a fit that serves other calls' transformers too.
    """

    steps: str
    calls: list[int]
    vouched: dict[str, str]
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadFamily:
    """Cells that a path reads off one fit: its name, why that is sound, and their calls."""

    name: str
    why: str
    calls: tuple[int, ...]


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
    fronts : list of SharedFront
        Transformers that calls share.
    last_reasons : dict
        Per call that shares transformers, why its last step is left to scikit-learn's code.
    unshared : dict
        Per call whose transformers might have been shared, why they were not.
    journal : str or None
        The file that answered some of the cells and is to have the others.
    answered : list of (int, int)
        Candidate and split of the cells that the journal answered; they are none of ``cells``.
    not_kept : dict
        Per reason, how many cells the journal can't keep.
    refit_reserve : float or None
        Seconds that fitting the winner was expected to take, where a time budget was too small for it.
    families : list of ReadFamily
        What paths read off.
    members : set of int
        Calls over ensembles whose trees are grown natively.
    notes : list of str
        What else there is to say of where it runs.
    spans : list of (str, str, float, float)
        Which thread or process did what, from when to when in seconds since the request began.
    fits : dict
        Per candidate, the rules by which scikit-learn's own fit of it is native in part.
    """

    learner: str
    parameters: dict[int, Any]
    cells: list[tuple[int, int]]
    splits: dict[int, SplitSize]
    n_threads: int
    left: list[tuple[int, str]]
    backend: str = "local"
    native: list[NativePart] = field(default_factory=list)
    left_seconds: dict[int, float] = field(default_factory=dict)
    fronts: list[SharedFront] = field(default_factory=list)
    last_reasons: dict[int, str] = field(default_factory=dict)
    unshared: dict[int, str] = field(default_factory=dict)
    journal: str | None = None
    answered: list[tuple[int, int]] = field(default_factory=list)
    not_kept: dict[str, int] = field(default_factory=dict)
    refit_reserve: float | None = None
    families: list[ReadFamily] = field(default_factory=list)
    members: set[int] = field(default_factory=set)
    notes: list[str] = field(default_factory=list)
    spans: list[tuple[str, str, float, float]] = field(default_factory=list)
    fits: dict[int, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, request: Request, left: list[tuple[int, str]], n_threads: int, kept: Any = None
    ) -> Part:
        """A part that knows its cells, and which of them are left to scikit-learn's code, and why.

        ``kept`` is what a journal did for the request: its cells are those of the part, too.
        """
        answered: tuple[Call, ...] = () if kept is None else kept.answered
        estimator = (request.calls or answered)[0].args[0]
        part = cls(type(estimator).__name__, {}, [], {}, n_threads, left)
        part.cells = [part._place(call) for call in request.calls]
        part.answered = [part._place(call) for call in answered]
        rules = rules_of_fits(estimator, [given or {} for given in part.parameters.values()])
        part.fits = dict(zip(part.parameters, rules, strict=True))
        if kept is not None:
            part.journal, part.not_kept = kept.path, kept.not_kept
        return part

    def _place(self, call: Call) -> tuple[int, int]:
        """Candidate and split of a call, noted; scikit-learn's numbering, which it passes on to print it."""
        asked = call.kwargs
        candidate, split = place_of(call)
        self.parameters.setdefault(candidate, asked["parameters"])
        if split not in self.splits:
            train, test = asked["train"], asked["test"]
            self.splits[split] = SplitSize(_length(train), _length(test), fingerprint(train, test))
        return candidate, split

    def add_native(self, run: Any, search: Any, calls: list[int | None] | None = None) -> None:
        """Add what the engine planned for a native run, and what it took.

        ``calls`` says which call each cell's number means, where the numbers are not of this request.
        """
        self._add(NativePart.of(run, search.families(), search.family_seconds().tolist(), calls))

    def add_planned(
        self, run: Any, families: list[dict[str, Any]], calls: list[int | None] | None = None
    ) -> None:
        """Add what the engine would do for a native run."""
        self._add(NativePart.of(run, families, [0.0] * len(families), calls))

    def _add(self, native: NativePart) -> None:
        self.native.append(native)
        n_threads = threads_within(native.families, self.n_threads, native.memory_budget)
        note = f"memory_budget lets {n_threads} of {self.n_threads} threads work at a time"
        if n_threads < self.n_threads and note not in self.notes:
            self.notes.append(note)

    def add_front(
        self,
        steps: list[str],
        last: dict[int, str],
        vouched: dict[str, str],
        paths: tuple[str, ...] = (),
    ) -> None:
        """Add transformers that calls share; ``last`` has the class of each call's last step."""
        self.fronts.append(SharedFront(" -> ".join(steps), list(last), vouched, paths))
        for call, name in last.items():
            self.last_reasons[call] = f"{name} has no native learner"

    def leave_alone(self, alone: dict[int, str]) -> None:
        """Write down calls that share no transformers after all, or never might, and why."""
        for front in self.fronts:
            front.calls[:] = [call for call in front.calls if call not in alone]
        self.fronts = [front for front in self.fronts if front.calls]
        for call, reason in alone.items():
            self.last_reasons.pop(call, None)
            if reason:
                self.unshared[call] = reason

    def add_families(self, families: Iterable[Any], left: Mapping[int, str]) -> None:
        """Add what paths read off, but for the calls that they left, and why."""
        for family in families:
            own = [cell.index for cell in family.cells]
            read = tuple(call for call in own if call not in left)
            if read:
                self.families.append(ReadFamily(family.path.name, family.path.why, read))
            self.last_reasons.update(
                (call, f"{family.path.name}: {left[call]}") for call in own if call in left
            )

    def note_members(self, request: Request) -> None:
        """Write down calls over ensembles whose trees are grown natively, and why others' are not."""
        known: dict[int, str | None] = {}  # by candidate, why not
        for index, _ in self.left:
            call = request.calls[index]
            if not member_rule.is_of_members(type(_last_of(call.args[0]))):
                continue
            candidate, _ = self.cells[index]
            if candidate not in known:
                known[candidate] = _why_no_members(call)
            if known[candidate] is None:
                self.members.add(index)
        for reason in dict.fromkeys(filter(None, known.values())):
            self.notes.append(f"members of ensembles are not grown together: {reason}")

    def noting_seconds(self, answer: Answer) -> Answer:
        """The same answer function, noting the seconds that scikit-learn says a cell took."""

        def noting(index: int, result: Any) -> None:
            if isinstance(result, dict):
                seconds = result.get("fit_time", 0.0) + result.get("score_time", 0.0)
                self.left_seconds[index] = float(seconds)
            answer(index, result)

        return noting


def _last_of(estimator: Any) -> Any:
    """A Pipeline's last step, or the estimator itself."""
    steps = getattr(estimator, "steps", None)
    return steps[-1][1] if isinstance(steps, list) and steps else estimator


def _why_no_members(call: Call) -> str | None:
    """Why scikit-learn grows the trees of the call's ensemble; None where the engine does."""
    try:
        estimator = with_parameters(another(call.args[0]), call.kwargs["parameters"] or {})
        member_rule.refuse(_last_of(estimator))
    except Refusal as reason:
        return str(reason)
    except Exception:
        return "scikit-learn refuses the parameters"
    return None


def place_of(call: Call) -> tuple[int, int]:
    """Candidate and split of a search's call, by the numbers that scikit-learn passes on to print them."""
    return call.kwargs["candidate_progress"][0], call.kwargs["split_progress"][0]


def _length(rows: Any) -> int:
    return len(rows) if hasattr(rows, "__len__") else 0


def fingerprint(train: Any, test: Any) -> int:
    """Equal for equal splits, and nearly always different for different ones."""
    number = 0
    for rows in (train, test):
        rows = np.atleast_1d(np.asarray(rows))
        if rows.dtype == object:  # no row numbers: scikit-learn will say what they should have been
            rows = np.frombuffer(repr(rows).encode(), np.uint8)
        sample = np.ascontiguousarray(rows[:: max(1, len(rows) // _SAMPLED_ROWS)])
        number = zlib.crc32(sample.tobytes(), zlib.crc32(str(len(rows)).encode(), number))
    return number
