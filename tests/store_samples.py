"""Documents and questions for stores: vectors and terms follow from the words of the text."""

import hashlib
import math
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from leanrag.text.bm25 import term_counts
from leanrag.text.hashing import content_hash, stable_id
from leanrag.types import Chunk, Document, EmbeddedChunk, Filter, SearchRequest

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

DIMENSIONS = 16
Written: TypeAlias = tuple[Document, list[EmbeddedChunk]]
"""What ``Store.write`` takes for one document."""


@contextmanager
def ram_folder() -> Iterator[Path]:
    """An empty folder in memory where there is such a place.

    A store makes sure at every write that its files are on the disk, which takes long on a disk
    that others use, too.
    """
    shared = "/dev/shm"
    usable = os.access(shared, os.W_OK)
    with tempfile.TemporaryDirectory(dir=shared if usable else None) as folder:
        yield Path(folder)


@contextmanager
def imitated_server() -> Iterator["QdrantClient"]:
    """The client's imitation of a server, which lasts though a store closes its connection."""
    from qdrant_client import QdrantClient

    made = QdrantClient(":memory:")
    close, made.close = made.close, lambda *_, **__: None
    yield made
    close()


def vector(text: str) -> list[float]:
    """A unit vector: the sum of one fixed pseudo-random direction for each word."""
    total = np.zeros(DIMENSIONS)
    for word in text.split():
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:8], "big")
        total += np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return list(total / np.linalg.norm(total))


def document(
    source: str,
    *bodies: str,
    metadata: Mapping[str, Any] | None = None,
    copy: bool = False,
    **chunk: Any,
) -> Written:
    """A document with one chunk for each body; ``chunk`` overrides fields of every chunk.

    Its text ends with its source, outside the chunks, so that no two are copies of one another
    unless ``copy`` says so.
    """
    bodies = bodies or (f"about {source}",)
    text = "\n".join(bodies if copy else (*bodies, source))
    made = Document(
        id=stable_id(source, text),
        source=source,
        title=f"Title of {source}",
        text=text,
        content_hash=content_hash(text),
        metadata=metadata or {},
        ingested_at="2026-01-01T00:00:00Z",
        fingerprint=f"print of {source}",
    )
    chunks, start = [], 0
    for ordinal, body in enumerate(bodies):
        end = start + len(body)
        values: dict[str, Any] = {
            "id": stable_id(made.id, str(ordinal)),
            "document_id": made.id,
            "ordinal": ordinal,
            "kind": "prose",
            "headings": ("Part", f"No. {ordinal}"),
            "span": (start, end),
            "text": body,
            "sentences": ((start, end),),
            "page": ordinal + 1,
            "language": "en",
            "tokens": len(body.split()),
            "metadata": dict(made.metadata),
        }
        values.update(chunk)
        chunks.append(EmbeddedChunk(Chunk(**values), vector(body), term_counts(body.split())))
        start = end + 1
    return made, chunks


def question(text: str, where: Filter | None = None, limit: int = 50) -> SearchRequest:
    """A search for the words of a text."""
    return SearchRequest(vector(text), term_counts(text.split()), where, limit)


def lucene_idf(chunks: int, with_term: int) -> float:
    """The inverse document frequency that the engine promises."""
    return math.log((chunks - with_term + 0.5) / (with_term + 0.5) + 1)


def sources(hits: Sequence[Any]) -> set[str]:
    """The sources of some hits."""
    return {hit.source for hit in hits}
