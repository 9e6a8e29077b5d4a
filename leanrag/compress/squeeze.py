"""Drops words from sentences until they fit: the least telling ones first, protected ones never.

A sentence whose protected words do not fit goes whole. Nothing is estimated: every decision
counts what would be sent, so the result cannot exceed its target.
"""

import math
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from leanrag.compress.join import join
from leanrag.compress.protect import Protected, hard_strings, lost, protect
from leanrag.types import Passage, Span, Word

Key: TypeAlias = tuple[int, int]
"""A sentence: the number of its passage and its own number in that."""

Cuts: TypeAlias = Mapping[Key, tuple[Span, ...]]
"""What is left of each sentence, as spans of its passage's text."""

_SLACK_TRIES = 16
_END_MARKS = 3
_ROUNDS = 6
"""Most repetitions for sentences that come out wrong; after the last, no words are dropped."""
_WHOLE = 2
"""How often a sentence may come out wrong before it is left whole."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A sentence with its words. ``fixed`` marks the words that stay as long as it does."""

    key: Key
    value: float
    text: str
    span: Span
    words: tuple[Word, ...]
    fixed: tuple[bool, ...]
    protected: tuple[Protected, ...] = ()


@dataclass(frozen=True, slots=True)
class Squeezed:
    """What is left. ``cuts`` has every sentence that stays, whole ones as their one span."""

    cuts: dict[Key, tuple[Span, ...]]
    words_in: int
    words_out: int
    sentences_dropped: int


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
            )
        )
    return pieces


def _fixed(text: str, words: Sequence[Word], items: Sequence[Protected]) -> tuple[bool, ...]:
    """Which words are protected; all of them where the sentence holds no word at all."""
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
    for index in range(speaking[-1] + 1, min(len(words), speaking[-1] + 1 + _END_MARKS)):
        fixed[index] = True
    return tuple(fixed)


def squeeze(
    pieces: Sequence[Piece], count: Callable[[Cuts], int], target: int, *, least: float
) -> Squeezed:
    """The words worth most that fit into ``target`` tokens.

    First as many sentences stay, by falling value, as fit with their protected words and the
    ``least`` share of their words; the others go whole. Then words come back by what they are
    worth, a word's own share times the value of its sentence, until the target is met.

    Afterwards every sentence is read again: one whose protected words are not all there, or that
    shows a number or name that the source does not have ("5 million" of "5 of the million"), is
    cut anew with the words beside protected ones kept, and then left whole.

    Args:
        pieces: sentences with their words; values are shares of evidence, from 0.
        count: tokens of everything with the given parts of the sentences.
        target: the most that ``count`` may reach.
        least: share of a sentence's words that stays as long as the sentence does.
    """
    care: dict[Key, int] = {}
    kept = _choose(pieces, count, target, least=least, care=care)
    for rounds_left in reversed(range(_ROUNDS)):
        broken = {
            piece.key
            for piece in pieces
            if piece.key in kept and _is_broken(piece, kept[piece.key])
        }
        if not broken:
            break
        if rounds_left:
            care |= {key: care.get(key, 0) + 1 for key in broken}
        else:
            care = {piece.key: _WHOLE for piece in pieces}
        kept = _choose(pieces, count, target, least=least, care=care)
    return Squeezed(
        {piece.key: kept[piece.key] for piece in pieces if piece.key in kept},
        words_in=sum(len(piece.words) for piece in pieces),
        words_out=sum(
            len(_covered(piece.words, kept[piece.key])) for piece in pieces if piece.key in kept
        ),
        sentences_dropped=sum(piece.key not in kept for piece in pieces),
    )


def _choose(
    pieces: Sequence[Piece],
    count: Callable[[Cuts], int],
    target: int,
    *,
    least: float,
    care: Mapping[Key, int],
) -> dict[Key, tuple[Span, ...]]:
    ordered = sorted(pieces, key=lambda piece: (-piece.value, piece.key))
    needed = [_needed(piece, least, care.get(piece.key, 0)) for piece in ordered]
    joined: dict[tuple[Key, bytes], tuple[Span, ...]] = {}

    def cuts(flags: Sequence[bytearray]) -> dict[Key, tuple[Span, ...]]:
        """The parts of as many of the ordered sentences as there are flags for."""
        found = {}
        for piece, kept in zip(ordered, flags, strict=False):
            state = (piece.key, bytes(kept))
            if state not in joined:
                joined[state] = _parts(piece, kept)
            if joined[state]:
                found[piece.key] = joined[state]
        return found

    stay = _most(len(ordered), lambda number: count(cuts(needed[:number])) <= target)
    ranked = _ranked(ordered[:stay], needed)

    def flags(chosen: Sequence[tuple[int, int]]) -> list[bytearray]:
        marked = [bytearray(kept) for kept in needed[:stay]]
        for sentence, word in chosen:
            marked[sentence][word] = True
        return marked

    more = _most(len(ranked), lambda number: count(cuts(flags(ranked[:number]))) <= target)
    chosen = ranked[:more]
    for word in ranked[more : more + _SLACK_TRIES]:
        if count(cuts(flags([*chosen, word]))) <= target:
            chosen.append(word)
    return cuts(flags(chosen))


def _parts(piece: Piece, kept: Sequence[int]) -> tuple[Span, ...]:
    return (piece.span,) if all(kept) else tuple(join(piece.text, piece.span, piece.words, kept))


def _most(high: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to ``high`` that fits, found by bisection, and made sure of."""
    low, high = 0, high
    while low < high:
        middle = (low + high + 1) // 2
        if fits(middle):
            low = middle
        else:
            high = middle - 1
    # Bisection relies on the count growing, which a tokenizer may break by a token.
    while low and not fits(low):
        low -= 1
    return low


def _needed(piece: Piece, least: float, care: int) -> bytearray:
    """Marks of the words that a sentence cannot do without."""
    if care >= _WHOLE:
        return bytearray([True] * len(piece.words))
    kept = bytearray(piece.fixed)
    if care:
        for index, fixed in enumerate(piece.fixed):
            for beside in (index - 1, index + 1):
                if fixed and 0 <= beside < len(kept):
                    kept[beside] = True
    wanted = math.ceil(least * len(kept))
    order = sorted(range(len(kept)), key=lambda index: (-piece.words[index].keep, index))
    for index in order[:wanted]:
        kept[index] = True
    return kept


def _ranked(pieces: Sequence[Piece], needed: Sequence[Sequence[int]]) -> list[tuple[int, int]]:
    """The other words, by falling worth: number of the sentence and of the word in it."""
    best = max((piece.value for piece in pieces), default=0.0)
    worth = [
        (-word.keep * (max(piece.value, 0.0) / best if best > 0 else 1.0), number, index)
        for number, piece in enumerate(pieces)
        for index, word in enumerate(piece.words)
        if not needed[number][index]
    ]
    return [(number, index) for _, number, index in sorted(worth)]


def _is_broken(piece: Piece, spans: Sequence[Span]) -> bool:
    if spans == (piece.span,):
        return False
    if lost(piece.protected, spans):
        return True
    start, end = piece.span
    shown = hard_strings("".join(piece.text[a:b] for a, b in spans))
    return bool(shown - hard_strings(piece.text[start:end]))


def weight_left(piece: Piece, spans: Sequence[Span]) -> float:
    """The share of the weights of a sentence's words that the spans still hold."""
    whole = sum(word.keep for word in piece.words)
    left = sum(word.keep for word in _covered(piece.words, spans))
    return left / whole if whole > 0 else 1.0


def _covered(words: Sequence[Word], spans: Sequence[Span]) -> list[Word]:
    """The words that the spans hold."""
    number, covered = 0, []
    for word in words:
        while number < len(spans) and spans[number][1] <= word.start:
            number += 1
        if number < len(spans) and spans[number][0] <= word.start:
            covered.append(word)
    return covered
