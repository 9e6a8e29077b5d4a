"""SQLite files that several threads and processes write at once: connections and transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def connect(path: Path | None, mode: str, *, timeout_s: float) -> sqlite3.Connection:
    """A connection that commits by itself, for one thread at a time, though not always the same.

    Args:
        path: the file; without one the database lives in memory.
        mode: SQLite's, such as ``rwc``.
        timeout_s: how long to wait for others that write.
    """
    return sqlite3.connect(
        ":memory:" if path is None else f"{path.absolute().as_uri()}?mode={mode}",
        uri=path is not None,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """What is executed within it is kept as a whole or not at all; it alone writes meanwhile."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
        db.execute("COMMIT")
    except BaseException:  # whatever ends it, Ctrl-C or a full disk too, undoes it; then it goes on
        if db.in_transaction:
            db.execute("ROLLBACK")
        raise


def pragma(db: sqlite3.Connection, name: str) -> Any:
    """The value of one of SQLite's settings of the file or of the connection."""
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def is_locked(error: Exception) -> bool:
    """Whether another connection kept SQLite from doing its work."""
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def statements(script: str) -> Iterator[str]:
    """The statements of a script; ``executescript`` would end the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
