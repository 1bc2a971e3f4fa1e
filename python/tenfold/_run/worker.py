"""What runs inside a worker process: a chunk of calls, their warnings and prints kept for the parent."""

from __future__ import annotations

import contextlib
import functools
import io
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Protocol

import joblib

from tenfold._config import get_config
from tenfold._gather.calls import Call
from tenfold._learners import native_fits
from tenfold._threads import thread_budget
from tenfold._warning import Warned, plain, warn_again


class Outcome(NamedTuple):
    """What one call gave: its result, what it printed, what it warned of (message, category, file, line)."""

    result: Any
    printed: str
    warned: Warned


class Stretch(NamedTuple):
    """Which process was at work, from when to when by ``time.monotonic``, which all of a machine share."""

    process: int
    began: float
    ended: float


class Settings(NamedTuple):
    """What of the searching thread's settings what is fitted in a worker heeds."""

    native: bool
    disabled_rules: tuple[str, ...]

    @classmethod
    def here(cls) -> Settings:
        """Those of this thread."""
        config = get_config()
        return cls(config["native"], config["disabled_rules"])


def run_chunk(
    indices: list[int], calls: list[Call], budget: int, settings: Settings
) -> tuple[list[int], list[Outcome], Stretch]:
    """Run calls in order; an exception ends the chunk and is joblib's to bring home."""
    import tenfold  # registers the backend that nested searches use

    began = time.monotonic()
    with (
        tenfold.config_context(**settings._asdict()),
        thread_budget(budget),
        joblib.parallel_config(backend="tenfold", nesting_level=1, n_jobs=None),
        native_fits(),
    ):
        outcomes = [_run(call) for call in calls]
    return indices, outcomes, Stretch(os.getpid(), began, time.monotonic())


def _run(call: Call) -> Outcome:
    caught: list[warnings.WarningMessage] = []
    printed = io.StringIO()
    function = call.function
    # scikit-learn's wrapper sets the caller's warning filters: record inside of it.
    if hasattr(function, "function"):
        function.function = _recording(function.function, caught)
    else:
        function = _recording(function, caught)
    with contextlib.redirect_stdout(printed):
        result = function(*call.args, **call.kwargs)
    return Outcome(result, printed.getvalue(), plain(caught))


def _recording(
    function: Callable[..., Any], caught: list[warnings.WarningMessage]
) -> Callable[..., Any]:
    @functools.wraps(function)
    def recording(*args: Any, **kwargs: Any) -> Any:
        with warnings.catch_warnings(record=True) as log:
            try:
                return function(*args, **kwargs)
            finally:
                caught.extend(log)

    return recording


class Shown(Protocol):
    """Something with text and warnings to show."""

    @property
    def printed(self) -> str:
        """What was printed."""

    @property
    def warned(self) -> Warned:
        """What was warned of."""


class Kept:
    """What a stretch of work printed and warned of."""

    printed: str = ""
    warned: Warned

    def __init__(self) -> None:
        self.warned = []


@contextlib.contextmanager
def kept() -> Iterator[Kept]:
    """Keep what is printed and warned of inside, for another process to show."""
    result = Kept()
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed), warnings.catch_warnings(record=True) as caught:
        yield result
    result.printed = printed.getvalue()
    result.warned = plain(caught)


def show_again(outcome: Shown) -> None:
    """Print and warn in the parent process what a worker kept."""
    if outcome.printed:
        sys.stdout.write(outcome.printed)
    for message, category, filename, lineno in outcome.warned:
        warn_again(message, category, filename, lineno)
