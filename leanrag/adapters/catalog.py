"""The SQLite side of an embedded collection: documents, their state, and the store's settings.

Each version of a document has a generation, a number never used again. It is ``pending`` until
all its chunks are in the engine, ``live`` while it is visible, and ``dead`` from the moment in
which it is replaced or deleted until its chunks are gone from the engine. The step to live, of
any number of documents, is one transaction: this is what makes writing atomic.

The module is long because every statement that touches these tables is in it.
"""

import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from leanrag.adapters.stored import NewDocument, Owner, Totals
from leanrag.errors import StoreError
from leanrag.types import Document, DocumentRecord, FieldType, Metadata

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
CREATE UNIQUE INDEX live_source ON documents (source) WHERE state = 'live';
CREATE UNIQUE INDEX live_id ON documents (id) WHERE state = 'live';
CREATE INDEX not_live ON documents (state) WHERE state != 'live';
"""
# Apart from the documents: a collection that was made without it gets it when it is opened.
_SKETCHES = """
CREATE TABLE IF NOT EXISTS sketches (
    generation INTEGER PRIMARY KEY, sketch TEXT NOT NULL
)
"""
_AT_ONCE = 500


class Catalog:
    """One connection to a catalogue file. Not thread-safe: the store serialises its use."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._path = path
        self._connection = connection

    @classmethod
    def create(cls, path: Path, settings: Mapping[str, Any]) -> "Catalog":
        """Makes the file with its settings in one transaction; an unfinished one is replaced."""
        catalog = cls._connect(path, "rwc")
        with catalog._access() as db:
            db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA}")
            db.executemany(
                "INSERT INTO settings VALUES (?, ?)",
                [(name, json.dumps(value)) for name, value in settings.items()],
            )
            db.execute(_SKETCHES)
            db.execute("COMMIT")
        return catalog

    @classmethod
    def open(cls, path: Path) -> "Catalog":
        """Opens an existing file. Raises ``StoreError`` where it is missing or not a catalogue."""
        catalog = cls._connect(path, "rw")
        catalog.settings()
        with catalog._access() as db:
            db.execute(_SKETCHES)
        return catalog

    def settings(self) -> dict[str, Any]:
        """The store's settings by name."""
        with self._access() as db:
            rows = db.execute("SELECT name, value FROM settings").fetchall()
            return {name: json.loads(value) for name, value in rows}

    def set(self, name: str, value: Any) -> None:
        """Records one setting."""
        with self._transaction() as db:
            db.execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, json.dumps(value)))

    def close(self) -> None:
        """Closes the connection; once is enough, twice does no harm."""
        self._connection.close()

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
                        _dump(document.metadata),
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
        return generations

    def publish(self, generations: Sequence[int], fields: Mapping[str, FieldType]) -> None:
        """Makes pending documents visible at once, in place of those of the same source or id."""
        with self._transaction() as db:
            counts: Counter[str] = Counter()
            for generation in generations:
                new_id, source, metadata = db.execute(
                    "SELECT id, source, metadata FROM documents WHERE generation = ?",
                    (generation,),
                ).fetchone()
                for old, old_metadata in _rivals(db, source, new_id):
                    counts.subtract(_field_names(old_metadata))
                    db.execute("UPDATE documents SET state = 'dead' WHERE generation = ?", (old,))
                counts.update(_field_names(metadata))
                db.execute(
                    "UPDATE documents SET state = 'live' WHERE generation = ?", (generation,)
                )
            _count_fields(db, counts, fields)

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
                    counts.subtract(_field_names(row[0]))
            _count_fields(db, counts, {})
        return killed

    def replace_metadata(
        self,
        document_id: str,
        metadata: Metadata,
        fields: Mapping[str, FieldType],
        fingerprint: str | None = None,
    ) -> None:
        """Gives a visible document other metadata, and marks its chunks as stale."""
        with self._transaction() as db:
            generation, old = db.execute(
                "SELECT generation, metadata FROM documents WHERE state = 'live' AND id = ?",
                (document_id,),
            ).fetchone()
            new = _dump(metadata)
            counts = Counter(_field_names(new))
            counts.subtract(_field_names(old))
            db.execute(
                "UPDATE documents SET metadata = ?, stale = 1,"
                " fingerprint = coalesce(?, fingerprint) WHERE generation = ?",
                (new, fingerprint, generation),
            )
            _count_fields(db, counts, fields)

    def mark_fresh(self, generations: Sequence[int]) -> None:
        """Records that the chunks of these documents carry their metadata."""
        self._for_each("UPDATE documents SET stale = 0 WHERE generation = ?", generations)

    def forget(self, generations: Sequence[int]) -> None:
        """Removes documents that are not visible and have no chunks left in the engine."""
        self._for_each(
            "DELETE FROM documents WHERE state != 'live' AND generation = ?", generations
        )
        self._for_each(
            "DELETE FROM sketches WHERE generation = ?1"
            " AND NOT EXISTS (SELECT 1 FROM documents WHERE generation = ?1)",
            generations,
        )

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def not_live(self) -> list[tuple[int, int]]:
        """Generation and number of chunks of every pending and dead document."""
        with self._access() as db:
            return db.execute(
                "SELECT generation, chunks FROM documents WHERE state != 'live' ORDER BY 1"
            ).fetchall()

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
        with self._access() as db:
            rows = db.execute(
                "SELECT id, source, content_hash, metadata, generation, chunks, tokens,"
                " fingerprint, coalesce(sketch, '') FROM documents"
                " LEFT JOIN sketches USING (generation) WHERE state = 'live' ORDER BY source"
            ).fetchall()
            return [
                DocumentRecord(
                    id=row[0],
                    source=row[1],
                    content_hash=row[2],
                    metadata=json.loads(row[3]),
                    generation=row[4],
                    chunks=row[5],
                    tokens=row[6],
                    fingerprint=row[7],
                    sketch=row[8],
                )
                for row in rows
            ]

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text."""
        with self._access() as db:
            row = db.execute(
                "SELECT id, source, title, text, content_hash, metadata, language, ingested_at,"
                " generation, fingerprint FROM documents WHERE state = 'live' AND id = ?",
                (document_id,),
            ).fetchone()
            if row is None:
                return None
            return Document(
                id=row[0],
                source=row[1],
                title=row[2],
                text=row[3],
                content_hash=row[4],
                metadata=json.loads(row[5]),
                language=row[6],
                ingested_at=row[7],
                generation=row[8],
                fingerprint=row[9],
            )

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

    def fields_without(self, keys: Iterable[tuple[str, str]]) -> dict[str, FieldType]:
        """The field types once the documents of these sources or ids are gone."""
        with self._access() as db:
            gone: Counter[str] = Counter()
            seen: set[int] = set()
            for source, document_id in keys:
                for generation, metadata in _rivals(db, source, document_id):
                    if generation not in seen:
                        seen.add(generation)
                        gone.update(_field_names(metadata))
            rows = db.execute("SELECT name, type, documents FROM fields").fetchall()
            return {name: kind for name, kind, count in rows if count > gone[name]}

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @classmethod
    def _connect(cls, path: Path, mode: str) -> "Catalog":
        try:
            connection = sqlite3.connect(
                f"{path.absolute().as_uri()}?mode={mode}",
                uri=True,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise _damaged(path, error) from error
        return cls(path, connection)

    def _owners(self, condition: str, values: Sequence[int]) -> list[Owner]:
        with self._access() as db:
            rows = db.execute(
                "SELECT generation, id, source, title, language, chunks, tokens, terms, metadata,"  # noqa: S608
                " content_hash FROM documents"
                f" WHERE state = 'live' AND {condition} ORDER BY generation",
                values,
            ).fetchall()
            return [
                Owner(
                    generation=row[0],
                    id=row[1],
                    source=row[2],
                    title=row[3],
                    language=row[4],
                    chunks=row[5],
                    tokens=row[6],
                    terms=row[7],
                    metadata=json.loads(row[8]),
                    content_hash=row[9],
                )
                for row in rows
            ]

    def _for_each(self, statement: str, generations: Sequence[int]) -> None:
        with self._transaction() as db:
            db.executemany(statement, [(generation,) for generation in generations])

    @contextmanager
    def _access(self) -> Iterator[sqlite3.Connection]:
        try:
            yield self._connection
        except (sqlite3.Error, json.JSONDecodeError) as error:
            raise _damaged(self._path, error) from error

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


def _count_fields(
    db: sqlite3.Connection, counts: Mapping[str, int], types: Mapping[str, FieldType]
) -> None:
    for name, kind in types.items():
        # Dates are normalised in the engine; as plain texts they must stand as they were given.
        if kind == "text":
            db.execute(
                "UPDATE documents SET stale = 1 WHERE state = 'live'"
                " AND EXISTS (SELECT 1 FROM fields WHERE name = ?1 AND type = 'date')"
                " AND EXISTS (SELECT 1 FROM json_each(documents.metadata) WHERE key = ?1)",
                (name,),
            )
    db.executemany(
        "INSERT INTO fields VALUES (?, ?, 0) ON CONFLICT (name) DO UPDATE SET type = excluded.type",
        list(types.items()),
    )
    db.executemany(
        "UPDATE fields SET documents = documents + ? WHERE name = ?",
        [(count, name) for name, count in counts.items() if count],
    )


def _rivals(db: sqlite3.Connection, source: str, document_id: str) -> list[tuple[int, str]]:
    """Generation and metadata of the visible documents that one of this source or id replaces."""
    query = "SELECT generation, metadata FROM documents WHERE state = 'live' AND"
    return db.execute(
        f"{query} source = ? UNION {query} id = ?",
        (source, document_id),
    ).fetchall()


def _field_names(metadata: str) -> list[str]:
    # An empty list counts as missing.
    return [name for name, value in json.loads(metadata).items() if value != []]


def _dump(metadata: Metadata) -> str:
    return json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True)


def _damaged(path: Path, error: Exception) -> StoreError:
    return StoreError(
        f"the store's catalogue {path} cannot be used ({error}). Restore the folder from a copy, "
        "or remove it and ingest the documents again",
        service="store",
    )
