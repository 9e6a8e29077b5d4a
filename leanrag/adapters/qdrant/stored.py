"""What the stores keep of a document beside its text, and hits made of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, NamedTuple

from leanrag.adapters.qdrant.payload import GENERATION_KEY, chunk_of, term_counts
from leanrag.errors import StoreError
from leanrag.types import Chunk, Document, EmbeddedChunk, Hit, Metadata, SearchRequest


class Identity(NamedTuple):
    """What a document is told by: it replaces those of its source and origin, and of its id."""

    source: str
    origin: str
    id: str

    @classmethod
    def of(cls, document: Document) -> "Identity":
        """The identity of a document."""
        return cls(document.source, document.origin, document.id)


@dataclass(frozen=True, slots=True)
class NewDocument:
    """A document about to be written, with the sums over its chunks."""

    document: Document
    chunks: int
    tokens: int
    terms: int


@dataclass(frozen=True, slots=True)
class Owner:
    """What a hit needs to know of its document, and its sums."""

    generation: int
    id: str
    source: str
    title: str
    language: str
    content_hash: str
    metadata: Metadata
    chunks: int
    tokens: int
    terms: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the visible documents; ``terms`` are BM25 terms, repetitions counted."""

    documents: int
    chunks: int
    tokens: int
    terms: int

    @property
    def average_length(self) -> float:
        """Mean number of terms of a chunk, 0 where there is none."""
        return self.terms / self.chunks if self.chunks else 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """A point found by a search, with its raw score."""

    payload: Mapping[str, Any]
    score: float

    @property
    def generation(self) -> int:
        """The generation of the document that the point belongs to. Raises ``StoreError``."""
        try:
            return int(self.payload[GENERATION_KEY])
        except (KeyError, TypeError, ValueError) as error:
            raise _incomplete() from error


def hits_of(
    found: Iterable[Found], owners: Mapping[int, Owner], *, lexical: bool
) -> tuple[Hit, ...]:
    """The hits, best first and ties by id; points whose document is not visible are left out.

    Raises:
        StoreError: a point has lost its payload.
    """
    hits = []
    for point in found:
        owner = owners.get(point.generation)
        if owner is not None:
            try:
                chunk = chunk_of(point.payload, owner.metadata)
            except (KeyError, TypeError, ValueError) as error:
                raise _incomplete() from error
            scores = (None, point.score) if lexical else (point.score, None)
            hits.append(Hit(chunk, owner.source, owner.title, point.score, *scores))
    return tuple(sorted(hits, key=lambda hit: (-hit.score, hit.id)))


def chunks_of(payloads: Iterable[Mapping[str, Any]], metadata: Metadata) -> list[Chunk]:
    """The chunks of one document, from payloads.

    Raises:
        StoreError: a point has lost its payload.
    """
    try:
        return [chunk_of(payload, metadata) for payload in payloads]
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete() from error


def embedded_of(
    points: Iterable[tuple[Mapping[str, Any], Sequence[float], Sequence[int]]], metadata: Metadata
) -> list[EmbeddedChunk]:
    """The chunks of one document as they were written, from payloads, vectors and term ids.

    Raises:
        StoreError: a point has lost its payload.
    """
    try:
        return [
            EmbeddedChunk(chunk_of(payload, metadata), vector, term_counts(terms, payload))
            for payload, vector, terms in points
        ]
    except (KeyError, TypeError, ValueError) as error:
        raise _incomplete() from error


def owner_of(payloads: Iterable[Mapping[str, Any]], owners: Mapping[int, Owner]) -> str | None:
    """The id of the visible document that one of the payloads belongs to."""
    for payload in payloads:
        owner = owners.get(Found(payload, 0.0).generation)
        if owner is not None:
            return owner.id
    return None


def _incomplete() -> StoreError:
    return StoreError(
        "the store is damaged: a chunk has lost its payload. Restore the store from a copy, or "
        "remove it and ingest the documents again",
        service="store",
    )


def lists_of(
    requests: Sequence[SearchRequest], asked: Sequence[Sequence[Any]], answers: Iterable[Any]
) -> list[tuple[list[Found], list[Found]]]:
    """The dense and the BM25 list of each request, from an engine's answers in the order asked.

    ``asked`` are each request's queries: the dense one first, where the request has a vector.
    """
    left = iter(answers)
    found = []
    for request, queries in zip(requests, asked, strict=True):
        lists = [
            [Found(point.payload, float(point.score)) for point in points]
            for points in islice(left, len(queries))
        ]
        dense = lists.pop(0) if request.dense is not None else []
        found.append((dense, lists[0] if lists else []))
    return found
