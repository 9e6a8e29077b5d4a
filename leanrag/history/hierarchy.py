"""Says what of a conversation is to be summarised next: turns, then spans, then the whole."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leanrag.types import Summary

FAN = 8
"""So many summaries of one level are summarised by one of the next."""
WHOLE = 0
"""The level of the summary of everything so far."""


@dataclass(frozen=True, slots=True)
class Limits:
    """When and how much is summarised, in tokens.

    The turns behind the last summary are summarised once they are ``after`` in all, but for the
    newest ``newest``; one summary of turns covers about ``span`` of them.
    """

    after: int = 2000
    newest: int = 800
    span: int = 1200


@dataclass(frozen=True, slots=True)
class Job:
    """Turns from ``start`` to before ``end``, through the summaries in ``parts`` above level 1."""

    level: int
    start: int
    end: int
    parts: tuple[Summary, ...] = ()


def next_job(
    summaries: Sequence[Summary],
    tokens: Sequence[int],
    limits: Limits,
    *,
    block_end: Callable[[int], int],
) -> Job | None:
    """The next summary to make, None where all is up to date.

    Args:
        summaries: those that are there.
        tokens: of each turn.
        limits: when a summary is due.
        block_end: where the call with its results that holds a turn ends; a span never parts
            them.
    """
    roots = standing(summaries)
    for level in sorted({summary.level for summary in roots}):
        same = [summary for summary in roots if summary.level == level]
        if len(same) >= FAN:
            parts = tuple(same[:FAN])
            return Job(level + 1, parts[0].start, parts[-1].end, parts)
    start = roots[-1].end if roots else 0
    whole = max((summary.end for summary in summaries if summary.level == WHOLE), default=0)
    if sum(tokens[start:]) > limits.after:
        end = _span_end(tokens, start, limits, block_end)
        if end > start:
            return Job(1, start, end)
    if roots and whole < roots[-1].end:
        return Job(WHOLE, 0, roots[-1].end, tuple(roots))
    return None


def standing(summaries: Sequence[Summary]) -> list[Summary]:
    """The summaries that no higher one covers, in order; together they tile what is summarised."""
    tiles: list[Summary] = []
    for summary in sorted(
        (summary for summary in summaries if summary.level != WHOLE),
        key=lambda summary: (summary.start, -summary.end, -summary.level),
    ):
        if not tiles or summary.start >= tiles[-1].end:
            tiles.append(summary)
    return tiles


def latest_whole(summaries: Sequence[Summary]) -> Summary | None:
    """The summary of everything, the one that reaches furthest."""
    wholes = [summary for summary in summaries if summary.level == WHOLE]
    return max(wholes, key=lambda summary: summary.end, default=None)


def _span_end(
    tokens: Sequence[int], start: int, limits: Limits, block_end: Callable[[int], int]
) -> int:
    # The last turn may be a call that waits for its result.
    stop = len(tokens) - 1
    kept = tokens[stop]
    while stop > start and kept + tokens[stop - 1] <= limits.newest:
        stop -= 1
        kept += tokens[stop]
    end, taken = start, 0
    while end < stop and taken < limits.span:
        until = block_end(end)
        if until > stop:
            break
        taken += sum(tokens[end:until])
        end = until
    return end
