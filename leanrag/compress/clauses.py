"""Sentences as clauses: what each is worth, which go together, and what is left of a sentence."""

import re
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace

import numpy as np

from leanrag.compress.protect import Kind, Protected
from leanrag.text.clauses import opens_aside, opens_main, split_clauses
from leanrag.types import Passage, Places, Span

_BINDING: frozenset[Kind] = frozenset({"negation", "limit"})
"""What changes the meaning of a whole sentence: its clause stays as long as the sentence does."""
_MOST_CLAUSES = 40
"""A sentence of more is an enumeration, or made to cost time; it stays whole."""
_LOOSE_END = re.compile(r"[\s,;:，；：､、—–-]+\Z")
_END = re.compile(r"[.!?…。！？؟]*\s*\Z")


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of a sentence, offsets into the passage's text.

    ``share`` is the part of the sentence's worth that stands in it; those of a sentence add up to
    1. One that ``binds`` stays as long as any of the sentence does; one that ``leans`` needs the
    clause before it, one that ``leads`` the clause behind it.
    """

    span: Span
    share: float
    binds: bool = False
    leans: bool = False
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """Clauses that come to those before them in a row of steps, and what they bring.

    The steps of a sentence make it whole; none brings more for its size than one before it.
    """

    clauses: frozenset[int]
    share: float
    size: float


def clause_shares(passage: Passage, sentence: int, places: Places | None) -> tuple[float, ...]:
    """How likely an answer that the sentence holds stands in each of its clauses.

    That is the clause's part of the sum that a sentence's soft maximum is the logarithm of. Empty
    where it is not known.
    """
    if places is None:
        return ()
    start, end = passage.sentences[sentence]
    clauses = split_clauses(passage.text, (start, end), passage.language)
    if len(clauses) < 2:
        return (1.0,)
    first, last = np.searchsorted(places.starts, (start, end))
    logits = places.logits[first:last].astype(np.float64)
    if not len(logits):
        return ()
    weights = np.exp(logits - logits.max())
    borders = np.searchsorted(places.starts[first:last], [a for a, _ in clauses[1:]])
    sums = [float(part.sum()) for part in np.split(weights, borders)]
    return tuple(value / sum(sums) for value in sums)


def clauses_of(
    passage: Passage, sentence: int, shares: Sequence[float], items: Sequence[Protected]
) -> list[Clause]:
    """The clauses of a sentence, those joined between which a protected item stands.

    Args:
        passage: its text and sentences.
        sentence: the number of the sentence.
        shares: as ``clause_shares`` gives them; the sentence stays whole where they do not fit it.
        items: what ``protect`` finds in the passage's text.
    """
    whole = passage.sentences[sentence]
    spans = split_clauses(passage.text, whole, passage.language)
    if len(spans) != len(shares) or not 1 < len(spans) <= _MOST_CLAUSES:
        return [Clause(whole, 1.0)]
    inside = [item for item in items if item.start < whole[1] and item.end > whole[0]]
    clauses: list[Clause] = []
    for span, share in zip(spans, shares, strict=True):
        if clauses and any(item.start < span[0] < item.end for item in inside):
            before = clauses.pop()
            span, share = (before.span[0], span[1]), before.share + share
        clauses.append(Clause(span, share))
    binding = [item for item in inside if item.kind in _BINDING]
    return [
        replace(
            clause,
            binds=any(i.start < clause.span[1] and i.end > clause.span[0] for i in binding),
            leans=number > 0 and opens_aside(passage.text, clause.span, passage.language),
            leads=number == 0
            and len(clauses) > 1
            and opens_main(passage.text, clause.span, passage.language),
        )
        for number, clause in enumerate(clauses)
    ]


def steps(clauses: Sequence[Clause], sizes: Sequence[float]) -> list[Step]:
    """The order in which a sentence is best put together, clause by clause.

    Each step takes what brings most for its size, with all that this needs. Steps that would
    bring more for their size than the one before are made one with it, as for the multiple-choice
    knapsack problem (Sinha and Zoltners, 1979), so that taking steps of many sentences by that
    ratio keeps the order within each.

    Args:
        clauses: of the sentence, in order.
        sizes: tokens of each, above 0.
    """
    left = set(range(len(clauses)))
    bound = {number for number, clause in enumerate(clauses) if clause.binds}
    found: list[Step] = []
    while left:
        options = []
        for number in sorted(left):
            needed = {number} if found else {number} | bound
            for lead in sorted(needed):
                while lead > 0 and clauses[lead].leans:
                    lead -= 1
                    needed.add(lead)
            if 0 in needed and clauses[0].leads:
                needed.add(1)
            options.append(_step(needed & left, clauses, sizes))
        best = max(options, key=lambda step: (step.share / step.size, -min(step.clauses)))
        left -= best.clauses
        while found and found[-1].share * best.size <= best.share * found[-1].size:
            best = _step(best.clauses | found.pop().clauses, clauses, sizes)
        found.append(best)
    return found


def _step(numbers: AbstractSet[int], clauses: Sequence[Clause], sizes: Sequence[float]) -> Step:
    share = sum(clauses[number].share for number in numbers)
    return Step(frozenset(numbers), share, max(1e-9, sum(sizes[number] for number in numbers)))


def left_of(text: str, clauses: Sequence[Clause], kept: AbstractSet[int]) -> tuple[Span, ...]:
    """What is left of a sentence with some of its clauses, as spans of ``text``.

    Where its end goes, the comma before goes too, and the full stop of the sentence closes it.
    """
    start, end = clauses[0].span[0], clauses[-1].span[1]
    if len(kept) == len(clauses):
        return ((start, end),)
    spans: list[Span] = []
    for number in sorted(kept):
        a, b = clauses[number].span
        if spans and spans[-1][1] == a:
            spans[-1] = (spans[-1][0], b)
        else:
            spans.append((a, b))
    if len(clauses) - 1 in kept:
        return tuple(spans)
    a, b = spans[-1]
    loose = _LOOSE_END.search(text, a, b)
    spans[-1] = (a, loose.start() if loose and loose.start() > a else b)
    closing = _END.search(text, start, end)
    if closing and closing.start() < end:
        spans.append((closing.start(), end))
    return tuple(spans)
