"""How many tasks a Spark application can run at a time."""

from __future__ import annotations

import re
from typing import Any

from tenfold._gather.calls import Request
from tenfold.spark._frames.stream import is_connect
from tenfold.spark._search.job import setting
from tenfold.spark._search.reachable import Reachable

# What a range of unstated partitions is planned with: the application's parallelism.
_SPLITS = re.compile(r"splits=(?:Some\()?(\d+)")


def slots_of(spark: Any, request: Request) -> tuple[int, int | None]:
    """Tasks at a time, and the most tasks to cut a search into (None: any number).

    An ``n_jobs`` of 1 or more limits the tasks: with so many, no more can run at a time.

    Raises
    ------
    ConnectionError
        Where a Connect server does not answer.
    """
    if is_connect(spark):  # the first that is asked of it
        with Reachable(spark) as server:
            server.wait()
    n_cpus = max(1, int(setting(spark, "spark.task.cpus", "1")))
    n_slots = max(1, parallelism(spark) // n_cpus)
    if request.requested is None or request.requested < 1:
        return n_slots, None
    return min(n_slots, request.requested), request.requested


def parallelism(spark: Any) -> int:
    """Cores of the application; those it may grow to where it takes executors as it needs them."""
    now = _parallelism_now(spark)
    if setting(spark, "spark.dynamicAllocation.enabled", "false") != "true":
        return now
    most = int(setting(spark, "spark.dynamicAllocation.maxExecutors", str(2**31 - 1)))
    cores = int(setting(spark, "spark.executor.cores", "1"))
    return now if most >= 2**31 - 1 else max(now, most * cores)


def _parallelism_now(spark: Any) -> int:
    if not is_connect(spark):
        return int(spark.sparkContext.defaultParallelism)
    # Connect tells no parallelism, but its plans show it.
    found = _SPLITS.search(spark.range(1)._explain_string())
    return int(found.group(1)) if found else 2
