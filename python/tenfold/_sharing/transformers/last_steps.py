"""Paths over the last step of Pipelines: families of cells over one and the same transformed rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import Any

from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.plan import PathCell, Planner, Reading
from tenfold._sharing.transformers.groups import PipelineCell, last_step_of

# A cell, what it has in common with those of its front, the rows' shape, and why nothing else answers it.
Asking = tuple[PipelineCell, Hashable, Shape, str]


def plan_last_steps(asking: Iterable[Asking]) -> Reading:
    """Sort cells of Pipelines into families over their last steps."""
    planner = Planner()
    own_parameters = _OwnParameters()
    for cell, where, shape, reason in asking:
        planner.take(
            PathCell(
                cell.index, cell.call, cell.asked, last_step_of(cell),
                own_parameters.of(cell), where, shape,
            ),
            reason,
        )  # fmt: skip
    return planner.finished()


class _OwnParameters:
    """Parameters that a candidate sets on the last step, without the step itself: one object a candidate."""

    def __init__(self) -> None:
        self._known: dict[int, tuple[Any, dict[str, Any] | None]] = {}

    def of(self, cell: PipelineCell) -> dict[str, Any] | None:
        given = cell.last_parameters
        if given is None or "" not in given:
            return given
        if id(given) not in self._known:
            self._known[id(given)] = given, {name: v for name, v in given.items() if name}
        return self._known[id(given)][1]
