"""A small real document of every format, made with the formats' own libraries."""

import io
import json
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from email.message import EmailMessage
from functools import cache

CHINESE = (
    "数据库系统概论\n\n查询优化器选择最便宜的执行计划，然后执行它。统计信息过期时，计划可能很慢。\n\n"
    "管理员应当定期运行分析命令，以便优化器了解数据的分布情况。\n"
)

HTML = """<!DOCTYPE html><html lang="en"><head><title>Reactor manual - Site</title>
<meta name="author" content="Ann Lee"><meta property="article:published_time"
content="2023-04-05T08:00:00Z"><meta name="keywords" content="reactor, safety">
<meta name="DC.publisher" content="Plant Press"></head><body><nav>Home</nav>
<h1>Reactor manual</h1><p>The reactor starts with the blue key.</p><h2>Limits</h2>
<table><tr><th>Part</th><th>Limit</th></tr><tr><td>Core</td><td>350 °C</td></tr></table>
<ul><li>Check the valve</li><li>Close the door</li></ul></body></html>"""

MARKDOWN = """---
title: Release notes
author: Bob Ray
date: 2024-02-01
tags: [release, notes]
---
# Release notes

Version two brings **hybrid search**.

## Fixed

- A crash at start
- A slow query

```python
run()
```

| Name | Value |
|------|-------|
| a    | 1     |
"""

RST = """Storage guide
=============

Pages are eight kilobytes.

Vacuum
------

vacuum
  Removes dead rows from a table.

analyze
  Collects statistics.

=====  =====
Name   Size
=====  =====
page   8192
block  16384
=====  =====

* first
* second

::

    SELECT 1;
"""

PYTHON = '''"""Counts words in texts."""

import re

WORD = re.compile(r"\\w+")


class Counter:
    """Counts words.

    Case does not matter.
    """

    def __init__(self, stop: set[str]) -> None:
        self.stop = stop

    # the public entry
    @property
    def size(self) -> int:
        """How many stop words there are."""
        return len(self.stop)


def count(text: str, *,
          lower: bool = True) -> int:
    """The number of words in ``text``."""
    if lower:
        text = text.lower()
    return len(WORD.findall(text))


if __name__ == "__main__":
    print(count("a b"))
'''

JSON = {
    "title": "Service settings",
    "server": {"host": "db.example", "port": 5432, "tls": True, "tags": ["a", "b"],
               "limits": {"rate": 10, "burst": None, "daily": 1000}},
    "users": [{"name": "Ann", "role": "admin"}, {"name": "Bob", "role": "guest"}],
    "steps": [{"id": "stop", "do": {"run": "halt"}, "why": "It must rest."}, {"id": "go"}],
}  # fmt: skip

RECORDS = [
    {"id": 1, "question": "What is WAL?", "answer": {"text": "A log.", "score": 0.5}},
    {"id": 2, "question": "What is MVCC?", "answer": {"text": "Versions.", "score": 1}},
]

CSV = 'city,population,founded\nBonn,336465,"11 BC"\n"Köln, am Rhein",1073096,38 BC\n'

SVG = """<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><title>Pump plan</title>
<style>.a{fill:red}</style><g><text x="1">Inlet valve</text><text x="2">Outlet</text></g></svg>"""

JAVASCRIPT = """// Adds numbers.
function add(a, b) {
  const sum = a + b;

  return sum;
}

export default add;
"""


@cache
def docx() -> bytes:
    from docx import Document
    from docx.enum.text import WD_BREAK

    document = Document()
    core = document.core_properties
    core.author, core.title, core.keywords = "Ann Lee; Bob Ray", "Travel policy", "travel, cost"
    core.created = datetime(2022, 3, 4, 5, 6, 7)
    document.add_heading("Travel policy", 0)
    document.add_paragraph("Trips need an approval by the manager.")
    document.add_heading("Booking", 1)
    document.add_paragraph("Ask early", style="List Number")
    document.add_paragraph("Keep receipts", style="List Number")
    document.add_paragraph("Rail first", style="List Bullet")
    document.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
    document.add_heading("Rates", 2)
    table = document.add_table(rows=3, cols=3)
    for row, texts in zip(
        table.rows,
        [("Country", "Day", "Night"), ("Peru", "60", "110"), ("Chad", "55", "")],
        strict=True,
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(2, 1).merge(table.cell(2, 2))
    return _saved(document.save)


@cache
def pptx() -> bytes:
    from pptx import Presentation
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE
    from pptx.util import Inches

    deck = Presentation()
    deck.core_properties.author = "Carla Diaz"
    first = deck.slides.add_slide(deck.slide_layouts[0])
    first.shapes.title.text = "Quarterly review"
    first.placeholders[1].text = "Spring of 2024"
    second = deck.slides.add_slide(deck.slide_layouts[1])
    second.shapes.title.text = "Results"
    frame = second.placeholders[1].text_frame
    frame.text = "Sales grew by a tenth"
    inner = frame.add_paragraph()
    inner.text, inner.level = "Mostly in Asia", 1
    second.notes_slide.notes_text_frame.text = "Mention the new office."
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Figures"
    place = (Inches(1), Inches(2), Inches(5), Inches(1))
    table = third.shapes.add_table(2, 2, *place).table
    for number, text in enumerate(("Region", "Sales", "Asia", "17")):
        table.cell(number // 2, number % 2).text = text
    data = CategoryChartData()
    data.categories = ["Q1", "Q2"]
    data.add_series("Costs", (1.5, 2.25))
    third.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(5), Inches(2), data
    )
    return _saved(deck.save)


@cache
def xlsx() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    book.properties.creator = "Dana Wu"
    book.properties.created = datetime(2024, 6, 1, 9)
    sheet = book.active
    sheet.title = "Stock"
    for row in [
        ("Stock at the end of May",),
        (),
        ("Item", "Count", "Share", "Counted", "Open"),
        ("Bolt", 1200, 0.255, date(2024, 5, 31), True),
        ("Nut", 0.1 + 0.2, 0.5, datetime(2024, 5, 31, 14, 30), False),
        (),
        ("Ring", 7, None, None, None),
    ]:
        sheet.append(row)
    for cell in ("C4", "C5"):
        sheet[cell].number_format = "0.0%"
    notes = book.create_sheet("Notes")
    notes.append(("Counted by hand.",))
    book.create_sheet("Empty")
    return _saved(book.save)


@cache
def epub() -> bytes:
    container = (
        '<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
        '<rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'
    )
    package = """<package xmlns="http://www.idpf.org/2007/opf" version="3.0">
      <metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title>The lighthouse</dc:title>
      <dc:creator>Eva Stone</dc:creator><dc:language>en-GB</dc:language><dc:date>1911</dc:date>
      <meta property="dcterms:modified">2020-01-02T03:04:05Z</meta></metadata>
      <manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml"
        properties="nav"/><item id="b" href="text/two%20b.xhtml"
        media-type="application/xhtml+xml"/><item id="a" href="text/one.xhtml"
        media-type="application/xhtml+xml"/></manifest>
      <spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>"""
    page = (
        '<?xml version="1.0" encoding="utf-8"?><!DOCTYPE html><html xmlns='
        '"http://www.w3.org/1999/xhtml"><head><title>x</title></head><body>{}</body></html>'
    )
    return zipped({
        "mimetype": "application/epub+zip",
        "META-INF/container.xml": container,
        "OEBPS/book.opf": package,
        "OEBPS/nav.xhtml": page.format("<nav><ol><li>Contents</li></ol></nav>"),
        "OEBPS/text/one.xhtml": page.format("<h1>The storm</h1><p>The lamp&nbsp;went out.</p>"),
        "OEBPS/text/two b.xhtml": page.format("<h1>The calm</h1><p>A ship came in.</p>"),
    })  # fmt: skip


@cache
def eml() -> bytes:
    message = EmailMessage()
    message["From"] = "Ann Lee <ann@example.org>"
    message["To"] = "bob@example.org, Carla <carla@example.org>"
    message["Subject"] = "Offer für the new pump"
    message["Date"] = "Mon, 06 May 2024 10:11:12 +0200"
    message["Message-ID"] = "<1@example.org>"
    message.set_content("Dear Bob,\n\nthe pump costs 900 euros.\n")
    message.add_alternative("<p>Dear Bob,</p><p>the pump costs 900 euros.</p>", subtype="html")
    message.add_attachment(
        docx(),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="policy.docx",
    )
    message.add_attachment(b"\x89PNG\r\n", maintype="image", subtype="png", filename="logo.png")
    message.add_attachment("a;b\n1;2\n3;4\n", subtype="csv", filename="data.csv")
    message.add_attachment(
        b"\0\1\2", maintype="application", subtype="octet-stream", filename="firmware.bin"
    )
    return message.as_bytes()


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """A ZIP archive of the parts."""
    return _saved(lambda out: _zip(out, parts))


def _zip(out: io.BytesIO, parts: dict[str, str | bytes]) -> None:
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    out = io.BytesIO()
    save(out)
    return out.getvalue()


def samples() -> dict[str, bytes]:
    """The bytes of a file of every kind, by its name."""
    return {
        "page.html": HTML.encode(),
        "notes.md": MARKDOWN.encode(),
        "guide.rst": RST.encode(),
        "chinese.txt": CHINESE.encode("gb18030"),
        "policy.docx": docx(),
        "deck.pptx": pptx(),
        "stock.xlsx": xlsx(),
        "cities.csv": CSV.encode(),
        "cities.tsv": "city\tsize\nBonn\t141\nKiel\t118\n".encode("utf-16"),
        "book.epub": epub(),
        "offer.eml": eml(),
        "settings.json": json.dumps(JSON).encode(),
        "questions.jsonl": "\n".join(map(json.dumps, RECORDS)).encode(),
        "words.py": PYTHON.encode(),
        "add.js": JAVASCRIPT.encode(),
        "plan.svg": SVG.encode(),
    }
