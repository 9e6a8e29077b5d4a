"""What says anything: a letter or a digit is enough, marks alone are not."""

import pytest

from leanrag.text.speaking import speaks


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "不行。",
        "Nein.",
        "False",
        "7",
        "x",
        "Да!",
        "لا",
        "* yes\n",
        "  1.  ",
        "# Yes, it is.",
        "#7",
    ],
)
def test_the_shortest_answer_speaks(text: str) -> None:
    assert speaks(text)


@pytest.mark.parametrize(
    "text",
    ["", "  \n", "---", "* ", "• ", "}\n", "====", "…", "。", "| --- |", "# Cats", "## Food\n"],
)
def test_marks_alone_and_short_headings_do_not(text: str) -> None:
    assert not speaks(text)
