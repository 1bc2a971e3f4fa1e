"""Methods of scikit-learn's classes, in whose place ours stand while somebody searches.

scikit-learn's ``fit`` of an ensemble checks its input and prepares; then it asks a method of its class for
what takes the time. Within a search that method is answered by the engine where it can. What the engine has
no form for, and every fit outside of a search or in another thread, goes to scikit-learn's own method.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from tenfold._native import engine as compiled_engine
from tenfold._refusal import Refusal

_installing = threading.Lock()


class Exchange:
    """One method.

    Parameters
    ----------
    find_class : callable
        Gives the class; None where nobody has imported it, and so has no model to fit.
    method : str
    answer : str
        Address of a function that answers in the method's place, given the engine and the method's
        arguments; it raises Refusal before anything is touched. Imported when a model comes.
    is_on : callable, optional
        Whether it is to be asked.
    """

    def __init__(
        self,
        find_class: Callable[[], Any],
        method: str,
        answer: str,
        is_on: Callable[[], bool] = lambda: True,
    ) -> None:
        self._find_class = find_class
        self._method = method
        self._answer = answer
        self._is_on = is_on
        self._here = threading.local()
        self._n_users = 0
        self._changed: Any = None  # the class, while ours is in place
        self._own: Any = None  # scikit-learn's method, meanwhile

    @contextmanager
    def within_search(self) -> Iterator[None]:
        """Have the method of models that are fitted in this thread answered, where it can be."""
        self._count(1)
        before = getattr(self._here, "is_active", False)
        self._here.is_active = True
        try:
            yield
        finally:
            self._here.is_active = before
            self._count(-1)

    def _count(self, change: int) -> None:
        """Put our method into the class with the first user, take it out with the last."""
        with _installing:
            self._n_users += change
            if not self._n_users and self._changed is not None:
                setattr(self._changed, self._method, self._own)
                self._changed = None
            elif self._n_users and self._changed is None:
                found = self._find_class()
                if found is not None:
                    self._own = getattr(found, self._method)
                    setattr(found, self._method, self._ours(self._own))
                    self._changed = found

    def _ours(self, own: Callable[..., Any]) -> Callable[..., Any]:
        def method(model: Any, *args: Any, **kwargs: Any) -> Any:
            engine = compiled_engine() if getattr(self._here, "is_active", False) else None
            if engine is not None and self._is_on():
                module, _, name = self._answer.rpartition(".")
                try:
                    return getattr(import_module(module), name)(engine, model, *args, **kwargs)
                except Refusal:
                    pass
            return own(model, *args, **kwargs)

        return method
