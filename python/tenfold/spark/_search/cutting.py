"""Cutting a search into tasks by predicted cost, so that the last to end is short.

Native cells are cut along the planner's families, which share work. A family that is too long for one
task is cut where that changes no score: with a seed each member's trees are what they are, whoever else
is grown beside them, so the members can part (and no longer share what they had in common). Without a
seed the members of a family are read off the same trees and stay together.

Of calls that run as scikit-learn's own code the cost is not known. They are dealt out in an order that
spreads neighbours, which often cost alike, and in tasks that get smaller towards the end.

What a task has done is known when it ends. Where a search may end early, or is to be gone on with, tasks are
small, and have cells in their order: what is done by then is candidates.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from tenfold._plan.families import IN_DISTRIBUTION
from tenfold._run import native as run_native
from tenfold._translate.cells import NativeCell, NativeRun

# Tasks a slot. More balance better; each costs Spark some hundredths of a second.
_TASKS_A_SLOT = 4
# So many tasks are no burden, however few the slots.
_FEW_TASKS = 500
# No task is cut to have less than this.
_SHORTEST_SECONDS = 0.1
# Of a search that may end early, tasks that have so much share no more with others.
_SMALL_SECONDS = 1.0


@dataclass
class NativeCut:
    """The cells of one native task, and its predicted seconds on one core."""

    run: NativeRun
    seconds: float
    families: list[dict[str, Any]]


def cut_native(
    engine: Any, run: NativeRun, n_slots: int, n_tasks: int | None, *, small: bool = False
) -> list[NativeCut]:
    """Cut a native run for so many slots, into at most ``n_tasks`` tasks; the longest first.

    ``small`` is for a search that may end early: families of a task are few.
    """
    pieces = [_Piece.of(engine, run, cells) for cells in _units(engine, run)]
    total = sum(piece.seconds for piece in pieces)
    longest = max(total / (n_slots * _TASKS_A_SLOT), _SHORTEST_SECONDS)
    if n_slots > 1:
        pieces = _parted(engine, run, pieces, 2 * longest)
    pieces.sort(key=lambda piece: -piece.seconds)
    bundles = _bundled(pieces, min(longest, _SMALL_SECONDS) if small else longest, n_tasks)
    return [
        _Piece.of(engine, run, [c for piece in bundle for c in piece.run.cells])
        for bundle in bundles
    ]


class _Piece(NativeCut):
    """A part of a native run, planned."""

    @classmethod
    def of(cls, engine: Any, run: NativeRun, cells: Sequence[NativeCell]) -> _Piece:
        own = replace(run, cells=list(cells))
        families = run_native.planned(engine, own)
        return cls(own, sum(family["predicted_seconds"] for family in families), families)


def _units(engine: Any, run: NativeRun) -> list[list[NativeCell]]:
    """Cells that must stay together, but where a piece is parted: families."""
    families = run_native.planned(engine, run)
    return [[run.cells[number] for number in family["cells"]] for family in families]


def _parted(engine: Any, run: NativeRun, pieces: list[_Piece], longest: float) -> list[_Piece]:
    """Halve the longest pieces until none is too long, or none of those can be parted."""
    heap = [(-piece.seconds, number, piece) for number, piece in enumerate(pieces)]
    heapq.heapify(heap)
    done: list[_Piece] = []
    number = len(pieces)
    while heap and -heap[0][0] > longest:
        _, _, piece = heapq.heappop(heap)
        halves = _halves(run, piece)
        if not halves:
            done.append(piece)
        for half in halves:
            number += 1
            part = _Piece.of(engine, run, half)
            heapq.heappush(heap, (-part.seconds, number, part))
    return done + [piece for _, _, piece in heap]


def _halves(run: NativeRun, piece: _Piece) -> list[list[NativeCell]]:
    """The piece's members in two halves of like ones; empty where it cannot be parted."""
    if any(family["contract"] == IN_DISTRIBUTION for family in piece.families):
        return []
    members: dict[tuple[int, int], list[NativeCell]] = {}
    for number, family in enumerate(piece.families):
        for cell, member in zip(family["cells"], family["members"], strict=True):
            members.setdefault((number, member), []).append(piece.run.cells[cell])
    if len(members) < 2:
        return []
    ordered = [members[key] for key in sorted(members)]
    middle = len(ordered) // 2
    return [
        [cell for member in half for cell in member]
        for half in (ordered[:middle], ordered[middle:])
    ]


def _bundled(pieces: list[_Piece], enough: float, n_tasks: int | None) -> list[list[_Piece]]:
    """Pieces put together until a task has enough to do."""
    if n_tasks is not None:
        heap: list[tuple[float, int, list[_Piece]]] = [(0.0, i, []) for i in range(n_tasks)]
        for piece in pieces:  # each to the task that has least
            seconds, place, own = heapq.heappop(heap)
            heapq.heappush(heap, (seconds + piece.seconds, place, [*own, piece]))
        return [own for _, _, own in sorted(heap, reverse=True) if own]
    bundles: list[list[_Piece]] = []
    room = 0.0
    for piece in pieces:
        if room < piece.seconds:
            bundles.append([])
            room = enough
        bundles[-1].append(piece)
        room -= piece.seconds
    return bundles


def cut_calls(
    indices: Sequence[int], n_slots: int, n_tasks: int | None, *, small: bool = False
) -> list[list[int]]:
    """Deal calls of unknown cost out to tasks, the largest first.

    ``small`` is for a search that may end early: few calls a task, in their order.
    """
    if n_tasks is not None:
        return [part for part in (list(indices[i::n_tasks]) for i in range(n_tasks)) if part]
    smallest = max(1, len(indices) // max(n_slots * _TASKS_A_SLOT, _FEW_TASKS))
    if small:
        return [list(indices[at : at + smallest]) for at in range(0, len(indices), smallest)]
    spread = _spread(indices)
    tasks: list[list[int]] = []
    first = 0
    while first < len(spread):
        size = max(smallest, (len(spread) - first) // (2 * n_slots))
        tasks.append(sorted(spread[first : first + size]))
        first += size
    return tasks


def _spread(indices: Sequence[int]) -> list[int]:
    """The same numbers, neighbours far from each other: every k-th, then the next ones."""
    step = max(1, round(len(indices) ** 0.5))
    return [index for start in range(step) for index in indices[start::step]]
