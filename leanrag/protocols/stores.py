"""The store of documents and chunks, by what is asked of it.

Ask for the smallest part that serves: ``StoreReader``, ``StoreSearcher``, ``StoreWriter`` and
``StoreAdmin`` have no method in common, and ``Store`` joins them for whoever owns one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Protocol

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


class StoreReader(Protocol):
    """Gives back what the visible documents of a collection hold."""

    def records(self) -> Iterator[DocumentRecord]:
        """All visible documents, ordered by source."""
        ...

    def document(self, document_id: str) -> Document | None: ...

    def owner(self, chunk_id: str) -> str | None:
        """The id of the visible document that a chunk belongs to."""
        ...

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a visible document in order."""
        ...

    def vectors(self, document_id: str) -> list[tuple[Chunk, Sequence[float]]]:
        """The chunks of a visible document in order, each with its unit vector."""
        ...

    def embedded(self, document_id: str) -> list[EmbeddedChunk]:
        """The chunks of a visible document in order, as ``write`` takes them."""
        ...

    def fields(self) -> Mapping[str, FieldType]:
        """The metadata fields and their types."""
        ...


class StoreSearcher(Protocol):
    """Finds chunks and documents; a filter holds inside the engine, before anything is scored."""

    def search(self, request: SearchRequest) -> SearchResult:
        """Dense and BM25 lists, filtered inside the engine before scoring."""
        ...

    def search_many(self, requests: Sequence[SearchRequest]) -> list[SearchResult]:
        """What ``search`` finds for each request, several in one call to the engine."""
        ...

    def match(self, where: Filter) -> list[str]:
        """Ids of the documents whose metadata matches, ordered."""
        ...

    def idf(self, terms: Iterable[int]) -> dict[int, float]:
        """The engine's inverse document frequency by term id; unknown terms are left out."""
        ...


class StoreWriter(Protocol):
    """Makes documents visible and takes them away, each of them wholly or not at all."""

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        """Makes each document visible whole, in place of an earlier one.

        An earlier one has the same source and origin, or the same id.
        """
        ...

    def update_metadata(
        self, document_id: str, metadata: Mapping[str, Any], fingerprint: str | None = None
    ) -> None:
        """Replaces a document's metadata, on its chunks too, without touching vectors.

        Its fingerprint is replaced with them where one is given.
        """
        ...

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Records where documents come from, by their ids; unknown ones are left out."""
        ...

    def delete(self, document_ids: Iterable[str]) -> int:
        """Removes documents whole; returns how many there were."""
        ...


class StoreAdmin(Protocol):
    """Says what a collection is made of, keeps it in order and lets go of it."""

    @property
    def variant(self) -> str:
        """The embedding model's variant that the vectors were made with."""
        ...

    @property
    def made_with(self) -> MadeWith:
        """The embedding model that the vectors were made with."""
        ...

    def info(self) -> StoreInfo: ...

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each field with their number of documents."""
        ...

    def optimize(self) -> bool:
        """Brings weights and indexes up to date after writing; whether anything was done."""
        ...

    def close(self) -> None: ...


class EvidenceStore(StoreReader, StoreSearcher, Protocol):
    """For whoever searches and then reads around what was found."""


class DocumentStore(StoreReader, StoreWriter, Protocol):
    """For whoever compares with what is there and then writes."""


class Store(EvidenceStore, DocumentStore, StoreAdmin, Protocol):
    """One collection of documents and chunks, as those have it that open and close it.

    A document is visible to every reading method wholly or not at all. Implementations raise
    ``StoreError`` where the store fails, and ``InputError`` (``DocumentError``, ``FilterError``)
    for what cannot be stored or searched with; then nothing of the call was done.
    """
