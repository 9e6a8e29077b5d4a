"""The conversation in front of a question: how much room it gets, and what of it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.api.conversation import Conversation
from leanrag.api.memory.reading import TurnReader
from leanrag.api.memory.room import LEANING_NEWEST_SHARE, NEWEST_SHARE, Room
from leanrag.api.memory.sending import Remembered, remember_messages
from leanrag.history.allocate import LEAST_SHARE, MOST_SHARE, history_share, history_tokens
from leanrag.history.messages import validate
from leanrag.mask.messages import mask_messages
from leanrag.protocols import TokenCounter
from leanrag.types import Condensed, Hit, Message

History = Sequence[Message] | Conversation | None

_BEST = 3
_UNKNOWN_NEARNESS = 0.4
"""Of passages that only BM25 found."""
WORTH_MORE = 48
"""Tokens left over by the documents for which the conversation is looked at again."""
WORTH_FILLING = 0.4
"""Share from which on it is; room that is left over need not be filled with what is of no use."""


def recall(history: History, counter: TokenCounter, reader: TurnReader) -> Remembered:
    """A conversation, or a list of messages that ``reader`` reads, that can be cut to any room.

    Raises:
        InputError: a message is malformed.
    """
    if isinstance(history, Conversation):
        return history.remembered()
    return remember_messages(
        validate(history),
        counter=counter,
        scorer=reader.scorer,
        lexical=RankBM25Scorer(),
        nearness=lambda question, turns: reader.nearness(question, turns, counter),
    )


def said(history: History) -> Sequence[Message]:
    """The newest messages, to read a question that points back by.

    Raises:
        InputError: a message is malformed.
    """
    if isinstance(history, Conversation):
        return history.remembered().messages
    return [turn.message for turn in validate(history)]


@dataclass(frozen=True, slots=True)
class Past:
    """A conversation between what stands in front of it and behind it in a prompt.

    ``available`` are the tokens that the conversation and the documents share, ``most`` the
    conversation's largest part of them. ``question`` is what is searched for, which ``leans`` on
    what was said where it points back.
    """

    remembered: Remembered
    counter: TokenCounter
    available: int
    before: Sequence[Message]
    after: Sequence[Message]
    question: str
    leans: bool = False
    mask: Callable[[str], str] | None = None
    most: float = MOST_SHARE

    def share(self, hits: Sequence[Hit]) -> float:
        """The conversation's share of what is available, by its expected use beside the hits."""
        if self.remembered.whole(self.counter) <= LEAST_SHARE * self.available:
            return 1.0
        return history_share(
            self.remembered.nearness(self.question),
            _documents(hits),
            leans=self.leans,
            most=self.most,
        )

    def take(self, share: float) -> Condensed:
        """What is sent in this share; the last exchange and the notes have their room in any case.

        A conversation never gets more than it has.
        """
        whole = self.remembered.whole(self.counter)
        tokens = history_tokens(
            self.available,
            share,
            floor=self.remembered.last_exchange(self.counter),
            # What the whole counts is nearly known; what is sent is counted.
            whole=whole + whole // 8 + 16,
        )
        notes = self.remembered.notes(self.available // 2, self.counter)
        if notes is not None:
            tokens = min(self.available, tokens + self.counter.count_messages([notes]))
        return self._condense(tokens)

    def more(self, taken: Condensed, left: int) -> Condensed:
        """More of the conversation in what the documents left over; else what was taken."""
        if left < WORTH_MORE or len(taken.kept_ids) == len(self.remembered.turns):
            return taken
        longer = self._condense(taken.tokens["out"] + left)
        return longer if longer.tokens["out"] > taken.tokens["out"] else taken

    def _condense(self, tokens: int) -> Condensed:
        mask = self.mask
        room = Room(
            tokens,
            self.counter,
            before=self.before,
            after=self.after,
            newest_share=LEANING_NEWEST_SHARE if self.leans else NEWEST_SHARE,
            notes_budget=self.available // 2,
            mask=None if mask is None else lambda messages: mask_messages(messages, mask),
        )
        return self.remembered.condense(self.question, room)


def _documents(hits: Sequence[Hit]) -> float | None:
    """How near the nearest passages are to the question."""
    if not hits:
        return None
    cosines = sorted((hit.dense for hit in hits if hit.dense is not None), reverse=True)[:_BEST]
    return sum(cosines) / len(cosines) if cosines else _UNKNOWN_NEARNESS
