"""A counter and an embedder that are easy to reason about."""

import re
from collections.abc import Sequence
from typing import Any
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.history.recall import TurnScorer
from leanrag.types import Message


class WordCounter:
    """A word is a token; a message costs three more, the reply another three."""

    name = "words"
    exact = True
    hint = ""

    def count(self, text: str) -> int:
        return len(text.split())

    def count_messages(self, messages: Sequence[Message]) -> int:
        return 3 + sum(3 + self.count(str(message.get("content") or "")) for message in messages)


class WordEmbedder:
    """Texts with the same words lie close together."""

    name = "words"
    variant = "fp32"
    dimensions = 256
    max_tokens = 256

    def __init__(self) -> None:
        self.embedded: list[str] = []

    def count(self, text: str) -> int:
        return len(text.split())

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.embedded.extend(texts)
        return self.embed_queries(texts)

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        vectors = np.full((len(texts), self.dimensions), 1e-3, dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, crc32(word.encode()) % self.dimensions] += 1
        unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit


def scorer() -> TurnScorer:
    return TurnScorer(WordEmbedder(), RankBM25Scorer())


def user(content: Any, **fields: Any) -> dict[str, Any]:
    return {"role": "user", "content": content, **fields}


def assistant(content: Any, **fields: Any) -> dict[str, Any]:
    return {"role": "assistant", "content": content, **fields}


def call(identity: str, name: str = "look_up", arguments: str = "{}") -> dict[str, Any]:
    function = {"name": name, "arguments": arguments}
    return {"id": identity, "type": "function", "function": function}


def result(identity: str, content: str = "found") -> dict[str, Any]:
    return {"role": "tool", "content": content, "tool_call_id": identity}
