"""A short answer is sent where there is room, in a prompt as in compressed texts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

import leanrag
from leanrag import LeanRAG

CASES = {
    "english": (
        "Are dogs allowed in the park?",
        "Are dogs allowed in the park? No. Are cats allowed in the park? Yes. "
        "The park opens at nine.",
        "No.",
    ),
    "chinese": (
        "可以带狗吗？",
        "可以带狗吗？不行。可以带猫吗？可以。公园九点开门。",
        "不行。",
    ),
    "german": (
        "Sind Hunde im Park erlaubt?",
        "Sind Hunde im Park erlaubt? Nein. Sind Katzen erlaubt? Ja. Der Park öffnet um neun.",
        "Nein.",
    ),
    "doctest": (
        "What is bool(zero)?",
        "The truth value of a zero float is tested like this:\n\n>>> bool(zero)\nFalse\n"
        ">>> bool(one)\nTrue\n\nEmpty sequences behave alike.",
        ">>> bool(zero)\nFalse",
    ),
}


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeanRAG]:
    """The texts, each a document of its own."""
    store: Path = tmp_path_factory.mktemp("short") / "store"
    with LeanRAG(store) as rag:
        rag.ingest([{"id": name, "text": text} for name, (_, text, _) in CASES.items()])
        yield rag


@pytest.mark.parametrize("name", CASES)
def test_compress_sends_it(name: str) -> None:
    question, text, answer = CASES[name]
    kept = leanrag.compress(question, [text], budget=500)
    assert answer in kept.texts[0].text


@pytest.mark.parametrize("name", CASES)
def test_a_prompt_sends_it(answers: LeanRAG, name: str) -> None:
    question, _, answer = CASES[name]
    prompt = answers.prompt(question, budget=600)
    assert any(answer in source.text for source in prompt.sources)
