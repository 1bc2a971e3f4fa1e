"""Random numbers of cells that have no seed: each cell's own, whatever executor runs it and beside whom.

On one machine such cells draw from the process's global generators one after the other, so what a cell
draws depends on how much those before it drew. That can't be had where cells run side by side. Here each
cell is given generators seeded by the driver's, as the search found them, and by the cell's place in the
search: repeatable after ``np.random.seed``, and the same however the search is cut. A search in which some
cell drew moves the driver's generator on, as it would have been on one machine, so that the next search
draws others; one in which none did leaves it alone.
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from tenfold._gather.calls import Call, Request, arguments_of


class Seeds(NamedTuple):
    """Numbers that stand for the states of NumPy's and Python's generators, had without drawing."""

    numpy: int
    python: int


class Drawn(NamedTuple):
    """Whether cells drew from NumPy's and from Python's generator."""

    numpy: bool
    python: bool


def quiet_seeds() -> Seeds:
    """The seeds of a search, from this process's generators as they stand."""
    state, others = _states()
    return Seeds(_hash(state), _hash(others))


def _hash(state: Any) -> int:
    return int.from_bytes(hashlib.blake2b(repr(state).encode(), digest_size=4).digest(), "little")


def move_on(drawn: Drawn) -> None:
    """Move those of this process's generators on that cells drew from elsewhere."""
    if drawn.numpy:
        np.random.random_sample()
    if drawn.python:
        random.random()


class CellGenerators:
    """The global generators of an executor's process, as each cell is to find them.

    Attributes
    ----------
    drawn : Drawn
        What cells drew from.
    """

    def __init__(self, seeds: Seeds) -> None:
        self._seeds = seeds
        self.drawn = Drawn(False, False)
        self._given: tuple[Any, Any] | None = None

    def give(self, number: int) -> None:
        """Seed them for a cell, by its number in the search."""
        self.look()
        np.random.seed([self._seeds.numpy, number])
        random.seed(f"{self._seeds.python} {number}")
        self._given = _states()

    def look(self) -> None:
        """Note whether the last cell drew."""
        if self._given is not None:
            moved = [a != b for a, b in zip(self._given, _states(), strict=True)]
            self.drawn = Drawn(self.drawn.numpy or moved[0], self.drawn.python or moved[1])


def _states() -> tuple[Any, Any]:
    _, keys, *rest = np.random.get_state(legacy=True)
    return (keys.tobytes(), rest), random.getstate()  # type: ignore[union-attr]


def notes_of(request: Request, indices: Iterable[int]) -> list[str]:
    """What ``explain`` says of cells that may draw without a seed."""
    n_cells = sum(_may_draw(request.calls[index]) for index in indices)
    if not n_cells:
        return []
    return [
        f"{n_cells:,} fits by scikit-learn's code have random_state=None: what they draw on Spark is "
        "repeatable after np.random.seed, and not what they would draw on one machine"
    ]


def _may_draw(call: Call) -> bool:
    asked = arguments_of(call)
    estimator = asked.get("estimator")
    if estimator is None or not hasattr(estimator, "get_params"):
        return False
    values = {**estimator.get_params(deep=True), **(asked.get("parameters") or {})}
    return any(
        value is None and name.rpartition("__")[2] == "random_state"
        for name, value in values.items()
    )
