"""The newest turns of a conversation that fit, verbatim and in order."""

from collections.abc import Callable, Sequence
from typing import Any

from leanrag.errors import InputError
from leanrag.history.messages import Group, Turn, group, validate
from leanrag.protocols import TokenCounter
from leanrag.tokens.fitting import most
from leanrag.trace import Stage
from leanrag.types import Message, TraceEntry


def newest(
    history: Sequence[Message] | None,
    *,
    counter: TokenCounter,
    max_tokens: int,
    before: Sequence[Message] = (),
    after: Sequence[Message] = (),
) -> tuple[list[dict[str, Any]], tuple[TraceEntry, ...]]:
    """The longest end of the conversation that adds at most ``max_tokens`` to a prompt.

    A tool call stays with all of its results or goes with them. What is kept of a longer
    conversation starts with no reply, unless nothing but the last reply fits.

    Args:
        history: the conversation, oldest first.
        counter: counts rendered messages, overhead included.
        max_tokens: what the kept messages may add to ``before`` and ``after``; where there are
            none, what they may count by themselves, the priming of the reply included.
        before: messages of the prompt in front of the history.
        after: messages of the prompt behind it.

    Returns:
        The kept messages, ready to be sent, and one trace entry; none for an empty history.

    Raises:
        InputError: a message is malformed.
    """
    stage = Stage("history")
    turns = validate(history)
    if not turns:
        return [], ()
    groups, dropped = group(turns)
    base = counter.count_messages([*before, *after]) if before or after else 0

    def fits(first: int) -> bool:
        kept = [turn.message for members in groups[first:] for turn in members]
        return not kept or counter.count_messages([*before, *kept, *after]) - base <= max_tokens

    first = _first_that_fits(_starts(groups), fits)
    if first is None:
        first = _first_that_fits(_reply_starts(groups), lambda index: _accepted(fits, index))
    if first is None:
        first = len(groups)
    older = sum(len(members) for members in groups[:first])
    kept = [turn for members in groups[first:] for turn in members]
    if older:
        dropped["older than the window"] = older
    entry = stage.entry(
        (len(turns), len(kept)),
        (_tokens(turns, counter), _tokens(kept, counter)),
        dropped=dropped,
        note="newest turns verbatim",
    )
    return [dict(turn.message) for turn in kept], (entry,)


def _starts(groups: Sequence[Group]) -> list[int]:
    """Where an end of the conversation may start: anywhere but at a reply, and at the very start.

    Chat templates that want roles to alternate refuse a chat that starts with a reply.
    """
    return [index for index, members in enumerate(groups) if not index or not _replies(members)]


def _reply_starts(groups: Sequence[Group]) -> list[int]:
    """The replies behind the last message that is none."""
    starts = _starts(groups)
    return list(range(starts[-1] + 1, len(groups))) if starts else []


def _replies(members: Group) -> bool:
    return members[0].role == "assistant"


def _first_that_fits(starts: Sequence[int], fits: Callable[[int], bool]) -> int | None:
    kept = most(len(starts), lambda number: fits(starts[-number]))
    return starts[-kept] if kept else None


def _accepted(fits: Callable[[int], bool], first: int) -> bool:
    try:
        return fits(first)
    except InputError:  # the template refuses a chat that starts with a reply
        return False


def _tokens(turns: Sequence[Turn], counter: TokenCounter) -> int:
    return sum(counter.count(turn.text) for turn in turns)
