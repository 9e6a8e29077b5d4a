"""Chooses which sentences enter the prompt: the most valuable ones that the budget holds.

Nothing is estimated. Every decision counts the messages as they would be sent, so the result
cannot exceed the budget, whatever the tokenizer does at the seams.
"""

from collections.abc import Callable, Sequence

from leanrag.tokens.fitting import longest
from leanrag.types import Kept, Unit


def fit(units: Sequence[Unit], count: Callable[[Kept], int], budget: int) -> dict[int, list[int]]:
    """The units of greatest value that fit together.

    Units are taken by falling value, ties by candidate and sentence: first the longest run that
    fits, found by bisection, then those of the next ones that still find room beside what is
    there.

    Args:
        units: sentences with their values.
        count: tokens of the whole prompt with the given sentences kept.
        budget: the most that ``count`` may reach.

    Returns:
        Kept sentence numbers by candidate number, in order. Empty when nothing fits.
    """
    ranked = sorted(units, key=lambda unit: (-unit.value, unit.candidate, unit.sentence))
    return grouped(longest(ranked, lambda chosen: count(grouped(chosen)) <= budget))


def grouped(units: Sequence[Unit]) -> dict[int, list[int]]:
    """The units' sentence numbers by candidate, in order."""
    kept: dict[int, list[int]] = {}
    for unit in sorted(units, key=lambda unit: (unit.candidate, unit.sentence)):
        kept.setdefault(unit.candidate, []).append(unit.sentence)
    return kept
