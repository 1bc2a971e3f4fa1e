"""Cutting a search into tasks by predicted cost, so that the last to end is short.

Native cells are cut along the planner's families, which share work. A family that is too long for one
task is cut where that changes no score: with a seed each member's trees are what they are, whoever else
is grown beside them, so the members can part (and no longer share what they had in common). Without a
seed the members of a family are read off the same trees and stay together.

Of calls that run as scikit-learn's own code the cost is not known. Where they are many, some are run first, a
task each, and tell what the others take: these are packed, the longest first, into tasks of half a second or
more, which get smaller towards the end. Where they are few, they are dealt out in an order that spreads
neighbours, which often cost alike, and in tasks that get smaller likewise.

Each task costs Spark's driver some time, whatever it is and however many executors wait: on a large cluster
tasks are so long that the driver has handed out all of them in time.

What a task has done is known when it ends. Where a search may end early, or is to be gone on with, tasks are
small, and have cells in their order: what is done by then is candidates.
"""

from __future__ import annotations

import heapq
import math
from collections.abc import Sequence
from dataclasses import dataclass
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
# Tasks of learnt cost have no less than this, and no more than that but where one call has.
_ENOUGH_SECONDS = 0.5
_MOST_SECONDS = 5.0
# Processor time that a task costs the driver: 1.4 ms in Spark's JVM, though the task be empty; the rest in
# Python, for its outcome.
_DRIVER_SECONDS = 2e-3
# Calls are learnt from where those that are run first, a slot, are no more than this share of all.
_FIRST_A_SLOT = 2
_FIRST_SHARE = 0.25
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
    shortest = _shortest(total, n_slots, _SHORTEST_SECONDS)
    longest = max(total / (n_slots * _TASKS_A_SLOT), shortest)
    if n_slots > 1:
        pieces = _parted(engine, run, pieces, 2 * longest)
    pieces.sort(key=lambda piece: -piece.seconds)
    enough = min(longest, max(_SMALL_SECONDS, shortest)) if small else longest
    bundles = _bundled(pieces, enough, n_tasks)
    return [
        bundle[0]
        if len(bundle) == 1
        else _Piece.of(engine, run, [cell for piece in bundle for cell in piece.cells])
        for bundle in bundles
    ]


def _shortest(total: float, n_slots: int, least: float) -> float:
    """Seconds that a task is to have of so many in all.

    That is how often one ends on every slot, and the driver is to keep up. Where there is less to do, what
    counts is when the last one ends: handing out all of them and running one takes least time in all where
    both take as long.
    """
    keeps_up = n_slots * _DRIVER_SECONDS
    return max(least, min(keeps_up, math.sqrt(total * _DRIVER_SECONDS)))


@dataclass
class _Piece(NativeCut):
    """A part of a native run, planned; ``cells`` are its cells as the whole run has them."""

    cells: Sequence[NativeCell]

    @classmethod
    def of(cls, engine: Any, run: NativeRun, cells: Sequence[NativeCell]) -> _Piece:
        own = run.part(cells)
        families = run_native.planned(engine, own)
        seconds = sum(family["predicted_seconds"] for family in families)
        return cls(own, seconds, families, cells)


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
            members.setdefault((number, member), []).append(piece.cells[cell])
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


def first_calls(
    indices: Sequence[int], n_slots: int, n_tasks: int | None, *, small: bool = False
) -> list[int]:
    """Calls whose costs are to be learnt before the others are cut; none where that isn't worth it.

    They are from all over the search, or where it may end early the first of it.
    """
    n_first = _FIRST_A_SLOT * n_slots
    if n_tasks is not None or n_first > _FIRST_SHARE * len(indices):
        return []
    return list(indices[:n_first] if small else indices[:: len(indices) // n_first][:n_first])


def cut_learnt(
    indices: Sequence[int], seconds: Sequence[float], n_slots: int, *, small: bool = False
) -> list[list[int]]:
    """Pack calls of these expected seconds into tasks, the longest calls first.

    ``small`` is for a search that may end early: each task the shortest that is worth it, in their order.
    """
    left = sum(seconds)
    shortest = _shortest(left, n_slots, _ENOUGH_SECONDS)
    most = shortest if small else max(_MOST_SECONDS, 10 * shortest)
    least = min(shortest, left / n_slots)
    order = range(len(indices))
    if not small:
        order = sorted(order, key=lambda place: -seconds[place])  # type: ignore[assignment]
    tasks: list[list[int]] = []
    room = 0.0
    for place in order:
        if not tasks or room < seconds[place] / 2:
            tasks.append([])
            room = min(max(left / (2 * n_slots), least), most)
        tasks[-1].append(indices[place])
        room -= seconds[place]
        left -= seconds[place]
    return [sorted(task) for task in tasks]


def _spread(indices: Sequence[int]) -> list[int]:
    """The same numbers, neighbours far from each other: every k-th, then the next ones."""
    step = max(1, round(len(indices) ** 0.5))
    return [index for start in range(step) for index in indices[start::step]]
