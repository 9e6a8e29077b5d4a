"""Keeps, beside a sentence that opens with a pronoun, the one that says what it stands for."""

from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet

from leanrag.text.pronouns import leans_back
from leanrag.types import Kept, Passage

MOST_TOKENS = 48
"""A longer sentence costs more than the pronoun's meaning is worth."""


def with_antecedents(
    kept: Kept,
    passages: Sequence[Passage],
    *,
    fits: Callable[[Kept], bool],
    count: Callable[[str], int],
    apart: AbstractSet[int] = frozenset(),
) -> dict[int, list[int]]:
    """What is kept, and before a sentence such as ``It was built in 1889.`` its predecessor.

    Nothing goes for it: a predecessor comes in where it is short and finds room, in the order of
    the passages.

    Args:
        kept: sentence numbers by passage.
        passages: where the sentences stand.
        fits: whether so much can be sent.
        count: tokens of a text.
        apart: passages whose parts do not refer to each other, such as tables.
    """
    chosen = {index: sorted(numbers) for index, numbers in kept.items()}
    for index, numbers in kept.items():
        passage = passages[index]
        if index in apart:
            continue
        for number in numbers:
            before = number - 1
            if before < 0 or before in chosen[index]:
                continue
            if not leans_back(_sentence(passage, number), passage.language):
                continue
            if count(_sentence(passage, before)) > MOST_TOKENS:
                continue
            wider = {**chosen, index: sorted([*chosen[index], before])}
            if fits(wider):
                chosen = wider
    return chosen


def _sentence(passage: Passage, number: int) -> str:
    start, end = passage.sentences[number]
    return passage.text[start:end]
