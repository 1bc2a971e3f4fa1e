"""Running cells that share transformers: fit each front once, read its cells off it, let go of it.

Fronts are fitted as any other call would be, here or in worker processes, in waves whose data together
stays within ``memory_budget``. Then each front's cells run: the last step on the engine where it can,
the rest as scikit-learn's own code over the shared data, which goes when its last reader is done.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import numpy as np

from tenfold._config import memory_budget
from tenfold._gather.calls import Answer, Call, Request
from tenfold._plan.part import Part
from tenfold._run import processes as run_processes
from tenfold._run.family import OfFront
from tenfold._run.native_last_step import run_native
from tenfold._run.paths import run as run_paths
from tenfold._run.paths import with_inner
from tenfold._run.progress import Progress
from tenfold._sharing.paths.path import Shape
from tenfold._sharing.paths.plan import PathFamily, n_columns_of
from tenfold._sharing.transformers.fit import Front, fit_fronts
from tenfold._sharing.transformers.groups import (
    Group,
    PipelineCell,
    SharedSplit,
    Sharing,
    may_go_native,
    random_state_of,
)
from tenfold._sharing.transformers.last_steps import plan_last_steps
from tenfold._sharing.transformers.recall import recall

Ready = list[tuple[Group, Front]]


def run(
    engine: Any,
    request: Request,
    sharing: Sharing,
    n_threads: int,
    progress: Progress,
    answer: Answer,
    part: Part | None = None,
    free_seed: int | None = None,
    before_cell: Callable[[int], None] | None = None,
) -> list[tuple[int, str]]:
    """Answer the shared cells; returns all others, which must run alone, with the reason each.

    Beside those that the sharing left out, they are the cells over transformers that fail (so that each
    fails as scikit-learn has it fail), that turned out to draw random numbers, or whose data is too large.

    Parameters
    ----------
    free_seed : int, optional
        Master seed of native last steps without ``random_state``; see :func:`draw_free_seed`. Beside it, what
        one draws depends on the number of its call in the search, and on nothing else of how that was cut.
    before_cell : callable, optional
        Told a cell's number in the search before its last step is fitted by scikit-learn's code.
    """
    if not sharing.splits:
        return sorted(sharing.left)
    if free_seed is None:
        free_seed = draw_free_seed(sharing, request)
    runner = _Runner(engine, request, n_threads, progress, answer, part, free_seed)
    runner.before_cell = before_cell
    pending = [(split, split.groups) for split in sharing.splits]
    budget = memory_budget()
    while pending:
        pending = runner.wave(pending, budget // len(pending))
    for split, group in runner.too_large:
        runner.wave([(split, [group])], budget)
    return sorted(sharing.left + runner.left)


class _Runner:
    """One wave after the other."""

    def __init__(
        self,
        engine: Any,
        request: Request,
        n_threads: int,
        progress: Progress,
        answer: Answer,
        part: Part | None,
        free_seed: int,
    ) -> None:
        self._free_seed = free_seed
        self._engine = engine
        self._request = request
        self._n_threads = n_threads
        self._progress = progress
        self._answer = answer
        self._part = part
        self._budget = memory_budget()
        self.before_cell: Callable[[int], None] | None = None
        self.left: list[tuple[int, str]] = []
        self.too_large: list[tuple[SharedSplit, Group]] = []

    def wave(
        self, pending: list[tuple[SharedSplit, list[Group]]], limit: int
    ) -> list[tuple[SharedSplit, list[Group]]]:
        """Fit what fits into ``limit`` bytes a split, and answer its cells; returns the rest."""
        fitted = self._fit(pending, limit)
        ready: Ready = []
        rest: list[tuple[SharedSplit, list[Group]]] = []
        for (split, groups), fronts in zip(pending, fitted, strict=True):
            undone = []
            for group, front in zip(groups, fronts, strict=True):
                if front is None:
                    undone.append(group)
                elif front.reason is None:
                    n_cells = len(group.cells)
                    front.fit_seconds /= n_cells
                    front.score_seconds /= n_cells
                    ready.append((group, front))
                elif limit < front.nbytes <= self._budget:
                    self.too_large.append((split, group))
                else:
                    self.left += [(cell.index, front.reason) for cell in group.cells]
            if undone:
                rest.append((split, undone))
        self._progress.prepared(
            {cell.index: front.fit_seconds + front.score_seconds
             for group, front in ready for cell in group.cells},
            sum(len(group.cells) for _, groups in rest for group in groups),
        )  # fmt: skip
        self._answer_cells(ready)
        return rest

    def _fit(
        self, pending: list[tuple[SharedSplit, list[Group]]], limit: int
    ) -> list[list[Front | None]]:
        function = self._request.calls[pending[0][1][0].cells[0].index].function
        calls = [
            Call(
                with_inner(function, fit_fronts),
                (
                    split.pipeline, split.X, split.y, split.train, split.test,
                    [group.steps for group in groups], split.asked, limit,
                    [len(group.cells) for group in groups], self._progress.ends,
                ),
                {},
            )
            for split, groups in pending
        ]  # fmt: skip
        results: dict[int, list[Front | None]] = {}
        self._run_calls(calls, results.__setitem__, prepares=True)
        return [results[number] for number in range(len(calls))]

    def _run_calls(self, calls: list[Call], answer: Answer, *, prepares: bool = False) -> None:
        request = replace(self._request, calls=calls)
        places = list(range(len(calls)))
        run_processes.run(request, places, self._progress, answer, prepares=prepares)

    def _answer_cells(self, ready: Ready) -> None:
        over: list[tuple[PipelineCell, Front, str]] = []
        readers: dict[int, int] = {}
        for group, front in ready:
            with self._seeded(group):
                left = run_native(
                    self._engine, self._request, group, front,
                    self._n_threads, self._progress, self._answer, self._part,
                )  # fmt: skip
            over += [(cell, front, why) for cell, why in left]
            if self._part is not None:
                self._part.last_reasons.update((cell.index, why) for cell, why in left)
            readers[id(front)] = len(left)
            if not left:
                front.drop()
        if over:
            self._answer_over(over, readers)

    def _answer_over(
        self, over: list[tuple[PipelineCell, Front, str]], readers: dict[int, int]
    ) -> None:
        """Answer cells whose last step is not native: by paths where they can, else one by one."""
        place = {cell.index: (cell, front) for cell, front, _ in over}

        def take(index: int, result: Any) -> None:
            _, front = place[index]
            self._answer(index, result)
            readers[id(front)] -= 1
            if not readers[id(front)]:
                front.drop()

        def run_alone(indices: list[int]) -> tuple[list[Call], Answer]:
            calls = [self._recalling(*place[index]) for index in indices]
            return calls, lambda number, result: take(indices[number], result)

        reading = plan_last_steps(
            (cell, id(front), _shape_of(front), why) for cell, front, why in over
        )
        if self._part is not None:
            self._part.last_reasons.update(reading.left)
        calls, take_alone = run_alone([index for index, _ in reading.left])
        if not reading.families:
            self._run_calls(calls, take_alone)
            return

        def source_of(family: PathFamily) -> OfFront:
            asked = family.first.asked
            front = place[family.first.index][1]
            return OfFront(front, asked["y"], asked["train"], asked["test"])

        left = run_paths(
            self._request, reading.families, calls, self._progress, take, take_alone,
            self._part, source_of,
        )  # fmt: skip
        if left:
            self._run_calls(*run_alone([index for index, _ in left]))

    def _recalling(self, cell: PipelineCell, front: Front) -> Call:
        """The cell's call, told what its transformers gave."""
        call = cell.call
        inner = getattr(call.function, "function", call.function)
        reading: Callable[..., Any] = functools.partial(recall, front, inner)
        if self.before_cell is not None:
            reading = _told_before(reading, self.before_cell, self._request.number_of(cell.index))
        return Call(with_inner(call.function, reading), call.args, call.kwargs)

    @contextmanager
    def _seeded(self, group: Group) -> Iterator[None]:
        """NumPy's global generator as this group's own, if its native cells draw from it."""
        if not draws(group):
            yield
            return
        number = self._request.number_of(group.cells[0].index)
        before = np.random.get_state()
        np.random.seed([self._free_seed, number])
        try:
            yield
        finally:
            np.random.set_state(before)


def draw_free_seed(sharing: Sharing, request: Request) -> int:
    """A master seed from NumPy's global generator; 0 where no native last step needs one."""
    if any(draws(group) for split in sharing.splits for group in split.groups):
        return request.keep_seed("last steps", int(np.random.randint(np.iinfo(np.int32).max)))
    return 0


def draws(group: Group) -> bool:
    """Whether some cell's last step is a native learner without ``random_state``."""
    return any(may_go_native(cell) and random_state_of(cell) is None for cell in group.cells)


def _shape_of(front: Front) -> Shape:
    rows = front.fitted_on
    n_rows = rows.shape[0] if hasattr(rows, "shape") else len(rows)
    return Shape(int(n_rows), n_columns_of(rows))


def _told_before(
    function: Callable[..., Any], tell: Callable[[int], None], number: int
) -> Callable[..., Any]:
    """The function, with somebody told of its number before it runs."""

    def told(*args: Any, **kwargs: Any) -> Any:
        tell(number)
        return function(*args, **kwargs)

    return told
