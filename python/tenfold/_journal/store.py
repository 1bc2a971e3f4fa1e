"""The journal's file: an SQLite database in write-ahead mode, safe to kill at any moment.

Several processes may have it open, write to it and read from it. Outcomes are written in batches, within a
fraction of a second of the moment they are known; a search whose disk is full, or whose journal can't be
written for another reason, goes on without it and warns once.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Sequence
from typing import Any

FORMAT = 1
# Outcomes wait so long, in seconds, for others to be written with: many times what writing takes.
_PATIENCE = 0.025
_MOST_PATIENCE = 0.25
_TIMES = 30
_BUSY_SECONDS = 60.0
_VARIABLES = 500  # well below what any build of SQLite takes

_SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE searches (
  search INTEGER PRIMARY KEY, title TEXT NOT NULL, estimator TEXT NOT NULL, started REAL NOT NULL,
  n_cells INTEGER NOT NULL, scikit_learn TEXT NOT NULL, tenfold TEXT NOT NULL);
CREATE TABLE candidates (
  search INTEGER NOT NULL, candidate INTEGER NOT NULL, parameters TEXT NOT NULL,
  PRIMARY KEY (search, candidate)) WITHOUT ROWID;
CREATE TABLE asked (
  search INTEGER NOT NULL, candidate INTEGER NOT NULL, split INTEGER NOT NULL, cell BLOB,
  PRIMARY KEY (search, candidate, split)) WITHOUT ROWID;
CREATE TABLE outcomes (
  cell BLOB PRIMARY KEY, outcome TEXT NOT NULL, written REAL NOT NULL) WITHOUT ROWID;
CREATE TABLE seeds (name TEXT PRIMARY KEY, seed INTEGER NOT NULL) WITHOUT ROWID;
"""


class JournalError(ValueError):
    """A file that is no journal, or one that this version can't read."""


def connect(path: str | os.PathLike[str], *, create: bool) -> sqlite3.Connection:
    """Open a journal, and make it where there is none and ``create`` says so.

    Raises
    ------
    JournalError
        For a file that is no journal, or of a newer version.
    FileNotFoundError
        Where there is none.
    """
    name = os.fspath(path)
    if not create and not os.path.exists(name):
        raise FileNotFoundError(f"there is no journal {name!r}.")
    try:
        connection = sqlite3.connect(
            name, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
        )
    except sqlite3.OperationalError as error:
        raise JournalError(f"the journal {name!r} can't be opened: {error}.") from error
    try:
        _prepare(connection, name, create)
    except sqlite3.DatabaseError as error:
        connection.close()
        raise JournalError(
            f"{name!r} is no journal of tenfold, or can't be read: {error}."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, name: str, create: bool) -> None:
    # A commit survives the end of the process; only that of the machine may take the last ones.
    connection.execute("PRAGMA synchronous = NORMAL")
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    if not tables and create:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("BEGIN IMMEDIATE")
        # Another process may have been quicker.
        if not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            for statement in _SCHEMA.split(";"):
                connection.execute(statement)
            connection.execute("INSERT INTO meta VALUES ('format', ?)", (str(FORMAT),))
        connection.execute("COMMIT")
    elif "meta" not in tables:
        raise JournalError(f"{name!r} is a database, but no journal of tenfold.")
    found = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    if found is None or not found[0].isdigit():
        raise JournalError(f"{name!r} is a database, but no journal of tenfold.")
    if int(found[0]) > FORMAT:
        raise JournalError(
            f"the journal {name!r} has format {found[0]}, of a newer tenfold; "
            f"this one reads up to {FORMAT}."
        )


class Store:
    """A journal open for writing; closed by ``close``, with all that was handed to it written."""

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._name = os.fspath(path)
        self._connection = connect(path, create=True)
        self._waiting: list[tuple[bytes, str, float]] = []
        self._first: list[Callable[[], None]] = []
        self._lock = threading.RLock()
        self._arrived = threading.Event()
        self._closing = threading.Event()
        self._writer: threading.Thread | None = None
        self._failed = False

    def outcomes_of(self, cells: Sequence[bytes]) -> dict[bytes, str]:
        """The outcomes that are there, by cell."""
        found: dict[bytes, str] = {}
        if self._connection.execute("SELECT 1 FROM outcomes LIMIT 1").fetchone() is None:
            return found
        for first in range(0, len(cells), _VARIABLES):
            some = cells[first : first + _VARIABLES]
            places = ",".join("?" * len(some))
            found.update(
                self._connection.execute(
                    f"SELECT cell, outcome FROM outcomes WHERE cell IN ({places})", some
                )
            )
        return found

    def begin(
        self,
        title: str,
        estimator: str,
        versions: tuple[str, str],
        candidates: Iterable[tuple[int, str]],
        asked: Sequence[tuple[int, int, bytes | None]],
    ) -> None:
        """Write down what a search asks for: candidates as JSON; per cell candidate, split and key."""
        with self._writing() as connection:
            cursor = connection.execute(
                "INSERT INTO searches (title, estimator, started, n_cells, scikit_learn, tenfold)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (title, estimator, time.time(), len(asked), *versions),
            )
            search = cursor.lastrowid
            connection.executemany(
                "INSERT INTO candidates VALUES (?, ?, ?)",
                ((search, number, text) for number, text in candidates),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO asked VALUES (?, ?, ?, ?)",
                ((search, *place) for place in asked),
            )

    def soon(self, work: Callable[[], None]) -> None:
        """Hand over what is to be written before any outcome, in the writer's thread."""
        with self._lock:
            self._first.append(work)
            self._start_writer()
        self._arrived.set()

    def add(self, cell: bytes, outcome: str) -> None:
        """Hand over an outcome, to be written soon."""
        with self._lock:
            self._waiting.append((cell, outcome, time.time()))
            self._start_writer()
        if not self._arrived.is_set():
            self._arrived.set()

    def _start_writer(self) -> None:
        if self._writer is None:
            self._writer = threading.Thread(
                target=self._write_soon, name="tenfold-journal", daemon=True
            )
            self._writer.start()

    def _write_soon(self) -> None:
        """The life of the writer: what arrives is written a little later, until the store is closed."""
        patience = _PATIENCE
        while True:
            self._arrived.wait()
            # Cleared before it is looked whether the store closes, which says so before it arrives here.
            self._arrived.clear()
            if self._closing.wait(patience):
                return
            started = time.perf_counter()
            self.flush()
            spent = time.perf_counter() - started
            patience = min(max(_TIMES * spent, _PATIENCE), _MOST_PATIENCE)

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            while self._first:
                self._first.pop(0)()
            waiting, self._waiting = self._waiting, []
            if waiting:
                with self._writing() as connection:
                    connection.executemany(
                        "INSERT OR REPLACE INTO outcomes VALUES (?, ?, ?)", waiting
                    )

    def seed(self, name: str, drawn: int) -> int:
        """The seed kept under a name; the one just drawn, from now on, where there is none."""
        with self._writing() as connection:
            connection.execute("INSERT OR IGNORE INTO seeds VALUES (?, ?)", (name, drawn))
        found = self._connection.execute(
            "SELECT seed FROM seeds WHERE name = ?", (name,)
        ).fetchone()
        return drawn if found is None else int(found[0])

    def close(self) -> None:
        """Write what waits and let go of the file."""
        self._closing.set()
        self._arrived.set()
        if self._writer is not None:
            self._writer.join()
        with self._lock:
            self.flush()
            self._connection.close()

    def _writing(self) -> _Transaction:
        return _Transaction(self)


class _Transaction:
    """One transaction; an error of the file's is warned of once, and the search goes on."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def __enter__(self) -> Any:
        store = self._store
        store._lock.acquire()
        if store._failed:
            return _Nothing()
        try:
            store._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.Error as error:
            self._fail(error)
            return _Nothing()
        return store._connection

    def __exit__(self, kind: type | None, error: BaseException | None, traceback: Any) -> bool:
        store = self._store
        try:
            if not store._failed:
                store._connection.execute("COMMIT" if error is None else "ROLLBACK")
        except sqlite3.Error as failed:
            self._fail(failed)
            error = error if error is None or isinstance(error, sqlite3.Error) else None
        finally:
            store._lock.release()
        if isinstance(error, sqlite3.Error):
            if not store._failed:
                self._fail(error)
            return True
        return False

    def _fail(self, error: sqlite3.Error) -> None:
        store = self._store
        store._failed = True
        if store._connection.in_transaction:
            with contextlib.suppress(sqlite3.Error):
                store._connection.execute("ROLLBACK")
        warnings.warn(
            f"the journal {store._name!r} can't be written to ({error}); the search goes on without it, "
            "and what was written stays.",
            RuntimeWarning,
            stacklevel=2,
        )


class _Nothing:
    """Takes statements that can no longer be carried out."""

    lastrowid = 0

    def execute(self, *args: Any) -> _Nothing:
        return self

    def executemany(self, *args: Any) -> _Nothing:
        return self
