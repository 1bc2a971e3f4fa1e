"""Spark jobs of a search: each in a thread of its own, outcomes handed on as they come, cancelled if left."""

from __future__ import annotations

import contextlib
import queue
import re
import threading
import time
import uuid
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self

from pyspark import cloudpickle
from pyspark.sql.types import BinaryType, LongType, StructType

from tenfold._run.folding import shown_at_once
from tenfold.spark._frames.stream import BatchStream, is_connect
from tenfold.spark._search import advice, arrivals, bootstrap
from tenfold.spark._search.arrivals import Arrivals
from tenfold.spark._search.bootstrap import Order
from tenfold.spark._search.reachable import Reachable

cloudpickle.register_pickle_by_value(bootstrap)
cloudpickle.register_pickle_by_value(arrivals)

_STEP_SECONDS = 0.05
_PATIENCE_SECONDS = 15.0
# Failed tries of a stage that are looked at for the cause.
_MOST_TRIES = 50
# How long a cancelled job may take to say that it is.
_LEAVE_SECONDS = 10.0
_TELL_SECONDS = 0.2


class TaskFailed(RuntimeError):
    """Spark gave a task up.

    Attributes
    ----------
    task : int or None
        Its number, where Spark's message tells.
    """

    def __init__(self, message: str, task: int | None) -> None:
        super().__init__(message)
        self.task = task


class ExecutorTraceback(Exception):
    """Where on an executor an error was raised, shown as its cause."""

    def __str__(self) -> str:
        return f"\n{self.args[0]}"


class Outcome(NamedTuple):
    """What came of a task, by its number in the search."""

    task: int
    pickled: bytes


class Jobs:
    """The jobs of one search; leaving them (a ``with`` block), or an error in it, cancels what still runs."""

    def __init__(self, spark: Any, description: str) -> None:
        self._spark = spark
        self._description = description
        self._arrived: queue.Queue[Any] = queue.Queue()
        self._jobs: list[_Job] = []

    def start(self, order: Order, n_tasks: int, begun: Callable[[], None] = lambda: None) -> None:
        """Have the tasks of an order run, whose numbers follow those of earlier orders.

        ``begun`` is called once Spark has taken the job.
        """
        first = sum(job.n_tasks for job in self._jobs)
        job = _Job(self._spark, order, first, n_tasks, self._description, begun, self._arrived)
        self._jobs.append(job)
        job.start()

    def follow(self) -> Iterator[Outcome | None]:
        """Outcomes as they come, and None while none does, until all jobs that were started have ended."""
        started = time.monotonic()
        waiting = True
        while not all(job.over for job in self._jobs):
            for job in self._jobs:
                job.look()
            try:
                item = self._arrived.get(timeout=_STEP_SECONDS)
            except queue.Empty:
                if waiting and time.monotonic() - started > _PATIENCE_SECONDS:
                    waiting = False
                    self._jobs[0].say_what_is_waited_for()
                yield None
                continue
            if isinstance(item, _Ended):
                item.job.over = True
                if item.error is not None:
                    raise _explained(item.error, item.job)
            else:
                waiting = False
                yield item

    def arrived(self) -> Iterator[Outcome]:
        """Outcomes that have arrived and that nobody has taken."""
        with contextlib.suppress(queue.Empty):
            while True:
                item = self._arrived.get_nowait()
                if isinstance(item, Outcome):
                    yield item

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for job in self._jobs:
            job.cancel()
        for job in self._jobs:
            job.wait()


class _Ended(NamedTuple):
    """A job has ended, by an error if there is one."""

    job: _Job
    error: BaseException | None = None


class _Job:
    """One job, in a thread of its own.

    Attributes
    ----------
    first : int
        Number in the search of its first task.
    n_tasks : int
    over : bool
        Whether it is known to have ended.
    """

    def __init__(
        self,
        spark: Any,
        order: Order,
        first: int,
        n_tasks: int,
        description: str,
        begun: Callable[[], None],
        arrived: queue.Queue[Any],
    ) -> None:
        self._spark = spark
        self._order = order
        self.first = first
        self.n_tasks = n_tasks
        self._description = description
        self._say_begun = begun
        self._tag = f"tenfold-{uuid.uuid4()}"
        self._arrived = arrived
        self._thread = threading.Thread(target=self._work, name="tenfold-spark-job", daemon=True)
        self._presence = _presence_of(spark, self._tag, self._thread)
        self._is_taken = self._is_left = self.over = False

    def start(self) -> None:
        self._presence.begin()
        self._thread.start()

    def _work(self) -> None:
        try:
            self._mark()
            if self._is_left:
                return
            if is_connect(self._spark):
                self._run_on_connect()
            else:
                self._run_on_classic()
            self._arrived.put(_Ended(self))
        except BaseException as error:
            self._arrived.put(_Ended(self, error))

    def _run_on_connect(self) -> None:
        numbers = self._spark.range(0, self.n_tasks, 1, self.n_tasks)
        results = numbers.mapInArrow(bootstrap.performer(self._order), _outcome_schema())
        for batch in BatchStream(results):
            for task, outcome in zip(batch.column(0), batch.column(1), strict=True):
                self._arrived.put(Outcome(self.first + task.as_py(), outcome.as_py()))

    def _run_on_classic(self) -> None:
        context = self._spark.sparkContext
        own = Arrivals.of(context)
        missing = set(range(self.n_tasks))

        def take(task: int, outcome: bytes) -> None:
            missing.discard(task)
            self._arrived.put(Outcome(self.first + task, outcome))

        numbers = context.parallelize(range(self.n_tasks), self.n_tasks)
        with own.handed_to(self._tag, take):
            numbers.foreachPartition(bootstrap.adder(self._order, own.accumulator, self._tag))
        if missing:  # Spark logs what goes wrong with accumulators, and goes on
            raise RuntimeError(
                f"Spark has ended this search's job, but not handed over what {len(missing):,} of its "
                f"{self.n_tasks:,} tasks gave; the driver's log says why (Failed to update accumulator)."
            )

    def _mark(self) -> None:
        """Name the jobs of this thread, so that they can be found and cancelled."""
        if is_connect(self._spark):
            self._spark.addTag(self._tag)
        else:
            self._spark.sparkContext.setJobGroup(
                self._tag, self._description, interruptOnCancel=True
            )

    def look(self) -> None:
        """See whether Spark has taken it, and whether there is anybody to run it.

        Raises
        ------
        ConnectionError
        """
        if not self._is_taken and self._presence.is_taken():
            self._is_taken = True
            self._say_begun()
        if not self.over and self._presence.is_gone():
            self.over = True  # there is nobody to cancel it
            raise self._presence.gone()

    def say_what_is_waited_for(self) -> None:
        """Say, where no task has begun, what that may be for."""
        if self._presence.has_begun():
            return
        said = (
            f"No task of this search has started for {_PATIENCE_SECONDS:.0f} s: it waits for Spark to give "
            f"it an executor. {self._presence.describe()} Each of its {self.n_tasks:,} tasks needs "
            f"{setting(self._spark, 'spark.task.cpus', '1')} core(s) (spark.task.cpus). It goes on as soon "
            "as there is room; interrupt it to stop."
        )
        with shown_at_once():
            warnings.warn(said, RuntimeWarning, stacklevel=2)

    def failed_tries(self, task: int) -> list[str]:
        """What Spark can say of each try of a task that has failed, by the task's number in the job."""
        tries: list[str] = self._presence.failed_tries(task)
        return tries

    def cancel(self) -> None:
        """Cancel what still runs."""
        self._is_left = True
        self._presence.end()
        self._tell_to_end()

    def _tell_to_end(self) -> None:
        if not self.over:
            with contextlib.suppress(Exception):
                if is_connect(self._spark):
                    self._spark.interruptTag(self._tag)
                else:
                    self._spark.sparkContext.cancelJobGroup(self._tag)

    def wait(self) -> None:
        """Wait until it has ended; told again and again, since Spark cancels only what it has begun."""
        give_up = time.monotonic() + _LEAVE_SECONDS
        while not self._presence.is_gone():
            self._thread.join(_TELL_SECONDS)
            if not self._thread.is_alive() or time.monotonic() > give_up:
                return
            self._tell_to_end()


def _outcome_schema() -> StructType:
    """Columns of what tasks give. As text it would need Spark's parser, a third of a second when cold."""
    return StructType().add("task", LongType()).add("outcome", BinaryType())


def setting(spark: Any, name: str, default: str) -> str:
    """A setting of the application; ``default`` where it isn't set or cannot be seen."""
    try:
        value = spark.conf.get(name, default)
    except Exception:
        return default
    return default if value is None else str(value)


_FAILED_TASK = re.compile(r"Task (\d+) in stage \S+ failed|search task (\d+) of")


def _explained(error: BaseException, job: _Job) -> BaseException:
    """The error of a job.

    Spark's own tells of a task's last try alone, of which it may know no more than that its process has gone.
    """
    text = str(error)
    python = advice.trouble_with_python(text)
    if python is not None:  # which no candidate is to blame for
        unable = RuntimeError(python)
        unable.__cause__ = error
        return unable
    found = _FAILED_TASK.search(text)
    if found is None:
        return error
    task = int(found.group(1) or found.group(2))
    failed = TaskFailed("\n".join([text, *job.failed_tries(task)]), job.first + task)
    failed.__cause__ = error
    return failed


class _ClassicPresence:
    """Tells whether Spark has taken the job of a group, and whether its tasks have begun."""

    def __init__(self, spark: Any, group: str) -> None:
        self._context = spark.sparkContext
        self._group = group

    def begin(self) -> None:
        """Nothing to register."""

    def end(self) -> None:
        """Nothing to remove."""

    def is_gone(self) -> bool:
        return False  # the driver is here; Spark itself sees to executors

    def is_taken(self) -> bool:
        return bool(self._context.statusTracker().getJobIdsForGroup(self._group))

    def has_begun(self) -> bool:
        tracker = self._context.statusTracker()
        stages = map(tracker.getStageInfo, self._stages())
        return any(
            stage is not None and stage.numActiveTasks + stage.numCompletedTasks for stage in stages
        )

    def _stages(self) -> Iterator[int]:
        tracker = self._context.statusTracker()
        for number in tracker.getJobIdsForGroup(self._group):
            job = tracker.getJobInfo(number)
            yield from job.stageIds if job is not None else ()

    def failed_tries(self, task: int) -> list[str]:
        """From what Spark's web page is made of, which is no interface that it promises."""
        found: list[str] = []
        with contextlib.suppress(Exception):
            store, jvm = self._context._jsc.sc().statusStore(), self._context._jvm
            api = jvm.org.apache.spark.status.api.v1
            failed = jvm.java.util.Collections.singletonList(api.TaskStatus.FAILED)
            order = api.TaskSorting.DECREASING_RUNTIME
            for stage in self._stages():
                tries = store.taskList(stage, 0, 0, _MOST_TRIES, order, failed)
                for one in map(tries.apply, range(tries.size())):
                    if one.index() == task and one.errorMessage().isDefined():
                        found.append(one.errorMessage().get())
        return found

    def describe(self) -> str:
        n_executors = (
            len(self._context.statusTracker().getExecutorInfos()) - 1
        )  # without the driver
        return (
            f"The application has {n_executors} executor(s) of {self._context.master}; "
            f"see {self._context.uiWebUrl or 'its web page'}."
        )


class _ConnectPresence:
    """The same, by what the server reports of an operation to the thread that waits for it."""

    def __init__(self, spark: Any, thread: threading.Thread) -> None:
        self._spark = spark
        self._thread = thread
        self._begun = False
        self._server = Reachable(spark)

    def begin(self) -> None:
        self._server.__enter__()
        self._spark.registerProgressHandler(self._note)

    def end(self) -> None:
        with contextlib.suppress(Exception):
            self._spark.removeProgressHandler(self._note)
        self._server.__exit__()

    def is_gone(self) -> bool:
        return self._server.is_gone()

    def gone(self) -> ConnectionError:
        return self._server.error()

    def _note(self, stages: Any, inflight_tasks: int, operation_id: Any, done: bool) -> None:
        if threading.current_thread() is not self._thread:
            return
        completed = sum(stage.num_completed_tasks for stage in stages or ())
        self._begun = self._begun or bool(inflight_tasks or completed)

    def is_taken(self) -> bool:
        return True  # artifacts are the session's: no list to hurry for

    def has_begun(self) -> bool:
        return self._begun

    def failed_tries(self, task: int) -> list[str]:
        return []  # the server keeps them to itself

    def describe(self) -> str:
        return "The server may have no executor free."


def _presence_of(spark: Any, tag: str, thread: threading.Thread) -> Any:
    return _ConnectPresence(spark, thread) if is_connect(spark) else _ClassicPresence(spark, tag)
