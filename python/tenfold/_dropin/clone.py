"""Cheap clones for the length of a search.

scikit-learn clones the estimator once a cell, and inspects constructors to do so: a third of a second
on a grid of 2,592 cells. While a tenfold search is fitted, its ``estimator`` is a clone with a
``__sklearn_clone__`` of its own (scikit-learn's own hook), which copies
parameters that cannot change, and does nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from numbers import Number
from typing import Any

from sklearn.base import clone

from tenfold import _learners

_HOOK = "__sklearn_clone__"
_UNCHANGING = (Number, str, bytes, type(None))


@contextmanager
def cheap_clones(search: Any) -> Iterator[None]:
    """Let the search clone its estimator cheaply, where that estimator is a plain native learner."""
    original = getattr(search, "estimator", None)
    if not _is_plain(original):
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


def _is_plain(estimator: Any) -> bool:
    learner = _learners.learner_of(type(estimator))
    if learner is None:
        return False
    names = set(type(estimator)._get_param_names())
    values = vars(estimator)
    return set(values) - (learner.EXTRAS - names) == names and all(
        isinstance(values[name], _UNCHANGING) for name in names
    )


class _Cloner:
    """A ``__sklearn_clone__`` for one estimator; its clones have one too, for so many generations."""

    def __init__(self, estimator: Any, generations: int) -> None:
        self._estimator = estimator
        self._generations = generations

    def __call__(self) -> Any:
        learner = type(self._estimator)
        copy: Any = object.__new__(learner)
        vars(copy).update(vars(self._estimator))
        del vars(copy)[_HOOK]
        if self._generations > 1:
            vars(copy)[_HOOK] = _Cloner(copy, self._generations - 1)
        return copy
