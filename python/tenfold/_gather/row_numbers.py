"""Row numbers of calls, kept as they were when the call was made.

All calls of a search are gathered before the first runs, and a splitter may yield the same two arrays again
and again, refilled: run one after the other each call would see its own split, gathered all see the last. So
what a call holds is a copy, and calls over equal numbers in the same array hold the same copy, by which
tables know a split again.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np

from tenfold._gather.calls import Call, arguments_of

_NAMES = ("train", "test")
# What nobody can change.
_FIXED = (slice, range, tuple, type(None))


class RowNumbers:
    """Copies of row numbers, by the identity of what they were copied from.

    That is not held, so another object may come to have its identity: the numbers decide.
    """

    def __init__(self) -> None:
        self._copies: dict[int, Any] = {}

    def settled(self, call: Call) -> Call:
        """The call over row numbers that nobody else can change."""
        asked = call.kwargs if call.kwargs.keys() >= set(_NAMES) else arguments_of(call)
        own = {name: self._copy_of(asked[name]) for name in _NAMES if name in asked}
        if call.kwargs.keys() >= own.keys():
            return call._replace(kwargs={**call.kwargs, **own})
        return Call(call.function, (), {**asked, **own})

    def _copy_of(self, rows: Any) -> Any:
        if type(rows) in _FIXED:
            return rows
        held = self._copies.get(id(rows))
        if held is None or not _same(held, rows):
            held = self._copies[id(rows)] = _copied(rows)
        return held


def _copied(rows: Any) -> Any:
    return rows.copy() if isinstance(rows, np.ndarray) else copy.deepcopy(rows)


def _same(before: Any, rows: Any) -> bool:
    if type(before) is not type(rows):
        return False
    if type(rows) is np.ndarray:
        return before.dtype == rows.dtype and np.array_equal(before, rows)
    return type(rows) is list and bool(before == rows)
