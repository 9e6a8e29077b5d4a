"""How relevant each piece of a conversation is to a question."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from leanrag.history.spread import region_weight, supported
from leanrag.protocols import Embedder, LexicalScorer, Selector
from leanrag.text.hashing import content_hash
from leanrag.text.languages import detect_language
from leanrag.text.regions import Scores, region, standard
from leanrag.text.terms import terms
from leanrag.types import Passage

DENSE_SHARE = 0.5
CANDIDATES = 60
"""Pieces that the selector reads; more of them changed nothing on the tune rows."""
SELECTOR_WEIGHT = 0.65
"""What one logit of the selector is worth in the order of pieces, in standard deviations of the
other signals and times the weight of regions: on the tune rows it knows better than they which
stretch of a meeting is meant, but not which of two scattered remarks."""
SENTENCE_WEIGHT = 0.3
"""The same in the order of the sentences of one piece."""
REGION = 16
"""Standard deviation, in pieces, of the bell curve under which pieces make a region."""
CACHED_VECTORS = 32_768
_LOWEST = -30.0
_REMEMBERED = 4


@dataclass(frozen=True, slots=True)
class Relevance:
    """Values that order: of whole pieces, and of the sentences of those that were read closely.

    The best sentence of a piece is worth as much as the piece.
    """

    whole: Scores
    sentences: Mapping[int, Scores] = field(default_factory=dict)


class TurnScorer:
    """Scores pieces of a conversation by embedding, by BM25 and by what stands around them.

    The two signals are standardised over the pieces and mixed; a piece then borrows from its
    neighbours and from the region that it stands in. The best ones are read by the selector, where
    there is one. Vectors of pieces are kept, so that a conversation that grows is embedded once.
    """

    def __init__(
        self,
        embedder: Embedder,
        lexical: LexicalScorer,
        *,
        trust: Callable[[str], float] = lambda question: 1.0,
        selector: Selector | None = None,
        candidates: int = CANDIDATES,
    ) -> None:
        """Takes what computes the signals.

        Args:
            embedder: embeds pieces and questions.
            lexical: scores terms by BM25.
            trust: how far, from 0 to 1, the embedder understands a question.
            selector: judges the sentences of the best pieces.
            candidates: how many pieces it reads.
        """
        self._embedder = embedder
        self._lexical = lexical
        self._trust = trust
        self._selector = selector
        self._candidates = candidates
        self._vectors: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._found: OrderedDict[str, Relevance] = OrderedDict()
        self._lock = Lock()

    def score(
        self, question: str, pieces: Sequence[str], hints: Scores | None = None
    ) -> NDArray[np.float64]:
        """Relevance of each piece without the selector, shape (len(pieces),).

        Only the order has a meaning. ``hints`` are added to each piece's own relevance.
        """
        own = self._own(question, pieces, hints)
        return supported(own) + region_weight(own) * region(own, REGION)

    def relevance(
        self,
        question: str,
        pieces: Sequence[str],
        passage: Callable[[int], Passage],
        hints: Scores | None = None,
    ) -> Relevance:
        """Relevance of each piece and of the sentences of the best ones.

        What was found last is remembered, so that another budget costs next to nothing.

        Args:
            question: what they are judged by.
            pieces: their texts, in the order of the conversation.
            passage: a piece by its number, for the selector to read.
            hints: added to each piece's own relevance.
        """
        gains = b"" if hints is None else hints.tobytes()
        key = content_hash("\x1f".join([question, gains.hex(), *pieces]))
        with self._lock:
            known = self._found.get(key)
        if known is None:
            known = self._relevance(question, pieces, passage, hints)
        with self._lock:
            self._found[key] = known
            self._found.move_to_end(key)
            while len(self._found) > _REMEMBERED:
                self._found.popitem(last=False)
        return known

    def _relevance(
        self,
        question: str,
        pieces: Sequence[str],
        passage: Callable[[int], Passage],
        hints: Scores | None,
    ) -> Relevance:
        own = self._own(question, pieces, hints)
        near, weight = supported(own), region_weight(own)
        first = near + weight * region(own, REGION)
        if self._selector is None or not len(own):
            return Relevance(first)
        chosen = sorted(np.argsort(-first, kind="stable")[: self._candidates].tolist())
        judged = self._selector.judge(question, [passage(index) for index in chosen])
        logits = {
            index: np.maximum(one.sentences, _LOWEST)
            for index, one in zip(chosen, judged, strict=True)
            if len(one.sentences)
        }
        if not logits:
            return Relevance(first)
        best = np.full(len(own), min(float(row.max()) for row in logits.values()))
        for index, row in logits.items():
            best[index] = row.max()
        best *= SELECTOR_WEIGHT * weight
        whole = near + best + weight * region(own + best - best.mean(), REGION)
        return Relevance(
            whole,
            {
                index: whole[index] + SENTENCE_WEIGHT * (row - row.max())
                for index, row in logits.items()
            },
        )

    def _own(self, question: str, pieces: Sequence[str], hints: Scores | None) -> Scores:
        if not pieces:
            return np.zeros(0)
        share = DENSE_SHARE * self._trust(question)
        own = share * standard(self._dense(question, pieces))
        own += (1 - share) * standard(self._lexical_scores(question, pieces))
        return own if hints is None else own + hints

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
