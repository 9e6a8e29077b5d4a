"""Deletes conversations from their file so that none of their bytes is left in it or in its log."""

import sqlite3

from leanrag.adapters.sqlite.file import is_locked

_PARTS = ("turns", "indexed", "vectors", "summaries", "facts")
"""The tables whose rows belong to a conversation."""


def delete_conversation(db: sqlite3.Connection, key: int) -> None:
    """Removes a conversation with all that was made of it; its bytes wait for ``purge``."""
    db.execute("INSERT INTO unclean VALUES (datetime())")
    # First, since the turns of a conversation that exists cannot be deleted.
    db.execute("DELETE FROM conversations WHERE key = ?", (key,))
    delete_parts(db, key)


def delete_parts(db: sqlite3.Connection, key: int) -> None:
    """Removes what belongs to a conversation that is deleted."""
    for table in _PARTS:
        db.execute(f"DELETE FROM {table} WHERE conversation = ?", (key,))  # noqa: S608


def awaits_purge(db: sqlite3.Connection) -> bool:
    """Whether bytes of a deleted conversation may still be there."""
    return db.execute("SELECT 1 FROM unclean").fetchone() is not None


def purge(db: sqlite3.Connection) -> bool:
    """Removes the bytes of what was deleted from the file and from its log.

    Returns:
        Whether they are gone: another connection that reads at length keeps them in the log.
    """
    # Deleted cells are overwritten; rebuilding the file also drops what pages that were
    # split or merged earlier still hold between their cells.
    try:
        _empty_log(db)
        db.execute("VACUUM")
        gone = _empty_log(db)
    except sqlite3.OperationalError as error:
        if not is_locked(error):
            raise
        return False
    if gone:
        db.execute("DELETE FROM unclean")
    return gone


def _empty_log(db: sqlite3.Connection) -> bool:
    """Moves the write-ahead log into the file and cuts it to nothing; whether that worked."""
    return not db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
