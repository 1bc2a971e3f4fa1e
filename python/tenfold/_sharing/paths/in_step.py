"""Descents whose candidates go in step, a lane of a vector each (``kernels/lanes.hpp``).

With one seed all candidates visit the rows in one order, so that each row is read once for all of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from tenfold._sharing.paths.direct import DirectPath, LeftOut
from tenfold._sharing.paths.path import Refusal

try:
    from tenfold import _kernels
except ImportError:  # a source tree that was never built: the paths refuse
    _kernels = None  # type: ignore[assignment]

# Lanes that compiled code takes at once.
N_IN_STEP = 12
WHY = (
    "with one seed all candidates visit the rows in one order, so each row is read once for all of them; "
    "each takes the steps that it takes alone"
)


class InStep(DirectPath):
    """The part that such paths have in common."""

    why = WHY

    def likeness(self, member: Any) -> Any:
        """By what members are put together: those that need about as many epochs."""
        raise NotImplementedError

    def solve_block(
        self, prepared: Any, members: Sequence[Any], template: Any
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """What the fits of so many members set, each with its place; some may be left out."""
        raise NotImplementedError

    def solve(self, prepared: Any, estimator: Any, template: Any) -> Mapping[str, Any]:
        """One candidate alone."""
        for _, set_by_fit in self.solve_all(prepared, [estimator], template):
            return set_by_fit
        raise LeftOut

    def solve_all(
        self, prepared: Any, members: Sequence[Any], template: Any
    ) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Block by block: between two the time budget is looked at, and an interrupt is taken."""
        places = sorted(range(len(members)), key=lambda place: self.likeness(members[place]))
        for start in range(0, len(places), N_IN_STEP):
            block = places[start : start + N_IN_STEP]
            chosen = [members[place] for place in block]
            for place, set_by_fit in self.solve_block(prepared, chosen, template):
                yield block[place], set_by_fit


def refuse_alone(estimator: Any) -> None:
    """Raise Refusal where candidates can't go in step, here or at all."""
    if _kernels is None or not _kernels.has_lanes():
        raise Refusal("the processor has no AVX2, which descents in step need")
    if not isinstance(estimator.random_state, int | np.integer):
        raise Refusal("random_state is no number: each candidate draws its own order")
