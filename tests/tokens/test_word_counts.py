"""Counting by words gives what the tokenizer gives for the whole text."""

from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.adapters.models import builtin_folder
from leanrag.tokens.memory import without_surrogates
from leanrag.tokens.word_counts import WordCounts


@pytest.fixture(scope="module")
def whole() -> Callable[[str], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(builtin_folder() / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return lambda text: len(tokenizer.encode(without_surrogates(text)).ids)


def by_words(whole: Callable[[str], int]) -> WordCounts:
    def each(words: Sequence[str]) -> list[int]:
        return [whole(word) - whole("") for word in words]

    return WordCounts(whole, each)


texts = st.lists(
    st.one_of(
        st.text(max_size=12),
        st.sampled_from(
            [
                "shared_buffers",
                "1,544.25",
                "数据库系统",
                "e\u0301",
                "👩‍👩‍👧‍👦",
                "[CLS]",
                "[SEP]x",
                "x" * 150,
                "\u3000",
                "\x0b",
                "a\x1cb",
                "\x85",
                "\u2028",
                "\u200b",
                "\ud800",
                "Straße",
                "##ing",
            ]
        ),
    ),
    max_size=12,
).flatmap(
    lambda parts: st.sampled_from([" ", "\n", "\t", "\u00a0", ""]).map(lambda j: j.join(parts))
)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_words_add_up_to_the_text(whole: Callable[[str], int], text: str) -> None:
    counts = by_words(whole)
    assert counts.count(text) == whole(text)
    assert counts.count(text) == whole(text), "the second time, from memory"


def test_each_word_is_counted_once(whole: Callable[[str], int]) -> None:
    asked: list[str] = []

    def each(words: Sequence[str]) -> list[int]:
        asked.extend(words)
        return [whole(word) - whole("") for word in words]

    counts = WordCounts(whole, each)
    assert counts.count("one two two") == whole("one two two")
    assert counts.count("two one three") == whole("two one three")
    assert sorted(asked) == ["one", "three", "two"]


def test_long_words_are_not_kept(whole: Callable[[str], int]) -> None:
    counts = by_words(whole)
    for n in range(3):
        assert counts.count("x" * (90 + n) + " y") == whole("x" * (90 + n) + " y")
    assert set(counts._known) == {"y"}
