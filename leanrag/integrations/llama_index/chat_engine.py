"""leanrag's prompts and conversations as a LlamaIndex chat engine."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from threading import Thread
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ChatResponse, MessageRole
from llama_index.core.chat_engine.types import (
    AgentChatResponse,
    BaseChatEngine,
    StreamingAgentChatResponse,
)

from leanrag.api import LeanRAG
from leanrag.api.conversation import Conversation
from leanrag.integrations.llama_index.chat_messages import chat_message
from leanrag.integrations.llama_index.filters import filter_of
from leanrag.integrations.llama_index.memory import LeanMemory
from leanrag.integrations.llama_index.nodes import node_of_source
from leanrag.integrations.llama_index.query_engine import account_of
from leanrag.types import Prompt


class LeanChatEngine(BaseChatEngine):
    """Answers within a conversation; documents and history share one hard budget.

    The conversation keeps every turn; each prompt holds what the question needs of it. A turn is
    stored once it is answered; where the model fails, neither question nor answer is.
    """

    def __init__(
        self,
        rag: LeanRAG,
        llm: Any,
        *,
        conversation: Conversation | None = None,
        budget: int | None = None,
        model: str | None = None,
        filters: Any = None,
    ) -> None:
        """Takes the collection, the model and the conversation.

        Args:
            rag: an open ``LeanRAG``; it stays yours to close.
            llm: a LlamaIndex LLM.
            conversation: for example ``rag.conversation("id")``; by default one in memory.
            budget: tokens of the whole prompt; by default the settings' one.
            model: the model whose tokens are counted; by default the settings' one.
            filters: LlamaIndex's ``MetadataFilters``.

        Raises:
            FilterError: a filter has no counterpart.
        """
        self._rag = rag
        self._llm = llm
        self._memory = LeanMemory(conversation or Conversation(settings=rag.settings))
        self._options: dict[str, Any] = {
            "budget": budget,
            "model": model,
            "where": filter_of(filters),
        }

    @property
    def conversation(self) -> Conversation:
        """The conversation, with its summary and facts."""
        return self._memory.conversation

    @property
    def chat_history(self) -> list[ChatMessage]:
        """Every turn, in order."""
        return self._memory.get_all()

    def reset(self) -> None:
        """Deletes the conversation and begins anew."""
        self._memory.reset()

    def chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """The answer; ``chat_history``, where given, replaces the conversation."""
        prompt = self._prompt(message, chat_history)
        reply = self._llm.chat(_messages(prompt))
        return self._answered(message, prompt, str(reply.message.content or ""))

    async def achat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> AgentChatResponse:
        """``chat`` without blocking the event loop."""
        prompt = await asyncio.to_thread(self._prompt, message, chat_history)
        reply = await self._llm.achat(_messages(prompt))
        text = str(reply.message.content or "")
        return await asyncio.to_thread(self._answered, message, prompt, text)

    def stream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """The answer as it comes; it is stored when it is complete."""
        prompt = self._prompt(message, chat_history)
        response = StreamingAgentChatResponse(
            chat_stream=_told(self._llm.stream_chat(_messages(prompt))),
            source_nodes=[*map(node_of_source, prompt.sources)],
        )
        memory: Any = _Exchange(self._memory, message)
        thread = Thread(target=response.write_response_to_history, args=(memory,), daemon=True)
        response.write_response_to_history_thread = thread
        thread.start()
        return response

    async def astream_chat(
        self, message: str, chat_history: list[ChatMessage] | None = None
    ) -> StreamingAgentChatResponse:
        """``stream_chat`` without blocking the event loop."""
        prompt = await asyncio.to_thread(self._prompt, message, chat_history)
        response = StreamingAgentChatResponse(
            achat_stream=_atold(await self._llm.astream_chat(_messages(prompt))),
            source_nodes=[*map(node_of_source, prompt.sources)],
        )
        memory: Any = _Exchange(self._memory, message)
        response.awrite_response_to_history_task = asyncio.create_task(
            response.awrite_response_to_history(memory)
        )
        return response

    def _prompt(self, message: str, chat_history: list[ChatMessage] | None) -> Prompt:
        if chat_history is not None:
            self._memory.set(chat_history)
        return self._rag.prompt(message, history=self.conversation, **self._options)

    def _answered(self, message: str, prompt: Prompt, text: str) -> AgentChatResponse:
        _Exchange(self._memory, message).put(ChatMessage(role=MessageRole.ASSISTANT, content=text))
        nodes = [*map(node_of_source, prompt.sources)]
        return AgentChatResponse(text, source_nodes=nodes, metadata=account_of(prompt))


class _Exchange:
    """Stores a question together with its answer."""

    def __init__(self, memory: LeanMemory, question: str) -> None:
        self._memory = memory
        self._question = question

    def put(self, answer: ChatMessage) -> None:
        asked = ChatMessage(role=MessageRole.USER, content=self._question)
        self._memory.put_messages([asked, answer])

    async def aput(self, answer: ChatMessage) -> None:
        await asyncio.to_thread(self.put, answer)


def _messages(prompt: Prompt) -> list[ChatMessage]:
    return [*map(chat_message, prompt.messages)]


def _told(replies: Any) -> Iterator[ChatResponse]:
    """The replies, each with all that was said so far, whatever the model puts there."""
    told = ""
    for reply in replies:
        told += reply.delta or ""
        yield _so_far(told, reply.delta)


async def _atold(replies: Any) -> AsyncIterator[ChatResponse]:
    told = ""
    async for reply in replies:
        told += reply.delta or ""
        yield _so_far(told, reply.delta)


def _so_far(told: str, delta: str | None) -> ChatResponse:
    return ChatResponse(
        message=ChatMessage(role=MessageRole.ASSISTANT, content=told), delta=delta or ""
    )
