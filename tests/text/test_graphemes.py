import pytest

from leanrag.text.graphemes import grapheme_ends, is_extender, skip_extenders


@pytest.mark.parametrize(
    "text",
    [
        "plain text",
        "e\u0301a\u0308\u0323",
        "👩\u200d💻👍🏽🇩🇪🇫🇷🇯",
        "한국 \u1112\u1161\u11ab\u1100\u1161",
        "नमस्ते क\u094d\u200dष",
        "\r\n\n\r",
        "🏴\U000e0067\U000e0062\U000e007f",
        "ﾊﾞｲ",
        "❤\ufe0f1\ufe0f\u20e3",
    ],
)
def test_never_finer_than_unicode(text):
    regex = pytest.importorskip("regex")
    standard = {match.end() for match in regex.finditer(r"\X", text)}
    assert set(grapheme_ends(text, 0, len(text))) <= standard


def test_ends_inside_a_range():
    text = "abe\u0301🇩🇪🇫🇷x"
    assert grapheme_ends(text, 0, len(text)) == [1, 2, 4, 6, 8, 9]
    assert grapheme_ends(text, 2, 4) == [4]
    assert grapheme_ends(text, 3, 3) == []


def test_extenders():
    assert is_extender("\u0301")
    assert is_extender("\u200d")
    assert not is_extender("a")
    assert skip_extenders("a\u0301\u0323b", 1) == 3
    assert skip_extenders("ab", 1) == 1
