"""An embedder, a store and a parser that only remember, for the logic of the pipeline."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.errors import DocumentError, InputError
from leanrag.metadata import merge_fields
from leanrag.types import (
    Chunk,
    Document,
    DocumentRecord,
    Element,
    EmbeddedChunk,
    FieldType,
    ParsedDocument,
)


class WordEmbedder:
    """Counts words; a vector of the text's length."""

    name, variant, dimensions, max_tokens = "words", "test", 2, 64

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    def count(self, text: str) -> int:
        return len(text.split()) + 2

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.calls.append(list(texts))
        return np.array([[len(text), 1.0] for text in texts], dtype=np.float32).reshape(-1, 2)

    @property
    def embedded(self) -> int:
        return sum(map(len, self.calls))


class MemoryStore:
    """Keeps documents by source, a second one of the same source by its origin, too.

    ``refuse`` names sources that cannot be written.
    """

    def __init__(self) -> None:
        self.held: dict[str, tuple[Document, list[EmbeddedChunk]]] = {}
        self.writes: list[list[str]] = []
        self.refuse: dict[str, Exception] = {}

    def records(self) -> Iterator[DocumentRecord]:
        for key in sorted(self.held):
            document, chunks = self.held[key]
            yield DocumentRecord(
                document.id,
                document.source,
                document.content_hash,
                document.metadata,
                1,
                len(chunks),
                sum(c.chunk.tokens for c in chunks),
                document.fingerprint,
                origin=document.origin,
            )

    def fields(self) -> dict[str, FieldType]:
        known: dict[str, FieldType] = {}
        for document, _ in self.held.values():
            known = merge_fields(known, document.metadata)
        return known

    def document(self, document_id: str) -> Document | None:
        return next((d for d, _ in self.held.values() if d.id == document_id), None)

    def owner(self, chunk_id: str) -> str | None:
        owners = (
            d.id for d, chunks in self.held.values() for c in chunks if c.chunk.id == chunk_id
        )
        return next(owners, None)

    def chunks(self, document_id: str) -> list[Chunk]:
        return [chunk for chunk, _ in self.vectors(document_id)]

    def vectors(self, document_id: str) -> list[tuple[Chunk, Any]]:
        return next(
            (
                [(embedded.chunk, embedded.vector) for embedded in chunks]
                for document, chunks in self.held.values()
                if document.id == document_id
            ),
            [],
        )

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        for document, _ in documents:
            if document.source in self.refuse:
                raise self.refuse[document.source]
        self.writes.append([document.source for document, _ in documents])
        for document, chunks in documents:
            rivals = {
                key
                for key, (other, _) in self.held.items()
                if other.id == document.id
                or (other.source, other.origin) == (document.source, document.origin)
            }
            for key in rivals:
                del self.held[key]
            taken = document.source in self.held
            key = f"{document.source} of {document.origin}" if taken else document.source
            self.held[key] = (document, list(chunks))

    def set_origins(self, origins: Mapping[str, str]) -> None:
        for key, (document, chunks) in self.held.items():
            if document.id in origins:
                self.held[key] = (replace(document, origin=origins[document.id]), chunks)

    def update_metadata(
        self, document_id: str, metadata: Mapping[str, Any], fingerprint: str | None = None
    ) -> None:
        if metadata.get("bad"):
            raise InputError("metadata field 'bad': cannot be stored")
        source = next(s for s, (d, _) in self.held.items() if d.id == document_id)
        document, chunks = self.held[source]
        fingerprint = document.fingerprint if fingerprint is None else fingerprint
        changed = replace(document, metadata=dict(metadata), fingerprint=fingerprint)
        self.held[source] = (changed, chunks)

    def delete(self, document_ids: Iterable[str]) -> int:
        wanted = set(document_ids)
        sources = [s for s, (d, _) in self.held.items() if d.id in wanted]
        for source in sources:
            del self.held[source]
        return len(sources)


class LineParser:
    """One paragraph a line; ``key: value`` lines on top are metadata.

    ``!`` is broken, ``@`` holds nothing but links, a line with ``?`` is a warning too.
    """

    version, suffixes = "1", frozenset((".txt", ".md"))
    options: Mapping[str, Any] = MappingProxyType({})

    def __init__(self) -> None:
        self.parsed: list[str] = []

    def parse(self, path: Path, source: str) -> ParsedDocument:
        self.parsed.append(source)
        try:
            return self.parse_text(path.read_text(), source)
        except OSError as error:
            raise DocumentError(source, "cannot be read") from error

    def parse_text(self, text: str, source: str) -> ParsedDocument:
        if text.startswith("!"):
            raise DocumentError(source, "is broken")
        if text == "@":
            return ParsedDocument(Path(source).stem, ())
        metadata: dict[str, Any] = {}
        elements = []
        for line in text.splitlines():
            name, colon, value = line.partition(": ")
            if colon and not elements:
                metadata[name] = value
            elif line:
                elements.append(Element("prose", line))
        if not elements:
            raise DocumentError(source, "holds no text")
        title = str(metadata.pop("title", "") or Path(source).stem)
        warnings = tuple(f"not clear: {e.text}" for e in elements if "?" in e.text)
        return ParsedDocument(title, tuple(elements), metadata, warnings=warnings)
