"""BM25 over a handful of texts through rank-bm25, with a corpus's statistics where known."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.text.bm25 import K1, B


class RankBM25Scorer:
    """Scores tokenized texts with ``rank_bm25.BM25Okapi`` and the IDF that Lucene uses.

    Plain ``BM25Okapi`` gives a term that stands in more than half of the texts a negative weight,
    which over a few texts is nearly every term of the question.
    """

    def score(
        self,
        question: Sequence[str],
        texts: Sequence[Sequence[str]],
        idf: Mapping[str, float] | None = None,
    ) -> NDArray[np.float64]:
        """BM25 scores of shape (len(texts),); ``idf`` replaces the statistics of ``texts``."""
        if not any(texts):
            return np.zeros(len(texts))
        from rank_bm25 import BM25Okapi

        class _LuceneIdf(BM25Okapi):  # type: ignore[misc, unused-ignore]
            def _calc_idf(self, nd: Mapping[str, int]) -> None:
                known = idf or {}
                size = self.corpus_size
                self.idf = {
                    term: known[term] if term in known else np.log((size - n + 0.5) / (n + 0.5) + 1)
                    for term, n in nd.items()
                }

        index = _LuceneIdf([list(terms) for terms in texts], k1=K1, b=B)
        return np.asarray(index.get_scores(list(question)), dtype=np.float64)
