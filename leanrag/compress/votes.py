"""Orders sentences by a vote of two: by what they say, and by the passage that they stand in."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.compress.values import Values, split_like
from leanrag.types import Judged

SECOND_VOTE = 0.5
"""Weight of the second order of the sentences, by what was known of their passage before, beside
the selector's. On the tune rows it gains most where a question has its answer in
a sentence that says nothing of the question, as in technical documentation."""
VOTE_K = 5
"""How slowly a place in an order loses its weight."""


def voted(
    values: Sequence[Values], floor: float, judged: Sequence[Judged], priors: Sequence[float]
) -> list[Values]:
    """The values, handed out anew by a vote of two orders of the sentences that are worth sending.

    One order is that of the values; in the other the sentences of the passage with the greatest
    prior come first, by the selector within a passage. Their places are summed as in reciprocal
    rank fusion (Cormack, Clarke and Büttcher, 2009). No value is made or lost, and what lies
    below the floor stays there. Passages of which nothing was known before do not vote.
    """
    if len(set(priors)) < 2:
        return list(values)
    flat = np.concatenate(list(values))
    live = np.flatnonzero(flat >= floor)
    if not len(live):
        return list(values)
    owners = np.repeat(np.arange(len(values)), [len(row) for row in values])
    known = np.asarray(priors)[owners]
    own = np.concatenate([one.sentences for one in judged])
    first = _places(np.argsort(-flat[live], kind="stable"))
    second = _places(np.lexsort((-own[live], -known[live])))
    votes = 1 / (VOTE_K + first) + SECOND_VOTE / (VOTE_K + second)
    result = flat.copy()
    result[live[np.argsort(-votes, kind="stable")]] = np.sort(flat[live])[::-1]
    return split_like(result, values)


def _places(order: NDArray[np.intp]) -> NDArray[np.intp]:
    """The place of each item in an order, from 0."""
    places = np.empty_like(order)
    places[order] = np.arange(len(order))
    return places
