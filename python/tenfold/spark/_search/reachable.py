"""Whether a Spark Connect server still answers: its client tries calls again for ten minutes, silently."""

from __future__ import annotations

import contextlib
import time
from typing import Any

_PATIENCE_SECONDS = 15.0


class Reachable:
    """Watches the connection to a Connect server, by what gRPC says of it.

    A connection that is down is tried again all the time; one that stays down is given up.
    """

    def __init__(self, spark: Any) -> None:
        client = getattr(spark, "client", None)
        # Internal to PySpark: where a version lacks it, its own patience is what there is.
        self._channel = getattr(client, "_channel", None)
        self._where = str(getattr(client, "host", "its address"))
        self._down_since: float | None = time.monotonic()

    def __enter__(self) -> Reachable:
        if self._channel is not None:
            self._channel.subscribe(self._note, try_to_connect=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._channel is not None:
            with contextlib.suppress(Exception):
                self._channel.unsubscribe(self._note)

    def _note(self, state: Any) -> None:
        if state.name == "READY":
            self._down_since = None
        elif self._down_since is None:
            self._down_since = time.monotonic()

    def is_gone(self) -> bool:
        """Whether nobody has answered for some time."""
        since = self._down_since
        if self._channel is None or since is None:
            return False
        return time.monotonic() - since > _PATIENCE_SECONDS

    def error(self) -> ConnectionError:
        """What to say of that."""
        return ConnectionError(
            f"the Spark Connect server at {self._where} has not answered for {_PATIENCE_SECONDS:.0f} s: it "
            "has stopped, or cannot be reached from here. Start it, or correct the address, and make a "
            "new session (SparkSession.builder.remote(...).getOrCreate()); "
            'tenfold.set_config(backend="local") searches on this machine.'
        )

    def wait(self) -> None:
        """Return once the server answers.

        Raises
        ------
        ConnectionError
            Where it does not.
        """
        while self._channel is not None and self._down_since is not None:
            if self.is_gone():
                raise self.error()
            time.sleep(0.01)
