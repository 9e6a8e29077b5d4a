"""The SQLite side of an embedded collection: documents, their state, and the store's settings.

The step to live, of any number of documents, is one transaction: this is what makes writing
atomic. Readers have connections of their own, and see the last state that was committed.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from leanrag.adapters.qdrant.edge.catalog_reader import CatalogReader
from leanrag.adapters.qdrant.edge.catalog_tables import (
    connect,
    dump,
    field_names,
    make_tables,
    prepare,
    rivals,
)
from leanrag.adapters.qdrant.stored import Identity, NewDocument
from leanrag.adapters.sqlite.file import transaction
from leanrag.types import FieldType, Metadata


class Catalog(CatalogReader):
    """The connection that writes, for one thread at a time, and the readers beside it."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        super().__init__(path, connection)
        self._idle: list[CatalogReader] = []
        self._guard = Lock()
        self._closed = False

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Any]) -> "Catalog":
        """Makes the file with its settings in one transaction; an unfinished one is replaced."""
        catalog = cls(path, connect(path, "rwc"))
        with catalog._access() as db:
            make_tables(db, {name: json.dumps(value) for name, value in settings.items()})
        return catalog

    @classmethod
    def open(cls, path: Path) -> "Catalog":
        """Opens an existing file. Raises ``StoreError`` where it is missing or not a catalogue."""
        catalog = cls(path, connect(path, "rw"))
        catalog.settings()
        with catalog._access() as db:
            prepare(db)
        return catalog

    @contextmanager
    def reading(self) -> Iterator[CatalogReader]:
        """A reader of one's own, which sees one moment; any number of threads may have one."""
        with self._guard:
            reader = self._idle.pop() if self._idle else None
        if reader is None:
            reader = CatalogReader(self._path, connect(self._path, "rw"))
        try:
            with reader.moment():
                yield reader
        finally:
            with self._guard:
                if not self._closed:
                    self._idle.append(reader)
                    reader = None
            if reader is not None:
                reader.close()

    def set(self, values: Mapping[str, Any]) -> None:
        """Records settings, all or none."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO settings VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in values.items()],
            )

    def close(self) -> None:
        """Closes the connections; once is enough, twice does no harm."""
        with self._guard:
            self._closed = True
            idle, self._idle = self._idle, []
        for reader in idle:
            reader.close()
        # The last one, so that it is what brings the log into the file.
        super().close()

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def add_pending(self, documents: Sequence[NewDocument]) -> list[int]:
        """Records documents that are not visible yet, and gives each a generation."""
        generations = []
        with self._transaction() as db:
            for new in documents:
                document = new.document
                cursor = db.execute(
                    "INSERT INTO documents (state, id, source, title, content_hash, fingerprint,"
                    " metadata, language, ingested_at, chunks, tokens, terms, text)"
                    " VALUES ('pending', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        document.id,
                        document.source,
                        document.title,
                        document.content_hash,
                        document.fingerprint,
                        dump(document.metadata),
                        document.language,
                        document.ingested_at,
                        new.chunks,
                        new.tokens,
                        new.terms,
                        document.text,
                    ),
                )
                generation = int(cursor.lastrowid or 0)
                generations.append(generation)
                if document.sketch:
                    db.execute("INSERT INTO sketches VALUES (?, ?)", (generation, document.sketch))
                if document.origin:
                    db.execute("INSERT INTO origins VALUES (?, ?)", (generation, document.origin))
        return generations

    def publish(self, generations: Sequence[int], fields: Mapping[str, FieldType]) -> None:
        """Makes pending documents visible at once, in place of those that they replace."""
        with self._transaction() as db:
            counts: Counter[str] = Counter()
            for generation in generations:
                *identity, metadata = db.execute(
                    "SELECT source, coalesce(origin, ''), id, metadata FROM documents"
                    " LEFT JOIN origins USING (generation) WHERE generation = ?",
                    (generation,),
                ).fetchone()
                for old, old_metadata in rivals(db, Identity(*identity)):
                    counts.subtract(field_names(old_metadata))
                    db.execute("UPDATE documents SET state = 'dead' WHERE generation = ?", (old,))
                counts.update(field_names(metadata))
                db.execute(
                    "UPDATE documents SET state = 'live' WHERE generation = ?", (generation,)
                )
            _count_fields(db, counts, fields)
            _count_points(db, "added", generations)

    def kill(self, document_ids: Iterable[str]) -> int:
        """Makes documents invisible; returns how many there were."""
        killed = 0
        with self._transaction() as db:
            counts: Counter[str] = Counter()
            for document_id in document_ids:
                row = db.execute(
                    "UPDATE documents SET state = 'dead' WHERE state = 'live' AND id = ?"
                    " RETURNING metadata",
                    (document_id,),
                ).fetchone()
                if row is not None:
                    killed += 1
                    counts.subtract(field_names(row[0]))
            _count_fields(db, counts, {})
        return killed

    def replace_metadata(
        self,
        document_id: str,
        metadata: Metadata,
        fields: Mapping[str, FieldType],
        fingerprint: str | None = None,
    ) -> None:
        """Gives a visible document these metadata; chunks that carry others are marked as stale."""
        with self._transaction() as db:
            generation, old = db.execute(
                "SELECT generation, metadata FROM documents WHERE state = 'live' AND id = ?",
                (document_id,),
            ).fetchone()
            new = dump(metadata)
            counts = Counter(field_names(new))
            counts.subtract(field_names(old))
            db.execute(
                "UPDATE documents SET stale = stale OR metadata != ?1, metadata = ?1,"
                " fingerprint = coalesce(?2, fingerprint) WHERE generation = ?3",
                (new, fingerprint, generation),
            )
            _count_fields(db, counts, fields)

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Records where visible documents come from, by their ids."""
        with self._transaction() as db:
            db.executemany(
                "INSERT OR REPLACE INTO origins"
                " SELECT generation, ? FROM documents WHERE state = 'live' AND id = ?",
                [(origin, document_id) for document_id, origin in origins.items()],
            )

    def mark_fresh(self, generations: Sequence[int]) -> None:
        """Records that the chunks of these documents carry their metadata."""
        numbers = [(generation,) for generation in generations]
        with self._transaction() as db:
            db.executemany("UPDATE documents SET stale = 0 WHERE generation = ?", numbers)

    def forget(self, generations: Sequence[int]) -> None:
        """Removes documents that are not visible and have no chunks left in the engine."""
        numbers = [(generation,) for generation in generations]
        with self._transaction() as db:
            _count_points(db, "removed", generations)
            db.executemany(
                "DELETE FROM documents WHERE state != 'live' AND generation = ?", numbers
            )
            for table in ("sketches", "origins"):
                db.executemany(
                    f"DELETE FROM {table} WHERE generation = ?1"  # noqa: S608
                    " AND NOT EXISTS (SELECT 1 FROM documents WHERE generation = ?1)",
                    numbers,
                )

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._access() as db, transaction(db):
            yield db


def _count_fields(
    db: sqlite3.Connection, counts: Mapping[str, int], types: Mapping[str, FieldType]
) -> None:
    db.executemany(
        "INSERT INTO fields VALUES (?, ?, 0) ON CONFLICT (name) DO UPDATE SET type = excluded.type",
        list(types.items()),
    )
    db.executemany(
        "UPDATE fields SET documents = documents + ? WHERE name = ?",
        [(count, name) for name, count in counts.items() if count],
    )


def _count_points(db: sqlite3.Connection, what: str, generations: Sequence[int]) -> None:
    """Counts the chunks of documents among those that came or went since the last optimising."""
    chunks = 0
    for generation in generations:
        row = db.execute(
            "SELECT chunks FROM documents WHERE generation = ?", (generation,)
        ).fetchone()
        chunks += row[0] if row else 0
    name = f"{what}_chunks"
    db.execute(
        "INSERT INTO settings VALUES (?1, ?2)"
        " ON CONFLICT (name) DO UPDATE SET value = cast(value AS INTEGER) + ?2",
        (name, str(chunks)),
    )
