"""How many families of cells there is memory for at a time.

Each thread of the engine works on a family, which holds what its cells are read off. Where as many as there
are threads would take more than ``memory_budget``, fewer run at a time, at last one alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def bytes_at_work(families: Sequence[Mapping[str, Any]], n_threads: int) -> tuple[int, int]:
    """Bytes that the largest families hold, and that threads need besides, for so many at a time."""
    held = sorted(int(family["nbytes"]) for family in families)
    of_threads = sorted(int(family["nbytes_a_thread"]) for family in families)
    return sum(held[-n_threads:]), sum(of_threads[-n_threads:])


def threads_within(families: Sequence[Mapping[str, Any]], n_threads: int, budget: int) -> int:
    """Of so many threads, those that stay within the budget; at least one."""
    while n_threads > 1 and sum(bytes_at_work(families, n_threads)) > budget:
        n_threads -= 1
    return n_threads
