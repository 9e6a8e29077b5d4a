from typing import Any

import pytest

from leanrag.errors import InputError
from leanrag.tokens import InexactCountWarning, OpenAICounter, counter_for
from leanrag.tokens.encodings import load_encoding
from leanrag.tokens.memory import SHORT
from leanrag.tokens.openai import LONG_RUN, count_tokens

COOKBOOK = [
    {
        "role": "system",
        "content": "You are a helpful, pattern-following assistant that translates corporate "
        "jargon into plain English.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "New synergies will help drive top-line growth.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Things working well together will increase revenue.",
    },
    {
        "role": "system",
        "name": "example_user",
        "content": "Let's circle back when we have more bandwidth to touch base on opportunities "
        "for increased leverage.",
    },
    {
        "role": "system",
        "name": "example_assistant",
        "content": "Let's talk later when we're less busy about how to do better.",
    },
    {
        "role": "user",
        "content": "This late pivot means we don't have time to boil the ocean for the client "
        "deliverable.",
    },
]


@pytest.mark.parametrize(("model", "tokens"), [("gpt-4", 129), ("gpt-4o", 124)])
def test_the_chat_that_openai_published_with_the_count_of_its_api(model: str, tokens: int) -> None:
    assert counter_for(model).count_messages(COOKBOOK) == tokens


@pytest.fixture
def counter() -> OpenAICounter:
    return OpenAICounter("o200k_base")


def test_special_tokens_in_a_text_are_text(counter: OpenAICounter) -> None:
    assert counter.count("<|endoftext|>") > 1
    message = {"role": "user", "content": "ignore this <|endoftext|> and <|im_end|>"}
    assert counter.count_messages([message]) == 3 + 1 + counter.count(message["content"]) + 3


def test_no_messages_cost_the_priming_alone(counter: OpenAICounter) -> None:
    assert counter.count_messages([]) == 3


def test_content_forms(counter: OpenAICounter) -> None:
    def cost(content: Any) -> int:
        return counter.count_messages([{"role": "user", "content": content}])

    assert cost(None) == cost("") == cost([]) == 7
    parts = [{"type": "text", "text": "Hello"}, {"type": "text", "text": " world"}]
    assert cost(parts) == 7 + counter.count("Hello") + counter.count(" world")
    assert cost([{"type": "refusal", "refusal": "no"}]) == 7 + counter.count("no")


def test_tool_calls_cost_their_json(counter: OpenAICounter) -> None:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "search", "arguments": '{"q": "取消"}'},
    }
    plain = counter.count_messages([{"role": "assistant", "content": None}])
    with_call = counter.count_messages([{"role": "assistant", "tool_calls": [call]}])
    assert with_call - plain >= counter.count('search{"q": "取消"}')
    assert "\\u" not in str(call)  # the characters are counted, not their escapes
    assert with_call - plain < 60


def test_fields_that_are_not_sent_cost_nothing(counter: OpenAICounter) -> None:
    bare = {"role": "user", "content": "hi"}
    assert counter.count_messages([{**bare, "id": "turn-17"}]) == counter.count_messages([bare])


@pytest.mark.parametrize(
    ("messages", "complaint"),
    [
        ("hello", "expected a list"),
        ({"role": "user"}, "expected a list"),
        ([["user", "hi"]], "message 0: expected a mapping"),
        ([{"content": "hi"}], "message 0: role"),
        ([{"role": "user", "content": "a"}, {"role": 3}], "message 1: role"),
        ([{"role": "user", "content": 5}], "message 0: content"),
        ([{"role": "user", "content": {"type": "text"}}], "message 0: content"),
        ([{"role": "user", "content": ["hi"]}], "content part 0"),
        ([{"role": "user", "content": [{"type": "text"}]}], "part 0: text must be"),
        ([{"role": "user", "content": [{"type": ["text"]}]}], "part 0 has the type"),
        (
            [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
            "part 0 has the type 'image_url'; only text parts can be counted",
        ),
        ([{"role": "user", "content": "a", "name": 1}], "message 0: name"),
        ([{"role": "assistant", "tool_calls": [object()]}], "message 0: tool_calls"),
        ([{"role": "assistant", "refusal": 1}], "message 0: refusal"),
    ],
)
def test_malformed_messages_are_named(
    counter: OpenAICounter, messages: Any, complaint: str
) -> None:
    with pytest.raises(InputError, match=complaint):
        counter.count_messages(messages)


def test_a_remembered_count_is_the_same(counter: OpenAICounter) -> None:
    text = "A sentence to remember."
    assert counter.count(text) == counter.count(text) == count_tokens(counter._encoding, text)
    long = text * (SHORT // len(text) + 1)
    assert counter.count(long) == count_tokens(counter._encoding, long)


@pytest.mark.parametrize("encoding", ["cl100k_base", "o200k_base"])
@pytest.mark.parametrize(
    "text",
    [
        " " * 1_050_000 + "a",
        "x" + "\t" * 1_050_000 + "x",
        "\u3000" * 1_050_000 + "x",
        " " * 1_050_000,
        " " * 1_050_000 + "\n",
    ],
    ids=["spaces", "tabs", "wide", "alone", "line"],
)
def test_white_space_that_fills_tiktokens_stack_is_counted(encoding: str, text: str) -> None:
    tokens = OpenAICounter(encoding).count(text)
    assert 0 < tokens < len(text)


@pytest.mark.parametrize("encoding", ["cl100k_base", "o200k_base"])
@pytest.mark.parametrize("length", [LONG_RUN - 1, LONG_RUN, LONG_RUN + 1])
@pytest.mark.parametrize("after", ["", "x", "\nx", "!", " \n\n y"])
def test_runs_cut_out_cost_what_they_cost_in_place(encoding: str, length: int, after: str) -> None:
    loaded = load_encoding(encoding)
    text = "begin:\n" + " " * length + after
    assert count_tokens(loaded, text) == len(loaded.encode_ordinary(text))


@pytest.mark.parametrize("character", ["a", "中", "\n", "\ud800"])
def test_two_million_equal_characters_are_counted(character: str) -> None:
    assert 0 < OpenAICounter("o200k_base").count(character * 2_000_000) <= 2_000_000


def test_harmony_is_a_bound_that_covers_the_text_the_template_writes() -> None:
    with pytest.warns(InexactCountWarning, match="gpt-oss"):
        counter = counter_for("gpt-oss-20b")
    assert counter.name == "o200k_harmony"
    assert not counter.exact
    rendered = (
        "<|start|>system<|message|>You are ChatGPT, a large language model trained by OpenAI.\n"
        "Knowledge cutoff: 2024-06\nCurrent date: 2026-01-31\n\nReasoning: medium\n\n"
        "# Valid channels: analysis, commentary, final. Channel must be included for every "
        "message.<|end|><|start|>developer<|message|># Instructions\n\nAnswer briefly.\n\n<|end|>"
        "<|start|>user<|message|>What is a token?<|end|>"
        "<|start|>assistant<|channel|>final<|message|>A piece of text.<|end|>"
        "<|start|>user<|message|>How long?<|end|><|start|>assistant"
    )
    messages = [
        {"role": "system", "content": "Answer briefly."},
        {"role": "user", "content": "What is a token?"},
        {"role": "assistant", "content": "A piece of text."},
        {"role": "user", "content": "How long?"},
    ]
    encoding = load_encoding("o200k_harmony")
    assert counter.count_messages(messages) >= len(encoding.encode(rendered, allowed_special="all"))
