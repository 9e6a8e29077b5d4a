"""Chunks as Qdrant points: what is checked before writing, and the payload both ways."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.qdrant.filters import METADATA_KEY
from leanrag.errors import DocumentError, InputError
from leanrag.metadata import clean_metadata, merge_fields
from leanrag.types import Chunk, Document, EmbeddedChunk, FieldType, Metadata, SearchRequest, Span

DENSE = "dense"
LEXICAL = "bm25"
ID_KEY = "id"
GENERATION_KEY = "generation"
AVERAGE_KEY = "average_length"
COUNTS_KEY = "counts"
AVERAGE_TOLERANCE = 0.02
"""How far the mean chunk length may move before weights are worth computing again."""


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document whose chunks, vectors and metadata are known to be good."""

    document: Document
    chunks: Sequence[EmbeddedChunk]
    vectors: Sequence[NDArray[np.float32]]

    @property
    def tokens(self) -> int:
        """Tokens of all chunks."""
        return sum(embedded.chunk.tokens for embedded in self.chunks)

    @property
    def terms(self) -> int:
        """BM25 terms of all chunks, repetitions counted."""
        return sum(sum(embedded.terms.values()) for embedded in self.chunks)


def check_batch(
    documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]], dimensions: int
) -> list[CheckedDocument]:
    """The documents with cleaned metadata, once everything about them is known to be good.

    The engine itself stores zero, NaN and missing vectors in silence.

    Raises:
        DocumentError: a text, vector or metadata value cannot be stored.
        InputError: two documents of the batch have the same source and origin, or the same id.
    """
    sources = Counter((document.source, document.origin) for document, _ in documents)
    ids = Counter(document.id for document, _ in documents)
    for (source, _), count in sources.items():
        if count > 1:
            raise InputError(f"{count} documents of one batch have the source {source!r}")
    for name, count in ids.items():
        if count > 1:
            raise InputError(f"{count} documents of one batch have the id {name!r}")
    return [_check_document(document, chunks, dimensions) for document, chunks in documents]


def average_length(batch: Sequence[CheckedDocument]) -> float:
    """Mean number of terms of the chunks, 0 where there is none."""
    chunks = sum(len(item.chunks) for item in batch)
    return sum(item.terms for item in batch) / chunks if chunks else 0.0


def merged_fields(
    fields: Mapping[str, FieldType], documents: Iterable[Document]
) -> dict[str, FieldType]:
    """The field types once the documents are added."""
    merged = dict(fields)
    for document in documents:
        merged = merge_fields(merged, document.metadata)
    return merged


def check_request(request: SearchRequest, dimensions: int) -> SearchRequest:
    """The request with a plain list as vector. Raises ``InputError`` where it makes no sense."""
    if request.limit < 1:
        raise InputError(f"the limit of a search is at least 1, got {request.limit}")
    for term, count in request.terms.items():
        if not 0 <= term < 2**32 or count < 0:
            raise InputError(f"the question's term {term} with count {count} is not valid")
    if request.dense is None:
        return request
    values, problem = _vector(request.dense, dimensions)
    if problem:
        raise InputError(f"the question's vector {problem}")
    return replace(request, dense=values.tolist())


def chunk_payload(
    document: Document, embedded: EmbeddedChunk, filterable: Mapping[str, Any]
) -> dict[str, Any]:
    """The payload of a chunk, without the generation and the average length of its weights."""
    chunk = embedded.chunk
    payload: dict[str, Any] = {
        ID_KEY: chunk.id,
        "document_id": document.id,
        "source": document.source,
        "title": document.title,
        "ordinal": chunk.ordinal,
        "kind": chunk.kind,
        "headings": list(chunk.headings),
        "span": list(chunk.span),
        "text": chunk.text,
        "sentences": [offset for span in chunk.sentences for offset in span],
        "lead": list(chunk.lead) if chunk.lead else None,
        "table_head": list(chunk.table_head) if chunk.table_head else None,
        "page": chunk.page,
        "language": chunk.language,
        "tokens": chunk.tokens,
        METADATA_KEY: filterable,
        # The counts of the sparse vector's terms where they are not 1.
        COUNTS_KEY: [number for item in embedded.terms.items() if item[1] != 1 for number in item],
    }
    return {name: value for name, value in payload.items() if value is not None}


def chunk_of(payload: Mapping[str, Any], metadata: Metadata) -> Chunk:
    """The chunk that a payload was made of, with the metadata of its document."""
    offsets = payload["sentences"]
    return Chunk(
        id=payload[ID_KEY],
        document_id=payload["document_id"],
        ordinal=payload["ordinal"],
        kind=payload["kind"],
        headings=tuple(payload["headings"]),
        span=_span(payload["span"]),
        text=payload["text"],
        sentences=tuple(zip(offsets[::2], offsets[1::2], strict=True)),
        lead=_span(payload["lead"]) if "lead" in payload else None,
        table_head=_span(payload["table_head"]) if "table_head" in payload else None,
        page=payload.get("page"),
        language=payload["language"],
        tokens=payload["tokens"],
        metadata=metadata,
    )


def term_counts(indices: Sequence[int], payload: Mapping[str, Any]) -> dict[int, int]:
    """The term counts of a stored chunk, from its sparse vector's indices and its payload."""
    counts = dict.fromkeys(indices, 1)
    repeated = payload[COUNTS_KEY]
    counts.update(zip(repeated[::2], repeated[1::2], strict=True))
    return counts


def _check_document(
    document: Document, chunks: Sequence[EmbeddedChunk], dimensions: int
) -> CheckedDocument:
    for name in ("id", "source", "origin", "title", "text"):
        _check_text(document, f"its {name}", getattr(document, name))
    try:
        metadata = clean_metadata(document.metadata)
    except InputError as error:
        raise DocumentError(document.source, str(error)) from error
    vectors = []
    for number, embedded in enumerate(chunks):
        place = f"chunk {number} ({embedded.chunk.id})"
        if embedded.chunk.document_id != document.id:
            raise DocumentError(document.source, f"{place} belongs to another document")
        for text in (embedded.chunk.id, embedded.chunk.text, *embedded.chunk.headings):
            _check_text(document, f"{place}: its text", text)
        values, problem = _vector(embedded.vector, dimensions)
        if problem:
            raise DocumentError(document.source, f"{place}: its vector {problem}")
        vectors.append(values)
        for term, count in embedded.terms.items():
            if not 0 <= term < 2**32 or count < 1:
                message = f"{place}: term {term} with count {count} is not valid"
                raise DocumentError(document.source, message)
    return CheckedDocument(replace(document, metadata=metadata), tuple(chunks), vectors)


def _check_text(document: Document, what: str, text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"{what} is not valid Unicode (a lone surrogate)"
        raise DocumentError(document.source, message) from error


def _vector(vector: Sequence[float], dimensions: int) -> tuple[NDArray[np.float32], str]:
    """The vector as an array, and what is wrong with it."""
    values = np.asarray(vector, dtype=np.float32)
    if values.shape != (dimensions,):
        return values, f"has the shape {values.shape}, the store takes {dimensions} numbers"
    if not np.isfinite(values).all():
        return values, "has a value that is not finite"
    return values, "" if values.any() else "is zero"


def _span(pair: Sequence[int]) -> Span:
    return pair[0], pair[1]
