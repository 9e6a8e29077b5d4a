"""What is sent of passages: sentences by their numbers, and parts of sentences."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from leanrag.types.plain import Span

Key: TypeAlias = tuple[int, int]
"""A sentence: the number of its passage and its own number in that."""

Kept: TypeAlias = Mapping[int, Sequence[int]]
"""Numbers of the kept sentences, by the number of their passage."""

Cuts: TypeAlias = Mapping[Key, Sequence[Span]]
"""What is left of sentences that lost some of their text, as spans of the passage's text."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One sentence of one candidate, with its value for the answer.

    ``shares`` says which parts of that value stand in its clauses, where it is known.
    """

    candidate: int
    sentence: int
    value: float
    shares: tuple[float, ...] = ()
