"""Running native cells with the compiled engine on this machine's threads.

The engine works in the background with the GIL released; the main thread waits in short steps, so that Ctrl-C
is taken within a fraction of a second, and reads off cells as they finish.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from tenfold._answer.answers import AccuracyAnswers, answer_by_stand_in, template_of
from tenfold._answer.stand_in import NativeResult
from tenfold._config import memory_budget, waiting_budget
from tenfold._gather.calls import Answer, Request
from tenfold._memory_limit import available
from tenfold._plan.room import bytes_at_work, threads_within
from tenfold._run.progress import Progress
from tenfold._run.stopping import OutOfTime
from tenfold._translate.cells import NativeCell, NativeRun

_STEP_SECONDS = 0.05


def run(
    engine: Any,
    native: NativeRun,
    n_threads: int,
    progress: Progress,
    answer: Answer,
    free_seed: int | None = None,
) -> Any:
    """Answer every cell of a native run; the engine's search, done, is returned.

    ``free_seed`` is the master seed of cells without one; by default it is drawn from NumPy's global
    generator, if there are such cells. Cells without a number have been answered already.
    """
    if free_seed is None:
        free_seed = draw_free_seed(native)
    template = template_of(native.cells[0]) if native.manner.accuracy else None
    if template is not None:
        reader: _Reader = _AccuracyReader(native, template, answer)
    else:
        reader = _ResponseReader(native, answer)
    return reader.follow(engine, n_threads, progress, free_seed)


class _Reader:
    """Follows one engine search, reading cells off."""

    keep_responses: bool

    def __init__(self, native: NativeRun, answer: Answer) -> None:
        self.native = native
        self.answer = answer

    def follow(self, engine: Any, n_threads: int, progress: Progress, free_seed: int) -> Any:
        """Run the search to its end; an interrupt ends it before it is passed on."""
        search = engine_search(engine, self.native, free_seed, self.keep_responses)
        search.leave_out(self.native.answered())
        began = time.monotonic()
        search.start(threads_for(search.families(), n_threads))
        try:
            while not search.wait(_STEP_SECONDS):
                self.read_finished(search, progress)
            self.read_finished(search, progress)
        except (OutOfTime, KeyboardInterrupt):
            search.cancel()
            if (
                not self.keep_responses
            ):  # else what is finished has yet to be scored, by foreign code
                self.read_finished(search, None)
            raise
        except BaseException:
            search.cancel()
            raise
        finally:
            for _, thread, begin, end in search.spans().tolist():
                progress.span(f"thread {int(thread) + 1}", "native", began + begin, began + end)
        return search

    def read_finished(self, search: Any, progress: Progress | None) -> None:
        """Read off cells that finished meanwhile."""
        raise NotImplementedError


class _AccuracyReader(_Reader):
    """Reads accuracies, many at a time."""

    keep_responses = False

    def __init__(self, native: NativeRun, template: dict[str, Any], answer: Answer) -> None:
        super().__init__(native, answer)
        self._answers = AccuracyAnswers(native, template)

    def read_finished(self, search: Any, progress: Progress | None) -> None:
        finished = search.finished()
        if len(finished):
            scores, seconds = search.scores()[finished], search.seconds()[finished]
            for number, (test, train), (fit_time, score_time) in zip(
                finished.tolist(), scores.tolist(), seconds.tolist(), strict=True
            ):
                cell = self.native.cells[number]
                if cell.number is not None:
                    result = self._answers.result(cell, test, train, fit_time, score_time)
                    self.answer(cell.number, result)
        if progress is not None:
            progress.state(search.progress())


class _ResponseReader(_Reader):
    """Runs scikit-learn's scoring over native probabilities, cell by cell as they finish.

    Probabilities leave the engine with the cell, so only cells that wait to be scored take memory; where
    they take too much, the engine waits.
    """

    keep_responses = True

    def __init__(self, native: NativeRun, answer: Answer) -> None:
        super().__init__(native, answer)
        # Nobody waits for a line of theirs.
        self._waiting: set[int] = set(native.answered())
        self._next = 0

    def read_finished(self, search: Any, progress: Progress | None) -> None:
        numbers = self._readable(search.finished().tolist())
        seconds: Any = search.seconds() if numbers else ()
        for number in numbers:
            cell = self.native.cells[number]
            result = self._result(search, number, cell)  # which makes room, wanted or not
            if cell.number is not None:
                fit_time, score_time = seconds[number].tolist()
                self.answer(cell.number, answer_by_stand_in(cell, result, fit_time, score_time))
            if progress is not None:
                progress.state(search.progress())
        if progress is not None and not numbers:
            progress.state(search.progress())

    def _readable(self, finished: list[int]) -> list[int]:
        """Cells to read off now: those just finished, or the next ones in order."""
        if not self.native.manner.in_order:
            return finished
        self._waiting.update(finished)
        first = self._next
        while self._next in self._waiting:
            self._waiting.remove(self._next)
            self._next += 1
        return list(range(first, self._next))

    def _result(self, search: Any, number: int, cell: NativeCell) -> NativeResult:
        outputs = self.native.table.n_responses
        train = None
        if self.native.manner.train:
            train = search.responses(number, True, n_outputs=outputs)
        return NativeResult(
            table=self.native.table,
            split=cell.split,
            test=search.responses(number, n_outputs=outputs),
            train=train,
            master_seed=cell.master_seed,
            weighted=cell.weighted,
        )


def threads_for(families: list[dict[str, Any]], n_threads: int) -> int:
    """Threads that the families have memory for; raises MemoryError where one alone has none."""
    budget = memory_budget()
    n_threads = threads_within(families, n_threads, budget)
    needed = sum(bytes_at_work(families, n_threads))
    if needed > budget and needed > available():
        largest = max(families, key=lambda family: int(family["nbytes"]))
        raise MemoryError(
            f"{len(largest['cells']):,} cells that share their work are predicted to take "
            f"{needed / 1e9:.3g} GB, and {available() / 1e9:.3g} GB are left on this machine or in its "
            "container: search fewer candidates at a time, or switch their sharing off by "
            f"set_config(disabled_rules={tuple(largest['rules'])!r})."
        )
    return n_threads


def draw_free_seed(native: NativeRun, request: Request | None = None) -> int:
    """The master seed of a run's cells that have none, from NumPy's global generator; 0 where all have.

    Where there is a ``request``, the one that its journal keeps.
    """
    if not native.has_free_seed:
        return 0
    drawn = int(np.random.randint(np.iinfo(np.int32).max))
    if request is None:
        return drawn
    return request.keep_seed(f"{native.learner_name} {tuple(native.manner)}", drawn)


def engine_search(
    engine: Any, native: NativeRun, free_seed: int = 0, keep_responses: bool = False
) -> Any:
    """The engine's search object for a native run: planned, not started."""
    return engine.Search(
        native.table.store,
        native.learner(engine),
        [(split.train, split.test) for split in native.splits],
        native.places(),
        repeats=native.repeats(),
        free_seed=free_seed,
        metric="none" if keep_responses else "accuracy",
        score_train=native.manner.train,
        keep_responses=keep_responses,
        disabled_rules=list(native.disabled_rules),
        # Lines are printed in order: cells that are waited for must not wait for room.
        waiting_bytes=waiting_budget() if keep_responses and not native.manner.in_order else 0,
    )


def planned(engine: Any, native: NativeRun) -> list[dict[str, Any]]:
    """The families that the engine would read a native run's cells off, without a search."""
    families: list[dict[str, Any]] = engine.plan(
        native.learner(engine),
        native.table.store,
        [(len(split.train), len(split.test)) for split in native.splits],
        native.places(),
        score_train=native.manner.train,
        keep_responses=not native.manner.accuracy,
        disabled_rules=list(native.disabled_rules),
    )
    return families
