"""What a file of conversations tells: turns, what they are found by, summaries and facts."""

import json
from collections.abc import Sequence

from leanrag.adapters.sqlite.conversations.file import ConversationFile
from leanrag.adapters.sqlite.conversations.rows import unpack_fact, unpack_indexed, unpack_summary
from leanrag.types import ConversationInfo, Fact, IndexedTurn, StoredTurn, Summary

_AT_ONCE = 500


class ConversationReader:
    """The reading half of a ``ConversationStore``."""

    def __init__(self, file: ConversationFile) -> None:
        self._file = file

    def key(self, tenant: str, conversation: str) -> int | None:
        """The conversation's number, None where there is none."""
        if not self._file.exists():
            return None
        with self._file.access() as db:
            row = db.execute(
                "SELECT key FROM conversations WHERE tenant = ? AND id = ?", (tenant, conversation)
            ).fetchone()
        return None if row is None else int(row[0])

    def turns(self, key: int, start: int = 0) -> list[StoredTurn]:
        """The turns from a position on, in order."""
        with self._file.access() as db:
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
        with self._file.access() as db:
            rows = db.execute(
                "SELECT position, terms, vectors FROM indexed WHERE conversation = ? AND model = ?"
                " AND position >= ? ORDER BY position",
                (key, model, start),
            ).fetchall()
        return [unpack_indexed(*row) for row in rows]

    def vectors(self, key: int, keys: Sequence[bytes] | None = None) -> dict[bytes, bytes]:
        """Kept vectors by their keys."""
        found: dict[bytes, bytes] = {}
        with self._file.access() as db:
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
        with self._file.access() as db:
            rows = db.execute(
                "SELECT summary FROM summaries WHERE conversation = ? ORDER BY number", (key,)
            ).fetchall()
            ids = db.execute(
                "SELECT id FROM turns WHERE conversation = ? ORDER BY position", (key,)
            ).fetchall() if rows else []  # fmt: skip
            values = [json.loads(row[0]) for row in rows]
        names = [name for (name,) in ids]
        return [unpack_summary(value, names) for value in values]

    def facts(self, key: int) -> list[Fact]:
        """All facts in the order of their turns."""
        with self._file.access() as db:
            rows = db.execute(
                "SELECT position, fact FROM facts WHERE conversation = ? ORDER BY position, number",
                (key,),
            ).fetchall()
            return [unpack_fact(position, json.loads(value)) for position, value in rows]

    def facts_until(self, key: int) -> int:
        """Up to which position facts were looked for."""
        with self._file.access() as db:
            row = db.execute("SELECT facts_until FROM conversations WHERE key = ?", (key,))
            found = row.fetchone()
        return 0 if found is None else int(found[0])

    def conversations(self, tenant: str | None = None) -> list[ConversationInfo]:
        """What is there, ordered by tenant and id."""
        if not self._file.exists():
            return []
        with self._file.access() as db:
            rows = db.execute(
                "SELECT c.id, c.tenant, c.turns, c.tokens, coalesce(f.time, ''),"
                " coalesce(l.time, '') FROM conversations c"
                " LEFT JOIN turns f ON f.conversation = c.key AND f.position = 0"
                " LEFT JOIN turns l ON l.conversation = c.key AND l.position = c.turns - 1"
                " WHERE ?1 IS NULL OR c.tenant = ?1 ORDER BY c.tenant, c.id",
                (tenant,),
            ).fetchall()
        return [ConversationInfo(*row) for row in rows]
