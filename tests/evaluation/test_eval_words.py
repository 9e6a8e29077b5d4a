import pytest

from leanrag.evaluation.words import content_words, word_spans, words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("The U.S. paid $1,577.00!", ["the", "us", "paid", "1577"]),
        ("Manning's  team—won", ["manning", "s", "team", "won"]),
        ("只丢了 308分，", ["只", "丢", "了", "308", "分"]),
        ("收视率为7.07，15岁", ["收", "视", "率", "为", "7.07", "15", "岁"]),
        ("STRASSE Straße ﬁne", ["strasse", "strasse", "fine"]),
        ("café", ["café"]),
        ("हिन्दी", ["हिन्दी"]),
        ("end.Start v1.2.3", ["end", "start", "v", "1.2.3"]),
        ("", []),
    ],
)
def test_words_are_normalised(text: str, found: list[str]) -> None:
    assert words(text) == found


def test_decomposed_and_composed_letters_are_alike() -> None:
    assert words("cafe\u0301") == words("caf\u00e9")


def test_articles_go_by_language_unless_nothing_else_is_left() -> None:
    assert content_words("The Wall", "en") == ("wall",)
    assert content_words("Die Mauer", "de") == ("mauer",)
    assert content_words("Die Mauer", "en") == ("die", "mauer")
    assert content_words("The", "en") == ("the",)


def test_spans_slice_back_to_the_words() -> None:
    text = "Ein Satz, 两字 3,000 km."

    assert [text[a:b] for a, b in word_spans(text)] == ["Ein", "Satz", "两", "字", "3,000", "km"]
