"""BM25 as sparse vectors: term ids, and the weights of documents and questions.

The inverse document frequency is the engine's part; here is what is known of one text alone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from hashlib import blake2b

K1 = 1.2
B = 0.75


@lru_cache(maxsize=1 << 17)
def term_id(term: str) -> int:
    """A number below 2³² for the term: the first four bytes of its BLAKE2b hash.

    The same in every process. Two terms can share an id: with 100,000 different terms about
    one term in 43,000 has a partner (n / 2³²), and such a pair only blurs the statistics of
    two mostly rare words.
    """
    return int.from_bytes(blake2b(term.encode("utf-8", "surrogatepass"), digest_size=4).digest())


def term_counts(terms: Iterable[str]) -> dict[int, int]:
    """How often each term stands in a text, by term id, in order of first appearance."""
    counts: dict[int, int] = {}
    for term, count in Counter(terms).items():
        number = term_id(term)
        counts[number] = counts.get(number, 0) + count
    return counts


def document_weights(counts: Mapping[int, int], average_length: float) -> dict[int, float]:
    """The term-frequency part of BM25, ``tf·(k1+1) / (tf + k1·(1 − b + b·length/average))``.

    Formula: Robertson and Zaragoza, The Probabilistic Relevance Framework: BM25 and Beyond,
    2009, https://doi.org/10.1561/1500000019, equation 3.15, with the usual factor k1 + 1.

    Args:
        counts: Term counts by term id; the text's length is their sum.
        average_length: Mean number of terms of a text in the collection. Where it is not
            known (0 or less), every text counts as of average length.
    """
    length = sum(counts.values())
    ratio = length / average_length if average_length > 0 else 1.0
    norm = K1 * (1 - B + B * ratio)
    return {number: tf * (K1 + 1) / (tf + norm) for number, tf in counts.items() if tf > 0}


def query_weights(counts: Mapping[int, float]) -> dict[int, float]:
    """A question's weights: how often it says each term (BM25 with unbounded k3).

    A count may be a fraction, for a term that counts less than one that is asked for.
    """
    return {number: float(tf) for number, tf in counts.items() if tf > 0}
