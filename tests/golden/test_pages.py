"""Whole small documents with the elements and chunks that are expected of them.

Where a change is meant, ``LEANRAG_UPDATE_GOLDEN=1 pytest tests/golden`` writes what there is now;
the difference then shows in the review. The pages are written for these tests in the markup of
Sphinx, DocBook, GitHub and docutils.
"""

import json
import os
from pathlib import Path

import pytest

from leanrag.adapters.models import load_embedder
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.readers.formats import DocumentParser
from leanrag.settings import EmbeddingSettings
from leanrag.types import Document

PAGES = Path(__file__).parent / "pages"
MAX_TOKENS = 96


@pytest.mark.parametrize("name", ["sphinx.html", "docbook.html", "readme.md", "notes.rst"])
def test_page(name: str) -> None:
    parsed = DocumentParser().parse(PAGES / name, name)
    text, blocks = assemble(parsed)
    document = Document("id", name, title_of(parsed), text, "hash")
    chunker = Chunker(load_embedder(EmbeddingSettings()).count, MAX_TOKENS)
    found = {
        "title": parsed.title,
        "language": parsed.language,
        "metadata": parsed.metadata,
        "elements": [
            {"kind": e.kind, "place": [e.level, e.depth, e.head_rows], "text": e.text.split("\n")}
            for e in parsed.elements
        ],
        "chunks": [
            {
                "kind": c.kind,
                "tokens": c.tokens,
                "headings": c.headings,
                "lead": c.lead and text[slice(*c.lead)],
                "table_head": c.table_head and text[slice(*c.table_head)],
                "text": c.text.split("\n"),
            }
            for c in chunker.chunk(document, blocks)
        ],
    }
    found = json.loads(json.dumps(found))
    expected = PAGES / f"{name}.json"
    if os.environ.get("LEANRAG_UPDATE_GOLDEN"):
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(expected.read_text())
