"""Cutting texts to a number of tokens, on word boundaries."""

from collections.abc import Sequence
from dataclasses import dataclass

from leanrag.evaluation.pipelines.contract import SEPARATOR, Piece
from leanrag.evaluation.words import word_spans
from leanrag.protocols import TokenCounter
from leanrag.tokens.fitting import most


@dataclass(frozen=True, slots=True)
class Ranked:
    """A text in the order in which a pipeline would send it."""

    id: str
    text: str
    score: float | None = None


def joined(pieces: Sequence[Piece]) -> str:
    """The kept texts as they are counted."""
    return SEPARATOR.join(piece.text for piece in pieces)


def cut(ranked: Sequence[Ranked], budget: int | None, counter: TokenCounter) -> list[Piece]:
    """Whole texts in order, the last one cut after the last word that fits into the budget."""
    if budget is None:
        return [Piece(item.id, item.text, ((0, len(item.text)),), item.score) for item in ranked]
    pieces: list[Piece] = []
    for item in ranked:
        whole = Piece(item.id, item.text, ((0, len(item.text)),), item.score)
        if counter.count(joined([*pieces, whole])) <= budget:
            pieces.append(whole)
            continue
        head = _head(item, pieces, budget, counter)
        if head:
            pieces.append(Piece(item.id, item.text[:head], ((0, head),), item.score))
        break
    return pieces


def _head(item: Ranked, before: Sequence[Piece], budget: int, counter: TokenCounter) -> int:
    """The longest beginning of ``item`` that ends with a word and fits behind ``before``."""
    ends = [end for _, end in word_spans(item.text)]

    def fits(place: int) -> bool:
        head = Piece(item.id, item.text[: ends[place]])
        return counter.count(joined([*before, head])) <= budget

    # One more word can cost no token or even save one, so the border is not quite sharp.
    low = most(len(ends), lambda number: fits(number - 1))
    return ends[low - 1] if low else 0
