"""Measure one search in a process of its own: wall time, and peak memory of all its processes.

Vocabulary
----------
A *task* is what is measured: ``prepare()`` loads its data, imports what it needs and starts worker
processes; ``run()`` is what the clock sees.
A *run* is one task in a fresh interpreter.
On *one core* the run is bound to one core by the operating system, has ``n_jobs=1``, and BLAS and
OpenMP get one thread. On *all cores* it has ``n_jobs`` equal to the number of cores.
*Peak memory* is the largest sum of proportional set sizes (pages shared by several processes count
once) over the run and its children, sampled while the clock runs, less what the run held before.
"""

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Protocol

from joblib.externals.loky import get_reusable_executor

ALL_CORES = len(os.sched_getaffinity(0))
THREAD_LIMITS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
SAMPLING_SECONDS = 0.05


@dataclass(frozen=True)
class Run:
    """What one run gave."""

    seconds: float
    peak_bytes: int
    result: Any


class Task(Protocol):
    """Something to measure. It is sent to another process, so it must be picklable."""

    def prepare(self) -> None: ...
    def run(self) -> Any: ...


def measure(task: Task, cores: int, memory: Callable[[], int] | None = None) -> Run:
    """Run a task in a fresh process on so many cores.

    ``memory`` tells the bytes to watch, where these are not those of the run and its children.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    with _environment(cores):
        process = context.Process(target=_serve, args=(theirs, task, cores))
        process.start()
    theirs.close()
    try:
        _receive(ours)  # it is ready, and waits for a word
        if memory is None:
            memory = partial(memory_of, process.pid or 0)
        before = memory()
        with _PeakMemory(memory) as peak:
            ours.send("go")
            seconds, result = _receive(ours)
    finally:
        ours.close()
        process.join()
    return Run(seconds, max(0, peak.bytes - before), result)


def _serve(connection: Connection, task: Task, cores: int) -> None:
    if cores == 1:
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    task.prepare()
    connection.send("ready")
    connection.recv()
    start = time.perf_counter()
    result = task.run()
    connection.send((time.perf_counter() - start, result))
    # A spawned process waits for its children, and loky's workers wait minutes for more work.
    get_reusable_executor(reuse=True).shutdown(wait=True, kill_workers=True)


def _receive(connection: Connection) -> Any:
    try:
        return connection.recv()
    except EOFError:
        raise SystemExit("benchmark: the measured process died; its error is above") from None


@contextmanager
def _environment(cores: int) -> Iterator[None]:
    """Limit a child on one core to one thread a library; on all, the libraries choose."""
    before = dict(os.environ)
    for name in THREAD_LIMITS:
        os.environ.pop(name, None)
        if cores == 1:
            os.environ[name] = "1"
    os.environ["TENFOLD_PROGRESS"] = "0"
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


class _PeakMemory:
    """The largest that ``memory`` tells while this context is open, sampled from outside."""

    def __init__(self, memory: Callable[[], int]) -> None:
        self.bytes = 0
        self._memory = memory
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> "_PeakMemory":
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._over.set()
        self._thread.join()

    def _sample(self) -> None:
        while not self._over.wait(SAMPLING_SECONDS):
            self.bytes = max(self.bytes, self._memory())


def memory_of(pid: int, only: str = "") -> int:
    """Proportional set size, in bytes, of a process and all its descendants.

    ``only`` counts those alone whose executable has this in its name.
    """
    total = 0
    pending = [pid]
    while pending:
        directory = Path("/proc") / str(pending.pop())
        try:
            for children in directory.glob("task/*/children"):
                pending.extend(int(child) for child in children.read_text().split())
            if only not in (directory / "exe").readlink().name:
                continue
            for line in (directory / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        except OSError:
            continue  # the process ended meanwhile
    return total
