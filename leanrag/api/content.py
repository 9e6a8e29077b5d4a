"""What a collection holds, as one hash that does not depend on the engine."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from leanrag.types import Document, EmbeddedChunk

_SAME = 1e-5
"""How far numbers of unit vectors may be apart: engines normalise what they are given again."""


def document_hash(document: Document, chunks: Sequence[EmbeddedChunk]) -> str:
    """The hash of all that is stored of a document but for its vectors and its generation."""
    whole = {
        **asdict(document),
        "metadata": _plain(document.metadata),
        "generation": 0,
        "chunks": [
            {
                **asdict(item.chunk),
                "metadata": _plain(item.chunk.metadata),
                "terms": sorted(item.terms.items()),
            }
            for item in chunks
        ],
    }
    text = json.dumps(whole, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def same_vectors(first: Sequence[EmbeddedChunk], second: Sequence[EmbeddedChunk]) -> bool:
    """Whether chunks have the same vectors, but for what engines do to the last digits."""
    if len(first) != len(second):
        return False
    mine, theirs = (
        np.array([item.vector for item in chunks], dtype=np.float32) for chunks in (first, second)
    )
    return mine.shape == theirs.shape and bool(np.allclose(mine, theirs, atol=_SAME))


def _plain(metadata: object) -> object:
    if isinstance(metadata, dict):
        return {name: _plain(value) for name, value in metadata.items()}
    return list(metadata) if isinstance(metadata, tuple) else metadata
