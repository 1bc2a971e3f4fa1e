"""How far a search is: a bar with the time left where somebody looks, one line at the end where nobody does.

Two things tell the share that is done: the engine, which knows what its cells cost, and the seconds of the
cells that are answered, from which those of the others are learnt.
"""

from __future__ import annotations

import math
import sys
import threading
import time
from collections.abc import Mapping
from types import TracebackType
from typing import Any

from tenfold._config import get_config
from tenfold._gather.calls import Answer, Request
from tenfold._run.pace import Pace
from tenfold._run.standing import Standing
from tenfold._run.stopping import Deadline
from tenfold._run.worker import Stretch

# Searches over sooner than this show no bar.
_PATIENCE_SECONDS = 0.5
# Stretches of time that are kept. Two that follow each other are one where they are short, as a share of all.
_MOST_SPANS = 5000
_SHORT = 0.01
# Between two looks at what is left.
_LOOK_SECONDS = 0.2


class Progress:
    """Progress of one search.

    Nothing is imported or drawn until the search has taken half a second and somebody can see it.

    Parameters
    ----------
    title : str
    request : Request, optional
        What is asked; without it the share is only what runners state.
    nested : bool
        Whether this runs inside another search, where nothing is shown.
    deadline : Deadline, optional
        Looked at whenever progress is stated.
    metric : str, optional
        The score that decides, where there are several.
    """

    watched = False  # whether what is left is to be known though nobody sees a bar

    def __init__(
        self,
        title: str,
        request: Request | None = None,
        *,
        nested: bool,
        deadline: Deadline | None = None,
        metric: str | None = None,
    ) -> None:
        self._deadline = deadline
        self._title = title
        shown = request is not None and not nested and get_config()["progress"]
        self._wanted = shown and _somebody_looks()
        # One line at the end, where nobody looks and somebody has asked.
        self._speaks = shown and not self._wanted and _verbose(request) == 1
        self._started = time.monotonic()
        self._bar: Any = None
        self._task: Any = None
        self._standing: Standing | None = None
        if request is not None and (self._wanted or self._speaks or self.watched):
            self._standing = Standing(request, metric)
        self.running = ""
        self._stated: float | None = None
        self._tells = False
        self._stage_started = self._started
        self._n_outside = 0
        self._looked = -math.inf
        self._done = 0.0
        self.left: float | None = None
        # Lane, what ran there, from when to when in seconds since the start.
        self.spans: list[tuple[str, str, float, float]] = []
        self._last_of: dict[str, int] = {}
        self._workers: dict[int, int] = {}
        self.stage_name = ""
        self._pace = Pace()
        self._n_prepared = (
            0  # calls that fit transformers; what cells over those take nobody knows yet
        )

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
        elif self._speaks and error is None:
            assert self._standing is not None
            line = self._standing.line(time.monotonic() - self._started, self.running)
            print(f"tenfold: {line}", file=sys.stderr)

    @property
    def ends(self) -> float:
        """When the last cell may begin, by ``time.monotonic``; infinite where nobody set a budget."""
        return math.inf if self._deadline is None else self._deadline.ends

    @property
    def share(self) -> float:
        """The share that is done, in [0, 1], as of the last look; it never falls."""
        return self._done

    def noting(self, answer: Answer) -> Answer:
        """The same answer function, noting scores, failures and seconds."""
        standing = self._standing
        if standing is None:
            return answer

        def noting(index: int, result: Any) -> None:
            standing.take(index, result)
            answer(index, result)

        return noting

    def span(self, lane: str, what: str, began: float, ended: float, n_calls: int = 1) -> None:
        """A thread or process was at work on so many calls, by ``time.monotonic``."""
        self._pace.unit(lane, began, ended, n_calls)
        began, ended = began - self._started, ended - self._started
        last = self._last_of.get(lane)
        if last is not None:
            own = self.spans[last]
            if own[1] == what and ended - own[2] <= _SHORT * ended:
                self.spans[last] = (lane, what, own[2], ended)
                return
        if len(self.spans) < _MOST_SPANS:
            self._last_of[lane] = len(self.spans)
            self.spans.append((lane, what, began, ended))

    def worked(self, stretch: Stretch, n_calls: int) -> None:
        """A worker process was at work on so many calls; they are numbered as they come."""
        number = self._workers.setdefault(stretch.process, len(self._workers) + 1)
        self.span(f"worker {number}", self.stage_name, stretch.began, stretch.ended, n_calls)

    def begins(self, n_lanes: int = 1, n_prepared: int = 0) -> None:
        """So many threads or processes begin with other work.

        With ``n_prepared`` they answer no cell, but fit transformers for some, in so many calls.
        """
        self._n_prepared = n_prepared
        done = 0.0 if self._standing is None else self._standing.seconds_done
        self._pace.begin(time.monotonic(), done, n_lanes, prepares=bool(n_prepared))

    def joined(self, n_workers: int, *, warm: bool) -> None:
        """So many worker processes are asked for, to take over what this one has begun."""
        self._pace.join(time.monotonic(), n_workers, warm=warm)

    def prepared(self, seconds: Mapping[int, float], n_later: int) -> None:
        """Transformers are fitted: each cell's share in seconds, and how many cells wait for theirs."""
        if self._standing is not None:
            self._standing.prepared(seconds, n_later)

    def stage(self, running: str, *, n_outside: int = 0, tells: bool = False) -> None:
        """From here on runs what is called so.

        ``tells`` says whether shares that are stated are of all of the stage; ``n_outside`` cells are left to
        later ones.
        """
        self._tells = tells
        self.stage_name = running
        if running not in self.running.split(", "):
            self.running = f"{self.running}, {running}" if self.running else running
        self._stage_started = time.monotonic()
        self._stated = None
        self._n_outside = n_outside

    def state(self, share: float) -> None:
        """State the share of what runs that is done, by predicted cost, and show it."""
        if self._tells:
            self._stated = share
        self.show()

    def show(self) -> None:
        """Show what is known by now; raises OutOfTime where the time is spent."""
        if self._deadline is not None:
            self._deadline.check()
        now = time.monotonic()
        if not self._wanted or now - max(self._looked, self._started) < _LOOK_SECONDS:
            return
        self._looked = now
        if now - self._started < _PATIENCE_SECONDS:
            return
        self.look(now)
        if self._bar is None:
            self._open()
        assert self._standing is not None
        self._bar.update(
            self._task,
            completed=self._done,
            left="-:--" if self.left is None else _clock(self.left),
            standing=self._standing.said(self._now_running()),
        )

    def _now_running(self) -> str:
        if not self._n_prepared:
            return self.running
        return f"{self.running}: transformers {self._pace.n_calls:,} of {self._n_prepared:,}"

    def look(self, now: float) -> None:
        """Find out what is done and what is left, in seconds."""
        self.left = self._of_engine(now) if self._stated is not None else self._of_answers(now)
        elapsed = now - self._started
        if self.left is not None:
            share = elapsed / max(elapsed + self.left, 1e-9)
        elif self._standing is not None:
            share = self._standing.n_answered / max(self._standing.n_cells, 1)
        else:
            share = self._stated or 0.0
        self._done = max(self._done, min(share, 1.0))

    def _of_engine(self, now: float) -> float | None:
        """Seconds left by the engine's word; None where other cells are left to what nobody has timed."""
        share = self._stated or 0.0
        if share <= 0.0 or self._n_outside:
            return None
        return (now - self._stage_started) * (1.0 - share) / share

    def _of_answers(self, now: float) -> float | None:
        standing = self._standing
        if standing is None:
            return None
        expected = standing.expected()
        return None if expected is None else self._pace.left(now, standing.seconds_done, expected)

    def _open(self) -> None:
        from rich.console import Console
        from rich.progress import (
            BarColumn,
            Progress,
            TaskProgressColumn,
            TextColumn,
            TimeElapsedColumn,
        )
        from rich.table import Column

        said = Column(ratio=1, no_wrap=True, overflow="ellipsis")
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]} left"),
            TextColumn("{task.fields[standing]}", markup=False, table_column=said),
            console=Console(stderr=not _in_notebook()),
            transient=True,
            expand=True,
        )
        self._bar.start()
        self._task = self._bar.add_task(self._title, total=1.0, left="-:--", standing="")


def _verbose(request: Request | None) -> int:
    return 0 if request is None else int(request.calls[0].kwargs.get("verbose", 0))


def _clock(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _somebody_looks() -> bool:
    if threading.current_thread() is not threading.main_thread():
        return False
    return _in_notebook() or bool(getattr(sys.stderr, "isatty", lambda: False)())


def _in_notebook() -> bool:
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return type(shell).__name__ == "ZMQInteractiveShell"
