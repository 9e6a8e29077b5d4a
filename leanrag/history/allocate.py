"""Splits what a prompt has left between the conversation and the documents."""

from math import exp

LEAST_SHARE = 0.15
MOST_SHARE = 0.75
LEANING_SHARE = 0.4
"""A question that seems to point back has at least so much of the conversation beside it."""
_CONTRADICTED = 0.4
"""Unless the documents are nearer than the conversation by so much, as with a short question."""
_SCALE = 0.07
"""Difference of cosines at which one side is about three times as likely to be of use."""


def history_share(
    nearness: float, documents: float | None, *, leans: bool, most: float = MOST_SHARE
) -> float:
    """The share of the conversation by its expected use for this question, 0 to 1.

    Args:
        nearness: how near the nearest older turns are to the question (cosine).
        documents: the same for the passages found; None where nothing was found.
        leans: whether the question points back to what was said.
        most: the share that is never exceeded where documents were found.
    """
    if documents is None:
        return 1.0
    odds = exp(max(-20.0, min(20.0, (nearness - documents) / _SCALE)))
    least = min(LEAST_SHARE, most)
    share = least + (most - least) * odds / (1 + odds)
    if not leans:
        return share
    behind = max(0.0, documents - nearness) / _CONTRADICTED
    return max(share, min(LEANING_SHARE, most) * (1 - min(1.0, behind)))


def history_tokens(available: int, share: float, *, floor: int, whole: int) -> int:
    """Tokens for the conversation out of those that system text and question leave.

    Args:
        available: what is left for conversation and documents.
        share: the conversation's by expected use.
        floor: tokens of the last exchange, which comes first, up to half of what is left.
        whole: tokens of the whole conversation; it never gets more.
    """
    return max(0, min(whole, max(int(available * share), min(floor, available // 2))))
