"""A closed pool of passages: for each question the gold among its lexical neighbours.

BM25 over words cut to five letters, and over Chinese characters with their bigrams. It is part
of the yardstick, so it does not share code with the product's own BM25.
"""

import hashlib
import math
from collections import Counter, defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.words import words

K1 = 1.5
B = 0.75
STEM_LETTERS = 5


def terms(text: str) -> list[str]:
    """Search terms: words cut to five letters; unspaced scripts as characters and bigrams."""
    found = words(text)
    single = [len(word) == 1 and not word.isascii() for word in found]
    pairs = [found[i] + found[i + 1] for i in range(len(found) - 1) if single[i] and single[i + 1]]
    return [word[:STEM_LETTERS] for word in found] + pairs


class LexicalPool:
    """An inverted BM25 index over the texts of a pool."""

    def __init__(self, texts: Sequence[str]) -> None:
        counts = [Counter(terms(text)) for text in texts]
        lengths = np.array([sum(count.values()) for count in counts], dtype=np.float64)
        norms = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean() if len(texts) else 1)))
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, count in enumerate(counts):
            for term in count:
                places[term].append(place)
        self._size = len(texts)
        self._postings: dict[str, tuple[NDArray[np.int64], NDArray[np.float64]]] = {}
        for term, at in places.items():
            index = np.array(at)
            frequency = np.array([counts[place][term] for place in at], dtype=np.float64)
            idf = math.log(1 + (len(texts) - len(at) + 0.5) / (len(at) + 0.5))
            weights = idf * frequency * (K1 + 1) / (frequency + norms[index])
            self._postings[term] = (index, weights)

    def scores(self, question: str) -> NDArray[np.float64]:
        """BM25 scores of all texts."""
        total = np.zeros(self._size)
        for term in terms(question):
            if term in self._postings:
                index, weights = self._postings[term]
                total[index] += weights
        return total

    def neighbours(self, question: str, *, without: set[int], count: int) -> list[int]:
        """The ``count`` best places that are not in ``without``, ties by place."""
        order = np.argsort(-self.scores(question), kind="stable")
        chosen: list[int] = []
        for place in order:
            if len(chosen) == count:
                break
            if int(place) not in without:
                chosen.append(int(place))
        return chosen


def seeded(key: str, *, seed: int) -> float:
    """A number in [0, 1) that depends on nothing but ``key`` and ``seed``."""
    digest = hashlib.sha256(f"{seed}\x1f{key}".encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64
