"""Ctrl-C while a search talks to Spark's JVM: it takes effect once the call under way has its answer.

PySpark's own handler cancels all jobs, by a call over the connection that the interrupted call of the same
thread uses. That connection is lost with it, and with it the thread's active session; or the second call
reads the answer of the first; or the interrupt is raised in a finalizer of Py4J's, where Python drops it.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Iterator
from types import FrameType
from typing import Any

_AGAIN_SECONDS = 0.01
# A call that takes so long may never be answered: then it is interrupted all the same.
_PATIENCE_SECONDS = 5.0


@contextlib.contextmanager
def between_calls_to_the_jvm() -> Iterator[None]:
    """Within, SIGINT does what it did, but not before a call to the JVM of the main thread has its answer."""
    known = signal.getsignal(signal.SIGINT)
    if (
        "py4j.clientserver" not in sys.modules
        or threading.current_thread() is not threading.main_thread()
        or not callable(known)
        or isinstance(getattr(known, "__self__", None), _Postponing)
    ):
        yield
        return
    postponing = _Postponing(known)
    handle = postponing.handle
    signal.signal(signal.SIGINT, handle)
    try:
        yield
    finally:
        if signal.getsignal(signal.SIGINT) is handle:
            signal.signal(signal.SIGINT, known)
        postponing.finish()


class _Postponing:
    """Hands an interrupt on to a handler, later if it comes within a call to the JVM."""

    def __init__(self, handler: Any) -> None:
        self._handler = handler
        self._since: float | None = None
        self._again: threading.Timer | None = None

    def handle(self, number: int, frame: FrameType | None) -> None:
        """Handle SIGINT."""
        now = time.monotonic()
        if self._since is None:
            self._since = now
        if _is_in_py4j(frame) and now - self._since < _PATIENCE_SECONDS:
            self._again = threading.Timer(_AGAIN_SECONDS, _interrupt_the_main_thread)
            self._again.daemon = True
            self._again.start()
            return
        self._since = None
        self._handler(number, frame)

    def finish(self) -> None:
        """Hand on what still waits."""
        if self._since is not None:
            self._since = None
            if self._again is not None:
                self._again.cancel()
            self._handler(signal.SIGINT, None)


def _is_in_py4j(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_globals.get("__name__", "").startswith("py4j."):
            return True
        frame = frame.f_back
    return False


def _interrupt_the_main_thread() -> None:
    """Unlike ``_thread.interrupt_main``, also where it waits for the system."""
    identity = threading.main_thread().ident
    if identity is not None:
        signal.pthread_kill(identity, signal.SIGINT)
