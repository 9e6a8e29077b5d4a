"""Hebrew and Arabic: text in the order in which it is read, whatever the order in the file."""

import unicodedata

import pytest

from leanrag.readers.pdf import document as pdf
from leanrag.readers.pdf.bidi import logical
from leanrag.types import ParsedDocument
from tests.pdf_samples import Pdf, Text

HEBREW = (
    "הספרייה העירונית נפתחת בכל יום בתשע בבוקר ונסגרת",
    "בשבע בערב, ובימי שישי היא נסגרת כבר בצהריים.",
)
ARABIC = "تفتح المكتبة أبوابها في الساعة التاسعة صباحا."


def read(*pages: list[Text]) -> ParsedDocument:
    return pdf.read(Pdf(pages).bytes(), "a.pdf", "a")


def line(text: str, y: float, right: float = 500, *, size: float = 10) -> list[Text]:
    """A line that ends at ``right``, its letters placed one by one from the right."""
    step = size / 2
    return [
        Text(right - step * (n + 1), y, letter, "wide", size)
        for n, letter in enumerate(text)
        if letter != " "
    ]


def test_letters_that_are_placed_from_the_right_are_read_from_there() -> None:
    found = read([*line(HEBREW[0], 700), *line(HEBREW[1], 686)])

    assert [e.text for e in found.elements] == [" ".join(HEBREW)]


@pytest.mark.parametrize("text", [HEBREW[0], ARABIC])
@pytest.mark.parametrize("order", ["glyphs", "glyphs from the left", "words", "line"])
def test_the_order_in_the_file_does_not_matter(text: str, order: str) -> None:
    glyphs = line(text, 700)
    if order == "glyphs from the left":
        glyphs.reverse()
    elif order == "line":  # as it looks on paper
        glyphs = [Text(500 - 5 * len(text), 700, text[::-1], "wide")]
    elif order == "words":
        glyphs, end = [], 500.0
        for word in text.split():
            glyphs.append(Text(end - 5 * len(word), 700, word[::-1], "wide"))
            end -= 5 * (len(word) + 1)

    assert [e.text for e in read(glyphs).elements] == [text]


@pytest.mark.parametrize(
    ("looks", "says"),
    [
        (".2024-ב 12.50 ריחמ", "מחיר 12.50 ב-2024."),
        ("דבלב PDF Reader 2.1 רובע", "עבור PDF Reader 2.1 בלבד"),
        ("(הלודגה) היירפסה", "הספרייה (הגדולה)"),
        ("English with םלוע םולש inside it.", "English with שלום עולם inside it."),
        (".50 % דע 9:30 העשב", "בשעה 9:30 עד % 50."),
    ],
)
def test_numbers_and_latin_words_keep_their_own_direction(looks: str, says: str) -> None:
    found = read([Text(100, 700, looks, "wide")])

    assert [e.text for e in found.elements] == [says]


def test_forms_of_letters_and_points_belong_to_their_letter() -> None:
    assert logical(["\u0627\u0644", "\u0644\u0627"], rtl=True) == "\u0644\u0627\u0627\u0644"
    forms = "\ufe8d\ufedf\ufe94"[::-1]  # as fonts name them, as they stand on paper

    (element,) = read([Text(100, 700, forms, "wide")]).elements

    assert element.text == unicodedata.normalize("NFKC", forms[::-1])


def test_cells_of_a_table_follow_the_script() -> None:
    rows = [("שם", "כמות", "מחיר"), ("מנורה", "3", "12.50"), ("שולחן", "4", "99.00")]
    page = [
        glyph
        for n, row in enumerate(rows)
        for right, cell in zip((500, 350, 200), row, strict=True)
        for glyph in (
            line(cell, 700 - 16 * n, right)
            if not cell[0].isdigit()
            else [Text(right - 5 * len(cell), 700 - 16 * n, cell, "wide")]
        )
    ]

    (table,) = read(page).elements

    assert table.text.split("\n") == [" | ".join(row) for row in rows]


def test_the_right_column_of_a_page_is_read_first() -> None:
    def block(right: float, name: str) -> list[Text]:
        words = [f"{name} {HEBREW[0][:28]}", f"ו{HEBREW[0][10:40]}", f"ו{HEBREW[1][:30]}"] * 2
        return [glyph for n, text in enumerate(words) for glyph in line(text, 700 - 12 * n, right)]

    found = read([*block(280, "שמאל"), *block(520, "ימין")])

    text = " ".join(e.text for e in found.elements)
    assert text.index("ימין") < text.index("שמאל")


def test_pages_without_such_letters_are_left_alone() -> None:
    found = read([Text(72, 700, "The harbour was built in 1544.")], line(HEBREW[0], 700))

    assert [e.text for e in found.elements] == ["The harbour was built in 1544.", HEBREW[0]]
