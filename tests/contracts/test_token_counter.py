"""What every ``TokenCounter`` keeps, whatever it counts with."""

import json
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer, models, pre_tokenizers, trainers

from leanrag.errors import InputError
from leanrag.protocols import TokenCounter
from leanrag.tokens import FolderCounter, OpenAICounter, UpperBoundCounter

TEXTS = [
    "a",
    "The quick brown fox.",
    "中文分词，测试。",
    "😀👩‍👩‍👧 é ﷺ",
    "<|endoftext|> is text",
    " \n\t ",
    "x" * 5_000,
    "word " * 1_000,
    "\ud800 lone",
    "\x00\x01",
]
CHAT: list[dict[str, Any]] = [
    {"role": "system", "content": "Answer from the sources."},
    {"role": "user", "content": "What is a token? 中文 😀"},
    {"role": "assistant", "content": "A piece of text."},
    {"role": "user", "content": "How long is it?"},
]
TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def folder(path: Path, *, template: bool) -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    trainer = trainers.BpeTrainer(
        vocab_size=300,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_start|>", "<|im_end|>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(["user assistant system token text source"], trainer)
    tokenizer.save(str(path / "tokenizer.json"))
    config = {"chat_template": TEMPLATE} if template else {}
    (path / "tokenizer_config.json").write_text(json.dumps(config))
    return path


@pytest.fixture(params=["o200k", "cl100k", "harmony", "folder", "folder without template", "bound"])
def counter(request: pytest.FixtureRequest, tmp_path: Path) -> TokenCounter:
    match request.param:
        case "o200k":
            return OpenAICounter("o200k_base")
        case "cl100k":
            return OpenAICounter("cl100k_base")
        case "harmony":
            return OpenAICounter("o200k_harmony")
        case "folder":
            return FolderCounter(folder(tmp_path, template=True))
        case "folder without template":
            return FolderCounter(folder(tmp_path, template=False))
        case _:
            return UpperBoundCounter(hint="set tokenizer")


def test_it_says_what_it_counts_with(counter: TokenCounter) -> None:
    assert counter.name
    assert isinstance(counter.exact, bool)
    assert bool(counter.hint) is not counter.exact


def test_an_empty_text_costs_nothing(counter: TokenCounter) -> None:
    assert counter.count("") == 0


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_any_other_text_costs_something_and_always_the_same(
    counter: TokenCounter, text: str
) -> None:
    tokens = counter.count(text)
    assert tokens > 0
    assert counter.count(text) == tokens
    assert tokens <= UpperBoundCounter().count(text)


def test_twice_the_text_costs_more(counter: TokenCounter) -> None:
    for text in TEXTS:
        assert counter.count(text + "\n" + text) > counter.count(text)


def test_a_chat_costs_more_than_its_contents(counter: TokenCounter) -> None:
    contents = sum(counter.count(message["content"]) for message in CHAT)
    assert counter.count_messages(CHAT) >= contents + len(CHAT)


def test_each_message_adds_more_than_its_content(counter: TokenCounter) -> None:
    for end in range(1, len(CHAT)):
        added = counter.count_messages(CHAT[: end + 1]) - counter.count_messages(CHAT[:end])
        assert added > counter.count(CHAT[end]["content"])


def test_a_chat_is_counted_the_same_each_time_and_left_alone(counter: TokenCounter) -> None:
    before = json.dumps(CHAT)
    assert counter.count_messages(CHAT) == counter.count_messages(tuple(CHAT))
    assert json.dumps(CHAT) == before


def test_text_parts_cost_at_least_their_texts(counter: TokenCounter) -> None:
    parts = [{"type": "text", "text": "What is"}, {"type": "text", "text": "a token?"}]
    tokens = counter.count_messages([{"role": "user", "content": parts}])
    assert tokens > counter.count("What is") + counter.count("a token?")


@pytest.mark.parametrize(
    "chat",
    [
        "text",
        [None],
        [{"content": "no role"}],
        [{"role": "user", "content": 1}],
        [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}],
        [{"role": "user", "content": "a", "tool_calls": [{1, 2}]}],
    ],
    ids=range(6),
)
def test_what_is_no_chat_is_an_input_error(counter: TokenCounter, chat: Any) -> None:
    with pytest.raises(InputError):
        counter.count_messages(chat)
