"""The conversation in front of a question: how much room it gets, and what of it is sent."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.api.conversation import Conversation
from leanrag.api.memory.indexing import embedded_texts, reader, turn_scorer
from leanrag.api.memory.room import LEANING_NEWEST_SHARE, NEWEST_SHARE, Room
from leanrag.api.memory.sending import Remembered, remember_messages
from leanrag.api.wiring.models import embedder_for
from leanrag.history.allocate import LEAST_SHARE, history_share, history_tokens
from leanrag.history.messages import Turn, validate
from leanrag.history.recall import TurnScorer
from leanrag.history.vectors import KeptVectors
from leanrag.mask.messages import mask_messages
from leanrag.protocols import TokenCounter
from leanrag.settings import EmbeddingSettings, Settings
from leanrag.types import Condensed, Hit, Message

History = Sequence[Message] | Conversation | None

_BEST = 3
_UNKNOWN_NEARNESS = 0.4
"""Of passages that only BM25 found."""
WORTH_MORE = 48
"""Tokens left over by the documents for which the conversation is looked at again."""
WORTH_FILLING = 0.4
"""Share from which on it is; room that is left over need not be filled with what is of no use."""


def recall(history: History, counter: TokenCounter, settings: Settings) -> Remembered:
    """A conversation, or a list of messages, that can be cut to any room.

    Raises:
        InputError: a message is malformed.
    """
    if isinstance(history, Conversation):
        return history.remembered()
    embedding, lexical = settings.embedding, RankBM25Scorer()
    return remember_messages(
        validate(history),
        counter=counter,
        scorer=lambda: _scorer(embedding.model_dump_json(), reader(settings, stored=False)),
        lexical=lexical,
        nearness=lambda question, turns: _nearness(question, turns, counter, embedding),
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

    ``available`` are the tokens that the conversation and the documents share.
    """

    remembered: Remembered
    counter: TokenCounter
    available: int
    before: Sequence[Message]
    after: Sequence[Message]
    mask: Callable[[str], str] | None = None

    def share(self, question: str, hits: Sequence[Hit], *, leans: bool) -> float:
        """The conversation's share of what is available, by its expected use.

        Args:
            question: what is searched for.
            hits: the passages found.
            leans: whether the question points back to what was said.
        """
        if self.remembered.whole(self.counter) <= LEAST_SHARE * self.available:
            return 1.0
        return history_share(self.remembered.nearness(question), _documents(hits), leans=leans)

    def take(self, question: str, share: float, *, leans: bool) -> Condensed:
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
        return self._condense(question, tokens, leans=leans)

    def more(self, question: str, taken: Condensed, left: int, *, leans: bool) -> Condensed:
        """More of the conversation in what the documents left over; else what was taken."""
        if left < WORTH_MORE or len(taken.kept_ids) == len(self.remembered.turns):
            return taken
        longer = self._condense(question, taken.tokens["out"] + left, leans=leans)
        return longer if longer.tokens["out"] > taken.tokens["out"] else taken

    def _condense(self, question: str, tokens: int, *, leans: bool) -> Condensed:
        mask = self.mask
        room = Room(
            tokens,
            self.counter,
            before=self.before,
            after=self.after,
            newest_share=LEANING_NEWEST_SHARE if leans else NEWEST_SHARE,
            notes_budget=self.available // 2,
            mask=None if mask is None else lambda messages: mask_messages(messages, mask),
        )
        return self.remembered.condense(question, room)


def _documents(hits: Sequence[Hit]) -> float | None:
    """How near the nearest passages are to the question."""
    if not hits:
        return None
    cosines = sorted((hit.dense for hit in hits if hit.dense is not None), reverse=True)[:_BEST]
    return sum(cosines) / len(cosines) if cosines else _UNKNOWN_NEARNESS


def _nearness(
    question: str, turns: Sequence[Turn], counter: TokenCounter, settings: EmbeddingSettings
) -> float:
    """How near the nearest of the turns are to the question."""
    texts = [text for turn in turns for text in embedded_texts(turn, counter)]
    if not texts:
        return 0.0
    vectors = vectors_for(settings)
    cosines = vectors.embed_documents(texts) @ vectors.embed_queries([question])[0]
    return float(np.sort(cosines)[-_BEST:].mean())


@lru_cache(maxsize=4)
def _vectors(settings_json: str) -> KeptVectors:
    """Vectors of what is given as lists of messages; kept in memory alone."""
    settings = EmbeddingSettings.model_validate_json(settings_json)
    return KeptVectors(embedder_for(settings, None), load=lambda keys: {}, save=lambda found: None)


@lru_cache(maxsize=4)
def _scorer(settings_json: str, selector: str | None) -> TurnScorer:
    """Kept, since it remembers what it has read: another budget costs next to nothing."""
    settings = EmbeddingSettings.model_validate_json(settings_json)
    return turn_scorer(
        vectors_for(settings), RankBM25Scorer(), languages=settings.languages, selector=selector
    )


def vectors_for(settings: EmbeddingSettings) -> KeptVectors:
    """An embedder that remembers the vectors of conversations given as lists."""
    return _vectors(settings.model_dump_json())
