import pytest

from leanrag.text.normalise import normalise


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a\r\nb\rc\n", "a\nb\nc\n"),
        ("\ufeffa\x00b\x07c\td", "abc\td"),
        ("page one\x0cpage two", "page one\npage two"),
        ("line\u2028line\u2029paragraph", "line\nline\n\nparagraph"),
        ("Donau\u00addampf\u200bschiff\u2060", "Donaudampfschiff"),
        ("10\u00a0000\u202fkm", "10 000 km"),
        ("cafe\u0301", "café"),
        ("e\u200b\u0301", "é"),  # what the noise kept apart is composed
        ("a\ud83d b\udc00", "a b"),
        ("می\u200cخواهم 👩\u200d💻", "می\u200cخواهم 👩\u200d💻"),
        ("ﬁ ２ ½ Å", "ﬁ ２ ½ Å"),  # compatibility characters are content
    ],
)
def test_normal_form(raw, expected):
    assert normalise(raw) == expected
