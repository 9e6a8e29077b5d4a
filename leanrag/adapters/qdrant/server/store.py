"""The store on a Qdrant server or cluster, for several processes at once.

A collection ``NAME`` has the chunks, ``NAME__documents`` the documents. Writing is atomic by
document: the chunks go in under a generation that readers exclude, and one operation on the
document's record makes it visible. Readers look at the records again after a search, so that no
chunk of a hidden document, and none that does not match the filter, gets further. The module is
long because all that a store is asked for stands here.
"""

import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from leanrag.adapters.qdrant.copies import Lists, search_distinct
from leanrag.adapters.qdrant.document_queries import check_document_filter, count_values
from leanrag.adapters.qdrant.filters import metadata_payload, newly_mixed
from leanrag.adapters.qdrant.payload import (
    AVERAGE_TOLERANCE,
    CheckedDocument,
    average_length,
    check_batch,
    check_request,
    chunk_payload,
    merged_fields,
)
from leanrag.adapters.qdrant.server.chunks import ServerChunks
from leanrag.adapters.qdrant.server.connection import is_local, translated
from leanrag.adapters.qdrant.server.documents import ServerDocuments
from leanrag.adapters.qdrant.stored import (
    Found,
    Identity,
    NewDocument,
    Owner,
    Totals,
    chunks_of,
    embedded_of,
    hits_of,
    owner_of,
)
from leanrag.errors import BackendError, InputError, StoreError
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

ENGINE = "qdrant-server"
_AT_ONCE = 16
_PATIENCE = 3
"""How often a search is done anew because documents were replaced while it ran."""


class QdrantServerStore:
    """A ``Store`` on a Qdrant server. ``open_server_collection`` makes one."""

    def __init__(
        self,
        client: Any,
        chunks: ServerChunks,
        *,
        documents: ServerDocuments,
        settings: Mapping[str, Any],
        place: str,
    ) -> None:
        self._client = client
        self._chunks = chunks
        self._documents = documents
        self._dimensions: int = settings["dimensions"]
        self._made_with = MadeWith(settings["model"], settings["variant"], self._dimensions)
        self._place = place
        self._guard = threading.RLock()
        self._one_at_a_time = is_local(client)
        self._closed = False
        self._known_totals: Totals | None = None
        self._written_terms = 0
        with self._use():
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
        """Closes the connection; again has no effect."""
        if not self._closed:
            self._closed = True
            with translated(self._place):
                self._client.close()

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        """Makes each document visible whole, in place of an earlier one.

        An earlier one has the same source and origin, or the same id.

        Raises:
            DocumentError: a document cannot be stored; nothing of the batch was written.
            BackendError: the server failed; no document of the batch is visible in part.
        """
        batch = check_batch(documents, self._dimensions)
        if not batch:
            return
        with self._guard, self._use():
            self._settle()
            identities = [Identity.of(item.document) for item in batch]
            before = self._documents.fields(without=identities)
            fields = merged_fields(before, (item.document for item in batch))
            filterable = [metadata_payload(item.document.metadata, fields) for item in batch]
            new = [
                NewDocument(item.document, len(item.chunks), item.tokens, item.terms)
                for item in batch
            ]
            average = self._mean_length() or average_length(batch)
            self._widen(before, fields)
            generations = self._documents.add_pending(new, filterable)
            try:
                for generation, item, values in zip(generations, batch, filterable, strict=True):
                    payloads = [
                        chunk_payload(item.document, embedded, values) for embedded in item.chunks
                    ]
                    self._chunks.upsert(generation, item, payloads, average_length=average)
                self._documents.publish(generations)
                if newly_mixed(fields, self._documents.types()):
                    # Another writer gave a field a further type meanwhile.
                    self._documents.mark_stale(generations)
                self._count(batch)
            except BaseException:  # Ctrl-C too: hide what is half written, then raise again
                # The server may be gone; what stays behind is hidden, and removed later.
                with suppress(BackendError), translated(self._place):
                    self._documents.bury(generations)
                    self._settle()
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
        with self._guard, self._use():
            document = self._documents.document(document_id)
            if document is None:
                raise InputError(f"no document {document_id!r} in the collection")
            cleaned = clean_metadata(metadata)
            before = self._documents.fields(without=[Identity.of(document)])
            fields = merged_fields(before, [replace(document, metadata=cleaned)])
            self._widen(before, fields)
            values = metadata_payload(cleaned, fields)
            self._documents.replace_metadata(document.generation, cleaned, values, fingerprint)
            self._settle()

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Records where documents come from, by their ids; unknown ones are left out."""
        with self._guard, self._use():
            self._documents.set_origins(origins)

    def delete(self, document_ids: Iterable[str]) -> int:
        """Removes documents whole; returns how many there were."""
        with self._guard, self._use():
            doomed = self._documents.with_ids(sorted(set(document_ids)))
            self._documents.bury([owner.generation for owner in doomed])
            self._known_totals = None
            self._settle()
            return len(doomed)

    def optimize(self) -> bool:
        """Computes BM25 weights again where the mean chunk length has moved by more than 2 %.

        The server builds its indexes by itself. Returns whether anything was done.
        """
        with self._guard, self._use():
            return self._chunks.reweigh(self._totals().average_length)

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def records(self) -> Iterator[DocumentRecord]:
        """All visible documents, ordered by source."""
        with self._use():
            return iter(self._documents.records())

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text, or None."""
        with self._use():
            return self._documents.document(document_id)

    def owner(self, chunk_id: str) -> str | None:
        """The id of the visible document that the chunk belongs to, or None."""
        with self._use():
            found = self._chunks.find(chunk_id, self._documents.hidden())
            generations = (Found(payload, 0.0).generation for payload in found)
            return owner_of(found, self._documents.owners(generations))

    def vectors(self, document_id: str) -> list[tuple[Chunk, Sequence[float]]]:
        """The chunks of a visible document in order, each with its unit vector."""
        return [(item.chunk, item.vector) for item in self.embedded(document_id)]

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a visible document in order."""
        with self._use():
            for owner in self._documents.with_ids([document_id]):
                payloads = self._chunks.payloads(owner.generation, owner.chunks)
                if len(payloads) == owner.chunks:
                    return chunks_of(payloads, owner.metadata)
            return []

    def embedded(self, document_id: str) -> list[EmbeddedChunk]:
        """The chunks of a visible document in order, as ``write`` takes them."""
        with self._use():
            for owner in self._documents.with_ids([document_id]):
                points = self._chunks.chunks(owner.generation, owner.chunks)
                # Another process may have replaced the document in between.
                if len(points) == owner.chunks:
                    return embedded_of(points, owner.metadata)
            return []

    def search(self, request: SearchRequest) -> SearchResult:
        """Dense (cosine) and BM25 lists with raw scores, ties by id; copies of a text once.

        The filter is applied inside the engine, before scoring, to each copy by itself.

        Raises:
            InputError: the vector or the limit cannot be searched with.
        """
        return self.search_many([request])[0]

    def search_many(self, requests: Sequence[SearchRequest]) -> list[SearchResult]:
        """What ``search`` finds for each request, some of them in one call to the server."""
        checked = [check_request(request, self._dimensions) for request in requests]
        found: list[SearchResult] = []
        for start in range(0, len(checked), _AT_ONCE):
            with self._use():
                found += self._answers(checked[start : start + _AT_ONCE])
        return found

    def match(self, where: Filter) -> list[str]:
        """Ids of the documents whose metadata, source, title or language match, ordered.

        Raises:
            FilterError: the filter names what only passages have.
        """
        check_document_filter(where)
        with self._use():
            fields = self._documents.types()
            return sorted(owner.id for owner in self._documents.match(where, fields))

    def idf(self, terms: Iterable[int]) -> dict[int, float]:
        """The engine's inverse document frequency by term id; unknown terms are left out."""
        with self._use():
            return self._chunks.idf(sorted(set(terms)), self._documents.hidden())

    def fields(self) -> Mapping[str, FieldType]:
        """The metadata fields that a visible document has, and their types."""
        with self._use():
            return self._documents.fields()

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each field with their number of documents."""
        with self._use():
            owners = self._documents.visible().values()
            fields = self._documents.fields()
            return count_values((owner.metadata for owner in owners), fields, limit)

    def info(self) -> StoreInfo:
        """Figures of the collection; the server does not tell its size on disk."""
        with self._use():
            totals = self._totals()
            return StoreInfo(
                documents=totals.documents,
                chunks=totals.chunks,
                tokens=totals.tokens,
                fields=self._documents.fields(),
                model=self._made_with.model or "",
                engine=ENGINE,
                bytes=0,
            )

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _use(self) -> Iterator[None]:
        if self._closed:
            raise StoreError(f"the store of {self._place} is closed", service="qdrant")
        # The client's imitation of a server is not made for threads.
        with self._guard if self._one_at_a_time else nullcontext(), translated(self._place):
            yield

    def _answers(self, requests: Sequence[SearchRequest]) -> list[SearchResult]:
        filtered = any(request.where is not None for request in requests)
        fields = self._documents.types() if filtered else {}

        def search(asked: Sequence[SearchRequest]) -> list[tuple[Lists, Mapping[int, Owner]]]:
            for _ in range(_PATIENCE):
                found = self._chunks.search(asked, fields, self._documents.hidden())
                met = {point.generation for lists in found for side in lists for point in side}
                owners = self._documents.owners(met)
                if len(owners) == len(met):
                    break
                # A document was replaced in between: neither of its versions would be shown.
            return [(lists, owners) for lists in found]

        return [
            SearchResult(
                dense=hits_of(dense, owners, lexical=False),
                lexical=hits_of(lexical, owners, lexical=True),
            )
            for (dense, lexical), owners in search_distinct(requests, search, fields)
        ]

    def _totals(self) -> Totals:
        owners = self._documents.visible().values()
        return Totals(
            documents=len(owners),
            chunks=sum(owner.chunks for owner in owners),
            tokens=sum(owner.tokens for owner in owners),
            terms=sum(owner.terms for owner in owners),
        )

    def _count(self, batch: Sequence[CheckedDocument]) -> None:
        """Adds what was written to the totals as they were read last; replaced is not known."""
        known = self._known_totals
        if known is not None:
            self._known_totals = Totals(
                documents=known.documents + len(batch),
                chunks=known.chunks + sum(len(item.chunks) for item in batch),
                tokens=known.tokens + sum(item.tokens for item in batch),
                terms=known.terms + sum(item.terms for item in batch),
            )
            self._written_terms += sum(item.terms for item in batch)

    def _mean_length(self) -> float:
        """The mean chunk length, read anew from time to time: that takes all records."""
        known = self._known_totals
        if known is None or self._written_terms > AVERAGE_TOLERANCE / 2 * known.terms:
            self._known_totals = known = self._totals()
            self._written_terms = 0
        return known.average_length

    def _widen(self, before: Mapping[str, FieldType], fields: Mapping[str, FieldType]) -> None:
        """Makes the collection ready for fields with further types, and records them.

        Readers go by the earlier types until then: the documents there carry what both need.
        """
        self._documents.index_fields(fields)
        self._chunks.index_fields(fields)
        mixed = newly_mixed(before, fields)
        for owner in self._documents.visible().values() if mixed else ():
            if not mixed.isdisjoint(owner.metadata):
                values = metadata_payload(owner.metadata, fields, before=before)
                self._chunks.set_metadata(owner.generation, values)
                self._documents.set_filterable(owner.generation, values)
        self._documents.save_fields(fields, before)

    def _settle(self) -> None:
        """Finishes what a write has left to do, or a process that died has left undone."""
        gone = self._documents.removable()
        if gone:
            self._chunks.remove(gone)
            self._documents.forget(gone)
            self._documents.clear_replaced(gone)
        stale = self._documents.stale()
        if stale:
            fields = self._documents.types()
            for owner in stale:
                values = metadata_payload(owner.metadata, fields)
                self._chunks.set_metadata(owner.generation, values)
                self._documents.mark_fresh(owner.generation, values)
