"""The tables of a file of conversations, and how a new file gets them.

Turns can neither be changed nor deleted one by one: triggers in the file refuse it, whoever asks.
"""

import sqlite3

from leanrag.adapters.sqlite.file import pragma, statements, transaction
from leanrag.errors import StoreError

SCHEMA_VERSION = 1
_FILE_MARK = 0x6C726367
"""SQLite's application id of these files."""

_SCHEMA = """
CREATE TABLE conversations (
    key INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    turns INTEGER NOT NULL DEFAULT 0,
    tokens INTEGER NOT NULL DEFAULT 0,
    facts_until INTEGER NOT NULL DEFAULT 0,
    UNIQUE (tenant, id)
);
CREATE TABLE turns (
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    id TEXT NOT NULL,
    role TEXT NOT NULL,
    time TEXT NOT NULL,
    tokens INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (conversation, position)
) WITHOUT ROWID;
CREATE UNIQUE INDEX turn_ids ON turns (conversation, id);
CREATE TABLE indexed (
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    model TEXT NOT NULL,
    terms BLOB NOT NULL,
    vectors BLOB NOT NULL,
    PRIMARY KEY (conversation, model, position)
) WITHOUT ROWID;
CREATE TABLE vectors (
    conversation INTEGER NOT NULL,
    key BLOB NOT NULL,
    vector BLOB NOT NULL,
    PRIMARY KEY (conversation, key)
) WITHOUT ROWID;
CREATE TABLE summaries (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    summary TEXT NOT NULL
);
CREATE INDEX summaries_of ON summaries (conversation);
CREATE TABLE facts (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    conversation INTEGER NOT NULL,
    position INTEGER NOT NULL,
    fact TEXT NOT NULL
);
CREATE INDEX facts_of ON facts (conversation, position);
-- Has a row from a deletion on until its bytes are gone, which a reader can put off.
CREATE TABLE unclean (since TEXT NOT NULL);
CREATE TRIGGER turns_stay AFTER DELETE ON turns
WHEN EXISTS (SELECT 1 FROM conversations WHERE key = OLD.conversation)
BEGIN SELECT RAISE (ABORT, 'a turn is deleted with its whole conversation only'); END;
CREATE TRIGGER turns_are_not_changed BEFORE UPDATE ON turns
BEGIN SELECT RAISE (ABORT, 'a turn is never changed'); END;
"""


def prepare(db: sqlite3.Connection, name: str) -> None:
    """Makes the tables in a new file.

    Raises:
        StoreError: the file is of another kind or version; it is told by the name given.
    """
    if pragma(db, "application_id") != _FILE_MARK:
        with transaction(db):
            mark = pragma(db, "application_id")
            tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if mark == 0 and tables == 0:
                for statement in statements(_SCHEMA):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                db.execute(f"PRAGMA application_id = {_FILE_MARK}")
            elif mark != _FILE_MARK:  # else another process has made it meanwhile
                raise StoreError(
                    f"{name} is a database, but none of conversations; name another file",
                    service="store",
                )
    version = pragma(db, "user_version")
    if version != SCHEMA_VERSION:
        raise StoreError(
            f"the conversations in {name} have schema version {version}, and this "
            f"leanrag reads version {SCHEMA_VERSION}; use the leanrag that wrote them",
            service="store",
        )
