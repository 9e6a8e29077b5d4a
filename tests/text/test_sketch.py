import pytest

from leanrag.text.sketch import resemblance, sketch, values

RULES = (
    "Nobody may enter the cellar without a lamp and a second person, and nobody may leave it "
    "with more than was brought there. These rules are in force since 1 January 2021 and end when "
    "new ones are made by the council of the house, in a meeting that was announced in time."
)


def alike(one: str, other: str) -> float:
    return resemblance(values(sketch(one)), values(sketch(other)))


def test_versions_that_differ_in_numbers_are_the_same() -> None:
    assert alike(RULES, RULES.replace("1 January 2021", "12 January 2024")) == 1.0


@pytest.mark.parametrize("other", ["1 March 2024", "the first of May 2022"])
def test_versions_that_differ_in_a_date_are_alike(other: str) -> None:
    assert 0.75 <= alike(RULES, RULES.replace("1 January 2021", other)) < 1.0


def test_other_texts_are_not() -> None:
    other = " ".join(f"word{chr(97 + n % 26)}{chr(97 + n // 26)}" for n in range(90))
    assert alike(RULES, other) == 0.0
    assert alike(RULES, f"{RULES} {other}") < 0.6


def test_a_long_text_has_a_small_sketch_and_an_estimate_near_the_truth() -> None:
    words = [
        f"w{chr(97 + n % 26)}{chr(97 + n // 26 % 26)}{chr(97 + n // 676)}" for n in range(4000)
    ]
    assert len(values(sketch(" ".join(words)))) == 64
    half = alike(" ".join(words), " ".join(words[2000:]))
    assert 0.3 < half < 0.7


def test_chinese_is_read_by_characters() -> None:
    text = "数据库管理员应当在每天结束之前检查备份是否完整并且记录检查的结果和时间"
    assert alike(text, text.replace("每天", "每周")) > 0.6


@pytest.mark.parametrize("text", ["", "a few words only", "1 2 3"])
def test_short_texts_have_none(text: str) -> None:
    assert sketch(text) == ""
    assert alike(text, text) == 0.0
