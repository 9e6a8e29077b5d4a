"""rank-bm25 with the engine's inverse document frequency: what BM25 in the store has to rank as."""

import math
from collections.abc import Mapping, Sequence

from leanrag.text.bm25 import K1, B


class LexicalOracle:
    """Scores of ``rank_bm25.BM25Okapi`` over given tokens; only the IDF is replaced.

    Mean length and frequencies are its own. Its IDF is Okapi's, negative for terms in more than
    half of the texts; the engine's is Lucene's.
    """

    def __init__(self, texts: Mapping[str, Sequence[str]]) -> None:
        """Takes the tokens of each text by its name."""
        from rank_bm25 import BM25Okapi

        class _EngineIdf(BM25Okapi):  # type: ignore[misc, unused-ignore]
            def _calc_idf(self, nd: Mapping[str, int]) -> None:
                size = self.corpus_size
                self.idf = {t: math.log((size - n + 0.5) / (n + 0.5) + 1) for t, n in nd.items()}

        self._names = list(texts)
        self._index = _EngineIdf([list(tokens) for tokens in texts.values()], k1=K1, b=B)

    def best(self, question: Sequence[str], limit: int) -> dict[str, float]:
        """The ``limit`` best texts that hold a term of the question, with their scores."""
        scores = map(float, self._index.get_scores(list(question)))
        held = [(score, name) for score, name in zip(scores, self._names, strict=True) if score > 0]
        return {name: score for score, name in sorted(held, key=lambda p: (-p[0], p[1]))[:limit]}


def kendall_tau(first: Mapping[str, float], second: Mapping[str, float]) -> float:
    """Kendall's tau-b of two scorings of the same items, -1 to 1; 1 where a side ranks nothing.

    >>> round(kendall_tau({"a": 3, "b": 2, "c": 1}, {"a": 30, "b": 10, "c": 20}), 4)
    0.3333
    """
    from scipy.stats import kendalltau

    items = sorted(first)
    if len({*first.values()}) < 2 or len({second[item] for item in items}) < 2:
        return 1.0
    pairs = [first[item] for item in items], [second[item] for item in items]
    return float(kendalltau(*pairs).statistic)
