"""A search on Spark: from a translated request to one job's tasks, and from their outcomes to answers."""

from __future__ import annotations

import hashlib
import itertools
import pickle
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any, NamedTuple

import numpy as np

from tenfold._answer.answers import AccuracyAnswers, template_of
from tenfold._gather.calls import Answer, Call, Request, arguments_of
from tenfold._plan.record import NativePart, Part
from tenfold._run import native as run_native
from tenfold._run import worker
from tenfold._run.progress import Progress
from tenfold._sharing.transformers import groups
from tenfold._sharing.transformers import record as transformers_record
from tenfold._sharing.transformers import run as transformers_run
from tenfold._translate.cells import NativeRun, Translation
from tenfold._translate.table import Table
from tenfold.spark._search import _cut, _job
from tenfold.spark._search._bootstrap import Order, Parcel
from tenfold.spark._search._bundle import Bundle
from tenfold.spark._search._compact import compact_rows, compact_store
from tenfold.spark._search._package import package
from tenfold.spark._search._pickling import naming_what_does_not_pickle
from tenfold.spark._search._requirements import requirements_of
from tenfold.spark._search._ship import is_local, shipper_of
from tenfold.spark._search._slots import slots_of
from tenfold.spark._search._tasks import (
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


def run(
    spark: Any,
    engine: Any,
    request: Request,
    translation: Translation,
    progress: Progress,
    answer: Answer,
    part: Part | None,
) -> None:
    """Answer every call of a request from one job of the session's executors."""
    planner = _Planner(spark, engine, request, answer, part)
    for native in translation.runs:
        planner.add_native(native)
    planner.add_calls([index for index, _ in translation.left])
    planner.finish()
    tasks = planner.tasks
    with naming_what_does_not_pickle(request):
        order = _order(spark, request, translation, tasks)
    description = f"tenfold: {len(request.calls):,} cells of a search in {len(tasks):,} tasks"
    done = 0.0
    total = sum(_weight(planned, tasks) for planned in tasks)
    try:
        with closing(_job.outcomes(spark, order, len(tasks), description)) as arriving:
            for item in arriving:
                if item is None:
                    progress.show(done / total)
                    continue
                number, outcome = item
                tasks[number].take(_result_of(outcome, request))
                done += _weight(tasks[number], tasks)
                progress.show(done / total)
    except _job.TaskFailed as error:
        raise _named(error, tasks, request) from error


def _weight(planned: _Planned, tasks: list[_Planned]) -> float:
    """A task's share of the bar: predicted seconds, or calls where nothing predicts them."""
    if any(one.seconds is None for one in tasks):
        return float(len(planned.calls))
    return planned.seconds or 1e-6


class _ExecutorTraceback(Exception):
    """Where on an executor an error was raised, shown as its cause."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


def _result_of(outcome: bytes, request: Request) -> Any:
    kind, *content = pickle.loads(outcome)
    if kind == "refused":
        raise RuntimeError(content[0])
    if kind == "died":
        raise _given_up(content, request, "the process that ran it died each time")
    if kind == "raised":
        error, text = content
        raise error from _ExecutorTraceback(text)
    return content[0]


class _Planner:
    """Makes tasks of native runs and of calls."""

    def __init__(
        self, spark: Any, engine: Any, request: Request, answer: Answer, part: Part | None
    ) -> None:
        self._engine = engine
        self._request = request
        self._answer = answer
        self._part = part
        self._n_slots, self._n_tasks = slots_of(spark, request)
        self.tasks: list[_Planned] = []

    def add_native(self, native: NativeRun) -> None:
        """Cells that the engine answers."""
        free_seed = run_native.draw_free_seed(native)
        cuts = _cut.cut_native(self._engine, native, self._n_slots, self._n_tasks)
        template = template_of(native.cells[0]) if native.manner.accuracy else None
        for cut in cuts:
            task: Any
            take: Callable[[Any], None]
            if template is not None:
                task = _accuracy_task(cut.run, free_seed)
                take = self._accuracy_taker(cut, AccuracyAnswers(cut.run, template))
            else:
                task = ResponseTask(cut.run, free_seed)
                take = self._calls_taker(cut)
            calls = [cell.number for cell in cut.run.cells]
            self.tasks.append(_Planned(task, take, cut.seconds, calls))

    def _accuracy_taker(
        self, cut: _cut.NativeCut, answers: AccuracyAnswers
    ) -> Callable[[AccuracyResult], None]:
        def take(result: AccuracyResult) -> None:
            for cell, (test, train), (fit_time, score_time) in zip(
                cut.run.cells, result.accuracy.tolist(), result.seconds.tolist(), strict=True
            ):
                self._answer(cell.number, answers.result(cell, test, train, fit_time, score_time))
            self._note(cut, result.family_seconds)

        return take

    def _calls_taker(self, cut: _cut.NativeCut | None) -> Callable[[CallsResult], None]:
        def take(result: CallsResult) -> None:
            worker.show_again(result)
            answer = self._answer
            if cut is not None:
                self._note(cut, result.family_seconds)
            elif self._part is not None:
                answer = self._part.noting_seconds(answer)
                self._part.native += result.parts
                self._part.last_reasons.update(result.last_reasons)
            for index, given in result.answers:
                answer(index, given)

        return take

    def _note(self, cut: _cut.NativeCut, seconds: list[float]) -> None:
        if self._part is not None:
            self._part.native.append(NativePart.of(cut.run, cut.families, seconds))

    def add_calls(self, indices: list[int]) -> None:
        """Calls that scikit-learn's own code answers, those that share transformers together."""
        if not indices:
            return
        seed = _quiet_seed()
        alone = indices
        if self._engine is not None:
            sharing = groups.plan(self._request, indices)
            if self._part is not None:
                transformers_record.record_prefixes(sharing, self._part)
            alone = [index for index, _ in sharing.left]
            free_seed = transformers_run.draw_free_seed(sharing)
            for cells in _shared_cells(sharing, self._n_slots):
                self._add(cells, seed, shared=True, free_seed=free_seed)
        for cells in _cut.cut_calls(alone, self._n_slots, self._n_tasks):
            self._add(cells, seed)

    def _add(
        self, indices: list[int], seed: int, shared: bool = False, free_seed: int | None = None
    ) -> None:
        calls = [self._request.calls[index] for index in indices]
        task = CallsTask(indices, calls, seed, shared, free_seed)
        self.tasks.append(_Planned(task, self._calls_taker(None), None, indices))

    def finish(self) -> None:
        """The longest predicted first; those of unknown length in front, each at its place."""
        self.tasks.sort(
            key=lambda planned: -np.inf if planned.seconds is None else -planned.seconds
        )


def _shared_cells(sharing: groups.Sharing, n_slots: int) -> Iterator[list[int]]:
    """Calls that share transformers: by split, or by transformers where splits are too few for the slots."""
    by_split = len(sharing.splits) >= n_slots
    for split in sharing.splits:
        groups = [sorted(cell.index for cell in group.cells) for group in split.groups]
        if by_split:
            yield sorted(itertools.chain.from_iterable(groups))
        else:
            yield from groups


_n_quiet_seeds = itertools.count()


def _quiet_seed() -> int:
    """A number that ``np.random.seed`` makes repeatable, without drawing from the generator."""
    _, keys, position, *_ = np.random.get_state(legacy=True)
    text = keys.tobytes() + f"{position} {next(_n_quiet_seeds)}".encode()  # type: ignore[union-attr]
    return int.from_bytes(hashlib.blake2b(text, digest_size=4).digest(), "little")


def _accuracy_task(run: NativeRun, free_seed: int) -> AccuracyTask:
    specs: list[tuple[dict[str, Any], int]] = []
    places: dict[int, int] = {}
    cells = np.empty((len(run.cells), 2), dtype=np.int32)
    sources: dict[int, int] = {}
    for row, cell in enumerate(run.cells):
        if cell.spec not in places:
            arguments, source = run.specs[cell.spec]
            own = source if source < 0 else sources.setdefault(source, len(sources))
            places[cell.spec] = len(specs)
            specs.append((arguments._asdict(), own))
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


def _order(spark: Any, request: Request, translation: Translation, tasks: list[_Planned]) -> Order:
    """What all tasks are told, its large parts sent ahead."""
    shipper = shipper_of(spark)
    objects = {id(one): one for one in _data(translation, tasks) if one is not None}
    others = {id(one): one for one in _searches(tasks) if one is not None}
    tables = {
        id(native.table.store): native.table
        for native in translation.runs
        if isinstance(native.table, Table)  # no other is given to Spark
    }
    numbers: dict[int, int] = {}
    places: list[tuple[str, int]] = []
    own: list[Any] = []
    parcels: dict[str, Parcel] = {}
    sent: dict[int, str] = {}

    def place(key: int, one: Any, bundle: Bundle | None = None, n_bytes: int = 0) -> None:
        if bundle is not None and max(bundle.nbytes, n_bytes) >= _PARCEL_BYTES:
            parcel = shipper.send(bundle)
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
    for key, one in others.items():
        place(key, one)
    work = Bundle([planned.task for planned in tasks], shared=numbers)
    return Order(
        list(parcels.values()),
        shipper.send(package()),
        requirements_of(request),
        Bundle([places, *own]).to_bytes(),
        work.to_bytes(),
        1 if is_local(spark) else int(_job.setting(spark, "spark.task.maxFailures", "4")),
        uuid.uuid4().hex,
    )


def _in_one_piece(one: Any) -> Any:
    """An array that can be mapped: others would be unpickled by each process for itself."""
    if type(one) is np.ndarray and not (one.flags.c_contiguous or one.flags.f_contiguous):
        return np.ascontiguousarray(one)
    return one


def _data(translation: Translation, tasks: list[_Planned]) -> Iterator[Any]:
    """What several tasks read: column stores, X, y, splits."""
    for native in translation.runs:
        yield native.table.store
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


def _named(error: _job.TaskFailed, tasks: list[_Planned], request: Request) -> Exception:
    """The error of a task that Spark gave up, with its candidates."""
    if error.task is None or error.task >= len(tasks):
        return error
    exactly = _CALL_OUT_OF_MEMORY.search(str(error))
    calls = tasks[error.task].calls if exactly is None else [int(exactly.group(1))]
    return _given_up(calls, request, str(error).strip().splitlines()[0][:500])


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
        f"The task was to fit {shown}. Most often a fit needs more memory than its executor has: give "
        "executors more (spark.executor.memoryOverhead, spark.executor.pyspark.memory), fewer tasks at a "
        f"time (spark.task.cpus), or leave the candidate out. Spark says: {reason}"
    )
