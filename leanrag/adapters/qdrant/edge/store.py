"""The embedded store: Qdrant Edge for chunks and vectors, SQLite for documents.

Writing is atomic by document: chunks go into the engine under a new generation that every search
excludes, are made sure of on disk, and become visible with one SQLite transaction, which also
hides the version that they replace. What a killed process leaves behind is removed at the next
opening. Readers do not wait for a write: each sees the collection as it was before it or after.

The module is long because all that a store is asked for stands here.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from leanrag.adapters.qdrant.copies import Lists, search_distinct
from leanrag.adapters.qdrant.document_queries import (
    check_document_filter,
    count_values,
    document_matches,
)
from leanrag.adapters.qdrant.edge.catalog_reader import CatalogReader
from leanrag.adapters.qdrant.edge.collection import EdgeCollection
from leanrag.adapters.qdrant.edge.folder import ENGINE, bytes_on_disk
from leanrag.adapters.qdrant.edge.folder_lock import FolderLock
from leanrag.adapters.qdrant.edge.optimizer import EdgeOptimizer
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.adapters.qdrant.filters import metadata_payload, newly_mixed
from leanrag.adapters.qdrant.payload import (
    average_length,
    check_batch,
    check_request,
    chunk_payload,
    merged_fields,
)
from leanrag.adapters.qdrant.stored import (
    Found,
    Identity,
    NewDocument,
    Owner,
    chunks_of,
    embedded_of,
    hits_of,
    owner_of,
)
from leanrag.errors import InputError, StoreError
from leanrag.metadata import clean_metadata
from leanrag.types import (
    Chunk,
    Document,
    DocumentRecord,
    EmbeddedChunk,
    FieldType,
    Filter,
    MadeWith,
    Scalar,
    SearchRequest,
    SearchResult,
    StoreInfo,
)

_AT_ONCE = 8
"""Searches of one call to the engine, during which no other Python code runs."""


class QdrantEdgeStore:
    """A ``Store`` in a folder of this machine, for one process; its threads may share it.

    ``open_edge_store`` makes one.
    """

    def __init__(self, parts: EdgeCollection, lock: FolderLock) -> None:
        self._parts = parts
        self._catalog = parts.catalog
        self._lock = lock
        self._optimizer = EdgeOptimizer(parts)
        self._users = 0
        self._free = threading.Condition()
        self._closed = False
        settings = parts.catalog.settings()
        self._dimensions: int = settings["dimensions"]
        self._made_with = MadeWith(settings["model"], settings["variant"], self._dimensions)
        with parts.writing:
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
        return self._made_with.variant or ""

    @property
    def made_with(self) -> MadeWith:
        """The embedding model that the vectors were made with."""
        return self._made_with

    def close(self) -> None:
        """Writes everything to disk and gives the folder free; again has no effect.

        Waits for the calls of other threads, but for optimising, which is given up.
        """
        with self._free:
            if self._closed:
                return
            self._closed = True
        self._optimizer.stop()
        with self._free:
            self._free.wait_for(lambda: self._users == 0)
        self._optimizer.join()
        try:
            self._parts.shard.close()
        finally:
            self._catalog.close()
            self._lock.release()

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        """Makes each document visible whole, in place of an earlier one.

        An earlier one has the same source and origin, or the same id.

        Raises:
            DocumentError: a document cannot be stored; nothing of the batch was written.
            StoreError: the engine failed; nothing of the batch is visible.
        """
        batch = check_batch(documents, self._dimensions)
        if not batch:
            return
        with self._writing():
            self._sweep()
            known = self._catalog.fields_without(Identity.of(item.document) for item in batch)
            fields = merged_fields(known, (item.document for item in batch))
            new = [
                NewDocument(item.document, len(item.chunks), item.tokens, item.terms)
                for item in batch
            ]
            average = self._catalog.totals().average_length or average_length(batch)
            generations = self._catalog.add_pending(new)
            try:
                shard = self._parts.shard
                self._widen(known, fields)
                for generation, item in zip(generations, batch, strict=True):
                    filterable = metadata_payload(item.document.metadata, fields)
                    payloads = [
                        chunk_payload(item.document, embedded, filterable)
                        for embedded in item.chunks
                    ]
                    shard.upsert(generation, item, payloads, average_length=average)
                shard.sync()
                self._catalog.publish(generations, fields)
            except StoreError:
                # Where this fails, too, the leftovers stay hidden until the next opening.
                with suppress(StoreError):
                    self._sweep()
                raise
            self._settle()
            self._optimizer.after_write()

    def update_metadata(
        self, document_id: str, metadata: Mapping[str, Any], fingerprint: str | None = None
    ) -> None:
        """Replaces a document's metadata, on its chunks too, without touching vectors.

        Its fingerprint is replaced with them where one is given.

        Raises:
            InputError: there is no such document, or a value cannot be stored.
        """
        with self._writing():
            document = self._catalog.document(document_id)
            if document is None:
                raise InputError(f"no document {document_id!r} in the collection")
            cleaned = clean_metadata(metadata)
            known = self._catalog.fields_without([Identity.of(document)])
            fields = merged_fields(known, [replace(document, metadata=cleaned)])
            self._widen(known, fields)
            self._parts.shard.sync()
            self._catalog.replace_metadata(document_id, cleaned, fields, fingerprint)
            self._settle()

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Records where documents come from, by their ids; unknown ones are left out."""
        with self._writing():
            self._catalog.set_origins(origins)

    def delete(self, document_ids: Iterable[str]) -> int:
        """Removes documents whole; returns how many there were."""
        with self._writing():
            killed = self._catalog.kill(document_ids)
            self._sweep()
            return killed

    def optimize(self) -> bool:
        """Brings weights and indexes up to date; worth calling at the end of an ingest.

        Recomputes the BM25 weights of chunks whose recorded mean length is more than 2 % away
        from the present one, and lets the engine build its graph where the collection is large
        enough to need one. Other threads read and write meanwhile. Returns whether anything was
        done.

        Raises:
            StoreError: it failed; the collection is as it was.
        """
        with self._use():
            return self._optimizer.run()

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def records(self) -> Iterator[DocumentRecord]:
        """All visible documents, ordered by source."""
        with self._reading() as reader:
            return iter(reader.records())

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text, or None."""
        with self._reading() as reader:
            return reader.document(document_id)

    def owner(self, chunk_id: str) -> str | None:
        """The id of the visible document that the chunk belongs to, or None."""
        with self._moment() as (reader, shard):
            found = shard.find(chunk_id, reader.hidden())
            generations = (Found(payload, 0.0).generation for payload in found)
            return owner_of(found, reader.owners(generations))

    def vectors(self, document_id: str) -> list[tuple[Chunk, Sequence[float]]]:
        """The chunks of a visible document in order, each with its unit vector."""
        return [(item.chunk, item.vector) for item in self.embedded(document_id)]

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a visible document in order."""
        with self._moment() as (reader, shard):
            document = reader.document(document_id)
            if document is None:
                return []
            (owner,) = reader.owners([document.generation]).values()
            return chunks_of(shard.payloads(owner.generation, owner.chunks), owner.metadata)

    def embedded(self, document_id: str) -> list[EmbeddedChunk]:
        """The chunks of a visible document in order, as ``write`` takes them."""
        with self._moment() as (reader, shard):
            document = reader.document(document_id)
            if document is None:
                return []
            (owner,) = reader.owners([document.generation]).values()
            return embedded_of(shard.chunks(owner.generation, owner.chunks), owner.metadata)

    def search(self, request: SearchRequest) -> SearchResult:
        """Dense (cosine) and BM25 lists with raw scores, ties by id; copies of a text once.

        The filter is applied inside the engine, before scoring, to each copy by itself.

        Raises:
            InputError: the vector or the limit cannot be searched with.
        """
        return self.search_many([request])[0]

    def search_many(self, requests: Sequence[SearchRequest]) -> list[SearchResult]:
        """What ``search`` finds for each request, some of them in one call to the engine."""
        checked = [check_request(request, self._dimensions) for request in requests]
        found: list[SearchResult] = []
        for start in range(0, len(checked), _AT_ONCE):
            with self._moment() as (reader, shard):
                found += _answers(checked[start : start + _AT_ONCE], reader, shard)
        return found

    def match(self, where: Filter) -> list[str]:
        """Ids of the documents whose metadata, source, title or language match, ordered.

        Raises:
            FilterError: the filter names what only passages have.
        """
        check_document_filter(where)
        with self._reading() as reader:
            fields = reader.fields()
            return sorted(
                owner.id
                for owner in reader.every_owner()
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
        with self._moment() as (reader, shard):
            _, removed = reader.changed_chunks()
            return shard.idf(sorted(set(terms)), reader.hidden(), removed=removed)

    def fields(self) -> Mapping[str, FieldType]:
        """The metadata fields that a visible document has, and their types."""
        with self._reading() as reader:
            return reader.fields()

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each field with their number of documents."""
        with self._reading() as reader:
            documents = (owner.metadata for owner in reader.every_owner())
            return count_values(documents, reader.fields(), limit)

    def info(self) -> StoreInfo:
        """Figures of the collection."""
        with self._reading() as reader:
            totals = reader.totals()
            return StoreInfo(
                documents=totals.documents,
                chunks=totals.chunks,
                tokens=totals.tokens,
                fields=reader.fields(),
                model=self._made_with.model or "",
                engine=ENGINE,
                bytes=bytes_on_disk(self._parts.home),
            )

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _use(self) -> Iterator[None]:
        with self._free:
            if self._closed:
                raise StoreError(f"the store {self._parts.home} is closed", service="store")
            self._users += 1
        try:
            yield
        finally:
            with self._free:
                self._users -= 1
                self._free.notify_all()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._use(), self._parts.writing:
            yield

    @contextmanager
    def _reading(self) -> Iterator[CatalogReader]:
        with self._use(), self._catalog.reading() as reader:
            yield reader

    @contextmanager
    def _moment(self) -> Iterator[tuple[CatalogReader, EdgeShard]]:
        """Catalogue and engine as of one moment."""
        with self._use(), self._parts.gate, self._catalog.reading() as reader:
            yield reader, self._parts.shard

    def _widen(self, before: Mapping[str, FieldType], fields: Mapping[str, FieldType]) -> None:
        """Makes the engine ready for fields that are about to have further types.

        Readers go by the earlier types until the catalogue says otherwise: the chunks carry what
        both need.
        """
        shard = self._parts.shard
        shard.index_fields(fields)
        mixed = newly_mixed(before, fields)
        for owner in self._catalog.every_owner() if mixed else ():
            if not mixed.isdisjoint(owner.metadata):
                filterable = metadata_payload(owner.metadata, fields, before=before)
                shard.set_metadata(owner.generation, owner.chunks, filterable)

    def _sweep(self) -> None:
        """Removes the chunks, then the records, of everything that is not visible."""
        hidden = self._catalog.not_live()
        if hidden:
            self._parts.shard.remove(hidden)
            # Only what is gone from the disk may be forgotten, or a crash would bring it back.
            self._parts.shard.sync()
            self._catalog.forget([generation for generation, _ in hidden])

    def _settle(self) -> None:
        """Finishes what a write has left to do, or a killed process has left undone."""
        self._sweep()
        stale = self._catalog.stale()
        if stale:
            fields = self._catalog.fields()
            shard = self._parts.shard
            shard.index_fields(fields)
            for owner in stale:
                filterable = metadata_payload(owner.metadata, fields)
                shard.set_metadata(owner.generation, owner.chunks, filterable)
            shard.sync()
            self._catalog.mark_fresh([owner.generation for owner in stale])


def _answers(
    requests: Sequence[SearchRequest], reader: CatalogReader, shard: EdgeShard
) -> list[SearchResult]:
    fields, hidden = reader.fields(), reader.hidden()
    _, removed = reader.changed_chunks()

    def search(asked: Sequence[SearchRequest]) -> list[tuple[Lists, Mapping[int, Owner]]]:
        found = shard.search(asked, fields, hidden, removed=removed)
        points = (point for lists in found for side in lists for point in side)
        owners = reader.owners(point.generation for point in points)
        return [(lists, owners) for lists in found]

    return [
        SearchResult(
            dense=hits_of(dense, owners, lexical=False),
            lexical=hits_of(lexical, owners, lexical=True),
        )
        for (dense, lexical), owners in search_distinct(requests, search, fields)
    ]
