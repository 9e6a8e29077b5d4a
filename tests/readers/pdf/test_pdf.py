"""PDFs: reading order, paragraphs, headings, tables without rules, furniture, and bad files."""

import os
from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.readers.formats import DocumentParser
from leanrag.readers.pdf import document as pdf
from leanrag.readers.pdf import file as pdf_file
from leanrag.readers.pdf.fonts import weight
from leanrag.types import ParsedDocument
from tests.pdf_samples import Pdf, Text, column, right

LEFT = (
    "The harbour was built in the year of the great",
    "storm, when the old pier had fallen into the sea",
    "and nobody could land there for a whole winter.",
    "It took the masons of the town four years to set",
    "the first stones of the new wall.",
)
RIGHT = (
    "Ships from the north brought timber and salt, and",
    "they left again with wool. The trade grew so fast",
    "that a second quay had to be planned before the",
    "first one was even paid for, which the council",
    "had not expected at all.",
)


def read(*pages: list[Text], **more: object) -> ParsedDocument:
    return pdf.read(Pdf(pages, **more).bytes(), "a.pdf", "a")  # type: ignore[arg-type]


def texts(document: ParsedDocument, kind: str) -> list[str]:
    return [element.text for element in document.elements if element.kind == kind]


def prose(top: float, *, page: str = "", x: float = 72) -> list[Text]:
    return column(x, top, [f"{page}{line}" for line in LEFT])


# ── reading order ───────────────────────────────────────────────────────────────────────────────


def test_columns_are_read_one_after_the_other_whatever_the_order_in_the_file() -> None:
    # the second column stands a little lower, and is drawn line by line with the first
    lines = [
        text
        for pair in zip(column(60, 700, LEFT), column(320, 696, RIGHT), strict=True)
        for text in pair
    ]
    head = Text(60, 730, "The harbour and its trade over the centuries, a history", size=16)

    found = read([*lines[::-1], head])

    assert [e.kind for e in found.elements] == ["heading", "prose", "prose"]
    assert [e.text for e in found.elements[1:]] == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_table_beside_a_column_of_prose_keeps_its_rows() -> None:
    rows = [
        text
        for n, (label, value) in enumerate(
            [("Timber", "1,204"), ("Salt", "388"), ("Wool", "2,950"), ("Grain", "77")]
        )
        for text in (Text(60, 700 - 14 * n, label), right(250, 700 - 14 * n, value))
    ]

    found = read([*rows, *column(320, 705, RIGHT)])

    assert texts(found, "table") == ["Timber | 1,204\nSalt | 388\nWool | 2,950\nGrain | 77"]
    assert texts(found, "prose") == [" ".join(RIGHT)]


def test_three_columns_under_a_full_line() -> None:
    narrow = [["one two three four and", "five six seven and eight"] for _ in range(3)]
    words = [[f"{'abc'[n]}{line}" for line in lines * 3] for n, lines in enumerate(narrow)]
    page = [Text(60, 730, "A line that goes over all of the three columns of this page, and on")]
    for n, lines in enumerate(words):
        page += column(60 + 170 * n, 700, lines)

    found = read(page)

    joined = " ".join(element.text for element in found.elements[1:])
    assert joined == " ".join(line for lines in words for line in lines)


@pytest.mark.parametrize("rotate", [0, 90, 180, 270])
def test_a_page_that_is_shown_turned_reads_the_same(rotate: int) -> None:
    assert texts(read(prose(700), rotate=rotate), "prose") == [" ".join(LEFT)]


def test_text_that_runs_upwards_is_kept_and_comes_last() -> None:
    margin = Text(30, 300, "Printed at the harbour office", turned=True)

    found = read([margin, *prose(700)])

    assert texts(found, "prose") == [" ".join(LEFT), "Printed at the harbour office"]


# ── paragraphs ──────────────────────────────────────────────────────────────────────────────────


def test_paragraphs_end_at_short_lines_and_gaps() -> None:
    found = read([*prose(700), *column(72, 630, RIGHT)])

    assert texts(found, "prose") == [" ".join(LEFT), " ".join(RIGHT)]


def test_hyphens_at_line_ends_go_where_the_document_has_the_word_without() -> None:
    lines = (
        "All the information about the harbour and its infor-",
        "mation office is here; the well-known pilot is a well-",
        "known man, and the harbour information is his own.",
    )

    (text,) = texts(read(column(72, 700, lines)), "prose")

    assert "its information office" in text
    assert "a well-known man" in text


def test_a_sentence_goes_on_over_the_page_with_the_page_where_it_began() -> None:
    first = prose(140)[:4]
    second = [Text(72, 700, "the first stones of the new wall.")]

    found = read(first, second)

    assert [(e.text, e.page) for e in found.elements] == [(" ".join(LEFT), 1)]


def test_every_element_has_its_page() -> None:
    found = read(prose(700), prose(650))

    assert [element.page for element in found.elements] == [1, 2]


def test_bullets_are_list_items_with_their_depth() -> None:
    lines = [
        *column(72, 700, ["The office keeps:"]),
        Text(80, 680, "\u2022"), Text(92, 680, "the names of all the ships that came into the"),
        Text(92, 668, "harbour during the year"),
        Text(100, 656, "\u2022"), Text(112, 656, "the names of their masters"),
        Text(80, 644, "\u2022"), Text(92, 644, "the dues"),
        *column(72, 600, RIGHT),
    ]  # fmt: skip

    found = read(lines)

    items = [(e.text, e.level) for e in found.elements if e.kind == "list_item"]
    assert items == [
        ("the names of all the ships that came into the harbour during the year", 0),
        ("the names of their masters", 1),
        ("the dues", 0),
    ]


def test_last_letters_that_stand_apart_belong_to_the_word() -> None:
    found = read(
        [
            Text(72, 740, "Dues of the busines", "bold", 14), Text(193, 740, "s", "bold", 14),
            Text(72, 700, "The business of the harbour is the business of the town and of its"),
            Text(72, 688, "council."),
        ]
    )  # fmt: skip

    assert texts(found, "heading") == ["Dues of the business"]


def test_raised_figures_are_not_read_into_the_number_before() -> None:
    line = [
        *column(72, 700, RIGHT),
        Text(72, 600, "The dues were 1,544"),
        Text(151, 604, "2", size=6),
    ]

    assert texts(read(line), "prose")[-1] == "The dues were 1,544²"


# ── headings ────────────────────────────────────────────────────────────────────────────────────


def test_size_and_weight_make_headings_and_their_levels() -> None:
    found = read(
        [
            Text(72, 740, "The harbour", size=20, font="bold"),
            *prose(700),
            Text(72, 620, "Its trade", size=14, font="bold"),
            *prose(600),
            Text(72, 520, "Timber and salt", font="bold"),
            *prose(505),
            Text(72, 420, "Its wall", size=14, font="bold"),
            *prose(400),
        ]
    )

    headings = [(e.text, e.level) for e in found.elements if e.kind == "heading"]
    assert headings == [
        ("The harbour", 1), ("Its trade", 2), ("Timber and salt", 3), ("Its wall", 2),
    ]  # fmt: skip


def test_parts_items_and_notes_stand_above_other_headings_of_their_look() -> None:
    names = ("Part I", "Item 1. Trade", "Timber", "Note 1. Salt", "Wool", "Item 2. Dues")
    page = []
    for n, name in enumerate(names):
        page += [Text(72, 750 - 110 * n, name, "bold"), *prose(735 - 110 * n)]

    found = read(page)

    headings = [(e.text, e.level) for e in found.elements if e.kind == "heading"]
    assert headings == list(zip(names, (1, 2, 3, 3, 4, 2), strict=True))


def test_the_lines_of_a_title_are_one_heading() -> None:
    title = [Text(72, 740, "Harbour Company", "bold"), Text(72, 726, "Statement of Dues", "bold")]

    found = read([*title, *prose(700)])

    assert texts(found, "heading") == ["Harbour Company – Statement of Dues"]


def test_bookmarks_make_headings_of_lines_that_look_like_text() -> None:
    page = [Text(72, 740, "Trade by sea"), *prose(700), Text(72, 600, "Wool"), *prose(580)]

    found = read(page, outline=[("Trade by sea", 0, 1), ("Wool", 1, 1)])

    headings = [(e.text, e.level) for e in found.elements if e.kind == "heading"]
    assert headings == [("Trade by sea", 1), ("Wool", 2)]


def test_bookmarks_that_run_in_circles_end() -> None:
    found = read(prose(700), outline=[("One", 0, 1), ("Two", 0, 1)], loop=True)

    assert texts(found, "prose") == [" ".join(LEFT)]


def test_a_bold_word_in_a_sentence_is_no_heading() -> None:
    line = [
        Text(72, 700, "Timber", font="bold"),
        Text(107, 700, "came from the north in the spring."),
    ]

    found = read([*line, *prose(650)])

    assert texts(found, "heading") == []
    assert texts(found, "prose")[0] == "Timber came from the north in the spring."


# ── tables ──────────────────────────────────────────────────────────────────────────────────────

STATEMENT = [
    *prose(740),
    Text(310, 660, "Years ended December 31", "bold"),
    Text(72, 645, "(Millions)"), right(350, 645, "2018"), right(450, 645, "2017"),
    Text(72, 630, "Operating activities", "bold"),
    Text(80, 615, "Net income"),
    Text(300, 615, "$", "mono"), right(350, 615, "5,363"),
    Text(400, 615, "$", "mono"), right(450, 615, "4,869"),
    Text(80, 600, "Company pension contributions and other payments to"),
    Text(80, 588, "retired members of the crew"),
    right(350, 588, "(370"), Text(350, 588, ")", "mono"), right(450, 588, "(967"),
    Text(450, 588, ")", "mono"),
    Text(80, 573, "Gain on sale"), right(350, 573, "-"), right(450, 573, "12.5 %"),
    Text(80, 558, "Cash flow"), right(350, 558, "4,993"), right(450, 558, "3,902"),
    *column(72, 500, RIGHT),
]  # fmt: skip


def test_a_statement_without_rules_is_a_table_with_its_column_heads() -> None:
    found = read(STATEMENT)

    (table,) = [element for element in found.elements if element.kind == "table"]
    assert table.text.split("\n") == [
        " | Years ended December 31",
        "(Millions) | 2018 | 2017",
        "Operating activities",
        "Net income | $ 5,363 | $ 4,869",
        "Company pension contributions and other payments to retired members of the crew"
        " | (370) | (967)",
        "Gain on sale | - | 12.5 %",
        "Cash flow | 4,993 | 3,902",
    ]
    assert table.head_rows == 2
    assert texts(found, "prose") == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_missing_cell_leaves_its_place_empty() -> None:
    rows = [
        Text(72, 700, "Timber"), right(300, 700, "11"), right(400, 700, "12"),
        right(500, 700, "13"),
        Text(72, 685, "Salt"), right(500, 685, "23"),
        Text(72, 670, "Wool"), right(300, 670, "31"), right(500, 670, "33"),
    ]  # fmt: skip

    assert texts(read(rows), "table") == [
        "Timber | 11 | 12 | 13\nSalt |  |  | 23\nWool | 31 |  | 33"
    ]


def test_cells_of_several_lines_are_one_cell() -> None:
    rows = [
        Text(72, 700, "Exhibit", "bold"), Text(150, 700, "What it is", "bold"),
        Text(72, 680, "3.1"), Text(150, 680, "The deed of the harbour as it was signed by the"),
        Text(150, 668, "whole council of the town"),
        Text(72, 652, "3.2"), Text(150, 652, "The plan of the second quay"),
    ]  # fmt: skip

    (table,) = [e for e in read([*rows, *prose(560)]).elements if e.kind == "table"]

    assert table.head_rows == 1
    assert table.text.split("\n")[1:] == [
        "3.1 | The deed of the harbour as it was signed by the whole council of the town",
        "3.2 | The plan of the second quay",
    ]


def test_lines_with_wide_spaces_are_no_table() -> None:
    words = [
        Text(72, 700, "The harbour"), Text(160, 700, "was built"), Text(235, 700, "in the year"),
        Text(72, 688, "of the great storm,"), Text(190, 688, "when the old pier fell."),
    ]  # fmt: skip

    found = read(words)

    assert texts(found, "table") == []
    assert " ".join(texts(found, "prose")) == (
        "The harbour was built in the year of the great storm, when the old pier fell."
    )


# ── listings ────────────────────────────────────────────────────────────────────────────────────


def test_lines_in_a_typewriter_font_keep_their_ends_and_indentation() -> None:
    listing = [
        Text(72, 600, "for ship in harbour:", "mono"),
        Text(96, 588, "if ship.late:", "mono"),
        Text(120, 576, "ship.pay(dues)", "mono"),
        Text(72, 552, "close(harbour)", "mono"),
    ]

    found = read([*prose(700), *listing, *column(72, 500, RIGHT)])

    assert texts(found, "code") == [
        "for ship in harbour:\n    if ship.late:\n        ship.pay(dues)\n\nclose(harbour)"
    ]
    assert texts(found, "prose") == [" ".join(LEFT), " ".join(RIGHT)]


def test_a_document_from_a_typewriter_is_prose() -> None:
    found = read(column(72, 700, RIGHT, font="mono"))

    assert texts(found, "prose") == [" ".join(RIGHT)]


# ── furniture ───────────────────────────────────────────────────────────────────────────────────


def report(pages: int) -> list[list[Text]]:
    return [
        [
            Text(72, 770, "Harbour Company - Annual report", size=8),
            *prose(700, page=f"{chr(97 + n)} "),
            Text(72, 600, f"This is what happened in the quarter number {n + 1}."),
            Text(300, 30, f"Page {n + 3} of 9", size=8),
        ]
        for n in range(pages)
    ]


def test_running_heads_and_page_numbers_go() -> None:
    found = " ".join(element.text for element in read(*report(4)).elements)

    assert "Annual report" not in found
    assert "Page" not in found
    assert [f"quarter number {n}." in found for n in (1, 2, 3, 4)] == [True] * 4


def test_a_running_head_of_a_chapter_goes_with_its_page_number() -> None:
    pages = [
        [
            Text(72, 770, f"Chapter {1 + n // 2}: the {'harbour' if n < 2 else 'wall'} {n + 1}"),
            *prose(700, page=f"{chr(97 + n)} "),
        ]
        for n in range(4)
    ]
    pages[2].insert(1, Text(72, 740, "3 The wall", "bold", 16))

    found = [element.text for element in read(*pages).elements]

    assert not any("Chapter" in text for text in found)
    assert "3 The wall" in found


def test_dots_and_lines_between_an_entry_and_its_page_are_short() -> None:
    found = read(
        [*prose(700), Text(72, 600, "The wall . . . . . . . . . . 12"), Text(72, 580, "_" * 40)]
    )

    assert [e.text for e in found.elements][1:] == ["The wall … 12"]


def test_what_stands_on_two_pages_alone_stays() -> None:
    found = " ".join(element.text for element in read(*report(2)).elements)

    assert found.count("Annual report") == 2


def test_a_document_of_repeated_pages_is_not_emptied() -> None:
    found = read(*[[Text(72, 700, "The same on every page")] for _ in range(4)])

    assert "The same on every page" in found.elements[0].text


# ── what the document says of itself ────────────────────────────────────────────────────────────


def test_properties_are_those_that_it_states() -> None:
    found = read(
        prose(700),
        information={
            "Title": "Annual report of the harbour", "Author": "Ann Lee",
            "CreationDate": "D:20240102030405", "Keywords": "harbour, trade",
        },
    )  # fmt: skip

    assert found.title == "Annual report of the harbour"
    assert found.properties == {
        "author": "Ann Lee", "date": "2024-01-02T03:04:05", "keywords": ["harbour", "trade"],
        "pages": 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    "stated", ["0001018724-18-000005", "CORP Q1", "Microsoft Word - x.doc", ""]
)
def test_a_title_that_a_program_made_gives_way(stated: str) -> None:
    large = Text(72, 740, "A history of the harbour", size=20)

    assert read([large, *prose(700)], information={"Title": stated}).title == large.text
    named = pdf.read(Pdf([prose(700)]).bytes(), "a", "ACME_2018_10K")
    assert named.title == "ACME 2018 10K"


# ── files that cannot be read ───────────────────────────────────────────────────────────────────


def refused(data: bytes) -> str:
    with pytest.raises(DocumentError, match=r"^bad\.pdf: ") as caught:
        pdf.read(data, "bad.pdf", "bad")
    return caught.value.reason


def test_a_password_is_asked_for_by_name() -> None:
    assert "password" in refused(Pdf([prose(700)], password="secret").bytes())


def test_what_opens_without_a_password_is_read() -> None:
    found = pdf.read(Pdf([prose(700)], password="").bytes(), "a.pdf", "a")

    assert texts(found, "prose") == [" ".join(LEFT)]


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\0" * 100], ids=["empty", "head", "zeros"])
def test_a_damaged_file_says_so(data: bytes) -> None:
    assert "damaged" in refused(data)


def test_half_a_file_is_damaged_or_read_but_never_a_crash() -> None:
    data = Pdf([prose(700)] * 3).bytes()
    for end in range(0, len(data), 97):
        try:
            pdf.read(data[:end], "a.pdf", "a")
        except DocumentError as error:
            assert error.source == "a.pdf"  # noqa: PT017


def test_a_scan_names_the_extra() -> None:
    assert "leanrag[hi_res]" in refused(Pdf([[], []]).bytes())


def test_limits_name_the_number(monkeypatch: pytest.MonkeyPatch) -> None:
    data = Pdf([prose(700)] * 3).bytes()
    monkeypatch.setattr(pdf_file, "MAX_PAGES", 2)
    assert "3 pages are over the limit of 2" in refused(data)
    monkeypatch.undo()
    monkeypatch.setattr(pdf_file, "MAX_PAGE_CHARACTERS", 20)
    assert "over the limit of 20" in refused(data)


def test_a_page_of_kilometres_is_refused() -> None:
    assert "measures" in refused(Pdf([prose(700)], size=(30_000, 30_000)).bytes())


def test_the_same_bytes_give_the_same_elements() -> None:
    data = Pdf([STATEMENT, *report(3)]).bytes()

    assert pdf.read(data, "a", "a") == pdf.read(data, "a", "a")


def test_the_parser_takes_pdfs_by_their_content(tmp_path: Path) -> None:
    file = tmp_path / "report"
    file.write_bytes(Pdf([prose(700)]).bytes())

    found = DocumentParser().parse(file, "report")

    assert found.properties["format"] == "pdf"
    assert ".pdf" in DocumentParser.suffixes


# ── fonts ───────────────────────────────────────────────────────────────────────────────────────


def font(weight_class: int) -> bytes:
    table = b"\0\4\0\0" + weight_class.to_bytes(2, "big") + b"\0" * 8
    entry = b"OS/2" + bytes(4) + (28).to_bytes(4, "big") + len(table).to_bytes(4, "big")
    return b"\0\1\0\0" + b"\0\1" + bytes(6) + entry + table


def test_a_font_file_tells_its_weight() -> None:
    assert weight(font(700)) == 700
    assert [weight(font(700)[:end]) for end in (0, 8, 20, 30, 33)] == [0] * 5
    assert weight(b"OTTO\xff\xff" + bytes(200)) == 0


# ── real filings ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.shared
def test_statements_of_real_filings_are_read_whole() -> None:
    folder = Path(os.environ.get("LEANRAG_DATA", "../shared/data")) / "filings"
    file = folder / "3M_2018_10K.pdf"
    if not file.is_file():
        pytest.skip(f"{file} is not here")

    found = pdf.read(file.read_bytes(), file.name, file.stem)

    (flows,) = [e for e in found.elements if e.kind == "table" and e.page == 60]
    rows = flows.text.split("\n")
    assert rows[0] == "(Millions) | 2018 | 2017 | 2016"
    assert flows.head_rows == 1
    assert "Purchases of property, plant and equipment (PP&E) | (1,577) | (1,373) | (1,420)" in rows
    assert not any("Table of Contents" in e.text for e in found.elements if (e.page or 0) > 5)
