"""A conversation: turns go in and stay, and what the next answer needs comes out."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from leanrag.api.memory.catalogue import IN_MEMORY, Conversations
from leanrag.api.memory.room import Room
from leanrag.api.memory.sending import Remembered, remember
from leanrag.api.memory.stored import Memory
from leanrag.errors import InputError, ModelError
from leanrag.history.facts import current
from leanrag.history.messages import validate
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.tokens.budget import checked_budget
from leanrag.tokens.messages import as_json
from leanrag.types import Condensed, Fact, Message, StoredTurn, Summary

LONGEST_NAME = 200


class Conversation:
    """One conversation of one tenant, append-only. Safe to use from several threads.

    ``LeanRAG.conversation`` gives one that is kept beside the collection; made directly it lives
    in memory, unless the settings name a file in ``history.path``.

    Args:
        id: its name; the same name is another conversation for another tenant.
        tenant: whose it is.
        settings: the model whose tokens are counted, the embedder, and how it is summarised.
        among: the conversations that it belongs to.

    Raises:
        InputError: id or tenant cannot be used.
    """

    def __init__(
        self,
        id: str = "conversation",
        *,
        tenant: str = "",
        settings: Settings | None = None,
        among: Conversations | None = None,
    ) -> None:
        self.id = _name(id, "conversation", least=1)
        self.tenant = _name(tenant, "tenant", least=0)
        if among is None:
            among = Conversations(_own_settings(settings or Settings()))
        self._among = among

    def __len__(self) -> int:
        return len(self._memory().stored())

    def __bool__(self) -> bool:
        # So that ``conversation or another`` does not lose one that is still empty.
        return True

    def __repr__(self) -> str:
        return f"Conversation({self.id!r}, tenant={self.tenant!r})"

    # ── adding ──────────────────────────────────────────────────────────────────────────────

    def add(
        self,
        message: Message | str,
        content: Any = None,
        *,
        id: str | int | None = None,
        name: str | None = None,
        time: str | None = None,
    ) -> StoredTurn:
        """Adds a turn at the end and returns it as stored.

        Args:
            message: an OpenAI-style message, or a role with the ``content`` behind it. Images and
                the like are kept as placeholders.
            content: what was said, where ``message`` is a role.
            id: of the turn; by default ``turn-N`` by position.
            name: who said it.
            time: when; by default now, as ISO 8601 in UTC.

        Raises:
            InputError: the message is malformed, or its id is taken.
            StoreError: it cannot be stored.
        """
        if isinstance(message, str):
            message = {"role": message, "content": content}
        elif content is not None:
            raise InputError("content: give a role with its content, or one message")
        given = {"id": id, "name": name, "time": time}
        if isinstance(message, Mapping):
            message = {**message, **{key: v for key, v in given.items() if v is not None}}
        return self.extend([message])[0]

    def extend(self, messages: Sequence[Message]) -> list[StoredTurn]:
        """Adds several turns, all or none; see ``add``."""
        turns = validate(messages)
        now = datetime.now(UTC).isoformat(timespec="seconds")
        counter = self._among.tools.counter
        new: list[StoredTurn] = []
        for turn, message in zip(turns, messages, strict=True):
            kept = dict(turn.message)
            if turn.time:
                kept["time"] = turn.time
            as_json(kept, f"history[{len(new)}]")
            given = turn.id if message.get("id") is not None else ""
            new.append(
                StoredTurn(0, _text(given, "id"), turn.role, _text(turn.time or now, "time"),
                           counter.count(turn.text), kept)
            )  # fmt: skip
        if not new:
            return []
        _, stored = self._among.store.append(self.tenant, self.id, new)
        memory = self._memory()
        try:
            memory.index()
        except ModelError as error:  # stored is stored; what is asked later tries again
            memory.failures.append(f"{type(error).__name__}: {error}")
        if memory.due() is not None:
            self._among.worker.submit(memory)
        return stored

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    @property
    def turns(self) -> list[StoredTurn]:
        """Every turn, in the order in which they were added."""
        return self._memory().stored()

    @property
    def summary(self) -> Summary | None:
        """The running summary of older turns; None while there is none."""
        return self._memory().summary()

    @property
    def facts(self) -> list[Fact]:
        """Names, numbers, dates, decisions, preferences and open questions, oldest first.

        Those that a newer one supersedes are among them, with ``superseded_by`` set.
        """
        return current(self._memory().facts())

    def messages(
        self, budget: int, question: str = "", *, model: str | None = None
    ) -> list[dict[str, Any]]:
        """What the next answer needs of the conversation, as messages that can be sent.

        Notes (summary and facts) come first, then recalled older turns and the newest ones in the
        order of the conversation. See ``condense`` for their ids and the trace.

        Args:
            budget: tokens of the rendered messages, with overhead and the priming of the reply.
            question: what will be asked next; where empty, the last user message stands for it.
            model: the model whose tokens are counted; by default the settings' one.

        Raises:
            InputError: the budget is not a whole number from 1, or the question is no text.
        """
        return [dict(message) for message in self.condense(budget, question, model=model).messages]

    def condense(self, budget: int, question: str = "", *, model: str | None = None) -> Condensed:
        """Like ``messages``, with the ids of kept and of summarised turns, tokens and trace."""
        checked_budget(budget)
        if not isinstance(question, str):
            raise InputError(f"question: expected a text, got {type(question).__name__}")
        counter = self._among.tools.counter
        if model is not None:
            counter = counter_for(model, tokenizer=self._among.settings.tokenizer)
        return self.remembered().condense(question, Room(budget, counter))

    def remembered(self) -> Remembered:
        """The conversation as a prompt's history, for ``LeanRAG.prompt``."""
        return remember(self._memory(), self._among.tools)

    # ── keeping ─────────────────────────────────────────────────────────────────────────────

    def summarise(self) -> Summary | None:
        """Makes the summaries that are due, waits for them, and returns the running one.

        Raises:
            ModelError, LLMError, StoreError: a summary cannot be made.
        """
        memory = self._memory()
        while (job := memory.due()) is not None and memory.make(job) is not None:
            continue
        return memory.summary()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Waits for summaries made in the background; whether all were done in time."""
        return self._among.worker.wait(timeout_s)

    def delete(self) -> bool:
        """Deletes the conversation with all that was made of it; whether there was one.

        Its bytes are overwritten, in the file and in its write-ahead log.
        """
        return self._among.delete(self.tenant, self.id)

    async def aadd(
        self,
        message: Message | str,
        content: Any = None,
        *,
        id: str | int | None = None,
        name: str | None = None,
        time: str | None = None,
    ) -> StoredTurn:
        """``add`` in a thread."""
        return await asyncio.to_thread(self.add, message, content, id=id, name=name, time=time)

    async def amessages(
        self, budget: int, question: str = "", *, model: str | None = None
    ) -> list[dict[str, Any]]:
        """``messages`` in a thread."""
        return await asyncio.to_thread(self.messages, budget, question, model=model)

    async def acondense(
        self, budget: int, question: str = "", *, model: str | None = None
    ) -> Condensed:
        """``condense`` in a thread."""
        return await asyncio.to_thread(self.condense, budget, question, model=model)

    def _memory(self) -> Memory:
        return self._among.memory(self.tenant, self.id)


def _own_settings(settings: Settings) -> Settings:
    if settings.history.path is not None:
        return settings
    history = settings.history.model_copy(update={"path": IN_MEMORY})
    return settings.model_copy(update={"history": history})


def _name(value: Any, field: str, *, least: int) -> str:
    if not isinstance(value, str):
        raise InputError(f"{field}: expected a text, got {type(value).__name__}")
    if not least <= len(value) <= LONGEST_NAME or not value.isprintable():
        raise InputError(
            f"{field}: expected {least} to {LONGEST_NAME} printable characters, got {value!r:.80}"
        )
    return _text(value, field)


def _text(value: str, field: str) -> str:
    try:
        value.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(
            f"{field}: {value!r:.80} has a lone surrogate, which is no text"
        ) from error
    return value
