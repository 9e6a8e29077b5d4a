"""What is said twice is worth sending once."""

from collections.abc import Sequence

import numpy as np

from leanrag.compress.values import Values
from leanrag.text.terms import terms
from leanrag.types import Passage

ALIKE = 0.8
"""Share of the terms of two sentences that both have (Jaccard) from which one repeats the other."""
SHORTEST = 4
"""Sentences of fewer terms are left alone: they are alike by chance."""
COMPARED = 300
"""Sentences compared with each other, by falling value; the rest is seldom sent."""
LEFT = 0.05
"""Share of its value that a repetition keeps."""


def discount_repeats(values: Sequence[Values], passages: Sequence[Passage]) -> list[Values]:
    """The values, those of sentences that repeat one of greater value cut to a twentieth.

    A sentence with another number is no repetition, however alike. Ties go to the earlier one.
    """
    places = [(p, s) for p, row in enumerate(values) for s in range(len(row))]
    if len(places) < 2:
        return list(values)
    flat = np.concatenate(list(values))
    bits: dict[str, int] = {}
    seen: dict[frozenset[str], list[int]] = {}
    result = [row.copy() for row in values]
    for place in np.argsort(-flat, kind="stable")[:COMPARED]:
        number, sentence = places[int(place)]
        passage = passages[number]
        found = terms(passage.text[slice(*passage.sentences[sentence])], passage.language)
        mask = 0
        for term in found:
            mask |= 1 << bits.setdefault(term, len(bits))
        if mask.bit_count() < SHORTEST:
            continue
        numbers = frozenset(term for term in found if any(map(str.isdigit, term)))
        others = seen.setdefault(numbers, [])
        if any((mask & one).bit_count() >= ALIKE * (mask | one).bit_count() for one in others):
            result[number][sentence] *= LEFT
        else:
            others.append(mask)
    return result
