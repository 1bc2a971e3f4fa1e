"""The plan of a search as people read it: families of cells, what answers them, and why.

Made of a search's record, when somebody looks. The vocabulary is that of ``families.py``.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from tenfold._learners import member_rule
from tenfold._plan import text as plan_text
from tenfold._plan import words
from tenfold._plan.facts import Facts, Memory
from tenfold._plan.families import (
    BIT_EQUAL,
    JOURNAL,
    NATIVE,
    SHARED,
    SKLEARN,
    Family,
)
from tenfold._plan.part import NativePart, Part
from tenfold._plan.record import Record
from tenfold._plan.room import bytes_at_work, threads_within
from tenfold._sharing.transformers import RULE as TRANSFORMERS

# As measured over searches of 5,000 and 10,000 cells of forests: Python's own objects, whatever the data.
_CELL_BYTES = 4_500


class Plan(Facts):
    """What a search does, or has done: print it, or show it in a notebook.

    Attributes
    ----------
    title : str
        Class of the search, and of what it searches.
    families : tuple of Family
        They partition the cells.
    candidates : tuple of dict
        Parameters of each candidate.
    n_splits, n_iterations : int
    n_prefixes_asked, n_prefixes_done : int
        Times that all transformers of a Pipeline are fitted, if each cell is fitted alone and as it is done.
    vouched : dict
        Per class of transformers that is not scikit-learn's and whose fits are shared, why they may be.
    unshared : dict
        Why transformers are fitted once a cell, and for how many cells.
    n_threads : int
        Threads, or worker processes, that it may use.
    backend : str
        Where it runs.
    memory : Memory
    notes : tuple of str
        What else should be known.
    whys : dict of str to str
        Of each path at work, why it is sound.
    """

    def to_frame(self) -> Any:
        """The table as a pandas DataFrame, a row a group.

        Raises
        ------
        ImportError
            Where pandas is not installed.
        """
        import pandas

        return pandas.DataFrame(
            [
                {
                    "candidates": group.label,
                    "iteration": group.first.iteration,
                    "engine": group.first.engine,
                    "reason": group.first.reason,
                    "contract": group.first.contract,
                    "rules": ", ".join(group.first.rules),
                    "families": len(group.families),
                    "fits_asked": group.n_cells,
                    "fits_done": group.total("n_fits"),
                    "trees_asked": group.total("n_trees_asked"),
                    "trees_grown": group.total("n_trees_grown"),
                    "predicted_seconds": group.total("predicted_seconds"),
                    "actual_seconds": group.total("actual_seconds"),
                }
                for group in self.groups
            ]
        )

    def __repr__(self) -> str:
        return plan_text.text(self)

    def _repr_html_(self) -> str:
        return plan_text.html(self)


def plan_of(record: Record, search: Any) -> Plan:
    """The plan that a search's record tells of."""
    families: list[Family] = []
    candidates: list[Any] = []
    for iteration, part in enumerate(record.parts):
        families.extend(_families(part, iteration, len(candidates), not record.plan_only))
        candidates.extend(parameters for _, parameters in sorted_items(part.parameters))
    notes: list[str] = []
    if record.plan_only and hasattr(search, "factor"):
        notes.append("the first iteration only: the others depend on its scores")
    parts = record.parts
    fronts = [front for part in parts for front in part.fronts]
    if fronts and record.plan_only:
        notes.append("as if the transformers gave dense numbers, in as many columns as they get")
    notes.extend(_journal_notes(parts))
    notes.extend(
        f"the refit, of about {words.seconds(part.refit_reserve)} s, was not set aside: "
        "the time budget is too small for it"
        for part in parts
        if part.refit_reserve is not None
    )
    notes += dict.fromkeys(note for part in parts for note in part.notes)
    return Plan(
        title=f"{type(search).__name__} of {parts[0].learner}",
        families=tuple(families),
        candidates=tuple(candidates),
        n_splits=len(parts[0].splits),
        n_iterations=len(parts),
        n_threads=parts[0].n_threads,
        backend=parts[0].backend,
        memory=_memory(parts),
        n_prefixes_asked=sum(len(front.calls) for front in fronts),
        n_prefixes_done=len(fronts),
        vouched={name: why for front in fronts for name, why in front.vouched.items()},
        unshared=Counter(why for part in parts for why in part.unshared.values()),
        notes=tuple(notes),
        whys={path.name: path.why for part in parts for path in part.families},
    )


def _journal_notes(parts: list[Part]) -> list[str]:
    journal = parts[0].journal
    if journal is None:
        return []
    answered = sum(len(part.answered) for part in parts)
    n_cells = answered + sum(len(part.cells) for part in parts)
    reasons: dict[str, int] = {}
    for part in parts:
        for reason, number in part.not_kept.items():
            reasons[reason] = reasons.get(reason, 0) + number
    return [
        f"journal {os.path.basename(journal)}: {answered:,} of {n_cells:,} cells answered from it",
        *(f"not kept in the journal: {reason} ({n:,} cells)" for reason, n in reasons.items()),
    ]


def sorted_items(numbered: dict[int, Any]) -> list[tuple[int, Any]]:
    """Items by number alone: parameters have no order."""
    return sorted(numbered.items(), key=lambda item: item[0])


def _families(part: Part, iteration: int, offset: int, ran: bool) -> list[Family]:
    def cell(call: int) -> tuple[int, int]:
        candidate, split = part.cells[call]
        return candidate + offset, split

    def of_fits(calls: Iterable[int]) -> tuple[str, ...]:
        fits = (part.fits.get(part.cells[call][0], ()) for call in calls)
        return tuple(dict.fromkeys(rule for rules in fits for rule in rules))

    shared = {call for front in part.fronts if len(front.calls) > 1 for call in front.calls}
    read = {call: front.paths for front in part.fronts for call in front.calls}
    families = [
        _native_family(
            native, planned, seconds if ran else None, iteration, cell, shared, part.left_seconds
        )
        for native in part.native
        for planned, seconds in _without_second_halves(native)
    ]
    families.extend(
        Family(
            cells=tuple(sorted(map(cell, path.calls))),
            iteration=iteration,
            engine=SHARED,
            reason=None,
            contract=BIT_EQUAL,
            rules=(
                *((TRANSFORMERS,) if shared.issuperset(path.calls) else ()),
                *dict.fromkeys(name for call in path.calls for name in read.get(call, ())),
                path.name,
                *((member_rule.NAME,) if part.members.issuperset(path.calls) else ()),
                *of_fits(path.calls),
            ),
            n_fits=1,
            n_trees_asked=0,
            n_trees_grown=0,
            predicted_seconds=None,
            actual_seconds=_sum_of(part.left_seconds, path.calls) if ran else None,
        )
        for path in part.families
    )
    answered = {call for native in part.native for call in native.calls}
    answered.update(call for path in part.families for call in path.calls)
    families.extend(
        Family(
            cells=(cell(call),),
            iteration=iteration,
            engine=SKLEARN,
            reason=part.last_reasons.get(call, reason),
            contract=SKLEARN,
            rules=(
                *((TRANSFORMERS,) if call in shared else ()),
                *read.get(call, ()),
                *((member_rule.NAME,) if call in part.members else ()),
                *of_fits((call,)),
            ),
            n_fits=1,
            n_trees_asked=0,
            n_trees_grown=0,
            predicted_seconds=None,
            actual_seconds=part.left_seconds.get(call),
        )
        for call, reason in part.left
        if call not in answered
    )
    families.extend(
        Family(
            cells=((candidate + offset, split),),
            iteration=iteration,
            engine=JOURNAL,
            reason=None,
            contract=SKLEARN,
            rules=(),
            n_fits=0,
            n_trees_asked=0,
            n_trees_grown=0,
            predicted_seconds=0.0,
            actual_seconds=0.0 if ran else None,
        )
        for candidate, split in part.answered
    )
    return families


def _sum_of(seconds: dict[int, float], calls: Iterable[int]) -> float | None:
    known = [seconds[call] for call in calls if call in seconds]
    return sum(known) if known else None


def _native_family(
    native: NativePart,
    planned: dict[str, Any],
    seconds: float | None,
    iteration: int,
    cell: Any,
    shared: set[int],
    left_seconds: dict[int, float],
) -> Family:
    """A family that the engine has planned, in terms of the search."""
    calls = [native.calls[number] for number in planned["cells"]]
    shares = shared.issuperset(calls)
    if seconds is not None and left_seconds.keys() >= set(calls):
        # Over transformers, each cell has its share of their time too.
        seconds = sum(left_seconds[call] for call in calls)
    return Family(
        cells=tuple(sorted(map(cell, calls))),
        iteration=iteration,
        engine=NATIVE,
        reason=None,
        contract=planned["contract"],
        rules=((TRANSFORMERS,) if shares else ()) + tuple(planned["rules"]),
        n_fits=planned["n_fits"],
        n_trees_asked=planned["steps_asked"],
        n_trees_grown=planned["steps_done"],
        predicted_seconds=planned["predicted_seconds"],
        actual_seconds=seconds,
    )


def _without_second_halves(native: NativePart) -> Iterator[tuple[dict[str, Any], float]]:
    """Families and their seconds, those that score training rows again left out.

    A Pipeline's training rows may be scored by cells of their own; no cell of the search is in two families.
    """
    for family, seconds in zip(native.families, native.seconds, strict=True):
        cells = [number for number in family["cells"] if native.calls[number] is not None]
        if cells:
            yield {**family, "cells": cells}, seconds


def _memory(parts: list[Part]) -> Memory:
    """The largest of each kind that any iteration takes."""
    store = votes = working = waiting = scoring = cells = 0
    for part in parts:
        # Tables stay for as long as the search may ask of them again; runs follow each other.
        store = max(store, sum(native.store_bytes for native in part.native))
        for native in part.native:
            n_threads = threads_within(native.families, part.n_threads, native.memory_budget)
            held, of_threads = bytes_at_work(native.families, n_threads)
            votes = max(votes, held)
            working = max(working, of_threads + native.split_bytes)
            waiting = max(waiting, native.waiting_bytes)
            scoring = max(scoring, native.scoring_bytes)
        cells = max(cells, sum(len(native.calls) for native in part.native) * _CELL_BYTES)
    return Memory(store, votes, working, waiting, scoring, cells)
