"""Conversations as LlamaIndex's memory, and the chat engine."""

import asyncio
from typing import Any

import pytest
from llama_index.core.base.llms.types import (
    ChatMessage,
    ImageBlock,
    MessageRole,
    TextBlock,
    ToolCallBlock,
)
from llama_index.core.chat_engine import SimpleChatEngine
from llama_index.core.llms import MockLLM

from leanrag import LeanRAG
from leanrag.api.conversation import Conversation
from leanrag.integrations.llama_index import LeanChatEngine, LeanMemory
from leanrag.integrations.llama_index.chat_messages import chat_message, openai_message
from leanrag.tokens import counter_for
from tests.integrations.llama_index.conftest import QUESTION

TURNS = [
    ChatMessage(role="user", content="My dog is called Bruno and he is afraid of thunder."),
    ChatMessage(role="assistant", content="Poor Bruno! A quiet room may help him."),
    *(
        ChatMessage(
            role=role, content=f"Something about the weather of day {day}, and about lunch."
        )
        for day in range(30)
        for role in ("user", "assistant")
    ),
]


def counted(messages: list[ChatMessage]) -> int:
    return counter_for("gpt-4o").count_messages([openai_message(m) for m in messages])


def test_memory_recalls_within_its_budget() -> None:
    memory = LeanMemory.from_defaults(chat_history=TURNS, budget=200)
    found = memory.get("What is the name of my dog?")
    assert counted(found) <= 200
    assert any("Bruno" in str(message.content) for message in found)
    assert [m.content for m in memory.get_all()] == [m.content for m in TURNS]


def test_memory_is_put_set_and_reset() -> None:
    memory = LeanMemory.from_defaults(budget=500)
    assert memory.get("hello") == []
    memory.put(ChatMessage(role="user", content="One."))
    asyncio.run(memory.aput(ChatMessage(role="assistant", content="Two.")))
    assert [m.content for m in memory.get()] == ["One.", "Two."]
    memory.set(TURNS[:2])
    assert [m.content for m in memory.get_all()] == [m.content for m in TURNS[:2]]
    memory.reset()
    assert memory.get_all() == []


def test_a_chat_engine_of_theirs_takes_the_memory() -> None:
    memory = LeanMemory.from_defaults(chat_history=TURNS, budget=200)
    engine = SimpleChatEngine.from_defaults(llm=MockLLM(), memory=memory)
    assert "Bruno" in str(engine.chat("What is the name of my dog?"))
    assert len(memory.get_all()) == len(TURNS) + 2


def test_tool_calls_and_images_go_through() -> None:
    call = ToolCallBlock(tool_call_id="c1", tool_name="weather", tool_kwargs={"city": "Köln"})
    messages = [
        ChatMessage(role="user", blocks=[TextBlock(text="Look"), ImageBlock(url="http://x/i.png")]),
        ChatMessage(role="assistant", blocks=[call]),
        ChatMessage(role="tool", content="rain", additional_kwargs={"tool_call_id": "c1"}),
        ChatMessage(role="assistant", content="It rains."),
    ]
    memory = LeanMemory.from_defaults(chat_history=messages, budget=500)
    found = [openai_message(message) for message in memory.get("Does it rain?")]
    assert found[1]["tool_calls"][0]["function"] == {
        "name": "weather",
        "arguments": '{"city": "Köln"}',
    }
    assert found[2]["tool_call_id"] == "c1"
    assert "i.png" in str(found[0]["content"])


def test_messages_come_back_as_they_were() -> None:
    message = {"role": "user", "content": "Hello", "name": "ann"}
    assert openai_message(chat_message(message)) == message


def test_the_engine_answers_and_remembers(rag: LeanRAG) -> None:
    engine = LeanChatEngine(rag, MockLLM(), budget=400)
    response = engine.chat(QUESTION)
    assert "else" in str(response)  # MockLLM repeats its prompt
    assert response.metadata["tokens"]["prompt"] <= 400
    for node in response.source_nodes:
        document = rag.document(node.node_id).text
        assert node.text == "".join(document[a:b] for a, b in node.metadata["leanrag_spans"])
    engine.chat("And finally?")
    roles = [message.role for message in engine.chat_history]
    assert roles == [MessageRole.USER, MessageRole.ASSISTANT] * 2
    engine.reset()
    assert engine.chat_history == []


def test_the_engine_streams(rag: LeanRAG) -> None:
    engine = LeanChatEngine(rag, MockLLM(), budget=300)
    streamed = "".join(engine.stream_chat(QUESTION).response_gen)
    assert [m.content for m in engine.chat_history] == [QUESTION, streamed.strip()]


def test_the_engine_awaits(rag: LeanRAG) -> None:
    engine = LeanChatEngine(rag, MockLLM(), budget=300)

    async def talk() -> tuple[str, str]:
        first = str(await engine.achat(QUESTION))
        response = await engine.astream_chat("And finally?")
        return first, "".join([token async for token in response.async_response_gen()])

    first, second = asyncio.run(talk())
    contents = [message.content for message in engine.chat_history]
    assert contents == [QUESTION, first, "And finally?", second.strip()]


def test_a_given_history_replaces_the_conversation(rag: LeanRAG) -> None:
    engine = LeanChatEngine(rag, MockLLM(), budget=400, conversation=Conversation("c"))
    engine.chat(QUESTION)
    engine.chat("And finally?", chat_history=TURNS[:2])
    assert [m.content for m in engine.chat_history][:2] == [m.content for m in TURNS[:2]]
    assert len(engine.chat_history) == 4


class Broken(MockLLM):
    """A model that fails."""

    def chat(self, *args: Any, **kwargs: Any) -> Any:
        raise ConnectionError("down")


def test_a_failed_turn_leaves_no_trace(rag: LeanRAG) -> None:
    engine = LeanChatEngine(rag, Broken(), budget=300)
    with pytest.raises(ConnectionError):
        engine.chat(QUESTION)
    assert engine.chat_history == []
