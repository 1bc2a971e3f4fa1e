"""What an executor does: read its task, run it as any machine would, pickle what came out."""

from __future__ import annotations

import contextlib
import dataclasses
import io
import os
import pickle
import re
import socket
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, BinaryIO

import numpy as np

from tenfold import _engine as engine
from tenfold.spark._search.apart import Died, run_apart
from tenfold.spark._search.bundle import Bundle, Reader
from tenfold.spark._search.compact import is_compact
from tenfold.spark._search.tasks import (
    MAPPED_BYTES,
    AccuracyResult,
    AccuracyTask,
    CallsResult,
    CallsTask,
    PlainTask,
    ResponseTask,
)

_STEP_SECONDS = 0.1
# The last line of a traceback; NumPy's own error is one too.
_MEMORY_ERROR = re.compile(r"[\w.]*MemoryError\b")
# Data sets that a worker process keeps open; more are closed, the oldest first.
_MOST_PARCELS = 4


class OutOfMemory(MemoryError):
    """A fit has run out of memory: Spark is to try the task again, elsewhere if it can."""


def run_task(order: Any, number: int, files: Any, *, apart: bool = False) -> bytes:
    """Run one task of an order; pickled ("done", result, (process, begin, end)), by the clock of this host.

    ``files`` are the application's on this host. A call that is being run is noted among them, so that
    the last try of a task whose process dies again and again can say in which call it dies: ("died", call).
    Where no earlier try was on this host, the last one is run ``apart``, in a process of its own.
    """
    work = _Work.of(order, files)
    task = work.task(number)
    note = _Note(os.path.join(files.directory, f"running-{order.name}-{number}"))
    if isinstance(task, CallsTask) and not apart and _tries() + 1 >= order.most_failures > 1:
        if (call := note.read()) is not None:
            return pickle.dumps(("died", call))
        try:
            return run_apart(order, number, files.directory)
        except Died:
            if (call := note.read()) is None:
                raise
            return pickle.dumps(("died", call))
    try:
        return _run(task, note)
    except MemoryError as error:
        if isinstance(task, AccuracyTask) or not isinstance(error, OutOfMemory):
            error = OutOfMemory(f"{error or 'no memory left'} on {socket.gethostname()}")
        raise OutOfMemory(f"search task {number} of this job: {error}") from None


def _run(task: Any, note: _Note) -> bytes:
    began = time.time()
    if isinstance(task, AccuracyTask):
        return pickle.dumps(("done", _accuracies(task), _span_from(began)), protocol=5)
    from tenfold._run import worker

    with _as_in_a_worker():
        with worker.kept() as kept:
            result = _RUNNERS[type(task), getattr(task, "shared", False)](task, note)
        result.printed, result.warned = kept.printed, kept.warned
        return _dumped(("done", result, _span_from(began)))


def _span_from(began: float) -> tuple[str, float, float]:
    """Which process of the cluster was at work, from when to when."""
    return f"{socket.gethostname()} {os.getpid()}", began, time.time()


def _dumped(outcome: Any) -> bytes:
    from pyspark import cloudpickle

    pickled: bytes = cloudpickle.dumps(outcome, protocol=5)
    return pickled


class _Work:
    """The tasks of one order, with the objects that they share."""

    _latest: tuple[tuple[bytes, bytes], _Work] | None = None

    def __init__(self, order: Any, files: Any) -> None:
        self._order = order
        self._files = files
        self._tasks = Reader(order.work)
        self._own = Reader(order.shared)
        self._shared: dict[int, Any] = {}
        self._places: list[tuple[str, int]] = self._own.read(0)

    @classmethod
    def of(cls, order: Any, files: Any) -> _Work:
        """The order's work, kept from task to task."""
        if cls._latest is None or cls._latest[0] != (order.shared, order.work):
            cls._latest = (order.shared, order.work), cls(order, files)
        return cls._latest[1]

    def task(self, number: int) -> Any:
        """One task, its references to shared objects put in."""
        return self._tasks.read(number, self.shared)

    def shared(self, number: int) -> Any:
        """A shared object: one of this order's own, or one of a parcel."""
        if number not in self._shared:
            where, item = self._places[number]
            self._shared[number] = (
                self._own.read(1 + item) if where == "" else self._of_parcel(where)
            )
        return self._shared[number]

    def _of_parcel(self, digest: str) -> Any:
        """The object of a parcel, kept between searches: they often share their data."""
        if digest not in _parcels:
            parcel = next(parcel for parcel in self._order.parcels if parcel.digest == digest)
            one = Reader(self._files.open_parcel(parcel)).read(0, self._of_parcel)
            if is_compact(one):
                one = self._built(one, digest)
            while len(_parcels) >= _MOST_PARCELS:
                del _parcels[next(iter(_parcels))]
            _parcels[digest] = one
        return _parcels[digest]

    def _built(self, compact: Any, digest: str) -> Any:
        """What a parcel stands for, built by one process of this host and mapped by all."""

        def write(file: BinaryIO) -> None:
            Bundle([compact.build()]).write(file)

        return Reader(self._files.open_made(f"{digest}-built", write)).read(0)


_parcels: dict[str, Any] = {}


class _Note:
    """Which call a task runs, in a file that outlives its process."""

    def __init__(self, path: str) -> None:
        self._path = path

    def write(self, call: int) -> None:
        """Note a call."""
        with open(self._path, "w") as file:
            file.write(str(call))

    def read(self) -> int | None:
        """The call that was noted last; None where no process of this host noted any."""
        try:
            with open(self._path) as file:
                return int(file.read())
        except (OSError, ValueError):
            return None

    def remove(self) -> None:
        """Forget it: all calls are done."""
        with contextlib.suppress(OSError):
            os.unlink(self._path)


def _tries() -> int:
    """How often Spark has tried the current task before."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 0 if context is None else int(context.attemptNumber())


def task_cpus() -> int:
    """Cores that Spark gives a task (``spark.task.cpus``)."""
    from pyspark import TaskContext

    context = TaskContext.get()
    return 1 if context is None else max(1, int(context.cpus()))


def _accuracies(task: AccuracyTask) -> AccuracyResult:
    kind = type(task.specs[0][0])
    learner = kind.engine_learner(engine, task.specs, task.sources, ())
    nobody = np.zeros(1, dtype=np.int64)
    splits = [
        task.splits.get(number, (nobody, nobody))
        for number in range(max(task.splits, default=0) + 1)
    ]
    search = engine.Search(
        task.store, learner, splits, task.cells,
        repeats=[task.repeats.get(number, 0) for number in range(len(splits))],
        free_seed=task.free_seed, metric="accuracy", score_train=task.score_train,
        disabled_rules=list(task.disabled_rules),
    )  # fmt: skip
    search.start(task_cpus())
    try:
        while not search.wait(_STEP_SECONDS):
            pass
    except BaseException:
        search.cancel()
        raise
    return AccuracyResult(search.scores(), search.seconds(), search.family_seconds().tolist())


@contextlib.contextmanager
def _as_in_a_worker() -> Iterator[None]:
    """The threads and the nesting that a worker process has, with Spark's cores for the task."""
    import joblib
    from threadpoolctl import ThreadpoolController

    import tenfold
    from tenfold._learners import native_fits
    from tenfold._threads import thread_budget

    n_threads = task_cpus()
    with contextlib.ExitStack() as stack:
        stack.enter_context(tenfold.config_context(backend="local", progress=False))
        stack.enter_context(ThreadpoolController().limit(limits=n_threads))
        stack.enter_context(thread_budget(n_threads))
        stack.enter_context(joblib.parallel_config(backend="tenfold", nesting_level=1, n_jobs=None))
        stack.enter_context(native_fits())
        yield


def _responses(task: ResponseTask, note: _Note) -> CallsResult:
    from tenfold._run import native as run_native
    from tenfold._run.progress import Progress

    result = CallsResult()
    with Progress("", nested=True) as progress:
        search = run_native.run(
            engine,
            task.run,
            task_cpus(),
            progress,
            lambda number, answer: result.answers.append((number, answer)),
            free_seed=task.free_seed,
        )
    result.family_seconds = search.family_seconds().tolist()
    return result


def _calls(task: CallsTask, note: _Note) -> CallsResult:
    from tenfold._config import config_context
    from tenfold.spark._search.draws import CellGenerators

    result, generators = CallsResult(), CellGenerators(task.seeds)
    with config_context(disabled_rules=task.disabled_rules):
        for index, number, call in zip(task.indices, task.numbers, task.calls, strict=True):
            generators.give(number)
            note.write(index)
            result.answers.append((index, _sound(call(), index)))
    note.remove()
    generators.look()
    result.drawn = generators.drawn
    return result


class _CallsReader(pickle.Unpickler):
    """Reads the calls of a task, with the arrays that they refer to."""

    def __init__(self, task: PlainTask) -> None:
        super().__init__(io.BytesIO(task.calls))
        self._arrays = task.arrays
        self._copies: dict[int, Any] = {}

    def persistent_load(self, number: int) -> Any:
        array = self._arrays[number]
        if array.nbytes >= MAPPED_BYTES:
            return array
        if number not in self._copies:  # laid out as it was: sums over it are taken in that order
            self._copies[number] = array.copy(order="K")
        return self._copies[number]


def _plain_calls(task: PlainTask, note: _Note) -> CallsResult:
    """Calls of joblib's: nested parallelism has the cores of the task."""
    from tenfold._config import config_context
    from tenfold.spark._search.draws import CellGenerators

    result, generators = CallsResult(), CellGenerators(task.seeds)
    calls = _CallsReader(task).load()
    with config_context(disabled_rules=task.disabled_rules), _counting_cores(task_cpus()):
        for index, number, (function, args, kwargs) in zip(
            task.indices, task.numbers, calls, strict=True
        ):
            generators.give(number)
            result.answers.append((index, function(*args, **kwargs)))
    generators.look()
    result.drawn = generators.drawn
    return result


@contextlib.contextmanager
def _counting_cores(n_cores: int) -> Iterator[None]:
    """Have joblib, and so ``n_jobs=-1``, count these cores instead of the host's."""
    name = "LOKY_MAX_CPU_COUNT"
    before = os.environ.get(name)
    os.environ[name] = str(n_cores)
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _sharing(task: CallsTask, note: _Note) -> CallsResult:
    """Calls over shared transformers: planned and run as on one machine, within this process."""
    from tenfold._config import config_context
    from tenfold._gather.calls import Request
    from tenfold._plan.part import Part
    from tenfold._run import transformers as transformers_run
    from tenfold._run.paths import run as run_paths
    from tenfold._run.progress import Progress
    from tenfold._sharing.paths.plan import plan as plan_paths
    from tenfold._sharing.paths.registry import register_path
    from tenfold._sharing.transformers import groups
    from tenfold.spark._search.draws import CellGenerators

    result, generators = CallsResult(), CellGenerators(task.seeds)
    part = Part("", {}, [], {}, task_cpus(), [])
    request = Request(task.calls, workers=1, explicit=True, nested=False, numbers=task.numbers)

    def answer(number: int, given: Any) -> None:
        result.answers.append((task.indices[number], _sound(given, task.indices[number])))

    for pickled in task.paths:
        # Without the module of a path its candidates run as scikit-learn's own code.
        with contextlib.suppress(Exception):
            register_path(pickle.loads(pickled))
    with (
        config_context(disabled_rules=task.disabled_rules),
        Progress("", nested=True) as progress,
        _letting_all_warnings_by(),
    ):
        sharing = groups.plan(request, list(range(len(task.calls))))
        left = transformers_run.run(
            engine, request, sharing, task_cpus(), progress, answer, part,
            free_seed=task.free_seed, before_cell=generators.give,
        )  # fmt: skip
        result.unshared = {task.indices[n]: why for n, why in left}
        reading = plan_paths(request, left)
        alone = [number for number, _ in reading.left]
        alone += [
            number
            for number, _ in run_paths(
                request, reading.families, [], progress, answer, answer, part
            )
        ]  # fmt: skip
    for number in alone:
        generators.give(task.numbers[number])
        answer(number, task.calls[number]())
    result.families = [
        dataclasses.replace(one, calls=tuple(task.indices[n] for n in one.calls))
        for one in part.families
    ]
    generators.look()
    result.drawn = generators.drawn
    result.parts = part.native
    result.last_reasons = {task.indices[n]: why for n, why in part.last_reasons.items()}
    return result


@contextlib.contextmanager
def _letting_all_warnings_by() -> Iterator[None]:
    """For warnings that are given again here: which of them are shown, the driver's filters say."""
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        yield


def _sound(result: Any, index: int) -> Any:
    """The result; where a fit ran out of memory, which scikit-learn calls a failed fit, Spark tries again."""
    error = result.get("fit_error") if isinstance(result, dict) else None
    if error is not None and _MEMORY_ERROR.match(error.rstrip().splitlines()[-1]):
        raise OutOfMemory(f"call {index} ran out of memory on {socket.gethostname()}:\n{error}")
    return result


_RUNNERS: dict[tuple[type, bool], Callable[[Any, _Note], CallsResult]] = {
    (ResponseTask, False): _responses,
    (CallsTask, False): _calls,
    (CallsTask, True): _sharing,
    (PlainTask, False): _plain_calls,
}
