"""Keeps conversations in a SQLite file, or in memory, append-only and walled off by tenant.

Turns can neither be changed nor deleted one by one: triggers in the file refuse it, whoever asks.
Each call is a transaction of its own, in write-ahead mode, so several threads and processes may
write at once. Deleting a conversation overwrites its bytes and empties the write-ahead log.

The module is long because every statement that touches these tables is in it.
"""

import json
import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np

from leanrag.errors import InputError, StoreError
from leanrag.types import (
    ConversationInfo,
    Fact,
    IndexedTurn,
    StoredTurn,
    Summary,
    SummaryLine,
)

SCHEMA_VERSION = 1
BUSY_TIMEOUT_S = 30.0
_FILE_MARK = 0x6C726367
"""SQLite's application id of these files."""
_AT_ONCE = 500
_TERM = np.dtype([("term", "<u4"), ("count", "<u4")])

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
_PARTS = ("turns", "indexed", "vectors", "summaries", "facts")


class SqliteConversations:
    """A ``ConversationStore`` over one file; without a path it lives in memory.

    The file is made by the first conversation that is written. One connection serves all threads
    of a process in turn; a forked child opens its own.
    """

    def __init__(
        self, path: str | Path | None = None, *, prepare: Callable[[], None] | None = None
    ) -> None:
        """Takes the file, and what is to be called before it is made."""
        self._path = None if path is None else Path(path)
        self._make_place = prepare
        self._connection: sqlite3.Connection | None = None
        self._process = os.getpid()
        self._lock = RLock()

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def append(
        self, tenant: str, conversation: str, turns: Sequence[StoredTurn]
    ) -> tuple[int, list[StoredTurn]]:
        """Adds turns in one transaction; see ``ConversationStore``."""
        with self._transaction() as db:
            db.execute(
                "INSERT INTO conversations (tenant, id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                (tenant, conversation),
            )
            key, position = db.execute(
                "SELECT key, turns FROM conversations WHERE tenant = ? AND id = ?",
                (tenant, conversation),
            ).fetchone()
            stored = []
            for turn in turns:
                name = turn.id or _free_id(db, key, position)
                placed = replace(turn, id=name, position=position)
                _insert(db, key, placed, conversation)
                stored.append(placed)
                position += 1
            db.execute(
                "UPDATE conversations SET turns = ?, tokens = tokens + ? WHERE key = ?",
                (position, sum(turn.tokens for turn in turns), key),
            )
        return key, stored

    def add_indexed(self, key: int, model: str, turns: Sequence[IndexedTurn]) -> None:
        """Keeps what turns are found by."""
        rows = [
            (key, turn.position, model, _pack_terms(turn.terms), b"".join(turn.vectors))
            for turn in turns
        ]
        with self._part_of(key) as db:
            db.executemany("INSERT OR REPLACE INTO indexed VALUES (?, ?, ?, ?, ?)", rows)

    def add_vectors(self, key: int, vectors: Mapping[bytes, bytes]) -> None:
        """Keeps vectors under keys of 16 bytes."""
        with self._part_of(key) as db:
            db.executemany(
                "INSERT OR IGNORE INTO vectors VALUES (?, ?, ?)",
                [(key, name, vector) for name, vector in vectors.items()],
            )

    def add_summary(self, key: int, summary: Summary) -> None:
        """Keeps a summary."""
        value = {
            "level": summary.level,
            "start": summary.start,
            "end": summary.end,
            "lines": [[line.text, line.turn_id] for line in summary.lines],
            "tokens": summary.tokens,
            "maker": summary.maker,
            "note": summary.note,
        }
        with self._part_of(key) as db:
            db.execute(
                "INSERT INTO summaries (conversation, summary) VALUES (?, ?)", (key, _dump(value))
            )

    def add_facts(self, key: int, facts: Sequence[Fact], *, until: int) -> None:
        """Keeps facts, unless another writer has come to ``until`` before."""
        with self._part_of(key) as db:
            (known,) = db.execute(
                "SELECT max(facts_until) FROM conversations WHERE key = ?", (key,)
            ).fetchone()
            rows = [
                (
                    key,
                    fact.position,
                    _dump([fact.kind, fact.subject, fact.statement, fact.turn_id, fact.time,
                           fact.speaker]),
                )
                for fact in facts
                if known is not None and fact.position >= known
            ]  # fmt: skip
            db.executemany(
                "INSERT INTO facts (conversation, position, fact) VALUES (?, ?, ?)", rows
            )
            db.execute(
                "UPDATE conversations SET facts_until = max(facts_until, ?) WHERE key = ?",
                (until, key),
            )

    def delete(self, tenant: str, conversation: str) -> bool:
        """Removes a conversation; its bytes are gone from the file and the log afterwards.

        Raises:
            StoreError: the conversation is deleted, but another connection was reading for so
                long that its bytes may still stand in the write-ahead log.
        """
        key = self.key(tenant, conversation)
        if key is None:
            if self._exists() and self._unclean():
                self._clean(conversation)
            return False
        with self._transaction() as db:
            db.execute("INSERT INTO unclean VALUES (datetime())")
            db.execute("DELETE FROM conversations WHERE key = ?", (key,))
            for table in _PARTS:
                db.execute(f"DELETE FROM {table} WHERE conversation = ?", (key,))  # noqa: S608
        self._clean(conversation)
        return True

    def close(self) -> None:
        """Closes the file; a later call opens it again, and what was in memory is gone."""
        with self._lock:
            if self._connection is not None and self._process == os.getpid():
                self._connection.close()
            self._connection = None

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def key(self, tenant: str, conversation: str) -> int | None:
        """The conversation's number, None where there is none."""
        if not self._exists():
            return None
        with self._access() as db:
            row = db.execute(
                "SELECT key FROM conversations WHERE tenant = ? AND id = ?", (tenant, conversation)
            ).fetchone()
        return None if row is None else int(row[0])

    def turns(self, key: int, start: int = 0) -> list[StoredTurn]:
        """The turns from a position on, in order."""
        with self._access() as db:
            rows = db.execute(
                "SELECT position, id, role, time, tokens, message FROM turns"
                " WHERE conversation = ? AND position >= ? ORDER BY position",
                (key, start),
            ).fetchall()
            return [
                StoredTurn(position, name, role, time, tokens, json.loads(message))
                for position, name, role, time, tokens, message in rows
            ]

    def indexed(self, key: int, model: str, start: int = 0) -> list[IndexedTurn]:
        """What was kept of the turns by ``add_indexed``."""
        with self._access() as db:
            rows = db.execute(
                "SELECT position, terms, vectors FROM indexed WHERE conversation = ? AND model = ?"
                " AND position >= ? ORDER BY position",
                (key, model, start),
            ).fetchall()
        return [
            IndexedTurn(
                position,
                _unpack_terms(terms),
                tuple(vectors[at : at + 16] for at in range(0, len(vectors), 16)),
            )
            for position, terms, vectors in rows
        ]

    def vectors(self, key: int, keys: Sequence[bytes] | None = None) -> dict[bytes, bytes]:
        """Kept vectors by their keys."""
        found: dict[bytes, bytes] = {}
        with self._access() as db:
            query = "SELECT key, vector FROM vectors WHERE conversation = ?"
            if keys is None:
                return dict(db.execute(query, (key,)).fetchall())
            for at in range(0, len(keys), _AT_ONCE):
                some = keys[at : at + _AT_ONCE]
                marks = ", ".join("?" * len(some))
                found.update(db.execute(f"{query} AND key IN ({marks})", (key, *some)).fetchall())
        return found

    def summaries(self, key: int) -> list[Summary]:
        """All summaries, oldest first."""
        with self._access() as db:
            rows = db.execute(
                "SELECT summary FROM summaries WHERE conversation = ? ORDER BY number", (key,)
            ).fetchall()
            ids = db.execute(
                "SELECT id FROM turns WHERE conversation = ? ORDER BY position", (key,)
            ).fetchall() if rows else []  # fmt: skip
            values = [json.loads(row[0]) for row in rows]
        return [
            Summary(
                lines=tuple(SummaryLine(*line) for line in value.pop("lines")),
                turn_ids=tuple(name for (name,) in ids[value["start"] : value["end"]]),
                **value,
            )
            for value in values
        ]

    def facts(self, key: int) -> list[Fact]:
        """All facts in the order of their turns."""
        with self._access() as db:
            rows = db.execute(
                "SELECT position, fact FROM facts WHERE conversation = ? ORDER BY position, number",
                (key,),
            ).fetchall()
            return [_fact(position, json.loads(value)) for position, value in rows]

    def facts_until(self, key: int) -> int:
        """Up to which position facts were looked for."""
        with self._access() as db:
            row = db.execute("SELECT facts_until FROM conversations WHERE key = ?", (key,))
            found = row.fetchone()
        return 0 if found is None else int(found[0])

    def conversations(self, tenant: str | None = None) -> list[ConversationInfo]:
        """What is there, ordered by tenant and id."""
        if not self._exists():
            return []
        with self._access() as db:
            rows = db.execute(
                "SELECT c.id, c.tenant, c.turns, c.tokens, coalesce(f.time, ''),"
                " coalesce(l.time, '') FROM conversations c"
                " LEFT JOIN turns f ON f.conversation = c.key AND f.position = 0"
                " LEFT JOIN turns l ON l.conversation = c.key AND l.position = c.turns - 1"
                " WHERE ?1 IS NULL OR c.tenant = ?1 ORDER BY c.tenant, c.id",
                (tenant,),
            ).fetchall()
        return [ConversationInfo(*row) for row in rows]

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @property
    def _name(self) -> str:
        return "the conversations in memory" if self._path is None else str(self._path)

    def _exists(self) -> bool:
        """Whether there is something to read: looking makes no file."""
        return self._connection is not None or (self._path is not None and self._path.exists())

    def _connected(self) -> sqlite3.Connection:
        if self._process != os.getpid():
            # A forked child must not touch the parent's connection, not even to close it.
            self._connection, self._process = None, os.getpid()
        if self._connection is None:
            self._connection = self._connect()
        return self._connection

    def _connect(self) -> sqlite3.Connection:
        target = ":memory:"
        if self._path is not None:
            if self._make_place is not None and not self._path.exists():
                self._make_place()
            self._path.parent.mkdir(parents=True, exist_ok=True)
            target = f"{self._path.absolute().as_uri()}?mode=rwc"
        db = sqlite3.connect(
            target,
            uri=self._path is not None,
            timeout=BUSY_TIMEOUT_S,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            # Before the first statement that writes: a text that is deleted is overwritten.
            db.execute("PRAGMA secure_delete = ON")
            db.execute("PRAGMA temp_store = MEMORY")
            self._prepare(db)
        except BaseException:
            db.close()
            raise
        return db

    def _prepare(self, db: sqlite3.Connection) -> None:
        """Makes the tables in a new file, and refuses a file of another kind or version."""
        if self._path is not None and _pragma(db, "journal_mode") != "wal":
            db.execute("PRAGMA journal_mode = WAL")
        if _pragma(db, "application_id") == _FILE_MARK:
            return self._check_version(db)
        db.execute("BEGIN IMMEDIATE")
        try:
            mark = _pragma(db, "application_id")
            tables = db.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
            if mark == 0 and tables == 0:
                for statement in _statements(_SCHEMA):
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
                db.execute(f"PRAGMA application_id = {_FILE_MARK}")
            elif mark != _FILE_MARK:  # else another process has made it meanwhile
                raise StoreError(
                    f"{self._path} is a database, but none of conversations; name another file",
                    service="store",
                )
            db.execute("COMMIT")
        except BaseException:
            if db.in_transaction:
                db.execute("ROLLBACK")
            raise
        return self._check_version(db)

    def _check_version(self, db: sqlite3.Connection) -> None:
        version = _pragma(db, "user_version")
        if version != SCHEMA_VERSION:
            raise StoreError(
                f"the conversations in {self._path} have schema version {version}, and this "
                f"leanrag reads version {SCHEMA_VERSION}; use the leanrag that wrote them",
                service="store",
            )

    @contextmanager
    def _access(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            try:
                yield self._connected()
            except (sqlite3.Error, OSError, json.JSONDecodeError, ValueError, TypeError) as error:
                raise self._translated(error) from error

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._access() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
            except BaseException:  # whatever ends it, Ctrl-C too, undoes it; then it goes on
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise
            db.execute("COMMIT")

    @contextmanager
    def _part_of(self, key: int) -> Iterator[sqlite3.Connection]:
        """A write to what is made of a conversation, undone where it was deleted meanwhile."""
        with self._transaction() as db:
            yield db
            if not db.execute("SELECT 1 FROM conversations WHERE key = ?", (key,)).fetchone():
                for table in _PARTS:
                    db.execute(f"DELETE FROM {table} WHERE conversation = ?", (key,))  # noqa: S608

    def _unclean(self) -> bool:
        with self._access() as db:
            return db.execute("SELECT 1 FROM unclean").fetchone() is not None

    def _clean(self, conversation: str) -> None:
        """Removes the bytes of what was deleted from the file and from its log."""
        with self._access() as db:
            # Deleted cells are overwritten; rebuilding the file also drops what pages that were
            # split or merged earlier still hold between their cells.
            try:
                self._emptied_log(db)
                db.execute("VACUUM")
                busy = self._emptied_log(db)
            except sqlite3.OperationalError as error:
                busy = True
                if not _is_locked(error):
                    raise
            if not busy:
                db.execute("DELETE FROM unclean")
        if busy:
            raise StoreError(
                f"the conversation {conversation!r} is deleted, but {self._name} is in use by "
                "another connection, so its bytes may still stand in the write-ahead log; "
                "delete it again when that has ended",
                service="store",
                retryable=True,
            )

    def _emptied_log(self, db: sqlite3.Connection) -> bool:
        """Moves the write-ahead log into the file and cuts it to nothing; whether that failed."""
        if self._path is None:
            return False
        return bool(db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])

    def _translated(self, error: Exception) -> StoreError:
        text = str(error)
        if _is_locked(error):
            return StoreError(
                f"{self._name}: another writer kept it locked for {BUSY_TIMEOUT_S:.0f} s; "
                "try again",
                service="store",
                retryable=True,
            )
        return StoreError(
            f"the conversations in {self._name} cannot be used ({text}); check the disk and the "
            "rights, restore the file from a copy, or name another in the setting history.path",
            service="store",
        )


def _is_locked(error: Exception) -> bool:
    return isinstance(error, sqlite3.OperationalError) and "locked" in str(error)


def _insert(db: sqlite3.Connection, key: int, turn: StoredTurn, conversation: str) -> None:
    row = (key, turn.position, turn.id, turn.role, turn.time, turn.tokens, _dump(turn.message))
    try:
        db.execute("INSERT INTO turns VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    except sqlite3.IntegrityError as error:
        raise InputError(
            f"id: {turn.id!r} is already the id of a turn of the conversation {conversation!r}; "
            "give each turn its own"
        ) from error


def _free_id(db: sqlite3.Connection, key: int, position: int) -> str:
    """``turn-N`` by position, or with more behind it where a caller has taken that."""
    name = f"turn-{position}"
    while db.execute(
        "SELECT 1 FROM turns WHERE conversation = ? AND id = ?", (key, name)
    ).fetchone():
        name += "'"
    return name


def _fact(position: int, value: Any) -> Fact:
    kind, subject, statement, turn_id, time, speaker = value
    return Fact(kind, subject, statement, turn_id, position, time, speaker)


def _pack_terms(terms: Mapping[int, int]) -> bytes:
    return np.array(list(terms.items()), dtype=_TERM).tobytes()


def _unpack_terms(packed: bytes) -> dict[int, int]:
    pairs: list[tuple[int, int]] = np.frombuffer(packed, dtype=_TERM).tolist()
    return dict(pairs)


def _pragma(db: sqlite3.Connection, name: str) -> Any:
    return db.execute(f"PRAGMA {name}").fetchone()[0]


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; ``executescript`` would end the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _dump(value: Any) -> str:
    # In ASCII: a lone surrogate has no UTF-8 form, and JSON's escapes bring it back as it was.
    return json.dumps(value)
