"""Running heads go; what a contract repeats, numbered headings and heads of tables stay."""

import pytest

from leanrag.readers.pdf import document as pdf
from tests.pdf_samples import Pdf, Text


def read(*pages: list[Text]) -> list[str]:
    return [e.text for e in pdf.read(Pdf(pages).bytes(), "a.pdf", "a").elements]


def body(n: int, top: float = 640) -> list[Text]:
    word = ("one", "two", "three", "four", "five")[n]
    return [Text(60, top, f"Room {word} seats some {11 + 7 * n} people, and has a screen.")]


@pytest.mark.parametrize("height", [122, 300, 660])
def test_a_clause_that_every_page_repeats_is_body(height: float) -> None:
    clause = "Smoking is not allowed in this room."

    found = read(*[[*body(n), Text(60, height, clause)] for n in range(4)])

    assert found.count(clause) == 4


@pytest.mark.parametrize("look", [{"size": 14}, {"font": "bold"}])
@pytest.mark.parametrize("head", ["{0}. Room {0}", "Article {0}", "§ {0} Of rooms", "Room {0}"])
def test_headings_that_count_with_the_pages_are_body(head: str, look: dict[str, object]) -> None:
    pages = [[Text(60, 740, head.format(n + 1), **look), *body(n)] for n in range(5)]  # type: ignore[arg-type]

    found = read(*pages)

    assert [text for text in found if text in {head.format(n) for n in range(1, 6)}] == [
        head.format(n) for n in range(1, 6)
    ]


@pytest.mark.parametrize(
    "line", ["{0}", "Page {0}", "Page {0} of 7", "F-{0}", "Seite {0} von 7", "– {0} –"]
)
@pytest.mark.parametrize("bottoms", [(30,) * 5, (30, 300, 500, 400, 35)])
def test_page_numbers_go_wherever_the_text_of_a_page_ends(
    line: str, bottoms: tuple[float, ...]
) -> None:
    pages = [[*body(n), Text(300, y, line.format(n + 1))] for n, y in enumerate(bottoms)]

    assert len(read(*pages)) == 5


def test_running_heads_and_footers_in_the_margins_go() -> None:
    pages = [
        [
            Text(60, 760, "The harbour office"), Text(480, 760, f"Rooms {n + 1}"),
            *body(n),
            Text(60, 40, "Printed by the council on the first of May"),
        ]
        for n in range(5)
    ]  # fmt: skip

    assert len(read(*pages)) == 5


def test_rows_that_tables_on_several_pages_share_are_body() -> None:
    rows = [("Name", "Ships", "Masts"), ("Datsun", "22", "4"), ("Fiat", "23", "5")]
    table = [
        Text(x, 740 - 14 * n, cell)
        for n, row in enumerate(rows)
        for x, cell in zip((60, 200, 300), row, strict=True)
    ]

    found = read(*[[*table, *body(n, 500)] for n in range(4)])

    assert sum("Datsun | 22 | 4" in text for text in found) == 4
