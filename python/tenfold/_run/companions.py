"""Unseeded cells of which a journal has some: what the others draw depends on those beside them.

Cells without a seed are read off trees that they share, and what those draw follows from the master seed and
from which cells are planned together. The journal keeps the seed; here the rest of a search is planned beside
the cells that are answered already. So it equals a search that was never stopped, to the last bit.
"""

from __future__ import annotations

from typing import Any

from tenfold._journal.keeping import Kept
from tenfold._run.transformers import draws
from tenfold._sharing.transformers import groups
from tenfold._translate.cells import NativeRun, Translation, translate
from tenfold._translate.session import Session


def with_companions(
    translation: Translation, kept: Kept, session: Session, engine: Any
) -> Translation:
    """The same translation, its unseeded runs with the cells that are answered already.

    Families of which all cells are answered are planned and not run.
    """
    if not any(run.has_free_seed for run in translation.runs):
        return translation
    numbers = {place: number for number, place in enumerate(kept.places)}
    runs = [run for run in translation.runs if not run.has_free_seed]
    for run in translate(kept.whole, session, engine).runs:
        if run.has_free_seed:
            # In the whole search; known here by their numbers among what is left.
            run.cells = [
                cell._replace(number=None if cell.number is None else numbers.get(cell.number))
                for cell in run.cells
            ]
            if len(run.answered()) < len(run.cells):
                runs.append(run)
    return Translation(_in_order(runs), translation.left)


def _in_order(runs: list[NativeRun]) -> list[NativeRun]:
    def first(run: NativeRun) -> int:
        return min(cell.number for cell in run.cells if cell.number is not None)

    return sorted(runs, key=first)


def of_drawing_groups(kept: Kept) -> list[int]:
    """Calls over Pipelines to be run with others that are left, answered or not.

    The native last steps over one front are planned together; those of a front that is not done are run
    again, to the same scores.
    """
    left = set(kept.places)
    sharing = groups.plan(kept.whole, list(range(len(kept.whole.calls))))
    again: list[int] = []
    for split in sharing.splits:
        for group in split.groups:
            indices = {cell.index for cell in group.cells}
            if indices & left and draws(group):
                again += indices
    return again
