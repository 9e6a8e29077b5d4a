"""The connection to a file of conversations: opened at need, shared by threads, errors named."""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock

from leanrag.adapters.sqlite import file as sqlite_file
from leanrag.adapters.sqlite.conversations.tables import prepare
from leanrag.errors import StoreError

BUSY_TIMEOUT_S = 30.0


class ConversationFile:
    """A file of conversations, or a database in memory where there is no path.

    The file is made by the first access. One connection serves all threads of a process in turn;
    a forked child opens its own.
    """

    def __init__(self, path: Path | None, make_place: Callable[[], None] | None) -> None:
        """Takes the file, and what is to be called before it is made."""
        self._path = path
        self._make_place = make_place
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._lock = RLock()

    def exists(self) -> bool:
        """Whether there is something to read: looking makes no file."""
        return self._connection is not None or (self._path is not None and self._path.exists())

    @contextmanager
    def access(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one thread at a time. Raises ``StoreError`` where SQLite fails."""
        with self._lock:
            try:
                yield self._connected()
            except (sqlite3.Error, OSError, json.JSONDecodeError, ValueError, TypeError) as error:
                raise self._translated(error) from error

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """The connection, for writing all or nothing."""
        with self.access() as db, sqlite_file.transaction(db):
            yield db

    def close(self) -> None:
        """Closes the connection; a later access opens another."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def __str__(self) -> str:
        return "memory" if self._path is None else str(self._path)

    def _connected(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            # A forked child must not touch the parent's connection, not even to close it.
            self._connection, self._process = None, os.getpid()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        if self._path is not None:
            if self._make_place is not None and not self._path.exists():
                self._make_place()
            self._path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite_file.connect(self._path, "rwc", timeout_s=BUSY_TIMEOUT_S)
        try:
            # Before the first statement that writes: a text that is deleted is overwritten.
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA temp_store = MEMORY")
            if self._path is not None and sqlite_file.pragma(db, "journal_mode") != "wal":
                db.execute("PRAGMA journal_mode = WAL")
            prepare(db, str(self))
        except BaseException:  # closed, then raised again
            db.close()
            raise
        return db

    def _translated(self, error: Exception) -> StoreError:
        if sqlite_file.is_locked(error):
            return StoreError(
                f"{self}: another writer kept it locked for {BUSY_TIMEOUT_S:.0f} s; try again",
                service="store",
                retryable=True,
            )
        return StoreError(
            f"the conversations in {self} cannot be used ({error}); check the disk and the "
            "rights, restore the file from a copy, or name another in the setting history.path",
            service="store",
        )
