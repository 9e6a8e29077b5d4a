"""Remembers what texts were found to be worth, so that another budget costs next to nothing."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from threading import Lock
from typing import Generic, TypeVar

from leanrag.compress.values import Pruner, Valued
from leanrag.protocols import WordScorer
from leanrag.types import Passage, Word

ENTRIES = 8
CHARACTERS = 1 << 22
"""Of the texts of all entries together; larger ones are judged anew each time."""

_T = TypeVar("_T")


class _Memo(Generic[_T]):
    """The last few results, bounded by the size of what they were found in."""

    def __init__(self) -> None:
        self._known: OrderedDict[Hashable, tuple[_T, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable, characters: int, find: Callable[[], _T]) -> _T:
        with self._lock:
            if key in self._known:
                self._known.move_to_end(key)
                return self._known[key][0]
        found = find()
        if characters <= CHARACTERS:
            with self._lock:
                self._known[key] = found, characters
                self._known.move_to_end(key)
                while len(self._known) > ENTRIES or self._size() > CHARACTERS:
                    self._known.popitem(last=False)
        return found

    def _size(self) -> int:
        return sum(characters for _, characters in self._known.values())


class RememberedPruner:
    """A ``Pruner`` that remembers the values of the last texts. Safe to use from threads.

    Passages that a search has had judged are no work any more, and are not remembered.
    """

    def __init__(self, pruner: Pruner) -> None:
        self._pruner = pruner
        self._memo: _Memo[Valued] = _Memo()

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Values of shape (sentences,), one array a passage."""
        if any(passage.judged is not None for passage in passages):
            return self._pruner.value(question, passages, idf)
        known = None if idf is None else tuple(sorted(idf.items()))
        return self._memo.get(
            (question, tuple(passages), known),
            sum(len(passage.text) for passage in passages),
            lambda: self._pruner.value(question, passages, idf),
        )


class RememberedWords:
    """A ``WordScorer`` that remembers the words of the last texts. Safe to use from threads.

    Args:
        name: the scorer's name.
        scorer: gives the scorer when words are first to be scored.
    """

    def __init__(self, name: str, scorer: Callable[[], WordScorer]) -> None:
        self._name = name
        self._scorer = scorer
        self._memo: _Memo[list[tuple[Word, ...]]] = _Memo()

    @property
    def name(self) -> str:
        """The scorer's name."""
        return self._name

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text. Raises ``ModelError``."""
        found = self._memo.get(
            (question, tuple(texts)),
            sum(map(len, texts)),
            lambda: self._scorer().score(texts, question),
        )
        return list(found)
