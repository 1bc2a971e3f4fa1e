"""One warning in place of a flood: each distinct one of a search's cells once, with how many cells gave it.

What the filters let through is caught where it would be shown, by Python's own hook, and held until the
search is over. Warnings of one place and category that differ in numbers alone are one. A warning stays the
object that it was, with its text; how many cells gave it stands below the line of source that Python shows
with it. Filters decide when a warning is given, as ever: one that is turned into an error fails its cell, one
that is ignored is not seen.
"""

from __future__ import annotations

import linecache
import re
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any

from tenfold._config import get_config
from tenfold._gather.calls import Answer, Call, Request

# Candidates that a warning names; of more it says how many.
_MOST_NAMED = 3
_NUMBER = re.compile(r"[-+]?\d[\d_,]*\.?\d*(?:[eE][-+]?\d+)?")


_at_once = threading.local()


@contextmanager
def shown_at_once() -> Iterator[None]:
    """Warnings that a search gives of itself: what it waits for is of no use once it has waited."""
    _at_once.wanted = True
    try:
        yield
    finally:
        _at_once.wanted = False


class _Given:
    """A distinct warning, and the calls that gave it."""

    def __init__(self, shown: tuple[Any, ...]) -> None:
        self.shown = shown
        self.calls: list[int | None] = []


class Folding:
    """Holds the warnings of a request's cells for as long as it is entered, then shows each once.

    Where one is shown that only one cell gave, it is shown as it was. Other threads' warnings pass.
    """

    def __init__(self, request: Request) -> None:
        self._request = request
        self._wanted = not request.nested and get_config()["fold_warnings"]
        self._given: dict[Any, _Given] = {}
        self._new: list[Any] = []
        self._thread = threading.get_ident()
        self._open = False
        # One object, so that it is known again.
        self._hook: Callable[..., None] = self._hold

    def __enter__(self) -> Folding:
        if self._wanted:
            self._before = warnings.showwarning
            warnings.showwarning = self._hook
            self._open = True
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if not self._open:
            return
        self._of(None)
        # Someone may have put this hook back by restoring what they had found: closed, it passes all on.
        self._open = False
        if warnings.showwarning is self._hook:
            warnings.showwarning = self._before
        for given in self._given.values():
            message, category, filename, lineno, file, line = given.shown
            self._before(message, category, filename, lineno, file, self._told(line, given))

    def noting(self, answer: Answer) -> Answer:
        """The same answer function; what was warned of since the last answer is the answered call's."""

        def noting(index: int, result: Any) -> None:
            if self._new:
                self._of(index)
            answer(index, result)

        return noting

    def _hold(
        self,
        message: Any,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: Any = None,
        line: str | None = None,
    ) -> None:
        shown = (message, category, filename, lineno, file, line)
        is_of_a_cell = not getattr(_at_once, "wanted", False)
        if self._open and is_of_a_cell and threading.get_ident() == self._thread:
            self._new.append(shown)
        else:
            self._before(*shown)

    def _of(self, index: int | None) -> None:
        """What is new was given by this call, or while none was run."""
        for shown in self._new:
            message, category, filename, lineno, *_ = shown
            key = category, _NUMBER.sub("#", str(message)), filename, lineno
            self._given.setdefault(key, _Given(shown)).calls.append(index)
        self._new.clear()

    def _told(self, line: str | None, given: _Given) -> str | None:
        """What is shown below the warning."""
        calls = {index for index in given.calls if index is not None}
        if len(calls) < 2:
            return line
        if line is None:  # as Python finds it for itself where it is given none
            _, _, filename, lineno, *_ = given.shown
            line = linecache.getline(filename, lineno)
        return "\n  ".join(filter(None, (line.strip(), self._counted(calls))))

    def _counted(self, calls: set[int]) -> str:
        candidates: dict[Any, str] = {}
        for index in sorted(calls):
            call = self._request.calls[index]
            candidates.setdefault(_candidate_of(call), _described(call))
        cells = f"Given by {len(calls):,} cells"
        named = [f"({said})" for said in list(candidates.values())[:_MOST_NAMED] if said]
        if not named:
            return f"{cells}."
        more = len(candidates) - len(named)
        others = f" and {more:,} more" if more else ""
        noun = "candidate" if len(candidates) == 1 else "candidates"
        return f"{cells} of {len(candidates):,} {noun}: {', '.join(named)}{others}."


def _candidate_of(call: Call) -> Any:
    progress = call.kwargs.get("candidate_progress")
    return None if progress is None else progress[0]


def _described(call: Call) -> str:
    parameters = call.kwargs.get("parameters") or {}
    return ", ".join(f"{name}={' '.join(repr(v).split())[:40]}" for name, v in parameters.items())
