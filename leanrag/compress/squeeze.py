"""Drops words from sentences until they fit: the least telling ones first, protected ones never.

A sentence whose protected words do not fit goes whole. Nothing is estimated: every decision
counts what would be sent, so the result cannot exceed its target.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from leanrag.compress.join import join
from leanrag.compress.pieces import Piece
from leanrag.compress.protect import hard_strings, lost
from leanrag.tokens.fitting import longest, most
from leanrag.types import Cuts, Key, Span

_Group: TypeAlias = tuple[int, tuple[int, ...]]

_SLACK_TRIES = 16
_ROUNDS = 6
"""Most repetitions for sentences that come out wrong; after the last, no words are dropped."""
_WHOLE = 2
"""How often a sentence may come out wrong before it is left whole."""


def squeeze(
    pieces: Sequence[Piece], count: Callable[[Cuts], int], target: int, *, least: float
) -> dict[Key, tuple[Span, ...]]:
    """The words worth most that fit into ``target`` tokens, as spans of each sentence that stays.

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
    return {piece.key: kept[piece.key] for piece in pieces if piece.key in kept}


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

    stay = most(len(ordered), lambda number: count(cuts(needed[:number])) <= target)
    ranked = _ranked(ordered[:stay], needed)

    def flags(chosen: Sequence[_Group]) -> list[bytearray]:
        marked = [bytearray(kept) for kept in needed[:stay]]
        for sentence, words in chosen:
            for word in words:
                marked[sentence][word] = True
        return marked

    chosen = longest(
        ranked, lambda groups: count(cuts(flags(groups))) <= target, tries=_SLACK_TRIES
    )
    return cuts(flags(chosen))


def _parts(piece: Piece, kept: Sequence[int]) -> tuple[Span, ...]:
    return (piece.span,) if all(kept) else tuple(join(piece.text, piece.span, piece.words, kept))


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
    for first, second in piece.pairs:
        kept[first] = kept[second] = kept[first] or kept[second]
    return kept


def _ranked(pieces: Sequence[Piece], needed: Sequence[Sequence[int]]) -> list[_Group]:
    """The other words, by falling worth: number of the sentence and of the words in it."""
    best = max((piece.value for piece in pieces), default=0.0)
    worth = []
    for number, piece in enumerate(pieces):
        share = max(piece.value, 0.0) / best if best > 0 else 1.0
        together = {index: pair for pair in piece.pairs for index in pair}
        for index in range(len(piece.words)):
            group = together.get(index, (index,))
            if not needed[number][index] and group[0] == index:
                keep = min(piece.words[member].keep for member in group)
                worth.append((-keep * share, number, group))
    return [(number, group) for _, number, group in sorted(worth)]


def _is_broken(piece: Piece, spans: Sequence[Span]) -> bool:
    if spans == (piece.span,):
        return False
    if lost(piece.protected, spans):
        return True
    start, end = piece.span
    shown = hard_strings("".join(piece.text[a:b] for a, b in spans))
    return bool(shown - hard_strings(piece.text[start:end]))
