"""A search on Spark: from a translated request to one job's tasks, and from their outcomes to answers."""

from __future__ import annotations

import contextlib
import itertools
import pickle
import re
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from tenfold._answer.answers import AccuracyAnswers, template_of
from tenfold._config import get_config
from tenfold._data.table import Table
from tenfold._gather.calls import Call, Request, arguments_of
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
from tenfold._translate.cells import NativeRun, Translation
from tenfold.spark._search import advice, cutting, draws, job
from tenfold.spark._search.bootstrap import Order, Parcel
from tenfold.spark._search.bundle import Bundle
from tenfold.spark._search.compact import compact_rows, compact_store
from tenfold.spark._search.package import package
from tenfold.spark._search.pickling import naming_what_does_not_pickle, pickled_paths
from tenfold.spark._search.requirements import requirements_of
from tenfold.spark._search.ship import Shipment, is_local, shipper_of
from tenfold.spark._search.slots import slots_of
from tenfold.spark._search.tasks import (
    AccuracyResult,
    AccuracyTask,
    CallsResult,
    CallsTask,
    ResponseTask,
)

# Arrays from this size on travel as files of their own, to be found there by the next search.
_PARCEL_BYTES = 1 << 16


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
    description = f"tenfold: {len(request.calls):,} cells of a search in {len(tasks):,} tasks"
    weights = _weights(tasks)
    total, done = sum(weights), 0.0

    def take(outcome: job.Outcome) -> None:
        nonlocal done
        result, (process, began, ended) = _result_of(outcome.pickled, request)
        shift = time.time() - time.monotonic()
        progress.span(process, "task", began - shift, ended - shift)
        tasks[outcome.task].take(result)
        done += weights[outcome.task]

    with shipper_of(spark).shipment() as shipment, job.Jobs(spark, description) as jobs:
        with naming_what_does_not_pickle(request):
            order = _order(spark, shipment, request, translation, tasks)
        try:
            jobs.start(order, len(tasks), shipment.begun)
            for outcome in jobs.follow():
                if outcome is not None:
                    take(outcome)
                progress.state(done / total)
        except job.TaskFailed as error:
            raise _named(error, tasks, request) from error
        except (OutOfTime, KeyboardInterrupt):
            for outcome in jobs.arrived():
                with contextlib.suppress(Exception):
                    take(outcome)
            raise
    draws.move_on(planner.drawn)


def _weights(tasks: list[_Planned]) -> list[float]:
    """Each task's share of the bar: predicted seconds, or calls where nothing predicts some."""
    if any(one.seconds is None for one in tasks):
        return [float(len(planned.calls)) for planned in tasks]
    return [planned.seconds or 1e-6 for planned in tasks]


class _ExecutorTraceback(Exception):
    """Where on an executor an error was raised, shown as its cause."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


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
        raise error from _ExecutorTraceback(text)
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
        self._paths = pickled_paths(registered_paths())
        self.tasks: list[_Planned] = []
        self.drawn = draws.Drawn(False, False)

    def add_native(self, native: NativeRun) -> None:
        """Cells that the engine answers."""
        free_seed = run_native.draw_free_seed(native, self._request)
        cuts = cutting.cut_native(
            self._engine, native, self._n_slots, self._n_tasks, small=self._small
        )
        template = None
        if native.manner.accuracy and isinstance(native.table, Table) and not native.weights:
            template = template_of(native.cells[0])
        for cut in cuts:
            if all(cell.number is None for cell in cut.run.cells):
                continue  # a journal has them
            task: Any
            take: Callable[[Any], None]
            if template is not None:
                task = _accuracy_task(cut.run, free_seed)
                take = self._accuracy_taker(cut, AccuracyAnswers(cut.run, template))
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
            self._part.native.append(NativePart.of(cut.run, cut.families, seconds))

    def add_calls(self, left: list[tuple[int, str]], shares: bool) -> None:
        """Calls that are not native, with the reasons: those that share transformers or a fit together."""
        if not left:
            return
        seeds = draws.Seeds(*map(self._request.keep_seed, draws.Seeds._fields, draws.quiet_seeds()))
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
        for cells in cutting.cut_calls(alone, self._n_slots, self._n_tasks, small=self._small):
            self._add(cells, seeds)

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
    specs: list[tuple[Any, int]] = []
    places: dict[int, int] = {}
    cells = np.empty((len(run.cells), 2), dtype=np.int32)
    sources: dict[int, int] = {}
    for row, cell in enumerate(run.cells):
        if cell.spec not in places:
            arguments, source = run.specs[cell.spec]
            own = source if source < 0 else sources.setdefault(source, len(sources))
            places[cell.spec] = len(specs)
            specs.append((arguments, own))
        cells[row] = places[cell.spec], cell.split_number
    splits = {cell.split_number: (cell.split.train, cell.split.test) for cell in run.cells}
    seeds = run.seed_arrays()
    return AccuracyTask(
        run.table.store,
        specs,
        [seeds[source] for source in sources],
        splits,
        cells,
        free_seed,
        run.manner.train,
        dict(enumerate(run.repeats())),
        run.disabled_rules,
    )


def _order(
    spark: Any,
    shipment: Shipment,
    request: Request,
    translation: Translation,
    tasks: list[_Planned],
) -> Order:
    """What all tasks are told, its large parts sent ahead."""
    objects = {id(one): one for one in _data(translation, tasks) if one is not None}
    others = {id(one): one for one in _searches(tasks) if one is not None}
    of_runs = {id(native.table): native.table for native in translation.runs}
    tables = {id(one.store): one for one in of_runs.values() if isinstance(one, Table)}
    # Stores that need the order of rows are built of X by each process, which keeps the table.
    ordered = {key: one for key, one in of_runs.items() if not isinstance(one, Table)}
    numbers: dict[int, int] = {}
    places: list[tuple[str, int]] = []
    own: list[Any] = []
    parcels: dict[str, Parcel] = {}
    sent: dict[int, str] = {}

    def place(key: int, one: Any, bundle: Bundle | None = None, n_bytes: int = 0) -> None:
        if bundle is not None and max(bundle.nbytes, n_bytes) >= _PARCEL_BYTES:
            parcel = shipment.send(bundle)
            parcels[parcel.digest] = parcel
            sent[key] = parcel.digest
            places.append((parcel.digest, 0))
        else:
            places.append(("", len(own)))
            own.append(one)
        numbers[key] = len(numbers)

    here = is_local(spark)  # then nothing travels
    for key, one in objects.items():
        if key not in tables:
            content = _in_one_piece(one) if here else compact_rows(_in_one_piece(one))
            place(key, one, Bundle([content]), getattr(one, "nbytes", 0))
    for key, table in tables.items():  # after X, which they may refer to
        content = table.store if here else compact_store(table, has_x=id(table.X) in sent)
        place(key, table.store, Bundle([content], shared=sent), table.store.nbytes)
    for key, one in ordered.items():
        place(key, one, Bundle([one], shared=sent), _PARCEL_BYTES if id(one.X) in sent else 0)
    for key, one in others.items():
        place(key, one)
    work = Bundle([planned.task for planned in tasks], shared=numbers)
    return Order(
        list(parcels.values()),
        shipment.send(package()),
        requirements_of(request),
        Bundle([places, *own]).to_bytes(),
        work.to_bytes(),
        1 if is_local(spark) else int(job.setting(spark, "spark.task.maxFailures", "4")),
        uuid.uuid4().hex,
        shipper_of(spark).dropped,
        shipper_of(spark).directory if is_local(spark) else None,
    )


def _in_one_piece(one: Any) -> Any:
    """An array that can be mapped: others would be unpickled by each process for itself."""
    if type(one) is np.ndarray and not (one.flags.c_contiguous or one.flags.f_contiguous):
        return np.ascontiguousarray(one)
    return one


def _data(translation: Translation, tasks: list[_Planned]) -> Iterator[Any]:
    """What several tasks read: column stores, X, y, splits, weights."""
    for native in translation.runs:
        if isinstance(native.table, Table):
            yield native.table.store
        for weights in native.weights:
            yield weights.sample_weight
        for split in native.splits:
            yield split.train
            yield split.test
    for call in _calls_of(tasks):
        asked = arguments_of(call)
        for name in ("X", "y", "train", "test"):
            yield asked.get(name)


def _searches(tasks: list[_Planned]) -> Iterator[Any]:
    """From scikit-learn 1.9 on a call may hold its search, with all that an earlier fit left in it."""
    for call in _calls_of(tasks):
        yield call.kwargs.get("caller")


def _calls_of(tasks: list[_Planned]) -> Iterator[Call]:
    for planned in tasks:
        if isinstance(planned.task, CallsTask):
            yield from planned.task.calls
        elif isinstance(planned.task, ResponseTask):
            yield from (cell.call for cell in planned.task.run.cells)


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
