"""Running cells as scikit-learn's own code: here while that is quickest, in worker processes for the rest.

Starting workers takes longer than many a whole search. So this process begins with the cells at once; where
more is left than a start would take, joblib's workers are started beside it, take chunks of cells from
the same queue (X, y and what else cells share is sent once a chunk, large arrays memory-mapped once a
search), and take over: at once where they waited already, else when the first of them has answered.
Should this process finish first, the workers are dropped.

A fit may end its process: by a crash of native code, or for want of memory. Where the user asked for several
jobs scikit-learn would lose a worker to it and say so; so estimators of packages that nobody here knows are
left to the workers alone then. Where no number was asked for, scikit-learn itself would run them here.

In a worker, warnings and printed text are kept and handed back with the result, so that they appear where a
sequential search would have shown them.
"""

from __future__ import annotations

import multiprocessing
import pickle
import threading
import time
import warnings
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, NamedTuple

import joblib

from tenfold import _versions
from tenfold._gather.calls import Answer, Request
from tenfold._run.libraries import limited
from tenfold._run.progress import Progress
from tenfold._run.worker import Outcome, Settings, Stretch, run_chunk, show_again
from tenfold._run.workers import SharedWorkers
from tenfold._sharing import trust
from tenfold._threads import cores, thread_budget


class _Patience(NamedTuple):
    """How long this process works alone.

    ``probe`` is how long, in seconds, the first cells are watched before anything is concluded from them;
    ``left`` is how much work must then be left for workers to be worth it.
    """

    probe: float
    left: float


# Per whether workers wait already, and whether the user asked for a number of jobs. Cold workers take a
# second to start. Where the user asked for none, this process is kept to for longer, as scikit-learn
# would.
_PATIENCE = {
    (False, True): _Patience(probe=0.1, left=1.0),
    (False, False): _Patience(probe=0.4, left=3.0),
    (True, True): _Patience(probe=0.005, left=0.035),
    (True, False): _Patience(probe=0.4, left=1.0),
}
# Handing out a chunk takes some milliseconds; the last one to end is waited for by all.
_CHUNK_SECONDS = 0.1
# How long this process sleeps before it looks for answers again.
_SHORTEST_LOOK, _LONGEST_LOOK = 0.0005, 0.01
# Where calls that fit transformers have those.
_STEPS = 5


def run(
    request: Request,
    indices: list[int],
    progress: Progress,
    answer: Answer,
    *,
    prepares: bool = False,
) -> None:
    """Answer these calls of a request with what scikit-learn's own code gives.

    ``prepares`` says that they fit what cells are yet to be answered from.
    """
    progress.begins(n_prepared=len(indices) if prepares else 0)
    for_workers = request.explicit and not request.nested and _is_foreign(request, indices)
    alone = len(indices) == 1 and not for_workers
    if request.workers == 1 or alone or multiprocessing.current_process().daemon:
        _run_here(request, indices, progress, answer)
    elif request.nested:
        _run_nested(request, indices, answer)
    else:
        _Both(request, indices, progress, answer, for_workers).run()


# Packages whose fits are known to come to an end or to an error.
_KNOWN_PACKAGES = frozenset({"sklearn", "xgboost", "lightgbm", "catboost", "tenfold"})


def _is_foreign(request: Request, indices: list[int]) -> bool:
    """Whether an estimator among these calls, or a part of one, is of a package that nobody here knows."""
    calls = [request.calls[index] for index in indices]
    first = calls[0]  # of a search, all have clones of one estimator
    looked_at = [first.args[:1], first.kwargs.get("estimator")]
    for call in calls:
        looked_at += [call.kwargs.get("parameters"), call.args[_STEPS : _STEPS + 1]]
    return any(trust.foreign_classes(looked_at, _KNOWN_PACKAGES))


def _run_here(request: Request, indices: list[int], progress: Progress, answer: Answer) -> None:
    """One by one in this process, under the configuration that a sequential joblib run leaves alone."""
    with joblib.parallel_config(backend="tenfold", n_jobs=1 if request.explicit else None):
        for index in indices:
            began = time.monotonic()
            result = request.calls[index]()
            progress.span("this process", progress.stage_name, began, time.monotonic())
            answer(index, result)
            progress.show()


def _run_nested(request: Request, indices: list[int], answer: Answer) -> None:
    """Inside a worker joblib would use threads where several jobs were asked for, else none."""
    calls = [request.calls[index] for index in indices]
    if not request.explicit:
        for index, call in zip(indices, calls, strict=True):
            answer(index, call())
        return
    parallel = joblib.Parallel(n_jobs=request.workers, backend="threading")
    results = parallel((call.function, call.args, call.kwargs) for call in calls)
    for index, result in zip(indices, results, strict=True):
        answer(index, result)


class _Queue:
    """Cells that wait, shared by this process and the thread that feeds the workers."""

    def __init__(self, indices: list[int], n_workers: int) -> None:
        self._waiting = deque(indices)
        self._handed_out: list[int] = []
        self._n_workers = n_workers
        self._lock = threading.Lock()
        self.seconds_a_cell: float | None = None

    def __len__(self) -> int:
        return len(self._waiting)

    def next_cell(self) -> int | None:
        """The next cell that nobody has."""
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def handed_out(self) -> list[int]:
        """Cells that workers were given, the last first."""
        with self._lock:
            return self._handed_out[::-1]

    def chunks(self) -> Iterator[list[int]]:
        """Cells for workers, in chunks that take about a tenth of a second."""
        while chunk := self._next_chunk():
            yield chunk

    def _next_chunk(self) -> list[int]:
        with self._lock:
            size = 1
            if self.seconds_a_cell is not None:
                fair = -(-len(self._waiting) // (4 * self._n_workers))
                size = max(1, min(int(_CHUNK_SECONDS / max(self.seconds_a_cell, 1e-6)), fair))
            chunk = [self._waiting.popleft() for _ in range(min(size, len(self._waiting)))]
            self._handed_out.extend(chunk)
            return chunk


class _Pool:
    """joblib's worker processes, fed from the queue."""

    def __init__(self, request: Request, queue: _Queue) -> None:
        options = {k: v for k, v in request.joblib_options.items() if k != "prefer"}
        self._parallel = joblib.Parallel(
            n_jobs=request.workers,
            backend=SharedWorkers(),
            return_as="generator_unordered",
            batch_size=1,
            pre_dispatch="2*n_jobs",
            **options,
        )
        budget = max(cores() // request.workers, 1)
        settings = Settings.here()
        work: Iterator[tuple[Any, ...]] = (
            (run_chunk, (chunk, [request.calls[index] for index in chunk], budget, settings), {})
            for chunk in queue.chunks()
        )
        self.results: Iterator[tuple[list[int], list[Outcome], Stretch]] = self._parallel(work)

    @property
    def has_answered(self) -> bool:
        """Whether a worker has finished a chunk: they are up, and this process can stop helping."""
        return bool(self._parallel.n_completed_tasks) or bool(self._parallel._exception)

    def answers(self) -> Iterator[tuple[list[int], list[Outcome], Stretch]]:
        """Results as they come; joblib looks for them every ten milliseconds, many a search's whole time."""
        self._wait()
        for result in self.results:
            yield result
            self._wait()

    def _wait(self) -> None:
        """Until a result is there, or nothing is awaited: looking more rarely the longer it takes."""
        parallel, began = self._parallel, time.monotonic()
        while not (
            parallel._jobs
            or parallel._aborting
            or (
                not parallel._iterating
                and parallel.n_completed_tasks >= parallel.n_dispatched_tasks
            )
        ):
            waited = time.monotonic() - began
            time.sleep(min(max(waited / 20, _SHORTEST_LOOK), _LONGEST_LOOK))

    def close(self) -> None:
        """End the workers with whatever they are doing."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # joblib warns of results that nobody fetched
            self.results.close()  # type: ignore[attr-defined]
            for thread in threading.enumerate():
                # One that has not started is another search's: closing starts ours before it returns.
                if thread.name == "GeneratorExitThread" and thread.ident is not None:
                    thread.join()


class _Both:
    """This process and, from some time on, worker processes, over one queue."""

    def __init__(
        self,
        request: Request,
        indices: list[int],
        progress: Progress,
        answer: Answer,
        for_workers: bool,
    ) -> None:
        self._for_workers = for_workers
        self._request = request
        self._indices = indices
        self._progress = progress
        self._answer = answer
        self._answered: set[int] = set()
        self._queue = _Queue(indices, request.workers)
        self._pool: _Pool | None = None
        self._pool_error: BaseException | None = None
        self._starting = threading.Lock()
        self._over = False
        self._warm = _versions.waiting_workers() >= request.workers
        self._patience = _PATIENCE[self._warm, request.explicit]

    def run(self) -> None:
        """Answer all cells; whatever was started is ended before an error leaves."""
        if self._for_workers:
            self._run_in_workers()
        else:
            self._run_here_and_in_workers()

    def _run_in_workers(self) -> None:
        try:
            self._start_pool()
            self._collect()
        finally:
            self._end()

    def _run_here_and_in_workers(self) -> None:
        # A first cell may be long: the workers must not wait for its end.
        start = 0.02 if self._warm else 0.3
        delay = max(self._patience.probe, start / max(len(self._indices) - 1, 1))
        timer = threading.Timer(delay, self._start_if_nothing_done)
        timer.daemon = True
        timer.start()
        try:
            self._work_here()
            timer.cancel()
            timer.join()
            self._collect()
        finally:
            timer.cancel()
            self._end()

    def _end(self) -> None:
        with self._starting:
            self._over = True
        unfinished = len(self._answered) < len(self._indices) or not self._pool_is_spent
        if self._pool is not None and unfinished:
            self._pool.close()

    _pool_is_spent = False

    def _start_if_nothing_done(self) -> None:
        if not self._answered:
            self._start_pool()

    def _start_pool(self) -> None:
        with self._starting:
            if self._pool is None and not self._over and len(self._queue):
                try:
                    self._progress.joined(self._request.workers, warm=self._warm)
                    self._pool = _Pool(self._request, self._queue)
                except BaseException as error:  # raised where the results are asked for
                    self._pool_error = error
                    self._over = True

    def _work_here(self) -> None:
        started = time.monotonic()
        with _as_in_a_worker(self._request):
            while (index := self._next_for_here()) is not None:
                cell_started = time.monotonic()
                result = self._request.calls[index]()
                now = time.monotonic()
                self._progress.span("this process", self._progress.stage_name, cell_started, now)
                self._take(index, result)
                mean = (now - started) / len(self._answered)
                self._queue.seconds_a_cell = min(mean, now - cell_started)
                if self._pool is None and now - started > self._patience.probe:
                    self._start_pool_if_it_pays()

    def _start_pool_if_it_pays(self) -> None:
        left = len(self._queue) * (self._queue.seconds_a_cell or 0.0)
        if left > self._patience.left:
            self._start_pool()

    def _next_for_here(self) -> int | None:
        if self._pool is not None and (self._warm or self._pool.has_answered):
            return None
        if (index := self._queue.next_cell()) is not None:
            return index
        # Workers that are not up yet hold the last cells: take those over, the last handed out first.
        return next((i for i in self._queue.handed_out() if i not in self._answered), None)

    def _take(self, index: int, result: Any) -> None:
        self._answered.add(index)
        self._answer(index, result)
        self._progress.show()

    def _collect(self) -> None:
        if self._pool_error is not None:
            raise self._pool_error
        if self._pool is None or len(self._answered) == len(self._indices):
            return
        try:
            self._collect_from(self._pool)
        except pickle.PicklingError:
            if self._request.explicit:
                raise
            # Nobody asked for processes, and a sequential search would have taken this.
            left = [index for index in self._indices if index not in self._answered]
            _run_here(self._request, left, self._progress, self._answer)
            self._answered.update(left)

    def _collect_from(self, pool: _Pool) -> None:
        for chunk, outcomes, stretch in pool.answers():
            self._queue.seconds_a_cell = (stretch.ended - stretch.began) / len(chunk)
            self._progress.worked(stretch, len(chunk))
            for index, outcome in zip(chunk, outcomes, strict=True):
                if index not in self._answered:
                    show_again(outcome)
                    self._take(index, outcome.result)
        self._pool_is_spent = True


@contextmanager
def _as_in_a_worker(request: Request) -> Iterator[None]:
    """The numerical libraries' threads, and the nesting, that a worker process would have."""
    budget = max(cores() // request.workers, 1)
    with ExitStack() as stack:
        stack.enter_context(limited(budget))
        stack.enter_context(thread_budget(budget))
        stack.enter_context(joblib.parallel_config(backend="tenfold", nesting_level=1, n_jobs=None))
        yield
