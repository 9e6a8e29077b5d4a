"""Keeps conversations in a SQLite file, or in memory, append-only and walled off by tenant.

Each call is a transaction of its own, in write-ahead mode, so several threads and processes may
write at once. Deleting a conversation overwrites its bytes and empties the write-ahead log.
"""

import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from leanrag.adapters.sqlite.conversations.deletion import (
    awaits_purge,
    delete_conversation,
    delete_parts,
    purge,
)
from leanrag.adapters.sqlite.conversations.file import ConversationFile
from leanrag.adapters.sqlite.conversations.reader import ConversationReader
from leanrag.adapters.sqlite.conversations.rows import dump, pack_fact, pack_indexed, pack_summary
from leanrag.errors import InputError, StoreError
from leanrag.types import Fact, IndexedTurn, StoredTurn, Summary


class SqliteConversations(ConversationReader):
    """A ``ConversationStore`` over one file; without a path it lives in memory.

    The file is made by the first conversation that is written. One connection serves all threads
    of a process in turn; a forked child opens its own.
    """

    def __init__(
        self, path: str | Path | None = None, *, prepare: Callable[[], None] | None = None
    ) -> None:
        """Takes the file, and what is to be called before it is made."""
        super().__init__(ConversationFile(None if path is None else Path(path), prepare))

    def append(
        self, tenant: str, conversation: str, turns: Sequence[StoredTurn]
    ) -> tuple[int, list[StoredTurn]]:
        """Adds turns in one transaction; see ``ConversationStore``."""
        with self._file.transaction() as db:
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
        rows = [(key, turn.position, model, *pack_indexed(turn)) for turn in turns]
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
        with self._part_of(key) as db:
            db.execute(
                "INSERT INTO summaries (conversation, summary) VALUES (?, ?)",
                (key, pack_summary(summary)),
            )

    def add_facts(self, key: int, facts: Sequence[Fact], *, until: int) -> None:
        """Keeps facts, unless another writer has come to ``until`` before."""
        with self._part_of(key) as db:
            (known,) = db.execute(
                "SELECT max(facts_until) FROM conversations WHERE key = ?", (key,)
            ).fetchone()
            db.executemany(
                "INSERT INTO facts (conversation, position, fact) VALUES (?, ?, ?)",
                [
                    (key, fact.position, pack_fact(fact))
                    for fact in facts
                    if known is not None and fact.position >= known
                ],
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
        if key is not None:
            with self._file.transaction() as db:
                delete_conversation(db, key)
            self._purge(conversation)
        elif self._file.exists():
            with self._file.access() as db:
                unclean = awaits_purge(db)
            if unclean:
                self._purge(conversation)
        return key is not None

    def close(self) -> None:
        """Closes the file; a later call opens it again, and what was in memory is gone."""
        self._file.close()

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _part_of(self, key: int) -> Iterator[sqlite3.Connection]:
        """A write to what is made of a conversation, undone where it was deleted meanwhile."""
        with self._file.transaction() as db:
            yield db
            if not db.execute("SELECT 1 FROM conversations WHERE key = ?", (key,)).fetchone():
                delete_parts(db, key)

    def _purge(self, conversation: str) -> None:
        with self._file.access() as db:
            gone = purge(db)
        if not gone:
            raise StoreError(
                f"the conversation {conversation!r} is deleted, but {self._file} is in use by "
                "another connection, so its bytes may still stand in the write-ahead log; "
                "delete it again when that has ended",
                service="store",
                retryable=True,
            )


def _insert(db: sqlite3.Connection, key: int, turn: StoredTurn, conversation: str) -> None:
    row = (key, turn.position, turn.id, turn.role, turn.time, turn.tokens, dump(turn.message))
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
