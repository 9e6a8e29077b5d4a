"""Letters that a PDF does not name, or for which there is no font: read or warned of."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from leanrag.readers.formats import DocumentParser
from leanrag.readers.pdf import document as pdf
from leanrag.readers.pdf.unembedded import may_lack_letters
from leanrag.types import ParsedDocument
from tests.pdf_samples import Pdf, Text, column

LINES = (
    "The harbour was built in the year of the great",
    "storm, when the old pier had fallen into the sea.",
)


def read(*pages: list[Text]) -> ParsedDocument:
    return pdf.read(Pdf(pages).bytes(), "a.pdf", "a")


def texts(document: ParsedDocument) -> list[str]:
    return [element.text for element in document.elements]


@pytest.mark.parametrize("step", [5, 7.9])
def test_chinese_letters_of_a_font_that_is_not_embedded_are_read_one_by_one(step: float) -> None:
    page = [
        Text(72 + step * n, 700, letter, "gbk") for n, letter in enumerate("图书馆上午九点开门")
    ]

    found = read([*page, Text(72, 650, "Open at 9.")])

    assert texts(found) == ["图书馆上午九点开门", "Open at 9."]
    assert found.warnings == ()


def test_a_line_of_such_letters_is_read_as_well() -> None:
    assert texts(read([Text(72, 700, "图书馆上午九点开门", "gbk")])) == ["图书馆上午九点开门"]


def test_letters_that_the_file_does_not_name_are_warned_of_with_their_pages() -> None:
    pages = [
        [
            *column(72, 700, LINES),
            *([Text(72, 600, "\u0123\u0456", "blind")] if n in (1, 2, 4) else []),
        ]
        for n in range(5)
    ]

    found = read(*pages)

    (warning,) = found.warnings
    assert warning.startswith("pages 2-3, 5: 6 characters have no Unicode value")
    assert sum(text.count("\ufffd") for text in texts(found)) == 6
    assert " ".join(LINES) in texts(found)


def test_letters_that_look_right_by_chance_are_not_taken_for_text() -> None:
    found = read([*column(72, 700, LINES * 4), Text(72, 600, "+DUERXU", "blind")])

    assert "+DUERXU" not in " ".join(texts(found))
    assert len(found.warnings) == 1


def test_a_file_that_names_all_its_letters_has_no_warning() -> None:
    assert read(column(72, 700, LINES)).warnings == ()


def test_only_files_with_fonts_that_are_not_embedded_are_looked_through() -> None:
    latin = Pdf([column(72, 700, LINES)]).bytes()
    chinese = Pdf([[Text(72, 700, "图", "gbk")]]).bytes()

    assert may_lack_letters(chinese)
    assert not may_lack_letters(latin)
    assert not may_lack_letters(b"%PDF-1.7 << /Type /ObjStm >> stream\nbroken")


def test_a_warning_of_an_attachment_is_one_of_the_mail(tmp_path: Path) -> None:
    pages = [[*column(72, 700, LINES), Text(72, 600, "\u0123\u0456", "blind")]]
    message = EmailMessage()
    message["From"], message["Subject"] = "ann@example.org", "The plan"
    message.set_content("Here is the plan.")
    message.add_attachment(
        Pdf(pages).bytes(), maintype="application", subtype="pdf", filename="plan.pdf"
    )
    path = tmp_path / "a.eml"
    path.write_bytes(message.as_bytes())

    (warning,) = DocumentParser().parse(path, "a.eml").warnings

    assert warning.startswith("plan.pdf: page 1: 2 characters have no Unicode value")
