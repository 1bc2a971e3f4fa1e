"""How many threads a piece of work may take here.

At the top level that is every core this process may run on. Inside a worker process it is the worker's
share of the cores, which :func:`thread_budget` states, so that nested searches never take more cores than
there are.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import joblib

_local = threading.local()


@contextmanager
def thread_budget(n_threads: int) -> Iterator[None]:
    """Allow the current thread, and what it calls, ``n_threads`` threads."""
    before = getattr(_local, "budget", None)
    _local.budget = n_threads
    try:
        yield
    finally:
        _local.budget = before


def cores() -> int:
    """Cores that this process may use, cgroup and affinity limits respected."""
    return int(joblib.cpu_count())


def allowed_threads(nested: bool) -> int:
    """Threads that the current thread may use: its budget, or all cores, or (nested, no budget) one."""
    budget: int | None = getattr(_local, "budget", None)
    if budget is not None:
        return budget
    return 1 if nested else cores()


def resolve_jobs(n_jobs: int) -> int:
    """Joblib's meaning of an ``n_jobs``: negative numbers count back from all cores."""
    if n_jobs == 0:
        raise ValueError("n_jobs == 0 in Parallel has no meaning")
    return n_jobs if n_jobs > 0 else max(cores() + 1 + n_jobs, 1)
