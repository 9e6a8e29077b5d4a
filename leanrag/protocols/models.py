"""Models that embed, judge, rank and weigh texts."""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leanrag.types import Hit, Judged, Passage, Word


class Embedder(Protocol):
    """Turns texts into unit vectors that do not depend on what else is in the call."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str:
        """How it is computed, for example ``fp32`` or ``bf16``; recorded in the store."""
        ...

    @property
    def dimensions(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    def count(self, text: str) -> int:
        """Tokens of ``text`` in this model, special tokens included, without truncation."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions), with the model's query prefix."""
        ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that also gives the vectors of a text's tokens."""

    def embed_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of each text's tokens, special ones left out. Raises ``ModelError``."""
        ...


class Selector(Protocol):
    """Judges passages and their sentences against a question."""

    @property
    def name(self) -> str: ...
    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        """One judgement a passage, in order."""
        ...


class LexicalScorer(Protocol):
    """Scores tokenized texts against a tokenized question (BM25)."""

    def score(
        self,
        question: Sequence[str],
        texts: Sequence[Sequence[str]],
        idf: Mapping[str, float] | None = None,
    ) -> NDArray[np.float64]:
        """Scores of shape (len(texts),); ``idf`` replaces the statistics of ``texts``."""
        ...


class PairScorer(Protocol):
    """Says how well each text answers a question, reading both together."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Scores of shape (len(texts),); a greater one is better. Raises ``ModelError``."""
        ...


class Reranker(Protocol):
    """Orders hits by relevance to the question, best first, ties by id."""

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]: ...


class WordScorer(Protocol):
    """Says how much each word of a text matters, so that the others can go."""

    @property
    def name(self) -> str: ...
    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text in order; they cover all of it but white space.

        ``question`` is what the words are to answer, where the method makes use of it. The
        words of a text do not depend on the texts beside it. Raises ``ModelError``.
        """
        ...
