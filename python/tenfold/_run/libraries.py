"""Limits on the threads of numerical libraries, for as long as a search wants them and no longer.

OpenMP keeps its limit by thread: each search sets and restores that of its own. BLAS libraries have one limit
a process, and searches in several threads overlap: the first to come notes what was set, as long as several
are there the least of what they ask for holds, and the last to leave restores what the first has noted.
Nobody is given more threads than were set before.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import ThreadpoolController

_lock = threading.Lock()
_wanted: list[int] = []
_before: list[tuple[Any, int]] = []
_known: tuple[int, list[Any]] = 0, []


@contextmanager
def limited(n_threads: int) -> Iterator[None]:
    """Allow numerical libraries ``n_threads`` threads, in the current thread and what it calls."""
    libraries = _libraries()
    own = [library for library in libraries if library.user_api == "openmp"]
    counts = [library.num_threads for library in own]
    for library, count in zip(own, counts, strict=True):
        library.set_num_threads(min(count, n_threads))
    _enter(n_threads, [library for library in libraries if library.user_api != "openmp"])
    try:
        yield
    finally:
        _leave(n_threads)
        for library, count in zip(own, counts, strict=True):
            library.set_num_threads(count)


def _enter(n_threads: int, libraries: list[Any]) -> None:
    with _lock:
        if not _wanted:
            _before[:] = [(library, library.num_threads) for library in libraries]
        _wanted.append(n_threads)
        _apply()


def _leave(n_threads: int) -> None:
    with _lock:
        _wanted.remove(n_threads)
        _apply()


def _apply() -> None:
    for library, count in _before:
        # From threadpoolctl 3.7 on one thread sets limits, and what others set is silently dropped.
        set_them = getattr(library, "_real_set_num_threads", library.set_num_threads)
        set_them(min([count, *_wanted]))


def _libraries() -> list[Any]:
    """The libraries that are loaded; looked for again where anything was imported since."""
    global _known
    if _known[0] != len(sys.modules):
        found = ThreadpoolController().lib_controllers
        _known = len(sys.modules), found
    return _known[1]
