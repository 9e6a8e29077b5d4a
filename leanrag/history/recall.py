"""How relevant each piece of a conversation is to a question."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import Embedder, LexicalScorer
from leanrag.text.hashing import content_hash
from leanrag.text.languages import detect_language
from leanrag.text.terms import terms

DENSE_SHARE = 0.7
SUPPORT: Mapping[int, float] = {-2: 0.1, -1: 0.3, 1: 0.2, 2: 0.1}
CACHED_VECTORS = 8192


class TurnScorer:
    """Scores pieces of a conversation by embedding, by BM25 and by what stands beside them.

    The two signals are standardised over the pieces and mixed; a piece then borrows from its
    neighbours, most from the one before it: an answer rarely repeats the words of its question.
    Vectors of pieces are kept, so that a conversation that grows is embedded once.
    """

    def __init__(
        self,
        embedder: Embedder,
        lexical: LexicalScorer,
        *,
        trust: Callable[[str], float] = lambda question: 1.0,
    ) -> None:
        """Takes what computes the signals.

        Args:
            embedder: embeds pieces and questions.
            lexical: scores terms by BM25.
            trust: how far, from 0 to 1, the embedder understands a question.
        """
        self._embedder = embedder
        self._lexical = lexical
        self._trust = trust
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()

    def score(self, question: str, pieces: Sequence[str]) -> NDArray[np.float64]:
        """Relevance of each piece, shape (len(pieces),); only the order has a meaning."""
        if not pieces:
            return np.zeros(0)
        share = DENSE_SHARE * self._trust(question)
        own = share * _standard(self._dense(question, pieces))
        own += (1 - share) * _standard(self._lexical_scores(question, pieces))
        scores = own.copy()
        for offset, weight in SUPPORT.items():
            if abs(offset) < len(own):
                to = slice(max(0, -offset), len(own) - max(0, offset))
                beside = slice(max(0, offset), len(own) - max(0, -offset))
                scores[to] += weight * own[beside]
        return scores

    def _dense(self, question: str, pieces: Sequence[str]) -> NDArray[np.float64]:
        matrix = self._embed(pieces)
        return np.asarray(matrix @ self._embedder.embed_queries([question])[0], dtype=np.float64)

    def _lexical_scores(self, question: str, pieces: Sequence[str]) -> NDArray[np.float64]:
        language = detect_language("\n".join(pieces))
        texts = [terms(piece, language) for piece in pieces]
        return self._lexical.score(terms(question, language), texts)

    def _embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        keys = [content_hash(text) for text in texts]
        with self._lock:
            known = {key: self._vectors[key] for key in keys if key in self._vectors}
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if missing:
            computed = self._embedder.embed_documents(list(missing.values()))
            known.update(zip(missing, computed, strict=True))
        with self._lock:
            for key in keys:
                self._vectors[key] = known[key]
                self._vectors.move_to_end(key)
            while len(self._vectors) > CACHED_VECTORS:
                self._vectors.popitem(last=False)
        return np.stack([known[key] for key in keys])


def _standard(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Values with mean 0 and variance 1; zeros where all are the same."""
    spread = values.std()
    if spread < 1e-12:
        return np.zeros_like(values)
    return np.asarray((values - values.mean()) / spread)
