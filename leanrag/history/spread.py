"""What the turns around a turn say of it: relevance that is borrowed, and how far it reaches."""

from collections.abc import Mapping

from leanrag.text.regions import Scores, stretches

SUPPORT: Mapping[int, float] = {-2: 0.2, -1: 0.4, 1: 0.3, 2: 0.2}
"""What a turn borrows from those beside it: an answer rarely repeats the words of its question."""
_LEAST, _MOST = 0.1, 0.6
"""Weight of the region where relevance is scattered, and where it comes in long stretches."""


def supported(own: Scores) -> Scores:
    """Each score with shares of those beside it."""
    scores = own.copy()
    for offset, weight in SUPPORT.items():
        if abs(offset) < len(own):
            to = slice(max(0, -offset), len(own) - max(0, offset))
            beside = slice(max(0, offset), len(own) - max(0, -offset))
            scores[to] += weight * own[beside]
    return scores


def region_weight(own: Scores) -> float:
    """How much regions matter, by how far relevance reaches in this conversation."""
    return _LEAST + (_MOST - _LEAST) * stretches(own)
