"""A search on Spark: from a translated request to one job's tasks, and from their outcomes to answers."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import re
import time
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tenfold._answer.answers import AccuracyAnswers, template_of
from tenfold._config import get_config, memory_budget
from tenfold._data.table import Table
from tenfold._gather.calls import Request, arguments_of
from tenfold._plan.part import NativePart
from tenfold._run import native as run_native
from tenfold._run import transformers as transformers_run
from tenfold._run import transformers_record, worker
from tenfold._run.assignment import Assignment
from tenfold._run.paths import cut as cut_families
from tenfold._run.paths import in_order
from tenfold._run.stopping import OutOfTime
from tenfold._sharing.paths.plan import plan as plan_paths
from tenfold._sharing.paths.registry import registered_paths
from tenfold._sharing.transformers import groups
from tenfold._translate.cells import NativeRun
from tenfold.spark._search import advice, cutting, draws, job
from tenfold.spark._search.costs import Costs
from tenfold.spark._search.orders import Orders
from tenfold.spark._search.pickling import naming_what_does_not_pickle, pickled_paths
from tenfold.spark._search.ship import shipper_of
from tenfold.spark._search.slots import slots_of
from tenfold.spark._search.tasks import (
    AccuracyResult,
    AccuracyTask,
    CallsResult,
    CallsTask,
    ResponseTask,
)


class _Planned(NamedTuple):
    """A task, what to do with what comes back, its predicted seconds, and the calls it answers."""

    task: Any
    take: Callable[[Any], None]
    seconds: float | None
    calls: list[int]


def run(spark: Any, assignment: Assignment) -> None:
    """Answer every call of a request from one job of the session's executors."""
    request, translation = assignment.request, assignment.translation
    progress = assignment.progress
    planner = _Planner(spark, assignment)
    for native in translation.runs:
        planner.add_native(native)
    planner.add_calls(translation.left, assignment.shares)
    planner.finish()
    tasks = planner.tasks
    description = f"tenfold: {len(request.calls):,} cells of a search"
    weight = _weight_of(tasks)
    total, done = sum(map(weight, tasks)) + len(planner.later), 0.0

    def take(outcome: job.Outcome) -> None:
        nonlocal done
        result, (process, began, ended) = _result_of(outcome.pickled, request)
        shift = time.time() - time.monotonic()
        progress.span(process, "task", began - shift, ended - shift)
        planned = tasks[outcome.task]
        planned.take(result)
        planner.learn(planned, result, ended - began)
        done += weight(planned)

    with shipper_of(spark).shipment() as shipment, job.Jobs(spark, description) as jobs:
        with naming_what_does_not_pickle(request):
            first = [planned.task for planned in tasks]
            later = [request.calls[index] for index in planner.later]
            orders = Orders(spark, shipment, request, translation, first, later)
            order = orders.of(first)
        try:
            # Files stay on Spark's list until all jobs have begun.
            jobs.start(order, len(tasks), (lambda: None) if planner.later else shipment.begun)
            for outcome in jobs.follow():
                if outcome is not None:
                    take(outcome)
                if planner.has_learnt:
                    more = planner.add_later()
                    with naming_what_does_not_pickle(request):
                        order = orders.of([planned.task for planned in more])
                    jobs.start(order, len(more), shipment.begun)
                progress.state(done / total)
        except job.TaskFailed as error:
            raise _named(error, tasks, request) from error
        except (OutOfTime, KeyboardInterrupt):
            for outcome in jobs.arrived():
                with contextlib.suppress(Exception):
                    take(outcome)
            raise
    draws.move_on(planner.drawn)


def _weight_of(tasks: list[_Planned]) -> Callable[[_Planned], float]:
    """What tells a task's share of the bar: predicted seconds, or calls where nothing predicts some."""
    if any(one.seconds is None for one in tasks):
        return lambda planned: float(len(planned.calls))
    return lambda planned: planned.seconds or 1e-6


def _result_of(outcome: bytes, request: Request) -> list[Any]:
    """The result, and which process had it, from when to when."""
    kind: str
    content: list[Any]
    kind, *content = pickle.loads(outcome)
    if kind == "refused":
        raise RuntimeError(content[0])
    if kind == "died":
        raise _given_up(content, request, "the process that ran it died each time")
    if kind == "raised":
        error, text = content
        raise error from job.ExecutorTraceback(text)
    return content


class _Planner:
    """Makes tasks of native runs and of calls."""

    def __init__(self, spark: Any, assignment: Assignment) -> None:
        self._engine = assignment.engine
        self._request = request = assignment.request
        self._answer = assignment.answer
        self._part = assignment.part
        self._n_slots, self._n_tasks = slots_of(spark, request)
        self._small = _may_end_early()
        self._memory_budget = memory_budget()
        self._paths = pickled_paths(registered_paths())
        self.tasks: list[_Planned] = []
        # Calls that are cut once the first ones have told what they cost.
        self.later: list[int] = []
        self._costs: Costs | None = None
        self._seeds: Any = None
        self.drawn = draws.Drawn(False, False)

    def add_native(self, native: NativeRun) -> None:
        """Cells that the engine answers."""
        free_seed = run_native.draw_free_seed(native, self._request)
        cuts = cutting.cut_native(
            self._engine, native, self._n_slots, self._n_tasks, small=self._small
        )
        answers = None
        if native.manner.accuracy and isinstance(native.table, Table) and not native.weights:
            template = template_of(native.cells[0])
            answers = None if template is None else AccuracyAnswers(native, template)
        for cut in cuts:
            if all(cell.number is None for cell in cut.run.cells):
                continue  # a journal has them
            task: Any
            take: Callable[[Any], None]
            if answers is not None:
                task = _accuracy_task(cut.run, free_seed)
                take = self._accuracy_taker(cut, answers)
            else:
                task = ResponseTask(cut.run, free_seed)
                take = self._calls_taker(cut)
            calls = [cell.number for cell in cut.run.cells if cell.number is not None]
            self.tasks.append(_Planned(task, take, cut.seconds, calls))

    def _accuracy_taker(
        self, cut: cutting.NativeCut, answers: AccuracyAnswers
    ) -> Callable[[AccuracyResult], None]:
        def take(result: AccuracyResult) -> None:
            for cell, (test, train), (fit_time, score_time) in zip(
                cut.run.cells, result.accuracy.tolist(), result.seconds.tolist(), strict=True
            ):
                if cell.number is not None:
                    given = answers.result(cell, test, train, fit_time, score_time)
                    self._answer(cell.number, given)
            self._note(cut, result.family_seconds)

        return take

    def _calls_taker(self, cut: cutting.NativeCut | None) -> Callable[[CallsResult], None]:
        def take(result: CallsResult) -> None:
            worker.show_again(result)
            answer = self._answer
            if cut is not None:
                self._note(cut, result.family_seconds)
            elif self._part is not None:
                answer = self._part.noting_seconds(answer)
                self._part.native += result.parts
                self._part.families += result.families
                self._part.last_reasons.update(result.last_reasons)
                self._part.leave_alone(result.unshared)
            self.drawn = draws.Drawn(*map(max, self.drawn, result.drawn))
            for index, given in result.answers:
                if index is not None:
                    answer(index, given)

        return take

    def _note(self, cut: cutting.NativeCut, seconds: list[float]) -> None:
        if self._part is not None:
            part = NativePart.of(cut.run, cut.families, seconds, budget=self._memory_budget)
            self._part.native.append(part)

    def add_calls(self, left: list[tuple[int, str]], shares: bool) -> None:
        """Calls that are not native, with the reasons: those that share transformers or a fit together."""
        if not left:
            return
        seeds = self._seeds = draws.Seeds(
            *map(self._request.keep_seed, draws.Seeds._fields, draws.quiet_seeds())
        )
        indices = alone = [index for index, _ in left]
        if self._engine is not None:
            sharing = groups.plan(self._request, indices)
            if self._part is not None:
                transformers_record.record_fronts(sharing, self._part)
            alone = [index for index, _ in sharing.left]
            free_seed = transformers_run.draw_free_seed(sharing, self._request)
            for cells in _shared_cells(sharing, self._n_slots, self._small):
                self._add(cells, seeds, shared=True, free_seed=free_seed)
        if shares:
            reasons = dict(left)
            reading = plan_paths(self._request, [(index, reasons[index]) for index in alone])
            if self._part is not None:
                self._part.last_reasons.update(reading.left)
            for family in in_order(cut_families(reading.families, self._n_slots), learns=False):
                cells = sorted(cell.index for cell in family.cells)
                self._add(cells, seeds, shared=True, free_seed=0)
            alone = [index for index, _ in reading.left]
        first = cutting.first_calls(alone, self._n_slots, self._n_tasks, small=self._small)
        if first:
            self._costs = Costs(self._request.calls)
            self.later = sorted(set(alone).difference(first))
            for index in first:
                self._add([index], seeds)
            return
        for cells in cutting.cut_calls(alone, self._n_slots, self._n_tasks, small=self._small):
            self._add(cells, seeds)

    def learn(self, planned: _Planned, result: Any, seconds: float) -> None:
        """A task has ended, after so long: take what that tells of calls that wait."""
        task = planned.task
        if (
            self.later
            and self._costs is not None
            and isinstance(task, CallsTask)
            and not task.shared
        ):
            for index, given in result.answers:
                self._costs.learn(index, given, seconds / len(task.calls))

    @property
    def has_learnt(self) -> bool:
        """Whether calls wait, and their costs are known: as many tell of them as run at a time."""
        return (
            bool(self.later) and self._costs is not None and self._costs.n_learnt >= self._n_slots
        )

    def add_later(self) -> list[_Planned]:
        """Cut the calls that have waited; the tasks that are new."""
        assert self._costs is not None
        n_before = len(self.tasks)
        seconds = self._costs.seconds(self.later)
        for cells in cutting.cut_learnt(self.later, seconds, self._n_slots, small=self._small):
            self._add(cells, self._seeds)
        self.later = []
        return self.tasks[n_before:]

    def _add(
        self,
        indices: list[int],
        seeds: draws.Seeds,
        shared: bool = False,
        free_seed: int | None = None,
    ) -> None:
        calls = [self._request.calls[index] for index in indices]
        numbers = [self._request.number_of(index) for index in indices]
        task = CallsTask(indices, calls, seeds, numbers, shared, free_seed)
        task.disabled_rules = get_config()["disabled_rules"]
        if shared:
            task.paths = self._paths
        self.tasks.append(_Planned(task, self._calls_taker(None), None, indices))

    def finish(self) -> None:
        """The longest predicted first; those of unknown length in front, each at its place."""
        self.tasks.sort(
            key=lambda planned: -np.inf if planned.seconds is None else -planned.seconds
        )


def _may_end_early() -> bool:
    """Whether what is done is to be known soon: a search has a budget, or is kept."""
    config = get_config()
    return (
        config["time_budget"] is not None
        or config["journal"] is not None
        or config["keep_on_interrupt"]
    )


def _shared_cells(sharing: groups.Sharing, n_slots: int, small: bool) -> Iterator[list[int]]:
    """Calls that share transformers: by split, or by transformers where splits are too few for the slots.

    By transformers too where tasks are to be small, those of all splits before the next ones.
    """
    of_splits = [
        [sorted(cell.index for cell in group.cells) for group in split.groups]
        for split in sharing.splits
    ]
    if small:
        for of_one in itertools.zip_longest(*of_splits):
            yield from filter(None, of_one)
        return
    by_split = len(of_splits) >= n_slots
    for own in of_splits:
        if by_split:
            yield sorted(itertools.chain.from_iterable(own))
        else:
            yield from own


def _accuracy_task(run: NativeRun, free_seed: int) -> AccuracyTask:
    return AccuracyTask(
        run.table.store,
        run.specs,
        run.seed_arrays(),
        {cell.split_number: (cell.split.train, cell.split.test) for cell in run.cells},
        run.places(),
        free_seed,
        run.manner.train,
        dict(enumerate(run.repeats())),
        run.disabled_rules,
    )


_CALL_OUT_OF_MEMORY = re.compile(r"call (\d+) ran out of memory")


def _named(error: job.TaskFailed, tasks: list[_Planned], request: Request) -> Exception:
    """The error of a task that Spark gave up, with its candidates."""
    if error.task is None or error.task >= len(tasks):
        return error
    exactly = _CALL_OUT_OF_MEMORY.search(str(error))
    calls = tasks[error.task].calls if exactly is None else [int(exactly.group(1))]
    return _given_up(calls, request, advice.cause(str(error)))


def _given_up(calls: list[int], request: Request, reason: str) -> RuntimeError:
    named: dict[str, None] = {}
    for index in calls:
        asked = arguments_of(request.calls[index])
        named.setdefault(str(asked.get("parameters") or asked["estimator"]))
    shown = "; ".join(itertools.islice(named, 3))
    if len(named) > 3:
        shown += f"; and {len(named) - 3:,} more"
    return RuntimeError(
        "Spark gave up a task of this search, after as many tries as spark.task.maxFailures allows. "
        f"The task was to fit {shown}. {advice.on(reason)} Spark says: {reason}"
    )
