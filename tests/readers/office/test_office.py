"""Word, PowerPoint and Excel files as people have them: what the simple samples do not show."""

import io
import zipfile
from datetime import time
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml
from openpyxl import Workbook
from pptx import Presentation
from pptx.util import Inches

from leanrag.errors import DocumentError
from leanrag.readers.formats import DocumentParser
from leanrag.types import Element, ParsedDocument
from tests.format_samples import docx as sample_docx
from tests.format_samples import epub as sample_epub
from tests.format_samples import pptx as sample_pptx
from tests.format_samples import zipped

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
MC = 'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"'


def parse(folder: Path, name: str, save: object) -> ParsedDocument:
    path = folder / name
    if isinstance(save, bytes):
        path.write_bytes(save)
    else:
        save.save(str(path))  # type: ignore[attr-defined]
    return DocumentParser().parse(path, name)


def shapes(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in document.elements]


# ── Word ────────────────────────────────────────────────────────────────────────────────────────


def test_what_the_reader_sees_and_nothing_else(tmp_path: Path) -> None:
    document = Document()
    paragraph = document.add_paragraph("See ")._p
    for part in (
        f"<w:hyperlink {W}><w:r><w:t>the manual</w:t></w:r></w:hyperlink>",
        f'<w:ins {W} w:id="1" w:author="x"><w:r><w:t> now</w:t></w:r></w:ins>',
        f'<w:del {W} w:id="2" w:author="x"><w:r><w:delText> gone</w:delText></w:r></w:del>',
        f"<w:r {W}><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r>",
        f"<w:r {W}><w:instrText>PAGE</w:instrText></w:r>",
        f"<w:r {W}><w:t>,</w:t><w:tab/><w:t>re</w:t><w:noBreakHyphen/><w:t>do</w:t><w:br/>"
        "<w:t>it</w:t></w:r>",
    ):
        paragraph.append(parse_xml(part))
    control = (
        f"<w:sdt {W}><w:sdtPr/><w:sdtContent><w:p><w:r><w:t>In a control.</w:t></w:r></w:p>"
        "</w:sdtContent></w:sdt>"
    )
    document.element.body.insert(1, parse_xml(control))
    assert shapes(parse(tmp_path, "a.docx", document)) == [
        ("prose", "See the manual now,\tre-do\nit"),
        ("prose", "In a control."),
    ]


def test_text_boxes_come_once_and_after_their_paragraph(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Boxed.</w:t></w:r></w:p></w:txbxContent>"
    document = Document()
    document.add_paragraph("Before.")._p.append(
        parse_xml(
            f"<w:r {W} {MC}><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
            f"<mc:Fallback>{box}</mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    document.add_paragraph("After.")
    assert [t for _, t in shapes(parse(tmp_path, "a.docx", document))] == [
        "Before.", "Boxed.", "After.",
    ]  # fmt: skip


def test_notes_stand_behind_their_paragraph(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("A claim.")._p.append(
        parse_xml(f'<w:r {W}><w:footnoteReference w:id="2"/></w:r>')
    )
    out = io.BytesIO()
    document.save(out)
    with zipfile.ZipFile(out) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    parts["word/footnotes.xml"] = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0"><w:p><w:r><w:t>-</w:t></w:r>'
        '</w:p></w:footnote><w:footnote w:id="2"><w:p><w:r><w:t>Its source.</w:t></w:r></w:p>'
        "</w:footnote></w:footnotes>"
    )
    assert [t for _, t in shapes(parse(tmp_path, "a.docx", zipped(parts)))] == [
        "A claim.[1]", "[1] Its source.",
    ]  # fmt: skip


def test_bold_lines_are_headings_where_there_are_no_others(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph().add_run("Scope").bold = True
    document.add_paragraph("This applies to all trips of the staff.")
    document.add_paragraph().add_run("A bold sentence is none.").bold = True
    assert [kind for kind, _ in shapes(parse(tmp_path, "a.docx", document))] == [
        "heading", "prose", "prose",
    ]  # fmt: skip
    document.add_heading("Real", 1)
    assert [kind for kind, _ in shapes(parse(tmp_path, "a.docx", document))] == [
        "prose", "prose", "prose", "heading",
    ]  # fmt: skip


def test_tables_merge_frame_and_repeat_their_heads(tmp_path: Path) -> None:
    document = Document()
    document.add_table(1, 1).cell(0, 0).text = "A framed note."
    table = document.add_table(4, 2)
    for number, text in enumerate(("Part", "Limit", "Unit", "°C", "core", "350", "", "")):
        table.cell(number // 2, number % 2).text = text
    table.cell(2, 0).merge(table.cell(3, 0))
    for row in table.rows[:2]:
        row._tr.get_or_add_trPr().append(parse_xml(f"<w:tblHeader {W}/>"))
    table.cell(3, 1).add_table(1, 2).cell(0, 1).text = "inner"
    note, grid = parse(tmp_path, "a.docx", document).elements
    assert (note.kind, note.text) == ("prose", "A framed note.")
    assert (grid.kind, grid.head_rows) == ("table", 2)
    assert grid.text == "Part | Limit\nUnit | °C\ncore | 350\n | inner"


def test_pages_are_those_that_word_last_laid_out(tmp_path: Path) -> None:
    document = Document()
    document.add_paragraph("One.")
    document.add_paragraph("Two.")._p.insert(
        0, parse_xml(f"<w:r {W}><w:lastRenderedPageBreak/></w:r>")
    )
    document.add_paragraph("Still two.")
    pages = [element.page for element in parse(tmp_path, "a.docx", document).elements]
    assert pages == [1, 2, 2]


def test_a_contents_table_is_left_out_and_code_stays_together(tmp_path: Path) -> None:
    document = Document()
    for name in ("toc 1", "Source Code"):
        document.styles.add_style(name, 1)
    document.add_paragraph("Scope 1", style="toc 1")
    document.add_paragraph("x = 1", style="Source Code")
    document.add_paragraph("  y = 2", style="Source Code")
    assert shapes(parse(tmp_path, "a.docx", document)) == [("code", "x = 1\n  y = 2")]


def test_styles_in_circles_end(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_docx())) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    style = '<w:style w:styleId="{}"><w:name w:val="{}"/><w:basedOn w:val="{}"/></w:style>'
    circle = style.format("Heading1", "a", "b") + style.format("b", "b", "Heading1")
    parts["word/styles.xml"] = f"<w:styles {W}>{circle}</w:styles>"
    document = parse(tmp_path, "a.docx", zipped(parts))
    assert "Booking" in [element.text for element in document.elements]


@pytest.mark.parametrize(
    ("stated", "title"), [("Microsoft Word - draft.doc", "a"), ("", "a"), ("Rules", "Rules")]
)
def test_titles_that_programs_make_up_are_none(tmp_path: Path, stated: str, title: str) -> None:
    document = Document()
    document.core_properties.title = stated
    document.add_paragraph("Only a sentence.")
    assert parse(tmp_path, "a.docx", document).title == title


def parts_of(data: bytes) -> dict[str, str | bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def replaced(data: bytes, old: bytes, new: bytes) -> bytes:
    """An archive with a text replaced in all its parts and in their names."""
    return zipped({
        name.replace(old.decode(), new.decode()): bytes(content).replace(old, new)  # type: ignore[arg-type]
        for name, content in parts_of(data).items()
    })  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"document.xml", b"document2.xml"),
        (b"http://schemas.openxmlformats.org/wordprocessingml/2006/main",
         b"http://purl.oclc.org/ooxml/wordprocessingml/main"),
        (b"openxmlformats-officedocument.wordprocessingml.document.main",
         b"ms-word.document.macroEnabled.main"),
    ],
)  # fmt: skip
def test_word_files_of_other_programs(tmp_path: Path, old: bytes, new: bytes) -> None:
    usual = parse(tmp_path, "a.docx", sample_docx())
    assert parse(tmp_path, "b.docx", replaced(sample_docx(), old, new)).elements == usual.elements


@pytest.mark.parametrize("kind", [b"slideshow", b"template"])
def test_slide_shows_and_templates(tmp_path: Path, kind: bytes) -> None:
    usual = parse(tmp_path, "a.pptx", sample_pptx())
    data = replaced(sample_pptx(), b"presentation.main+xml", kind + b".main+xml")
    assert parse(tmp_path, "b.ppsx", data).elements == usual.elements


# ── PowerPoint ──────────────────────────────────────────────────────────────────────────────────


def test_shapes_are_read_from_the_top_and_groups_are_opened(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    for top, text in ((4, "last"), (1, "first")):
        box = slide.shapes.add_textbox(Inches(1), Inches(top), Inches(2), Inches(1))
        box.text_frame.text = text
    group = slide.shapes.add_group_shape()
    inner = group.shapes.add_textbox(Inches(1), Inches(2), Inches(2), Inches(1))
    inner.text_frame.text = "grouped"
    document = parse(tmp_path, "deck.pptx", deck)
    assert shapes(document) == [
        ("heading", "Slide 1"), ("prose", "first"), ("prose", "grouped"), ("prose", "last"),
    ]  # fmt: skip
    assert document.title == "deck"


# ── Excel ───────────────────────────────────────────────────────────────────────────────────────


def sheet(folder: Path, *rows: tuple[object, ...]) -> list[Element]:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    return list(parse(folder, "a.xlsx", book).elements)[1:]


def test_tables_are_parted_where_another_one_begins(tmp_path: Path) -> None:
    elements = sheet(
        tmp_path,
        ("Name", "Size"), ("a", 1), (), ("b", 2), (),
        ("Colour", "Hue"), ("red", "warm"), (),
        (None, None, None, "x", "y"), (None, None, None, 1, 2),
    )  # fmt: skip
    assert [(e.text, e.head_rows) for e in elements] == [
        ("Name | Size\na | 1\nb | 2", 1),
        ("Colour | Hue\nred | warm", 1),
        ("x | y\n1 | 2", 1),
    ]


def test_numbers_are_shown_as_they_are(tmp_path: Path) -> None:
    (table,) = sheet(tmp_path, ("a", "b"), (0.1 + 0.2, 5.0), (1e21, -3), (time(9, 30), "007"))
    assert table.text == "a | b\n0.3 | 5\n1e+21 | -3\n9:30:00 | 007"


def test_years_may_head_the_columns_of_a_statement(tmp_path: Path) -> None:
    (table,) = sheet(tmp_path, ("Item", 2023, 2022), ("Sales", 10, 9))
    assert table.head_rows == 1
    (table,) = sheet(tmp_path, (1, 2023), (2, 2022))
    assert table.head_rows == 0


def test_lines_of_one_cell_are_text(tmp_path: Path) -> None:
    elements = sheet(tmp_path, ("Report",), ("for May",), ("a", "b"), (1, 2), (), ("End.",))
    assert [(e.kind, e.text) for e in elements] == [
        ("prose", "Report"), ("prose", "for May"), ("table", "a | b\n1 | 2"), ("prose", "End."),
    ]  # fmt: skip


def test_a_chapter_without_text_costs_nothing_but_itself(tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(sample_epub())) as book:
        parts = {name: book.read(name) for name in book.namelist()}
    cover = b"<html><head><title>Cover</title></head><body><img src='c.jpg'/></body></html>"
    parts["OEBPS/text/one.xhtml"] = cover
    document = parse(tmp_path, "a.epub", zipped(parts))
    assert [e.text for e in document.elements] == ["The calm", "A ship came in."]
    assert document.warnings == ()
    deep = b"<html><body>" + b"<div>" * 3000 + b"words" + b"</div>" * 3000 + b"</body></html>"
    parts["OEBPS/text/one.xhtml"] = deep
    document = parse(tmp_path, "a.epub", zipped(parts))
    assert [e.text for e in document.elements] == ["The calm", "A ship came in."]
    (warning,) = document.warnings
    assert warning.startswith("OEBPS/text/one.xhtml: HTML elements are nested too deep")
    parts["OEBPS/text/one.xhtml"] = parts["OEBPS/text/two b.xhtml"] = cover
    with pytest.raises(DocumentError, match="no text"):
        parse(tmp_path, "a.epub", zipped(parts))


def test_cells_are_read_as_they_are_shown(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    sheet.append(["Item", "Share", "Price"])
    sheet.append(["Lamp", 0.125, 1234.5])
    sheet["B2"].number_format, sheet["C2"].number_format = "0.0%", '"$"#,##0.00'
    (_, table) = parse(tmp_path, "a.xlsx", book).elements
    assert table.text == "Item | Share | Price\nLamp | 12.5% | $1,234.50"


def test_hidden_sheets_are_left_out_and_named(tmp_path: Path) -> None:
    book = Workbook()
    book.active.append(["Seen", "words"])
    hidden = book.create_sheet("Rates 2")
    hidden.append(["secret", "words"])
    hidden.sheet_state = "hidden"
    document = parse(tmp_path, "a.xlsx", book)
    assert "secret" not in " ".join(e.text for e in document.elements)
    assert document.warnings == ("left out hidden sheets: Rates 2",)
    book.active.delete_rows(1)
    with pytest.raises(DocumentError, match="hidden sheets alone"):
        parse(tmp_path, "a.xlsx", book)


def test_tables_side_by_side_are_two(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Part", "Count", None, None, None], ["Lamp", 3, None, "Towns", None],
                ["Chair", 4, None, "City", "People"], ["Desk", 5, None, "Oslo", 700],
                [None, None, None, "Moss", 50]):  # fmt: skip
        book.active.append(row)
    found = parse(tmp_path, "a.xlsx", book).elements[1:]
    assert [(e.kind, e.text, e.head_rows) for e in found] == [
        ("table", "Part | Count\nLamp | 3\nChair | 4\nDesk | 5", 1),
        ("prose", "Towns", 0),
        ("table", "City | People\nOslo | 700\nMoss | 50", 1),
    ]


def test_a_blank_column_before_figures_parts_no_table(tmp_path: Path) -> None:
    book = Workbook()
    for row in (["Item", "Unit", None, "2023", "2024"], ["Rent", "EUR", None, 5, 6]):
        book.active.append(row)
    (_, table) = parse(tmp_path, "a.xlsx", book).elements
    assert table.text == "Item | Unit | 2023 | 2024\nRent | EUR | 5 | 6"


def test_a_title_above_the_heads_of_a_csv_file_is_text(tmp_path: Path) -> None:
    rows = b"Report 2024,,\nAll towns,,\n\nname,city,amount\nAnn,Oslo,3\nBob,Moss,6\n"
    found = parse(tmp_path, "a.csv", rows).elements
    assert [(e.kind, e.text, e.head_rows) for e in found] == [
        ("prose", "Report 2024", 0),
        ("prose", "All towns", 0),
        ("table", "name | city | amount\nAnn | Oslo | 3\nBob | Moss | 6", 1),
    ]
    plain = b"Ann,,\nBob,Moss,6\nEve,Oslo,7\n"
    (table,) = parse(tmp_path, "b.csv", plain).elements
    assert table.text.startswith("Ann\nBob | Moss")
