"""Why something can't go a faster way, in words for the user."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Refusal(Exception):
    """A cell, a learner, a path or transformers to share don't go this way; the message says why.

    Never an error: what is refused runs as scikit-learn's own code.
    """


class Remembered(Generic[T]):
    """What was made for a key, or why it was refused: each is found out once.

    A search has few distinct candidates and splits, and many cells that ask for the same ones.
    """

    def __init__(self) -> None:
        self._known: dict[Hashable, T | Refusal] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` gave for the key when it was first asked for; raises what it refused with."""
        found = self._known.get(key)
        if found is None:
            try:
                found = make()
            except Refusal as reason:
                found = reason
            self._known[key] = found
        if isinstance(found, Refusal):
            raise found
        return found
