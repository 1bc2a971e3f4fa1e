"""Cheap clones for the length of a search.

scikit-learn clones the estimator once a cell, and inspects constructors to do so: a third of a second
on a grid of 2,592 cells. While a tenfold search is fitted, its ``estimator`` is a clone with a
``__sklearn_clone__`` of its own (scikit-learn's own hook), which copies
parameters that cannot change, and does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sklearn.base import clone

from tenfold._cloning import another, is_cheap

_HOOK = "__sklearn_clone__"


@contextmanager
def cheap_clones(search: Any) -> Iterator[None]:
    """Let the search clone its estimator cheaply, where it has nothing but what can be copied."""
    original = getattr(search, "estimator", None)
    if not is_cheap(original):
        yield
        return
    stand_in = clone(original)
    # The search clones its estimator once, and that clone for each cell: two generations.
    vars(stand_in)[_HOOK] = _Cloner(stand_in, 2)
    search.estimator = stand_in
    try:
        yield
    finally:
        search.estimator = original


class _Cloner:
    """A ``__sklearn_clone__`` for one estimator; its clones have one too, for so many generations."""

    def __init__(self, estimator: Any, generations: int) -> None:
        self._estimator = estimator
        self._generations = generations

    def __call__(self) -> Any:
        hook = vars(self._estimator).pop(_HOOK)
        try:
            copy = another(self._estimator)
        finally:
            vars(self._estimator)[_HOOK] = hook
        if self._generations > 1:
            vars(copy)[_HOOK] = _Cloner(copy, self._generations - 1)
        return copy
