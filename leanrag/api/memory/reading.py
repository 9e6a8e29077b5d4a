"""Reads turns that are given as a list: who weighs them, and how near they are to a question."""

from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.api.memory.indexing import embedded_texts, turn_scorer
from leanrag.history.messages import Turn
from leanrag.history.recall import TurnScorer
from leanrag.history.vectors import KeptVectors
from leanrag.protocols import Embedder, Selector, TokenCounter

_BEST = 3


class TurnReader:
    """Remembers the vectors of turns and what it has read: another budget costs next to nothing.

    Nothing is loaded before it is needed. Safe to use from several threads.

    Args:
        embedder: gives what embeds turns.
        selector: gives what reads older turns closely, None where nothing does.
        languages: those that the embedder understands.
    """

    def __init__(
        self,
        embedder: Callable[[], Embedder],
        selector: Callable[[], Selector] | None = None,
        *,
        languages: Sequence[str] = ("en",),
    ) -> None:
        self._embedder = embedder
        self._selector = selector
        self._languages = languages
        self._vectors: KeptVectors | None = None
        self._scorer: TurnScorer | None = None
        self._lock = Lock()

    def scorer(self) -> TurnScorer:
        """Scores pieces of turns. Raises ``ModelError``."""
        vectors = self.vectors()
        with self._lock:
            if self._scorer is None:
                self._scorer = turn_scorer(
                    vectors,
                    RankBM25Scorer(),
                    languages=self._languages,
                    selector=None if self._selector is None else self._selector(),
                )
            return self._scorer

    def vectors(self) -> KeptVectors:
        """The embedder, with the vectors that are remembered; in memory alone."""
        with self._lock:
            if self._vectors is None:
                self._vectors = KeptVectors(
                    self._embedder(), load=lambda keys: {}, save=lambda found: None
                )
            return self._vectors

    def nearness(self, question: str, turns: Sequence[Turn], counter: TokenCounter) -> float:
        """How near the nearest of the turns are to the question."""
        texts = [text for turn in turns for text in embedded_texts(turn, counter)]
        if not texts:
            return 0.0
        vectors = self.vectors()
        cosines = vectors.embed_documents(texts) @ vectors.embed_queries([question])[0]
        return float(np.sort(cosines)[-_BEST:].mean())
