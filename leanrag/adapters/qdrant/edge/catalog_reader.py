"""What an embedded collection's catalogue tells, all of it as of one moment where that matters."""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leanrag.adapters.qdrant.edge.catalog_tables import damaged, field_names, rivals
from leanrag.adapters.qdrant.rows import EXACT_METADATA, document_of, holder_of, record_of
from leanrag.adapters.qdrant.stored import Identity, Owner, Totals
from leanrag.types import Document, DocumentRecord, FieldType

_AT_ONCE = 500
_OF_ALL = (
    f"SELECT id AS document_id, source, metadata AS {EXACT_METADATA}, generation, chunks, tokens"
)

_BESIDE = "coalesce(sketch, '') AS sketch, coalesce(origin, '') AS origin"
_JOINED = "LEFT JOIN sketches USING (generation) LEFT JOIN origins USING (generation)"


class CatalogReader:
    """Reads through one connection, for one thread at a time."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    def close(self) -> None:
        """Closes the connection; once is enough, twice does no harm."""
        self._connection.close()

    @contextmanager
    def moment(self) -> Iterator[None]:
        """Within it, everything is read as it stands at the first reading."""
        with self._access() as db:
            db.execute("BEGIN")
        try:
            yield
        finally:
            with self._access() as db:
                db.execute("ROLLBACK")

    def settings(self) -> dict[str, Any]:
        """The store's settings by name."""
        with self._access() as db:
            rows = db.execute("SELECT name, value FROM settings").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def not_live(self) -> list[tuple[int, int]]:
        """Generation and number of chunks of every pending and dead document."""
        with self._access() as db:
            # Ordered here: SQLite would read all documents, which are in this order.
            return sorted(
                db.execute("SELECT generation, chunks FROM documents WHERE state != 'live'")
            )

    def hidden(self) -> list[int]:
        """The generations that no search may show."""
        return [generation for generation, _ in self.not_live()]

    def changed_chunks(self) -> tuple[int, int]:
        """How many chunks came, and how many went, since the engine last had something to do."""
        values = self.settings()
        return int(values.get("added_chunks", 0)), int(values.get("removed_chunks", 0))

    def tried_chunks(self) -> int:
        """How many had come and gone when the engine was last asked, and found nothing to do."""
        return int(self.settings().get("tried_chunks", 0))

    def stale(self) -> list[Owner]:
        """The visible documents whose chunks carry earlier metadata."""
        return self._owners("stale = 1", ())

    def owners(self, generations: Iterable[int]) -> dict[int, Owner]:
        """The visible documents of the generations; others are left out."""
        wanted = sorted(set(generations))
        found: dict[int, Owner] = {}
        for start in range(0, len(wanted), _AT_ONCE):
            part = wanted[start : start + _AT_ONCE]
            marks = ",".join("?" * len(part))
            owners = self._owners(f"generation IN ({marks})", part)
            found.update((owner.generation, owner) for owner in owners)
        return found

    def every_owner(self) -> list[Owner]:
        """All visible documents."""
        return self._owners("1", ())

    def records(self) -> list[DocumentRecord]:
        """All visible documents, ordered by source."""
        columns = f"content_hash, fingerprint, {_BESIDE}"
        return [
            record_of(row)
            for row in self._rows(
                f"{_OF_ALL}, {columns} FROM documents {_JOINED}"
                " WHERE state = 'live' ORDER BY source, generation"
            )
        ]

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text."""
        columns = f"title, text, content_hash, language, ingested_at, fingerprint, {_BESIDE}"
        rows = self._rows(
            f"{_OF_ALL}, {columns} FROM documents {_JOINED} WHERE state = 'live' AND id = ?",
            (document_id,),
        )
        return document_of(rows[0]) if rows else None

    def totals(self) -> Totals:
        """Sums over the visible documents."""
        with self._access() as db:
            return Totals(
                *db.execute(
                    "SELECT count(*), coalesce(sum(chunks), 0), coalesce(sum(tokens), 0),"
                    " coalesce(sum(terms), 0) FROM documents WHERE state = 'live'"
                ).fetchone()
            )

    def fields(self) -> dict[str, FieldType]:
        """The types of the metadata fields that a visible document has, by name."""
        with self._access() as db:
            rows = db.execute("SELECT name, type FROM fields WHERE documents > 0 ORDER BY name")
            return dict(rows.fetchall())

    def fields_without(self, identities: Iterable[Identity]) -> dict[str, FieldType]:
        """The field types once the documents that these would replace are gone."""
        with self._access() as db:
            gone: Counter[str] = Counter()
            seen: set[int] = set()
            for identity in identities:
                for generation, metadata in rivals(db, identity):
                    if generation not in seen:
                        seen.add(generation)
                        gone.update(field_names(metadata))
            rows = db.execute("SELECT name, type, documents FROM fields").fetchall()
            return {name: kind for name, kind, count in rows if count > gone[name]}

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _owners(self, condition: str, values: Sequence[int]) -> list[Owner]:
        return [
            holder_of(row)
            for row in self._rows(
                f"{_OF_ALL}, title, language, terms, content_hash FROM documents"
                f" WHERE state = 'live' AND {condition} ORDER BY generation",
                values,
            )
        ]

    def _rows(self, query: str, values: Sequence[Any] = ()) -> list[sqlite3.Row]:
        """The rows that a query finds, their values by name."""
        with self._access() as db:
            cursor = db.cursor()
            cursor.row_factory = sqlite3.Row
            return cursor.execute(query, values).fetchall()

    @contextmanager
    def _access(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise damaged(self._path, error) from error
