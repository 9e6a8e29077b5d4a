"""What sentences are worth by the embedder and BM25, without a trained model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leanrag.compress.repeats import discount_repeats
from leanrag.compress.values import Valued, Values, scaled
from leanrag.protocols import Embedder, LexicalScorer
from leanrag.text.terms import terms
from leanrag.types import Passage


@dataclass(frozen=True, slots=True)
class Weights:
    """How the signals are mixed; each is scaled to 0..1 over the passages at hand.

    ``dense`` is the share of the embedder against BM25, ``passage`` that of the whole passage's
    relevance against the sentence's own, ``neighbour`` what a sentence lends to those beside it.
    """

    dense: float = 0.7
    passage: float = 0.5
    neighbour: float = 0.2


class SentencePruner:
    """Scores every sentence of every passage against a question.

    A sentence is worth what it says itself, by embedding and BM25, what the sentences beside it
    say, and how relevant its passage is as a whole.
    """

    def __init__(self, embedder: Embedder, lexical: LexicalScorer) -> None:
        self._embedder = embedder
        self._lexical = lexical

    def score(
        self,
        question: str,
        passages: Sequence[Passage],
        *,
        weights: Weights,
        idf: Mapping[str, float] | None = None,
    ) -> list[Values]:
        """Values in 0..1, one array of shape (sentences,) a passage.

        Args:
            question: what the sentences are judged by.
            passages: texts with their sentences; where all have a ``score`` it is used as the
                relevance of the passage, else that is computed here.
            weights: the mix of signals.
            idf: inverse document frequency by term, where a corpus is known.
        """
        sentences = [
            _labelled(passage, passage.text[start:end])
            for passage in passages
            for start, end in passage.sentences
        ]
        if not sentences:
            return [np.zeros(0) for _ in passages]
        owners = np.repeat(np.arange(len(passages)), [len(p.sentences) for p in passages])
        languages = [passage.language for passage in passages for _ in passage.sentences]
        own = self._relevance(question, sentences, languages, weights=weights, idf=idf)
        whole = self._whole(question, passages, weights, idf)
        sentence = np.maximum(
            own, (1 - weights.neighbour) * own + weights.neighbour * _best_beside(own, owners)
        )
        values = weights.passage * whole[owners] + (1 - weights.passage) * sentence
        return [values[owners == index] for index in range(len(passages))]

    def _whole(
        self,
        question: str,
        passages: Sequence[Passage],
        weights: Weights,
        idf: Mapping[str, float] | None,
    ) -> Values:
        """Relevance of each passage as a whole, shape (passages,)."""
        scores = [passage.score for passage in passages if passage.score is not None]
        if len(scores) == len(passages):
            return scaled(np.asarray(scores, dtype=np.float64))
        texts = [_labelled(passage, passage.text) for passage in passages]
        languages = [passage.language for passage in passages]
        return self._relevance(question, texts, languages, weights=weights, idf=idf)

    def _relevance(
        self,
        question: str,
        texts: Sequence[str],
        languages: Sequence[str],
        *,
        weights: Weights,
        idf: Mapping[str, float] | None,
    ) -> Values:
        """Embedder and BM25 mixed, each scaled to 0..1, shape (texts,)."""
        wanted = {language: terms(question, language) for language in set(languages)}
        words = [terms(text, language) for text, language in zip(texts, languages, strict=True)]
        asked = list(dict.fromkeys(term for found in wanted.values() for term in found))
        relevance = (1 - weights.dense) * scaled(self._lexical.score(asked, words, idf))
        if weights.dense > 0:
            vectors = self._embedder.embed_documents(texts)
            similarity = vectors @ self._embedder.embed_queries([question])[0]
            relevance += weights.dense * scaled(similarity.astype(np.float64))
        return relevance


class SimilarityPruner:
    """Values by the mix of signals; see ``SentencePruner``."""

    def __init__(
        self, pruner: SentencePruner, weights: Callable[[str], Weights], *, floor: float
    ) -> None:
        """Takes the scorer, the mix of signals by question, and the floor.

        Args:
            pruner: scores sentences.
            weights: the mix for a question.
            floor: sentences below this share of the best one's value are not worth sending.
        """
        self._pruner = pruner
        self._weights = weights
        self._floor = floor

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Values of shape (sentences,), one array a passage."""
        scored = self._pruner.score(question, passages, weights=self._weights(question), idf=idf)
        values = discount_repeats(scored, passages)
        best = max((float(row.max()) for row in values if len(row)), default=0.0)
        return Valued(values, self._floor * best)


def _labelled(passage: Passage, text: str) -> str:
    return f"{passage.label}\n{text.strip()}" if passage.label else text.strip()


def _best_beside(own: Values, owners: NDArray[np.intp]) -> Values:
    """The better of a sentence's two neighbours in its passage, 0 where it has none."""
    beside = np.zeros_like(own)
    same = owners[1:] == owners[:-1]
    beside[1:] = np.where(same, own[:-1], 0.0)
    beside[:-1] = np.maximum(beside[:-1], np.where(same, own[1:], 0.0))
    return beside
