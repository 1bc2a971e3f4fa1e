"""The list of files that every task of a classic application fetches, and taking files off it.

``SparkContext.addFile`` puts a file on it for good, and from then on every job asks every executor for it.
Here a file is taken off once the job that needs it has begun (a job keeps the list as it was then, for all
its tasks and tries), and put back for the next, as the very same entry: an executor that has the file does
not fetch it again. The list is internal to Spark, in one place since 3.5; where it isn't there, files stay
listed, as with ``addFile`` alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any


class Listing:
    """The application's list."""

    def __init__(self, spark: Any) -> None:
        self._context = spark.sparkContext
        # By file name, entries taken off: the map they were in, their key (an address) and time.
        self._off: dict[str, list[tuple[Any, str, int]]] = {}

    def add(self, path: str) -> None:
        """List a file, new to the application or dropped before."""
        self._off.pop(path.rpartition("/")[2], None)
        self._context.addFile(path)

    def take_off(self, name: str) -> None:
        """Take a file off the list; nothing where it is not on it."""
        found = [
            (entries, key, time)
            for entries in self._maps()
            for key, time in ((key, entries.get(key)) for key in list(entries.keySet()))
            if key.endswith(f"/{name}")
        ]
        for entries, key, _ in found:
            entries.remove(key)
        if found:
            self._off[name] = found

    def put_back(self, name: str) -> None:
        """Put a file that was taken off back."""
        for entries, key, time in self._off.pop(name, []):
            entries.put(key, time)

    def cached_as(self, name: str) -> str | None:
        """What a host's cache of fetched files calls a file that was taken off."""
        for _, key, time in self._off.get(name, []):
            return f"{_java_hash(key)}{time}_cache"
        return None

    def _maps(self) -> Iterator[Any]:
        """Java's view of the list: by session, a map from address to time."""
        from py4j.protocol import Py4JError

        try:
            sessions = self._context._jsc.sc().addedFiles().underlying()
            for session in list(sessions.keySet()):
                yield sessions.get(session).underlying()
        except (AttributeError, OSError, Py4JError):
            return


def _java_hash(text: str) -> int:
    """``String.hashCode``."""
    code = 0
    for unit in text.encode("utf-16-be").hex(" ", 2).split():
        code = (31 * code + int(unit, 16)) & 0xFFFFFFFF
    return code - (1 << 32) if code >> 31 else code
