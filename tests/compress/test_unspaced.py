from leanrag.compress.unspaced import group_unspaced
from leanrag.text.words import split_words
from leanrag.tokens import UpperBoundCounter, counter_for
from leanrag.types import Word

KNOWN = {"北京", "上海", "气候学家", "学家"}


def groups(text: str) -> list[str]:
    words = [Word(a, b, 0.5) for a, b in split_words(text)]
    found = group_unspaced(text, words, lambda part: 1 if part in KNOWN else 2)
    return [text[word.start : word.end] for word in found]


def test_characters_that_are_one_token_are_one_word() -> None:
    assert groups("他去北京，不去上海。") == ["他", "去", "北京", "，", "不", "去", "上海", "。"]
    assert groups("古气候学家在北 京") == ["古", "气候学家", "在", "北", "京"]


def test_spaced_words_stay_as_they_are() -> None:
    text = "The red bridge（红色）is old."
    words = tuple(Word(a, b, 0.5) for a, b in split_words(text))
    assert group_unspaced("The old bridge.", words[:3], lambda part: 1) == words[:3]


def test_a_joined_word_has_the_mean_weight() -> None:
    words = [Word(0, 1, 0.2), Word(1, 2, 0.6)]
    assert group_unspaced("北京", words, lambda part: 1) == (Word(0, 2, 0.4),)


def test_real_counters() -> None:
    text = "我们在中国的经济发展"
    words = [Word(a, b, 0.5) for a, b in split_words(text)]
    assert len(group_unspaced(text, words, counter_for("gpt-4o").count)) < len(words)
    assert group_unspaced(text, words, UpperBoundCounter().count) == tuple(words)
