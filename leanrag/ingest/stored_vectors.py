"""Vectors that the store holds already of what is about to be written: they cost nothing again.

A changed document has most of its chunks from its earlier version, and a file under a new name
has all of them from the document under the former one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from leanrag.ingest.chunk import Chunker
from leanrag.ingest.fingerprint import Fingerprint
from leanrag.protocols import StoreReader
from leanrag.types import Chunk, Document, DocumentRecord

Known = dict[str, Sequence[float]]
"""Vectors by the text that they stand for."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A document with its chunks and the texts to embed; ``record`` is its earlier version."""

    document: Document
    chunks: Sequence[Chunk]
    texts: Sequence[str]
    fingerprint: Fingerprint
    record: DocumentRecord | None


class StoredVectors:
    """Finds them. ``records`` are the documents of the store as an ingest begins."""

    def __init__(
        self, store: StoreReader, chunker: Chunker, records: Iterable[DocumentRecord]
    ) -> None:
        self._store = store
        self._chunker = chunker
        self._copies: dict[str, DocumentRecord] = {}
        for record in records:
            self._copies.setdefault(record.content_hash, record)

    def find(self, wanted: Wanted) -> Known:
        """The vectors of those texts that the earlier version or a copy has."""
        found: Known = {}
        for record in (self._copies.get(wanted.document.content_hash), wanted.record):
            if record is not None and len(found) < len(wanted.texts):
                for text, vector in self._of(record, wanted).items():
                    found.setdefault(text, vector)
        return found

    def _of(self, record: DocumentRecord, wanted: Wanted) -> Known:
        known = Fingerprint.read(record.fingerprint)
        if known is None or not known.same_prefix(wanted.fingerprint):
            return {}
        stored = self._store.document(record.id)
        if stored is None:  # replaced since the ingest began
            return {}
        pairs = self._store.vectors(record.id)
        if known.same_input(wanted.fingerprint) and _same_chunks(pairs, wanted.chunks):
            # The same bytes: only the file's name, where that is its title, reads differently.
            return {text: vector for text, (_, vector) in zip(wanted.texts, pairs, strict=True)}
        texts = set(wanted.texts)
        return {
            text: vector
            for chunk, vector in pairs
            if (text := self._chunker.embedding_text(stored.title, chunk)) in texts
        }


def _same_chunks(pairs: Sequence[tuple[Chunk, Sequence[float]]], chunks: Sequence[Chunk]) -> bool:
    return [(chunk.span, chunk.headings) for chunk, _ in pairs] == [
        (chunk.span, chunk.headings) for chunk in chunks
    ]
