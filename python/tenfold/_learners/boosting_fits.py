"""Boosted models that are fitted within a tenfold search: their stages are grown natively where they can be.

scikit-learn's ``fit`` of gradient boosting checks its input, encodes y and fits the first predictions; then
it asks ``_fit_stages`` of its class for all stages. Within a search that method is answered by the engine:
the trees, the scores after each stage and the generator end as scikit-learn's would. What the engine has no
form for, and every fit outside of a search or in another thread, goes to scikit-learn's own method.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tenfold import _versions
from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal

_installing = threading.Lock()
_n_users = 0
_own: Callable[..., int] | None = None  # scikit-learn's method, while ours is in its place
_here = threading.local()


@contextmanager
def within_search() -> Iterator[None]:
    """Have boosted models that are fitted in this thread grown natively, where they can be."""
    boosting = _versions.gradient_boosting()
    if boosting is None:  # nobody has one to fit
        yield
        return
    _install(boosting, 1)
    before = getattr(_here, "is_active", False)
    _here.is_active = True
    try:
        yield
    finally:
        _here.is_active = before
        _install(boosting, -1)


def _install(boosting: Any, change: int) -> None:
    """Put our method into scikit-learn's class with the first user, take it out with the last."""
    global _n_users, _own
    with _installing:
        _n_users += change
        if _own is None:
            _own = boosting._fit_stages
            boosting._fit_stages = _fit_stages
        elif not _n_users:
            boosting._fit_stages = _own
            _own = None


def _fit_stages(self: Any, *args: Any, **kwargs: Any) -> int:
    own = (
        _own or _versions.gradient_boosting()._fit_stages
    )  # taken out meanwhile by the last user, in another thread
    engine = compiled_engine() if getattr(_here, "is_active", False) else None
    if engine is not None and not kwargs:
        from tenfold._learners.boosting_stages import grow

        try:
            return grow(engine, self, *args)
        except Refusal:
            pass
    n_stages: int = own(self, *args, **kwargs)
    return n_stages
