"""The progress bar of a transfer: rows and bytes so far, on a terminal or in a notebook."""

from __future__ import annotations

import sys
import time
from importlib.util import find_spec
from types import TracebackType

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from tenfold._config import get_config

# Nobody reads a bar that is gone at once.
_QUIET_SECONDS = 1.0


class TransferProgress:
    """Shows rows and megabytes received; nothing for transfers of less than a second."""

    def __init__(self, shown: bool | None = None) -> None:
        self._shown = _somebody_looks() and get_config()["progress"] if shown is None else shown
        # None lets rich find out what stderr is.
        self._forced = True if shown else None
        self._started = time.monotonic()
        self._bar: Progress | None = None
        self._rows = self._bytes = 0

    def __enter__(self) -> TransferProgress:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def advance(self, rows: int, n_bytes: int) -> None:
        """Count one batch in."""
        self._rows += rows
        self._bytes += n_bytes
        if not self._shown or time.monotonic() - self._started < _QUIET_SECONDS:
            return
        if self._bar is None:
            columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
            console = Console(stderr=True, force_terminal=self._forced)
            self._bar = Progress(*columns, console=console, transient=True)
            self._bar.add_task("")
            self._bar.start()
        text = f"from Spark: {self._rows:,} rows, {self._bytes / 1e6:,.0f} MB"
        self._bar.update(self._bar.task_ids[0], description=text)


def _somebody_looks() -> bool:
    if "ipykernel" in sys.modules:
        # Without widgets rich would print a warning in place of a bar.
        return find_spec("ipywidgets") is not None
    return sys.stderr.isatty()
