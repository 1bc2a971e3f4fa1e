"""Running native cells with the compiled engine on this machine's threads.

The engine works in the background with the GIL released; the main thread waits in short steps, so that Ctrl-C
is taken within a fraction of a second, and reads off cells as they finish.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from tenfold._answer.answers import AccuracyAnswers, answer_by_stand_in, template_of
from tenfold._answer.stand_in import NativeResult
from tenfold._run.progress import Progress
from tenfold._translate.cells import Cell, NativeRun
from tenfold._translate.ordered_table import OrderedTable

_STEP_SECONDS = 0.05


def run(
    engine: Any,
    native: NativeRun,
    n_threads: int,
    progress: Progress,
    answer: Callable[[int, Any], None],
    free_seed: int | None = None,
) -> Any:
    """Answer every cell of a native run; the engine's search, done, is returned.

    ``free_seed`` is the master seed of cells without one; by default it is drawn from NumPy's global
    generator, if there are such cells.
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

    keep_probabilities: bool

    def __init__(self, native: NativeRun, answer: Callable[[int, Any], None]) -> None:
        self.native = native
        self.answer = answer

    def follow(self, engine: Any, n_threads: int, progress: Progress, free_seed: int) -> Any:
        """Run the search to its end; an interrupt ends it before it is passed on."""
        search = engine_search(engine, self.native, free_seed, self.keep_probabilities)
        search.start(n_threads)
        try:
            while not search.wait(_STEP_SECONDS):
                self.read_finished(search)
                progress.show(search.progress())
            self.read_finished(search)
            self.read_rest(search)
        except BaseException:
            search.cancel()
            raise
        return search

    def read_finished(self, search: Any) -> None:
        """Read off cells that finished meanwhile."""

    def read_rest(self, search: Any) -> None:
        """Read off what is only known at the end."""


class _AccuracyReader(_Reader):
    """Reads accuracies, all at the end."""

    keep_probabilities = False

    def __init__(
        self, native: NativeRun, template: dict[str, Any], answer: Callable[[int, Any], None]
    ) -> None:
        super().__init__(native, answer)
        self._answers = AccuracyAnswers(native, template)

    def read_rest(self, search: Any) -> None:
        for cell, (test, train), (fit_time, score_time) in zip(
            self.native.cells, search.accuracy().tolist(), search.seconds().tolist(), strict=True
        ):
            self.answer(cell.number, self._answers.result(cell, test, train, fit_time, score_time))


class _ResponseReader(_Reader):
    """Runs scikit-learn's scoring over native probabilities, cell by cell as they finish.

    Probabilities leave the engine with the cell, so only cells that wait to be scored take memory.
    """

    keep_probabilities = True

    def __init__(self, native: NativeRun, answer: Callable[[int, Any], None]) -> None:
        super().__init__(native, answer)
        self._waiting: set[int] = set()
        self._next = 0

    def read_finished(self, search: Any) -> None:
        numbers = self._readable(search.finished().tolist())
        if not numbers:
            return
        seconds = search.seconds()
        for number in numbers:
            cell = self.native.cells[number]
            fit_time, score_time = seconds[number].tolist()
            self.answer(
                cell.number,
                answer_by_stand_in(cell, self._result(search, number, cell), fit_time, score_time),
            )

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

    def _result(self, search: Any, number: int, cell: Cell) -> NativeResult:
        train = search.probabilities(number, True) if self.native.manner.train else None
        return NativeResult(
            table=self.native.table,
            split=cell.split,
            test=search.probabilities(number),
            train=train,
            master_seed=cell.master_seed,
        )


def draw_free_seed(native: NativeRun) -> int:
    """The master seed of a run's cells that have none, from NumPy's global generator; 0 where all have."""
    return int(np.random.randint(np.iinfo(np.int32).max)) if native.has_free_seed else 0


def engine_search(
    engine: Any, native: NativeRun, free_seed: int = 0, keep_probabilities: bool = False
) -> Any:
    """The engine's search object for a native run: planned, not started."""
    if isinstance(native.table, OrderedTable):
        return _ordered_search(engine, native, native.table, free_seed)
    specs = [
        engine.ForestSpec(**arguments._asdict(), seed_source=source)
        for arguments, source in native.specs
    ]
    return engine.Search(
        native.table.store,
        specs,
        native.seed_sources(engine),
        [(split.train, split.test) for split in native.splits],
        _places(native),
        free_seed=free_seed,
        score_train=native.manner.train,
        keep_probabilities=keep_probabilities,
    )


def _places(native: NativeRun) -> NDArray[np.int32]:
    """(n_cells, 2): spec and split of each cell."""
    places = itertools.chain.from_iterable((cell.spec, cell.split_number) for cell in native.cells)
    return np.fromiter(places, dtype=np.int32, count=2 * len(native.cells)).reshape(-1, 2)


def _ordered_search(engine: Any, native: NativeRun, table: OrderedTable, free_seed: int) -> Any:
    specs = [arguments.engine_spec(engine, source) for arguments, source in native.specs]
    return engine.OrderedSearch(
        table.store,
        table.target,
        specs,
        native.seed_sources(engine),
        [(split.train, split.test) for split in native.splits],
        _places(native),
        [],
        free_seed=free_seed,
        score_train=native.manner.train,
    )
