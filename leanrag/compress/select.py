"""What every sentence is worth by a trained selector."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from leanrag.compress.calibration import Keep, best_of, floor_of, probabilities
from leanrag.compress.repeats import discount_repeats
from leanrag.compress.talks import are_a_talk, in_regions
from leanrag.compress.values import ABOVE_ALL, NOTHING_FOUND, Valued, Values, scaled, split_like
from leanrag.compress.votes import voted
from leanrag.protocols import Embedder, LexicalScorer, Selector
from leanrag.text.terms import terms
from leanrag.types import Judged, Passage

PRIOR = 8.0
"""Weight of what the search, or the embedder, says of a passage beside the selector."""
LEXICAL = 8.0
"""Weight of BM25, of sentence and of passage, where the selector knows little of the language."""


class SelectorPruner:
    """Values are the probabilities of a trained selector that a sentence is evidence.

    How much is kept follows from them: where one sentence stands out little else is sent, where
    many are alike they all stay.
    """

    def __init__(
        self,
        selector: Selector,
        lexical: LexicalScorer,
        *,
        embedder: Embedder | None = None,
        keep: Keep = "cautious",
        fluent: Sequence[str] = ("en",),
    ) -> None:
        """Takes what computes the values.

        Args:
            selector: judges sentences.
            lexical: scores terms by BM25.
            embedder: compares passages that no search has scored, where it knows the language.
            keep: how much is kept beside the best sentence.
            fluent: languages that embedder and selector know; in others BM25 helps.
        """
        self._selector = selector
        self._lexical = lexical
        self._embedder = embedder
        self._keep: Keep = keep
        self._fluent = frozenset(fluent)

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Probabilities of shape (sentences,), one array a passage."""
        read = [one for passage in passages if (one := passage.judged) is not None]
        judged = read if len(read) == len(passages) else self._read_anew(question, passages)
        priors = [one.prior for one in judged] if read else self._priors(question, passages)
        best = best_of([one.sentences for one in judged])
        logits = [one.sentences + PRIOR * prior for one, prior in zip(judged, priors, strict=True)]
        known = self._fluent.issuperset(passage.language for passage in passages)
        if not known:
            logits = self._helped(question, passages, logits)
        # what helps to order says nothing of whether the best one is an answer
        shift = best - best_of(logits) if np.isfinite(best) else 0.0
        values = discount_repeats([probabilities(row + shift) for row in logits], passages)
        floor = floor_of(best, self._keep, fluent=known)
        if floor is None:
            return Valued(values, ABOVE_ALL, NOTHING_FOUND)
        if are_a_talk(passages):
            return Valued(in_regions(values, judged), floor)
        places = [one.places for one in judged]
        return Valued(voted(values, floor, judged, priors), floor, places=places)

    def _read_anew(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        """What the selector says of each passage, of which at least one was not read before.

        What is rare depends on the passages at hand, so that two readings are not of one scale.
        The priors stay; that of a passage that was not read is its own score.
        """
        fresh = self._selector.judge(question, passages)
        return [
            replace(
                new,
                prior=passage.judged.prior
                if passage.judged is not None
                else min(1.0, max(0.0, passage.score or 0.0)),
            )
            for new, passage in zip(fresh, passages, strict=True)
        ]

    def _priors(self, question: str, passages: Sequence[Passage]) -> list[float]:
        """The likeness of each passage by the embedder, scaled to 0..1 over the passages."""
        known = self._fluent.issuperset(passage.language for passage in passages)
        if not passages or self._embedder is None or not known:
            return [0.0] * len(passages)
        vectors = self._embedder.embed_documents([passage.text for passage in passages])
        cosines = (vectors @ self._embedder.embed_queries([question])[0]).astype(np.float64)
        return [float(value) for value in scaled(cosines)]

    def _helped(
        self, question: str, passages: Sequence[Passage], logits: list[Values]
    ) -> list[Values]:
        """The logits, with BM25 added in languages that the selector knows little of."""
        wanted = {p.language: terms(question, p.language) for p in passages}
        asked = list(dict.fromkeys(term for found in wanted.values() for term in found))
        whole = self._bm25(asked, [terms(f"{p.label}\n{p.text}", p.language) for p in passages])
        parts = [
            terms(p.text[start:end], p.language) for p in passages for start, end in p.sentences
        ]
        own = self._bm25(asked, parts)
        more = [
            LEXICAL * (row + relevance)
            for row, relevance in zip(split_like(own, logits), whole, strict=True)
        ]
        strange = [passage.language not in self._fluent for passage in passages]
        # the best of what is helped has nothing added, so that the others stand as they did
        most = best_of([row for row, helped in zip(more, strange, strict=True) if helped])
        return [
            row + added - most if helped and len(row) else row
            for row, added, helped in zip(logits, more, strange, strict=True)
        ]

    def _bm25(self, asked: Sequence[str], texts: Sequence[Sequence[str]]) -> Values:
        return scaled(self._lexical.score(asked, texts))
