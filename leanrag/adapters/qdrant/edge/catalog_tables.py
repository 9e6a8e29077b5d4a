"""The tables of an embedded collection's catalogue, and how the file is opened.

Each version of a document has a generation, a number never used again. It is ``pending`` until
all its chunks are in the engine, ``live`` while it is visible, and ``dead`` from the moment in
which it is replaced or deleted until its chunks are gone from the engine.
"""

import json
import sqlite3
from pathlib import Path

from leanrag.adapters.qdrant.stored import Identity
from leanrag.adapters.sqlite import file as sqlite_file
from leanrag.errors import StoreError
from leanrag.types import Metadata

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE fields (
    name TEXT PRIMARY KEY, type TEXT NOT NULL, documents INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE documents (
    generation INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL CHECK (state IN ('pending', 'live', 'dead')),
    -- Whether the chunks in the engine still carry earlier metadata.
    stale INTEGER NOT NULL DEFAULT 0,
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    title TEXT NOT NULL,
    content_hash TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    metadata TEXT NOT NULL,
    language TEXT NOT NULL,
    ingested_at TEXT NOT NULL,
    chunks INTEGER NOT NULL,
    tokens INTEGER NOT NULL,
    terms INTEGER NOT NULL,
    text TEXT NOT NULL
);
CREATE UNIQUE INDEX live_id ON documents (id) WHERE state = 'live';
CREATE INDEX not_live ON documents (state) WHERE state != 'live';
"""
# Apart from the documents: a collection that was made without them gets them when it is opened.
# The indexes hold what every write asks of all documents, whose rows are as large as their texts.
_ADDITIONS = (
    """
CREATE TABLE IF NOT EXISTS sketches (
    generation INTEGER PRIMARY KEY, sketch TEXT NOT NULL
)
""",
    """
CREATE TABLE IF NOT EXISTS origins (
    generation INTEGER PRIMARY KEY, origin TEXT NOT NULL
)
""",
    # Version 0.1 had one document a source.
    "DROP INDEX IF EXISTS live_source",
    "CREATE INDEX IF NOT EXISTS live_sources ON documents (source) WHERE state = 'live'",
    "CREATE INDEX IF NOT EXISTS stale ON documents (state) WHERE stale = 1",
    "CREATE INDEX IF NOT EXISTS live_sums ON documents (chunks, tokens, terms)"
    " WHERE state = 'live'",
)
_PATIENCE_S = 60.0


def connect(path: Path, mode: str) -> sqlite3.Connection:
    """A connection that commits by itself; ``mode`` is SQLite's. Raises ``StoreError``."""
    try:
        return sqlite_file.connect(path, mode, timeout_s=_PATIENCE_S)
    except sqlite3.Error as error:
        raise damaged(path, error) from error


def make_tables(db: sqlite3.Connection, settings: dict[str, str]) -> None:
    """Makes the tables with the settings in one transaction."""
    _let_readers_be(db)
    with sqlite_file.transaction(db):
        for statement in (*sqlite_file.statements(_SCHEMA), *_ADDITIONS):
            db.execute(statement)
        db.executemany("INSERT INTO settings VALUES (?, ?)", list(settings.items()))


def prepare(db: sqlite3.Connection) -> None:
    """Brings an existing catalogue to what this version needs."""
    _let_readers_be(db)
    for statement in _ADDITIONS:
        db.execute(statement)


def dump(metadata: Metadata) -> str:
    """Metadata as one text, the same for the same values."""
    return json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True)


def field_names(metadata: str) -> list[str]:
    """The fields that dumped metadata has; an empty list counts as missing."""
    return [name for name, value in json.loads(metadata).items() if value != []]


def rivals(db: sqlite3.Connection, new: Identity) -> list[tuple[int, str]]:
    """Generation and metadata of the visible documents that one of this identity replaces."""
    query = "SELECT generation, metadata FROM documents"
    return db.execute(
        f"{query} LEFT JOIN origins USING (generation)"
        " WHERE state = 'live' AND source = ? AND coalesce(origin, '') = ?"
        f" UNION {query} WHERE state = 'live' AND id = ?",
        new,
    ).fetchall()


def damaged(path: Path, error: Exception) -> StoreError:
    """The error for a catalogue that cannot be read or written."""
    return StoreError(
        f"the store's catalogue {path} cannot be used ({error}). Restore the folder from a copy, "
        "or remove it and ingest the documents again",
        service="store",
    )


def _let_readers_be(db: sqlite3.Connection) -> None:
    # A file system without shared memory keeps the older way: readers then wait for a commit.
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
