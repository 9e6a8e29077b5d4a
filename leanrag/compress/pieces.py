"""Sentences with their words, and which of these stay as long as the sentence does."""

from bisect import bisect_right
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from leanrag.compress.protect import Protected, protect
from leanrag.types import Key, Passage, Span, Word

_END_MARKS = frozenset(".!?…:;。！？：；।؟")
_MOST_END_MARKS = 3
_BRACKETS = {"(": ")", "[": "]", "{": "}", "（": "）", "【": "】", "［": "］"}


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence with its words.

    ``fixed`` marks the words that stay as long as the sentence does, ``pairs`` are the numbers
    of words that go or stay together.
    """

    key: Key
    value: float
    text: str
    span: Span
    words: tuple[Word, ...]
    fixed: tuple[bool, ...]
    protected: tuple[Protected, ...] = ()
    pairs: tuple[tuple[int, int], ...] = ()


def pieces_of(
    number: int,
    passage: Passage,
    words: Sequence[Word],
    *,
    values: Mapping[int, float],
    patterns: Sequence[str] = (),
    rigid: bool = False,
) -> list[Piece]:
    """The sentences of a passage that ``values`` names, ready to be squeezed.

    Args:
        number: the passage's number.
        passage: its text and sentences.
        words: all its words in order.
        values: what each sentence is worth, by its number.
        patterns: what is protected beside the usual, as ``protect`` takes it.
        rigid: whether no word may go, as in code and tables.
    """
    pieces = []
    coming = deque(protect(passage.text, patterns))
    items: list[Protected] = []
    at = 0
    for sentence, (start, end) in enumerate(passage.sentences):
        while at < len(words) and words[at].end <= start:
            at += 1
        while coming and coming[0].start < end:
            items.append(coming.popleft())
        items = [item for item in items if item.end > start]
        if sentence not in values:
            continue
        own, last = [], at
        while last < len(words) and words[last].start < end:
            word = words[last]
            own.append(replace(word, start=max(word.start, start), end=min(word.end, end)))
            last += 1
        inside = tuple(
            replace(item, start=max(item.start, start), end=min(item.end, end)) for item in items
        )
        fixed = (True,) * len(own) if rigid else _fixed(passage.text, own, inside)
        pieces.append(
            Piece(
                (number, sentence),
                values[sentence],
                passage.text,
                (start, end),
                tuple(own),
                fixed,
                inside,
                _brackets(passage.text, own),
            )
        )
    return pieces


def _fixed(text: str, words: Sequence[Word], items: Sequence[Protected]) -> tuple[bool, ...]:
    """Which words are protected, the sentence's end too; all where it holds no word at all."""
    fixed = [False] * len(words)
    starts = [word.start for word in words]
    for item in items:
        index = max(0, bisect_right(starts, item.start) - 1)
        while index < len(words) and starts[index] < item.end:
            fixed[index] = fixed[index] or words[index].end > item.start
            index += 1
    speaking = [index for index, word in enumerate(words) if text[word.start].isalnum()]
    if not speaking:
        return (True,) * len(words)
    for index in range(speaking[-1] + 1, min(len(words), speaking[-1] + 1 + _MOST_END_MARKS)):
        fixed[index] = fixed[index] or text[words[index].start] in _END_MARKS
    return tuple(fixed)


def _brackets(text: str, words: Sequence[Word]) -> tuple[tuple[int, int], ...]:
    """The pairs of brackets, by the numbers of their words."""
    pairs: list[tuple[int, int]] = []
    opened: list[int] = []
    for index, word in enumerate(words):
        mark = text[word.start : word.end]
        if mark in _BRACKETS:
            opened.append(index)
        elif opened and mark == _BRACKETS[text[words[opened[-1]].start]]:
            pairs.append((opened.pop(), index))
    return tuple(pairs)


def weight_left(piece: Piece, spans: Sequence[Span]) -> float:
    """The share of the weights of a sentence's words that the spans still hold."""
    whole = sum(word.keep for word in piece.words)
    left = sum(word.keep for word in covered(piece.words, spans))
    return left / whole if whole > 0 else 1.0


def covered(words: Sequence[Word], spans: Sequence[Span]) -> list[Word]:
    """The words that the spans hold."""
    number, covered = 0, []
    for word in words:
        while number < len(spans) and spans[number][1] <= word.start:
            number += 1
        if number < len(spans) and spans[number][0] <= word.start:
            covered.append(word)
    return covered
