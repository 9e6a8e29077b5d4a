import pytest

from leanrag.text.questions import is_question, is_reply


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("How do I stop it?", True),
        ("**Why?**", True),
        ("Q: Can it run twice", True),
        ("Q12. What is it", True),
        ("问：如何取消查询", True),
        ("如何取消查询？", True),
        ("It runs.", False),
        ("Quick: run.", False),
        ("First line.\nWhy?", False),
        ("x" * 400 + "?", False),
    ],
)
def test_questions(text: str, expected: bool) -> None:
    assert is_question(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"), [("A: No.", True), ("答：可以", True), ("At", False)]
)
def test_replies(text: str, expected: bool) -> None:
    assert is_reply(text) is expected
