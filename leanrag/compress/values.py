"""What sentences are worth for a question, and who says so."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from leanrag.types import Passage, Places

Values: TypeAlias = NDArray[np.float64]
"""Of the sentences of one passage, in their order."""

NOTHING_FOUND = "nothing answers the question"
"""What the trace says where no sentence is worth sending."""
ABOVE_ALL = 1.0
"""A floor that no probability reaches."""


@dataclass(frozen=True, slots=True)
class Valued:
    """The value of each sentence, in 0..1, one array a passage.

    Sentences below ``floor`` are not worth sending. ``note`` says so where none is. ``places``, one
    a passage, say where in it an answer seems to stand; empty where that is not known.
    """

    values: list[Values]
    floor: float
    note: str = ""
    places: Sequence[Places | None] = ()


class Pruner(Protocol):
    """Says what sentences are worth for a question."""

    def value(
        self, question: str, passages: Sequence[Passage], idf: Mapping[str, float] | None = None
    ) -> Valued:
        """Values of shape (sentences,), one array a passage."""
        ...


def split_like(flat: Values, rows: Sequence[Values]) -> list[Values]:
    """One array for all sentences, cut into rows of the lengths of the given ones."""
    return np.split(flat, np.cumsum([len(row) for row in rows])[:-1])


def scaled(values: Values) -> Values:
    """The values stretched to 0..1; all 0 where they are alike."""
    width = values.max() - values.min() if len(values) else 0.0
    result: Values = (values - values.min()) / width if width > 0 else np.zeros_like(values)
    return result
