"""Finds the turns of a long conversation that may bear on a question, in milliseconds.

Vectors and term counts come in with each turn and stay in arrays that grow; a question costs one
product of matrix and vector and one pass over the term counts, whatever the turns say.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from leanrag.history.messages import INSTRUCTION_ROLES, Turn
from leanrag.history.recall import DENSE_SHARE, REGION
from leanrag.history.spread import region_weight, supported
from leanrag.text.bm25 import K1, B
from leanrag.text.regions import region, standard

_BEST = 3
LAST_EXCHANGE = 2
"""Turns that a question nearly always resembles, and that are sent in any case."""


@dataclass(frozen=True, slots=True)
class Question:
    """A question as the index reads it. ``trust``, 0 to 1, is how far the vector can be trusted."""

    vector: NDArray[np.float32]
    terms: Mapping[int, int]
    trust: float = 1.0


@dataclass(frozen=True, slots=True)
class Shortlist:
    """Positions of turns, in order, and how near the nearest ones are (cosine).

    The last exchange does not count for that.
    """

    positions: tuple[int, ...]
    nearness: float


class TurnIndex:
    """The turns of one conversation, in order. Not thread-safe."""

    def __init__(self, dimensions: int) -> None:
        self.turns: list[Turn] = []
        self.tokens = 0
        self._vectors = _Column((dimensions,), np.float32)
        self._vector_owners = _Column((), np.int64)
        self._terms = _Column((), np.uint32)
        self._counts = _Column((), np.float32)
        self._term_owners = _Column((), np.int64)
        self._lengths = _Column((), np.float32)
        self._starts: list[int] = []

    def __len__(self) -> int:
        return len(self.turns)

    def add(
        self, turn: Turn, terms: Mapping[int, int], vectors: Sequence[NDArray[np.float32]]
    ) -> None:
        """Takes the next turn; one without words has no vectors."""
        position = len(self.turns)
        # A result of a tool stands and falls with the turn in front of it.
        if turn.role != "tool" or not self._starts:
            self._starts.append(position)
        self.turns.append(turn)
        self._lengths.extend([sum(terms.values())])
        self._terms.extend(list(terms))
        self._counts.extend(list(terms.values()))
        self._term_owners.extend([position] * len(terms))
        for vector in vectors:
            self._vectors.extend([vector])
            self._vector_owners.extend([position])

    def shortlist(self, question: Question, *, limit: int, newest: int) -> Shortlist:
        """The turns that are worth a closer look, at most about ``limit``.

        Instructions at the start and the ``newest`` turns are always among them; then come the
        best by embedding and BM25, each with its neighbours. A call and its results stay together.
        """
        total = len(self.turns)
        if not total:
            return Shortlist((), 0.0)
        cosines = self._cosines(question.vector)
        older = np.sort(cosines[: max(0, total - LAST_EXCHANGE)])[-_BEST:]
        nearness = float(older.mean()) if len(older) else 0.0
        if total <= limit:
            return Shortlist(tuple(range(total)), nearness)
        share = DENSE_SHARE * question.trust
        own = share * standard(cosines) + (1 - share) * standard(self._bm25(question.terms))
        scores = supported(own) + region_weight(own) * region(own, REGION)
        chosen: set[int] = set()
        for position, turn in enumerate(self.turns[:_BEST]):
            if turn.role not in INSTRUCTION_ROLES:
                break
            chosen.update(self._together(position))
        for position in range(max(0, total - newest), total):
            chosen.update(self._together(position))
        for position in np.argsort(-scores, kind="stable").tolist():
            if len(chosen) >= limit:
                break
            for near in range(max(0, position - 1), min(total, position + 2)):
                chosen.update(self._together(near))
        return Shortlist(tuple(sorted(chosen)), nearness)

    def _together(self, position: int) -> range:
        number = bisect_right(self._starts, position) - 1
        last = number + 1 == len(self._starts)
        return range(self._starts[number], len(self.turns) if last else self._starts[number + 1])

    def _cosines(self, vector: NDArray[np.float32]) -> NDArray[np.float64]:
        """The best of each turn's vectors against the question's; -1 for a turn without any."""
        best = np.full(len(self.turns), -1.0)
        np.maximum.at(best, self._vector_owners.values, self._vectors.values @ vector)
        return np.where(best < -0.5, 0.0, best)

    def _bm25(self, terms: Mapping[int, int]) -> NDArray[np.float64]:
        """Scores by the formula in ``leanrag.text.bm25``, the statistics those of the turns."""
        scores = np.zeros(len(self.turns))
        wanted = np.array(sorted(terms), dtype=np.uint32)
        found = np.flatnonzero(np.isin(self._terms.values, wanted))
        if not len(found):
            return scores
        term = self._terms.values[found]
        owner = self._term_owners.values[found]
        count = self._counts.values[found]
        which = np.searchsorted(wanted, term)
        frequency = np.bincount(which, minlength=len(wanted))
        total = len(self.turns)
        idf = np.log((total - frequency + 0.5) / (frequency + 0.5) + 1)
        lengths = self._lengths.values
        ratio = lengths[owner] / max(1.0, float(lengths.mean()))
        weights = count * (K1 + 1) / (count + K1 * (1 - B + B * ratio))
        asked = np.array([terms[int(number)] for number in wanted], dtype=np.float64)
        np.add.at(scores, owner, (idf * asked)[which] * weights)
        return scores


class _Column:
    """An array that grows at its end."""

    def __init__(self, shape: tuple[int, ...], dtype: DTypeLike) -> None:
        self._data: NDArray[Any] = np.zeros((16, *shape), dtype=dtype)
        self._size = 0

    @property
    def values(self) -> NDArray[Any]:
        return self._data[: self._size]

    def extend(self, values: Sequence[Any]) -> None:
        size = self._size + len(values)
        if size > len(self._data):
            grown = np.zeros((max(size, 2 * len(self._data)), *self._data.shape[1:]),
                             dtype=self._data.dtype)  # fmt: skip
            grown[: self._size] = self.values
            self._data = grown
        if values:
            self._data[self._size : size] = values
        self._size = size
