import pytest

from leanrag.compress.neighbours import lend_weight
from leanrag.text.words import split_words
from leanrag.types import Word


def weights(text: str, **keep: float) -> dict[str, float]:
    words = [Word(a, b, keep.get(text[a:b], 0.1)) for a, b in split_words(text)]
    found = lend_weight(text, words)
    assert [(w.start, w.end) for w in found] == [(w.start, w.end) for w in words]
    assert all(0 <= word.keep <= 1 for word in found)
    return {text[word.start : word.end]: word.keep for word in found}


def test_a_small_word_inside_a_name_gains() -> None:
    inside = weights("Duke of York", Duke=0.9, York=0.9)
    outside = weights("sat of it", sat=0.1)
    assert inside["of"] > 2 * outside["of"]
    assert inside["Duke"] > inside["of"]


def test_characters_hear_those_that_touch_them() -> None:
    assert weights("的北的", 北=0.9)["的"] > 0.2
    apart = weights("北 的", 北=0.9)
    assert apart["的"] == pytest.approx(0.1)
    assert weights("Kim的", Kim=0.9)["的"] == pytest.approx(0.1)


def test_even_weights_stay() -> None:
    for text in ("one two three", "他去了北京。", "one", ""):
        for keep in weights(text).values():
            assert keep == pytest.approx(0.1)
