"""What stands above or below the line keeps its value on it, in HTML and Word documents."""

import io
from pathlib import Path

import docx
import pytest

from leanrag.readers.formats import DocumentParser
from leanrag.readers.raised import aside, on_the_line


def html(tmp_path: Path, body: str) -> str:
    path = tmp_path / "page.html"
    path.write_text(f"<body><p>{body}</p><p>More.</p></body>", encoding="utf-8")
    return DocumentParser().parse(path, "page.html").elements[0].text


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("10<sup>6</sup> cells", "10^6 cells"),
        ("10<sup>−3</sup> m", "10^−3 m"),
        ("x<sup>n+1</sup>", "x^(n+1)"),
        ("e<sup><i>x</i></sup>", "e^x"),
        ("2<sup>nd</sup> of May", "2nd of May"),
        ("3<sup>1</sup>/<sub>2</sub> miles", "3 1/2 miles"),
        ("H<sub>2</sub>O", "H2O"),
        ("CO<sub>2</sub> and 5 m<sup>2</sup>", "CO2 and 5 m^2"),
        ("101<sub>2</sub> is five", "101_2 is five"),
        ("log<sub>10</sub>100", "log_10 100"),
        ("in 2019<sup><a href='#n3'>3</a></sup>", "in 2019[3]"),
        ("in <b>2019</b><a href='#n3'><sup>3</sup></a>", "in 2019[3]"),
        ("as said<sup><a href='#n'>[3]</a></sup>", "as said[3]"),
        ("the x<sub>i</sub> of all", "the xi of all"),
    ],
)
def test_html(tmp_path: Path, body: str, text: str) -> None:
    assert html(tmp_path, body) == text


def test_cells_keep_their_values(tmp_path: Path) -> None:
    rows = "<tr><th>Unit</th><th>Size</th></tr><tr><td>mega</td><td>10<sup>6</sup></td></tr>"
    assert html(tmp_path, f"</p><table>{rows}</table><p>") == "Unit | Size\nmega | 10^6"


def test_ruby_text_does_not_stand_between_the_characters(tmp_path: Path) -> None:
    ruby = "<ruby>法律<rp>(</rp><rt>ほうりつ</rt><rp>)</rp></ruby>で"
    ruby += "<ruby>禁止<rt>きんし</ruby>します。"
    assert html(tmp_path, ruby) == "法律で禁止します。"


def word(tmp_path: Path, runs: list[tuple[str, str]]) -> str:
    document = docx.Document()
    paragraph = document.add_paragraph()
    for text, side in runs:
        run = paragraph.add_run(text)
        run.font.superscript = True if side == "up" else None
        run.font.subscript = True if side == "down" else run.font.subscript
    stream = io.BytesIO()
    document.save(stream)
    path = tmp_path / "a.docx"
    path.write_bytes(stream.getvalue())
    return DocumentParser().parse(path, "a.docx").elements[0].text


def test_word(tmp_path: Path) -> None:
    runs = [("10", ""), ("-", "up"), ("6", "up"), (" of H", ""), ("2", "down"), ("O, 1", ""),
            ("st", "up"), (" and 5 m", ""), ("2", "up"), (".", "")]  # fmt: skip
    assert word(tmp_path, runs) == "10^-6 of H2O, 1st and 5 m^2."


def test_ruby_of_word() -> None:
    from lxml import etree

    from leanrag.readers.office.docx import _Reader
    from leanrag.readers.office.docx_styles import W

    inner = "<w:t>{}</w:t>"
    paragraph = etree.fromstring(
        f'<w:p xmlns:w="{W[1:-1]}"><w:r><w:ruby><w:rubyPr/><w:rt><w:r>{inner.format("ほうりつ")}'
        f"</w:r></w:rt><w:rubyBase><w:r>{inner.format('法律')}</w:r></w:rubyBase></w:ruby></w:r>"
        f"<w:r>{inner.format('で')}</w:r></w:p>"
    )
    reader = _Reader.__new__(_Reader)
    reader.began, reader.page, reader.boxes = None, 1, []
    assert reader.text(paragraph) == "法律で"


def test_a_raised_and_a_lowered_part_in_a_row_are_two() -> None:
    text = "x" + aside("superscript", "2") + aside("subscript", "1") + aside("baseline", " ends")
    assert on_the_line(text) == "x^2_1 ends"


def test_a_dash_opens_speech_and_values_and_no_list(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    body = ("– „Wo warst du?“", "– „Weg.“", "— Je ne sais pas.", "- 5 °C were measured.",
            "- Bonjour.", "- Bonsoir.")  # fmt: skip
    path.write_text("".join(f"<p>{text}</p>" for text in body), encoding="utf-8")
    elements = DocumentParser().parse(path, "page.html").elements
    assert [(e.kind, e.text) for e in elements] == [("prose", text) for text in body]


def test_dashes_in_a_row_without_sentences_are_a_list(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("<p>Bring:</p><p>- a lamp</p><p>- two candles</p><p>• matches</p>")
    kinds = [(e.kind, e.text) for e in DocumentParser().parse(path, "page.html").elements]
    assert kinds[1:3] == [("list_item", "a lamp"), ("list_item", "two candles")]


def test_dashes_of_speech_and_values_stay_in_plain_text(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    text = "– „Weg.“\n\n- 5 °C were measured.\n\n- a lamp\n- two candles\n"
    path.write_text(text, encoding="utf-8")
    assert [(e.kind, e.text) for e in DocumentParser().parse(path, "a.txt").elements] == [
        ("prose", "– „Weg.“"),
        ("prose", "- 5 °C were measured."),
        ("list_item", "a lamp"),
        ("list_item", "two candles"),
    ]
