"""One family's work: fit once, take the readings, answer the cells. Runs wherever the queue sends it."""

from __future__ import annotations

import contextlib
import functools
import io
import math
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from sklearn.base import clone

from tenfold import _versions
from tenfold._answer.readings import PlainReader, Rows, genuine_result, with_fit
from tenfold._gather.calls import Call
from tenfold._run.worker import Outcome
from tenfold._sharing.paths.path import Path, Values
from tenfold._sharing.paths.told import told_readings
from tenfold._warning import Warned, drained


class Readings(NamedTuple):
    """What a family gave.

    Attributes
    ----------
    answers : list of (int, Outcome)
        Number of a call in the request, and what it gave, what it printed and warned of.
    left : dict of int to str
        Calls that must run alone, and why.
    """

    answers: list[tuple[int, Outcome]]
    left: dict[int, str]


class Source(Protocol):
    """Where a family's rows come from, and how scikit-learn's own function is run over a reading."""

    def rows(self, estimator: Any) -> Rows:
        """The rows that it is fitted and scored on."""

    def run(self, call: Call, take: Callable[[Any], Any]) -> Any:
        """Run a call with ``take(estimator)`` in place of the estimator's fit."""

    def add_seconds(self, result: Any) -> None:
        """Add a cell's share of what came before."""


@dataclass
class OfSplit:
    """Rows of a split of X and y."""

    X: Any
    y: Any
    train: Any
    test: Any

    def rows(self, estimator: Any) -> Rows:
        """Cut as scikit-learn cuts them."""
        fit, y_fit = _versions.safe_split(estimator, self.X, self.y, self.train)
        test, y_test = _versions.safe_split(estimator, self.X, self.y, self.test, self.train)
        return Rows(fit, y_fit, test, y_test, fit)

    def run(self, call: Call, take: Callable[[Any], Any]) -> Any:
        """scikit-learn's function, over the call's own estimator."""
        estimator = call.args[0] if call.args else call.kwargs["estimator"]
        with with_fit(estimator, take):
            return _inner(call)(*call.args, **call.kwargs)

    def add_seconds(self, result: Any) -> None:
        """Nothing came before."""


@dataclass
class OfFront:
    """Rows that the transformers in front of a Pipeline's last step gave."""

    front: Any
    y: Any
    train: Any
    test: Any

    def rows(self, estimator: Any) -> Rows:
        """The transformed rows, with their targets."""
        y_fit = None if self.y is None else _versions.safe_indexing(self.y, self.train)
        y_test = None if self.y is None else _versions.safe_indexing(self.y, self.test)
        front = self.front
        return Rows(front.fitted_on, y_fit, front.test, y_test, front.train)

    def run(self, call: Call, take: Callable[[Any], Any]) -> Any:
        """scikit-learn's function over the Pipeline, which recalls its fitted transformers."""
        from tenfold._sharing.transformers.recall import recall

        return recall(
            self.front, _inner(call), *call.args, take_last=take, add_seconds=False, **call.kwargs
        )

    def add_seconds(self, result: Any) -> None:
        """The cell's share of the transformers' time."""
        if isinstance(result, dict) and "fit_time" in result:
            result["fit_time"] += self.front.fit_seconds
            result["score_time"] += self.front.score_seconds


@dataclass
class Task:
    """A family as it travels: calls where scikit-learn's own function runs, else what scores need.

    Attributes
    ----------
    members : list of (values, work, list of call numbers)
    scorers, with_train, template : for plain answers; ``template`` is None for genuine ones
    calls : dict of int to Call
        By number, for genuine answers.
    is_seen : bool
        Whether scorers are given the estimator: what readings have in common is not theirs to edit.
    ends : float
        When no further reading is to be begun, by ``time.monotonic``.
    """

    path: Path
    estimator: Any
    members: list[tuple[Values, float, list[int]]]
    source: Any
    fit_params: Mapping[str, Any]
    scorers: Mapping[str, Any] = field(default_factory=dict)
    with_train: bool = False
    template: Mapping[str, Any] | None = None
    calls: dict[int, Call] = field(default_factory=dict)
    ends: float = math.inf
    is_seen: bool = False


def read_family(task: Task) -> Readings:
    """Answer a family's cells; those that are not read off are left."""
    return _Reader(task).read()


@dataclass
class _Taken:
    """What one member gave."""

    position: int
    results: list[tuple[int, Any, str]]
    own_seconds: float
    warned: Warned


class _Reader:
    def __init__(self, task: Task) -> None:
        self._task = task
        self._taken: list[_Taken] = []
        self._shared_seconds = 0.0
        self._why = "the path left it out"

    def read(self) -> Readings:
        with warnings.catch_warnings(record=True) as log:
            try:
                self._read(log)
            except Exception as error:  # the rest fails, or goes well, as it does alone
                self._why = f"{type(error).__name__} while it was read off: {error}"
        return self._readings()

    def _read(self, log: list[warnings.WarningMessage]) -> None:
        task = self._task
        estimator = clone(task.estimator)
        rows = task.source.rows(estimator)
        fit_params = (
            _versions.params_of_rows(
                task.source.X, params=dict(task.fit_params), indices=task.source.train
            )
            if task.fit_params
            else {}
        )
        answer = self._answerer(rows)
        values = [own for own, _, _ in task.members]
        started = time.perf_counter()
        readings = told_readings(
            task.path, estimator, values, rows.fit, rows.y_fit, fit_params, log
        )
        for position, fitted, given in readings:
            spent = time.perf_counter() - started
            if not self._taken:
                self._shared_seconds, spent = spent, 0.0
            try:
                results = answer(position, fitted)
            except Exception:
                drained(log)  # it runs alone, and warns then
            else:
                given += drained(log)
                self._taken.append(_Taken(position, results, spent, given))
            if time.monotonic() >= task.ends:
                self._why = "the time budget ended"
                return
            started = time.perf_counter()

    def _answerer(self, rows: Rows) -> Callable[[int, Any], list[tuple[int, Any, str]]]:
        task = self._task
        if task.template is None:
            return self._genuine
        reader = PlainReader(rows, task.scorers, task.with_train, task.template, task.path.response)

        def plain(position: int, fitted: Any) -> list[tuple[int, Any, str]]:
            result = reader.result(fitted)
            return [(number, _own(result), "") for number in task.members[position][2]]

        return plain

    def _genuine(self, position: int, fitted: Any) -> list[tuple[int, Any, str]]:
        task = self._task
        numbers = task.members[position][2]
        results = []
        for number in numbers:
            call = task.calls[number]
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                result = genuine_result(
                    fitted,
                    lent=task.is_seen or number != numbers[-1],
                    run=functools.partial(task.source.run, call),
                )
            results.append((number, result, printed.getvalue()))
        return results

    def _readings(self) -> Readings:
        self._share_seconds()
        answers: list[tuple[int, Outcome]] = []
        for taken in self._taken:
            for number, result, printed in taken.results:
                answers.append((number, Outcome(result, printed, taken.warned)))
        answers.sort(key=lambda answer: answer[0])
        answered = {number for number, _ in answers}
        asked = [number for _, _, numbers in self._task.members for number in numbers]
        return Readings(answers, {n: self._why for n in asked if n not in answered})

    def _share_seconds(self) -> None:
        """What was spent on all together, by each one's work; what was spent on scores, evenly if shared."""
        members = self._task.members
        total = sum(members[taken.position][1] for taken in self._taken) or 1.0
        plain = self._task.template is not None
        score = sum(t.results[0][1].get("score_time", 0.0) for t in self._taken) if plain else 0.0
        n_cells = sum(len(taken.results) for taken in self._taken)
        for taken in self._taken:
            fit = taken.own_seconds + self._shared_seconds * members[taken.position][1] / total
            for _, result, _ in taken.results:
                if isinstance(result, dict) and "fit_time" in result:
                    if plain:
                        result["fit_time"] = fit / len(taken.results)
                        result["score_time"] = score / n_cells
                    else:
                        result["fit_time"] += fit / len(taken.results)
                self._task.source.add_seconds(result)


def _own(result: dict[str, Any]) -> dict[str, Any]:
    """A cell's result is its own, down to its scores."""
    return {name: dict(v) if isinstance(v, dict) else v for name, v in result.items()}


def _inner(call: Call) -> Callable[..., Any]:
    """scikit-learn's function itself: its wrapper's configuration is in force already."""
    inner: Callable[..., Any] = getattr(call.function, "function", call.function)
    return inner
