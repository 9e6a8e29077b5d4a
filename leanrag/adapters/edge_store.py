"""The embedded store: Qdrant Edge for chunks and vectors, SQLite for documents.

Writing is atomic by document: chunks go into the engine under a new generation that every search
excludes, are flushed to disk, and become visible with one SQLite transaction, which also hides
the version that they replace. What a killed process leaves behind is removed at the next opening.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from leanrag.adapters.catalog import Catalog
from leanrag.adapters.copies import Lists, search_distinct
from leanrag.adapters.document_queries import (
    check_document_filter,
    count_values,
    document_matches,
)
from leanrag.adapters.edge_folder import ENGINE, bytes_on_disk
from leanrag.adapters.edge_shard import EdgeShard
from leanrag.adapters.folder_lock import FolderLock
from leanrag.adapters.qdrant_filters import metadata_payload
from leanrag.adapters.qdrant_payload import (
    average_length,
    check_batch,
    check_request,
    chunk_payload,
    merged_fields,
)
from leanrag.adapters.stored import Found, NewDocument, Owner, embedded_of, hits_of, owner_of
from leanrag.errors import InputError, StoreError
from leanrag.metadata import clean_metadata
from leanrag.types import (
    Chunk,
    Document,
    DocumentRecord,
    EmbeddedChunk,
    FieldType,
    Filter,
    Scalar,
    SearchRequest,
    SearchResult,
    StoreInfo,
)


class QdrantEdgeStore:
    """A ``Store`` in a folder of this machine, for one process; its threads may share it.

    ``open_edge_store`` makes one.
    """

    def __init__(self, home: Path, shard: EdgeShard, *, catalog: Catalog, lock: FolderLock) -> None:
        self._home = home
        self._shard = shard
        self._catalog = catalog
        self._lock = lock
        self._guard = threading.RLock()
        self._closed = False
        settings = catalog.settings()
        self._dimensions: int = settings["dimensions"]
        self._model: str = settings["model"]
        self._variant: str = settings["variant"]
        self._settle()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def variant(self) -> str:
        """The embedding model's variant that the vectors were made with."""
        return self._variant

    def close(self) -> None:
        """Writes everything to disk and gives the folder free; again has no effect."""
        with self._guard:
            if self._closed:
                return
            self._closed = True
            try:
                self._shard.close()
            finally:
                self._catalog.close()
                self._lock.release()

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        """Makes each document visible whole, in place of an earlier one of the same source or id.

        Raises:
            DocumentError: a document cannot be stored; nothing of the batch was written.
            StoreError: the engine failed; nothing of the batch is visible.
        """
        batch = check_batch(documents, self._dimensions)
        if not batch:
            return
        with self._use():
            self._sweep()
            keys = [(item.document.source, item.document.id) for item in batch]
            known = self._catalog.fields_without(keys)
            fields = merged_fields(known, (item.document for item in batch))
            new = [
                NewDocument(item.document, len(item.chunks), item.tokens, item.terms)
                for item in batch
            ]
            average = self._catalog.totals().average_length or average_length(batch)
            generations = self._catalog.add_pending(new)
            try:
                self._shard.index_fields(fields)
                for generation, item in zip(generations, batch, strict=True):
                    filterable = metadata_payload(item.document.metadata, fields)
                    payloads = [
                        chunk_payload(item.document, embedded, filterable)
                        for embedded in item.chunks
                    ]
                    self._shard.upsert(generation, item, payloads, average_length=average)
                self._shard.flush()
                self._catalog.publish(generations, fields)
            except StoreError:
                # Where this fails, too, the leftovers stay hidden until the next opening.
                with suppress(StoreError):
                    self._sweep()
                raise
            self._settle()

    def update_metadata(
        self, document_id: str, metadata: Mapping[str, Any], fingerprint: str | None = None
    ) -> None:
        """Replaces a document's metadata, on its chunks too, without touching vectors.

        Its fingerprint is replaced with them where one is given.

        Raises:
            InputError: there is no such document, or a value cannot be stored.
        """
        with self._use():
            document = self._catalog.document(document_id)
            if document is None:
                raise InputError(f"no document {document_id!r} in the collection")
            cleaned = clean_metadata(metadata)
            known = self._catalog.fields_without([(document.source, document_id)])
            fields = merged_fields(known, [replace(document, metadata=cleaned)])
            self._shard.index_fields(fields)
            self._catalog.replace_metadata(document_id, cleaned, fields, fingerprint)
            self._settle()

    def delete(self, document_ids: Iterable[str]) -> int:
        """Removes documents whole; returns how many there were."""
        with self._use():
            killed = self._catalog.kill(document_ids)
            self._sweep()
            return killed

    def optimize(self) -> bool:
        """Brings weights and indexes up to date; worth calling at the end of an ingest.

        Recomputes the BM25 weights of chunks whose recorded mean length is more than 2 % away
        from the present one, and lets the engine build its graph where the collection is large
        enough to need one. Returns whether anything was done.
        """
        with self._use():
            reweighed = self._shard.reweigh(self._catalog.totals().average_length)
            return self._shard.optimize() or reweighed

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def records(self) -> Iterator[DocumentRecord]:
        """All visible documents, ordered by source."""
        with self._use():
            return iter(self._catalog.records())

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text, or None."""
        with self._use():
            return self._catalog.document(document_id)

    def owner(self, chunk_id: str) -> str | None:
        """The id of the visible document that the chunk belongs to, or None."""
        with self._use():
            hidden = [generation for generation, _ in self._catalog.not_live()]
            found = self._shard.find(chunk_id, hidden)
            generations = (Found(payload, 0.0).generation for payload in found)
            return owner_of(found, self._catalog.owners(generations))

    def vectors(self, document_id: str) -> list[tuple[Chunk, Sequence[float]]]:
        """The chunks of a visible document in order, each with its unit vector."""
        with self._use():
            document = self._catalog.document(document_id)
            if document is None:
                return []
            (owner,) = self._catalog.owners([document.generation]).values()
            return embedded_of(self._shard.vectors(owner.generation, owner.chunks), owner.metadata)

    def search(self, request: SearchRequest) -> SearchResult:
        """Dense (cosine) and BM25 lists with raw scores, ties by id; copies of a text once.

        The filter is applied inside the engine, before scoring, to each copy by itself.

        Raises:
            InputError: the vector or the limit cannot be searched with.
        """
        request = check_request(request, self._dimensions)
        with self._use():
            hidden = [generation for generation, _ in self._catalog.not_live()]
            fields = self._catalog.fields()

            def search(asked: SearchRequest) -> tuple[Lists, Mapping[int, Owner]]:
                lists = self._shard.search(asked, fields, hidden)
                points = (point for found in lists for point in found)
                return lists, self._catalog.owners(point.generation for point in points)

            (dense, lexical), owners = search_distinct(request, search)
            return SearchResult(
                dense=hits_of(dense, owners, lexical=False),
                lexical=hits_of(lexical, owners, lexical=True),
            )

    def match(self, where: Filter) -> list[str]:
        """Ids of the documents whose metadata, source, title or language match, ordered.

        Raises:
            FilterError: the filter names what only passages have.
        """
        check_document_filter(where)
        with self._use():
            fields = self._catalog.fields()
            return sorted(
                owner.id
                for owner in self._catalog.every_owner()
                if document_matches(
                    where,
                    owner.metadata,
                    fields,
                    built_in={
                        "source": owner.source,
                        "title": owner.title,
                        "language": owner.language,
                    },
                )
            )

    def idf(self, terms: Iterable[int]) -> dict[int, float]:
        """The engine's inverse document frequency by term id; unknown terms are left out."""
        with self._use():
            hidden = [generation for generation, _ in self._catalog.not_live()]
            return self._shard.idf(sorted(set(terms)), hidden)

    def fields(self) -> Mapping[str, FieldType]:
        """The metadata fields that a visible document has, and their types."""
        with self._use():
            return self._catalog.fields()

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each field with their number of documents."""
        with self._use():
            documents = (owner.metadata for owner in self._catalog.every_owner())
            return count_values(documents, self._catalog.fields(), limit)

    def info(self) -> StoreInfo:
        """Figures of the collection."""
        with self._use():
            totals = self._catalog.totals()
            return StoreInfo(
                documents=totals.documents,
                chunks=totals.chunks,
                tokens=totals.tokens,
                fields=self._catalog.fields(),
                model=self._model,
                engine=ENGINE,
                bytes=bytes_on_disk(self._home),
            )

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _use(self) -> Iterator[None]:
        with self._guard:
            if self._closed:
                raise StoreError(f"the store {self._home} is closed", service="store")
            yield

    def _sweep(self) -> None:
        """Removes the chunks, then the records, of everything that is not visible."""
        hidden = self._catalog.not_live()
        if hidden:
            self._shard.remove(hidden)
            # Only what is gone from the disk may be forgotten, or a crash would bring it back.
            self._shard.flush()
            self._catalog.forget([generation for generation, _ in hidden])

    def _settle(self) -> None:
        """Finishes what a write has left to do, or a killed process has left undone."""
        self._sweep()
        stale = self._catalog.stale()
        if stale:
            fields = self._catalog.fields()
            self._shard.index_fields(fields)
            for owner in stale:
                filterable = metadata_payload(owner.metadata, fields)
                self._shard.set_metadata(owner.generation, owner.chunks, filterable)
            self._shard.flush()
            self._catalog.mark_fresh([owner.generation for owner in stale])
