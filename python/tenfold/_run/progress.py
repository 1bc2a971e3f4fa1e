"""A progress bar with the time left, by predicted cost, where somebody looks."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import Any

from tenfold._config import get_config
from tenfold._run.stopping import Deadline

# Searches over sooner than this show no bar.
_PATIENCE_SECONDS = 0.5


class Progress:
    """Progress of one search: a share of the predicted cost, in [0, 1].

    Nothing is imported or drawn until the search has taken half a second and somebody can see it.
    """

    def __init__(self, title: str, *, nested: bool, deadline: Deadline | None = None) -> None:
        self._deadline = deadline
        self._title = title
        self._wanted = not nested and _somebody_looks()
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._offset, self._scale = 0.0, 1.0

    def __enter__(self) -> Progress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            if error is None:
                self._bar.update(self._task, completed=1.0)
            self._bar.stop()

    def part(self, offset: float, scale: float) -> None:
        """From here on, shares are of a part of the search that begins at ``offset``."""
        self._offset, self._scale = offset, scale

    def show(self, share: float) -> None:
        """State the share of the current part that is done; raises OutOfTime where the time is spent."""
        if self._deadline is not None:
            self._deadline.check()
        if not self._wanted or time.monotonic() - self._started < _PATIENCE_SECONDS:
            return
        if self._bar is None:
            self._open()
        self._bar.update(self._task, completed=self._offset + self._scale * min(share, 1.0))

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            console=Console(stderr=not _in_notebook()),
            transient=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(self._title, total=1.0)


def _somebody_looks() -> bool:
    if not get_config()["progress"]:
        return False
    if threading.current_thread() is not threading.main_thread():
        return False
    return _in_notebook() or bool(getattr(sys.stderr, "isatty", lambda: False)())


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"
