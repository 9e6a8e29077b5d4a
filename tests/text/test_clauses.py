"""Clauses: they tile their sentence and end at its joints."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.text.clauses import opens_aside, split_clauses


def clauses(text: str, language: str = "en") -> list[str]:
    return [text[a:b] for a, b in split_clauses(text, (0, len(text)), language)]


@pytest.mark.parametrize(
    ("language", "parts"),
    [
        (
            "en",
            [
                "Neil Armstrong ", "(born August 5, 1930), ", "an American astronaut, ",
                "became the first person to walk on the Moon, ", "which 600,000,000 people saw.",
            ],
        ),
        ("en", ["The bridge was opened in May ", "and the tolls were raised at 10:30 in June."]),
        ("de", ["Das Haus, das er 1990 gekauft hatte, ", "war alt und wurde abgerissen."]),
        ("es", ["El puente fue abierto en mayo ", "y los peajes subieron en junio."]),
        ("ru", ["Мост открыли в мае, ", "а плату подняли ", "и отменили в июне."]),
        ("zh", ["上海是中国最大的城市，", "位于长江口，", "人口约2,400万", "（2020年统计）。"]),
    ],
)  # fmt: skip
def test_a_sentence_ends_its_clauses_at_its_joints(language: str, parts: list[str]) -> None:
    assert clauses("".join(parts), language) == parts


@pytest.mark.parametrize(
    "text",
    ["It opened in 1937.", "a, b, c, d", "", "   ", "1,000,000", "f(x, y)", "Well, yes.", "(a)"],
)
def test_what_is_short_or_has_no_joint_is_one_clause(text: str) -> None:
    assert clauses(text) == [text] * bool(text)


@settings(deadline=None)
@given(
    st.text(alphabet="ab ,;()，、（）—who1.\n", max_size=120),
    st.sampled_from(["en", "de", "zh", "xx"]),
)
def test_clauses_tile_any_sentence(text: str, language: str) -> None:
    start, end = len(text) // 4, len(text)
    spans = split_clauses(text, (start, end), language)
    assert "".join(text[a:b] for a, b in spans) == text[start:end]
    assert all(a < b for a, b in spans)


def test_what_hangs_on_the_clause_before_is_known() -> None:
    for text, language in (
        ("which opened in 1937", "en"), ("(born 1930)", "en"), ("welches alt war", "de"),
        ("que era viejo", "es"), ("который был стар", "ru"), ("（2020年）", "zh"),
    ):  # fmt: skip
        assert opens_aside(text, (0, len(text)), language), text
    for text, language in (("and it opened", "en"), ("whichever", "en"), ("那是", "zh")):
        assert not opens_aside(text, (0, len(text)), language), text
