"""A report of three pages as PDF, with the elements and chunks that are expected of it.

``LEANRAG_UPDATE_GOLDEN=1 pytest tests/golden`` writes what there is now.
"""

import json
import os
from pathlib import Path

from leanrag.adapters.models import load_embedder
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.readers.pdf import document as pdf
from leanrag.settings import EmbeddingSettings
from leanrag.types import Document
from tests.pdf_samples import Pdf, Text, column, right

FILE = Path(__file__).parent / "pages" / "report.pdf"
EXPECTED = FILE.with_suffix(".pdf.json")
MAX_TOKENS = 96
LEFT = (
    "The Harbour Company runs the port of the town and",
    "its two quays. In the year under report more ships",
    "came in than in any year before, and the com-",
    "pany had to hire pilots from the next town, who",
    "asked for long-",
    "term contracts.",
)
RIGHT = (
    "Dues are set by the council once a year. They were",
    "left as they are for wool and salt, and raised for",
    "timber, because the long-term plan for the north",
    "wall needs money. The company expects that this",
    "changes nothing for the trade, and that",
)
ROWS = (
    ("Timber", "$ 1,204", "$ 1,102"),
    ("Salt", "388", "402"),
    ("Wool", "(77)", "12"),
)


def report() -> bytes:
    first = [
        Text(72, 735, "Annual report of the harbour", "bold", 20),
        Text(72, 705, "The year", "bold", 14),
        *column(72, 685, LEFT),
        *column(330, 685, RIGHT),
    ]
    table = [
        Text(300, 690, "Years ended March 31"),
        Text(72, 675, "(Thousands)"), right(350, 675, "2018"), right(430, 675, "2017"),
        Text(72, 660, "Dues by goods:"),
    ]  # fmt: skip
    for number, (label, new, old) in enumerate(ROWS):
        y = 645 - 15 * number
        table += [Text(80, y, label), right(350, y, new), right(430, y, old)]
    second = [
        Text(72, 740, "ships come in as before."),
        Text(72, 715, "Figures", "bold", 14),
        *table,
        Text(72, 580, "The company also keeps:"),
        Text(80, 565, "\u2022"), Text(92, 565, "a list of all the ships"),
        Text(80, 553, "\u2022"), Text(92, 553, "a list of their masters"),
    ]  # fmt: skip
    third = [Text(72, 740, "The wall", "bold", 14), *column(72, 720, RIGHT[:3])]
    pages = [
        [Text(72, 775, "Harbour Company", size=8), *page, Text(300, 30, str(number), size=8)]
        for number, page in enumerate((first, second, third), start=1)
    ]
    outline = [("The year", 0, 1), ("Figures", 0, 2), ("The wall", 0, 3)]
    information = {"Title": "Annual report of the harbour", "CreationDate": "D:20190501"}
    return Pdf(pages, outline=outline, information=information).bytes()


def test_report() -> None:
    if os.environ.get("LEANRAG_UPDATE_GOLDEN"):
        FILE.write_bytes(report())
    assert FILE.read_bytes() == report()
    parsed = pdf.read(report(), "report.pdf", "report")
    text, blocks = assemble(parsed)
    document = Document("id", "report.pdf", title_of(parsed), text, "hash")
    chunker = Chunker(load_embedder(EmbeddingSettings()).count, MAX_TOKENS)
    found = {
        "title": parsed.title,
        "properties": parsed.properties,
        "elements": [
            {
                "kind": e.kind,
                "page": e.page,
                "place": [e.level, e.head_rows],
                "text": e.text.split("\n"),
            }
            for e in parsed.elements
        ],
        "chunks": [
            {
                "page": c.page,
                "headings": c.headings,
                "table_head": c.table_head and text[slice(*c.table_head)],
                "text": c.text.split("\n"),
            }
            for c in chunker.chunk(document, blocks)
        ],
    }
    found = json.loads(json.dumps(found))
    if os.environ.get("LEANRAG_UPDATE_GOLDEN"):
        EXPECTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(EXPECTED.read_text())
