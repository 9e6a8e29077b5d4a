"""Tables of PDFs: every value under its own head, on every page, and numbered text is none."""

import pytest

from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.readers.pdf import document as pdf
from leanrag.types import Chunk, Document, Element, ParsedDocument
from tests.pdf_samples import Pdf, Text

HEADS = ("Company", "City", "Workers", "Date")
PLACES = (64, 184, 304, 424)


def read(*pages: list[Text]) -> ParsedDocument:
    return pdf.read(Pdf(pages).bytes(), "a.pdf", "a")


def grid(
    top: float, *rows: tuple[str, ...], places: tuple[float, ...] = PLACES, font: str = "regular"
) -> list[Text]:
    return [
        Text(place, top - 16 * number, cell, font)
        for number, row in enumerate(rows)
        for place, cell in zip(places, row, strict=True)
        if cell
    ]


def firms(first: int, count: int = 24) -> list[tuple[str, ...]]:
    return [
        (f"Firm {n}", "Oslo", str(40 + n), f"2024-0{1 + n % 9}-11")
        for n in range(first, first + count)
    ]


def tables(document: ParsedDocument) -> list[Element]:
    return [element for element in document.elements if element.kind == "table"]


def chunks(parsed: ParsedDocument) -> tuple[str, list[Chunk]]:
    text, blocks = assemble(parsed)
    document = Document("id", "a.pdf", title_of(parsed), text, "hash")
    return text, Chunker(lambda text: len(text.split()), 64).chunk(document, blocks)


@pytest.mark.parametrize("empty", [0, 1, 2, 3])
def test_a_column_with_nothing_but_its_head_keeps_its_place(empty: int) -> None:
    rows = [
        ["Line", "Code", "Count", "Note"],
        *[["1", f"A-{n}", str(30 + n), "old"] for n in range(4)],
    ]
    for row in rows[1:]:
        row[empty] = ""

    (table,) = tables(read(grid(700, *map(tuple, rows))))

    assert [line.split(" | ") for line in table.text.split("\n")] == [
        rows[0], *[row[: 3 if empty == 3 else 4] for row in rows[1:]]
    ]  # fmt: skip


def test_a_head_beside_its_narrow_figures_is_still_theirs() -> None:
    rows = [Text(60, 700, "Name"), Text(300, 700, "Workers"), Text(60, 684, "Firm a")]
    rows += [Text(380, 684, "5"), Text(60, 668, "Firm b"), Text(380, 668, "6")]

    assert tables(read(rows))[0].text == "Name | Workers\nFirm a | 5\nFirm b | 6"


def test_the_number_of_a_row_is_a_cell_of_its_own() -> None:
    rows = grid(
        700,
        ("No.", "Item", "Count"),
        ("1.", "Lamp", "3"),
        ("2.", "Desk", "4"),
        places=(60, 100, 400),
    )

    assert tables(read(rows))[0].text == "No. | Item | Count\n1. | Lamp | 3\n2. | Desk | 4"


def test_two_texts_in_one_column_do_not_move_the_cells_behind_them() -> None:
    rows = grid(
        700,
        ("Name", "2019", "2018"),
        ("Dues", "1,204", "1,102"),
        ("Fees", "3", "4"),
        places=(60, 300, 380),
    )
    rows += [
        Text(60, 652, "Other and a long label that goes on"),
        Text(240, 652, "here"),
        Text(300, 652, "5"),
    ]
    rows += [Text(380, 652, "6")]

    lines = tables(read(rows))[0].text.split("\n")

    assert {line.count(" | ") for line in lines} <= {2, 3}
    assert lines[-1].endswith("5 | 6")
    assert len({line.count(" | ") for line in lines}) == 1


def test_every_chunk_of_a_table_over_pages_carries_its_heads() -> None:
    parsed = read(
        grid(740, HEADS, *firms(0)), grid(740, *firms(24)), grid(740, *firms(48)),
    )  # fmt: skip

    text, found = chunks(parsed)

    assert [(e.page, e.head_rows, e.continues) for e in tables(parsed)] == [
        (1, 1, False), (2, 0, True), (3, 0, True),
    ]  # fmt: skip
    assert len(found) > 6
    assert {chunk.page for chunk in found} == {1, 2, 3}
    assert {chunk.table_head and text[slice(*chunk.table_head)] for chunk in found} == {
        " | ".join(HEADS)
    }


def test_a_column_that_is_empty_on_a_later_page_keeps_its_place() -> None:
    rows = [(name, "", workers, date) for name, _, workers, date in firms(24)]

    parsed = read(grid(740, HEADS, *firms(0)), grid(740, *rows))

    assert tables(parsed)[1].text.split("\n")[0] == "Firm 24 |  | 64 | 2024-07-11"


def test_a_first_row_without_an_amount_heads_no_later_page() -> None:
    parsed = read(
        [*grid(740, HEADS, font="bold"), *grid(724, *firms(0))],
        grid(740, ("Firm x", "Oslo", "unknown", "unknown"), *firms(24)),
    )

    assert [(e.head_rows, e.continues) for e in tables(parsed)] == [(1, False), (0, True)]


def test_heads_that_every_page_repeats_stay_on_every_page() -> None:
    parsed = read(*[grid(740, HEADS, *firms(100 * n)) for n in range(5)])

    assert [(e.head_rows, e.text.split("\n")[0]) for e in tables(parsed)] == [
        (1, " | ".join(HEADS))
    ] * 5


@pytest.mark.parametrize(
    "heads", [("Company", "City", "2019", "2018"), ("Ship", "Port", "Masts", "Built")]
)
def test_another_table_on_the_next_page_keeps_its_own_heads(heads: tuple[str, ...]) -> None:
    bold = "bold"
    parsed = read(
        [*grid(740, HEADS, font=bold), *grid(724, *firms(0))],
        [*grid(740, heads, font=bold), *grid(724, *firms(24))],
    )

    assert [e.text.split("\n")[0] for e in tables(parsed)] == [" | ".join(HEADS), " | ".join(heads)]
    assert [e.head_rows for e in tables(parsed)] == [1, 1]


def test_a_table_below_a_text_goes_on_from_no_other_page() -> None:
    parsed = read(
        grid(740, HEADS, *firms(0)),
        [
            Text(64, 740, "Firms that came later are these, as the office heard."),
            *grid(700, *firms(24)),
        ],
    )

    assert not tables(parsed)[1].continues


# ── numbered text ───────────────────────────────────────────────────────────────────────────────

CLAUSE = (
    "The tenant shall pay the rent to the landlord in advance on the",
    "first day of each month.",
)


@pytest.mark.parametrize(
    "numbers",
    [
        ("1.1", "1.2", "1.3"), ("1.", "2.", "3."), ("(a)", "(b)", "(c)"), ("§ 1", "§ 2", "§ 3"),
        ("3.1.1", "3.1.2", "3.1.3"), ("Article 1", "Article 2", "Article 3"), ("i)", "ii)", "iii)"),
        ("7", "8", "9"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", [14, 40])
def test_numbered_paragraphs_are_no_table(numbers: tuple[str, ...], step: int) -> None:
    lines = CLAUSE if step > 28 else CLAUSE[:1]
    page = [
        text
        for n, number in enumerate(numbers)
        for text in (
            Text(60, 700 - step * n, number),
            *[Text(130, 700 - step * n - 12 * k, line) for k, line in enumerate(lines)],
        )
    ]

    found = read(page)

    assert tables(found) == []
    assert [e.text for e in found.elements] == [f"{n} {' '.join(lines)}" for n in numbers]
