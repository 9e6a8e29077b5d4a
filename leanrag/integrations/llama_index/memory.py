"""A leanrag conversation as the memory of a LlamaIndex chat engine or agent."""

from collections.abc import Sequence
from typing import Any

from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.memory.types import BaseMemory

from leanrag.api.conversation import Conversation
from leanrag.integrations.llama_index.chat_messages import chat_message, openai_message
from leanrag.settings import Settings


class LeanMemory(BaseMemory):
    """Keeps every turn, and gives what the next answer needs in at most ``budget`` tokens.

    That is a running summary with facts, older turns that bear on the question, and the newest
    turns. The conversation is append-only: ``set`` and ``reset`` delete it and begin anew.
    """

    budget: int = Field(default=1294, ge=1, description="tokens of the messages that get returns")
    _conversation: Conversation = PrivateAttr()

    def __init__(self, conversation: Conversation | None = None, **fields: Any) -> None:
        super().__init__(**fields)
        self._conversation = conversation or Conversation()

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex stores."""
        return "LeanMemory"

    @classmethod
    def from_defaults(
        cls,
        conversation: Conversation | None = None,
        chat_history: Sequence[ChatMessage] | None = None,
        *,
        budget: int = 1294,
        settings: Settings | None = None,
        **kwargs: Any,
    ) -> "LeanMemory":
        """A memory over a conversation.

        Args:
            conversation: for example ``rag.conversation("id")``; by default one in memory.
            chat_history: messages to begin with.
            budget: tokens of what ``get`` returns.
            settings: those of a conversation that is made here.
            kwargs: taken and ignored, as LlamaIndex's own memories do.
        """
        made = conversation or Conversation(settings=settings)
        memory = cls(made, budget=budget)
        memory.put_messages(list(chat_history or ()))
        return memory

    @property
    def conversation(self) -> Conversation:
        """The conversation itself, with its summary and facts."""
        return self._conversation

    def get(self, input: str | None = None, **kwargs: Any) -> list[ChatMessage]:
        """The messages that the answer to ``input`` needs; without it, to the last question."""
        return [*map(chat_message, self._conversation.messages(self.budget, input or ""))]

    def get_all(self) -> list[ChatMessage]:
        """Every turn, in order."""
        return [chat_message(turn.message) for turn in self._conversation.turns]

    def put(self, message: ChatMessage) -> None:
        """Adds a turn at the end."""
        self._conversation.add(openai_message(message))

    def put_messages(self, messages: list[ChatMessage]) -> None:
        """Adds several turns, all or none."""
        self._conversation.extend([*map(openai_message, messages)])

    def set(self, messages: list[ChatMessage]) -> None:
        """Begins anew with these turns."""
        self.reset()
        self.put_messages(messages)

    def reset(self) -> None:
        """Deletes the conversation."""
        self._conversation.delete()
