"""What every format owes: the ``Parser`` protocol, over a document of each kind."""

from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.worker import decode, encode
from leanrag.metadata import clean_metadata
from leanrag.protocols import Parser
from leanrag.readers.formats import DocumentParser
from leanrag.types import ParsedDocument
from tests.format_samples import samples

SAMPLES = samples()
WORDS = {
    "page.html": ("blue key", "Core | 350 °C", "Check the valve"),
    "notes.md": ("hybrid search", "A slow query", "run()", "a | 1"),
    "guide.rst": ("eight kilobytes", "Removes dead rows", "block | 16384", "SELECT 1;"),
    "chinese.txt": ("数据库系统概论", "查询优化器选择最便宜的执行计划"),
    "policy.docx": ("approval by the manager", "2. Keep receipts", "Peru | 60 | 110"),
    "deck.pptx": ("Quarterly review", "Mostly in Asia", "new office", "Asia | 17", "Q2 | 2.25"),
    "stock.xlsx": ("Bolt | 1200 | 25.5% | 2024-05-31 | true", "Counted by hand."),
    "cities.csv": ("Köln, am Rhein | 1073096",),
    "cities.tsv": ("Kiel | 118",),
    "book.epub": ("lamp went out", "A ship came in"),
    "offer.eml": ("900 euros", "Keep receipts", "3 | 4"),
    "settings.json": ("server.port: 5432", "Bob | guest", "It must rest."),
    "questions.jsonl": ("What is MVCC?", "answer.text: A log."),
    "words.py": ("How many stop words", "len(WORD.findall(text))", "@property"),
    "add.js": ("// Adds numbers.", "export default add;"),
    "plan.svg": ("Inlet valve", "Outlet"),
}
"""Words of each document that must not be lost."""
SELF_EVIDENT = [
    *("page.html", "policy.docx", "deck.pptx", "stock.xlsx", "book.epub", "offer.eml"),
    *("settings.json", "questions.jsonl", "plan.svg", "notes.md", "cities.tsv", "cities.csv"),
]
"""Formats that are recognised without any name."""


def parse(folder: Path, name: str, data: bytes) -> ParsedDocument:
    path = folder / name
    path.write_bytes(data)
    return DocumentParser().parse(path, f"docs/{name}")


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_dispatcher_is_a_parser() -> None:
    parser: Parser = DocumentParser(max_bytes=10)
    again: Parser = DocumentParser(**parser.options)
    assert again.options == parser.options
    assert {".pdf", ".html", ".md", ".txt", ".docx", ".eml", ".py", ""} <= set(parser.suffixes)


def test_every_format_is_covered() -> None:
    assert set(WORDS) == set(SAMPLES)


def test_words_and_structure(tmp_path: Path, sample: str) -> None:
    document = parse(tmp_path, sample, SAMPLES[sample])
    text, blocks = assemble(document)
    for words in WORDS[sample]:
        assert words in text
    assert title_of(document)
    assert blocks
    assert all(element.text.strip() for element in document.elements)
    assert "\ufffd" not in text


def test_what_a_document_states_can_be_stored(tmp_path: Path, sample: str) -> None:
    document = parse(tmp_path, sample, SAMPLES[sample])
    assert clean_metadata(document.properties) == document.properties
    assert clean_metadata(document.metadata) == document.metadata
    assert document.properties["format"]


def test_the_same_bytes_give_the_same(tmp_path: Path, sample: str) -> None:
    first, second = (parse(tmp_path, sample, SAMPLES[sample]) for _ in range(2))
    assert first == second


def test_a_document_travels_between_processes(tmp_path: Path, sample: str) -> None:
    document = parse(tmp_path, sample, SAMPLES[sample])
    assert decode(encode(document), sample) == document


@pytest.mark.parametrize("name", SELF_EVIDENT)
@pytest.mark.parametrize("suffix", [".txt", "", ".dat"])
def test_a_wrong_name_does_not_matter(tmp_path: Path, name: str, suffix: str) -> None:
    stem = Path(name).stem
    right = parse(tmp_path, name, SAMPLES[name])
    wrong = parse(tmp_path, f"{stem}{suffix}", SAMPLES[name])
    assert (wrong.title, wrong.elements) == (right.title, right.elements)


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("a.md", "page.html"), ("a.html", "policy.docx"), ("a.pdf", "stock.xlsx"),
        ("a.docx", "deck.pptx"), ("a.json", "questions.jsonl"), ("a.jsonl", "settings.json"),
        ("a.xlsx", "page.html"), ("a.html", "chinese.txt"), ("a.epub", "notes.md"),
    ],
)  # fmt: skip
def test_a_name_that_promises_another_format(tmp_path: Path, name: str, like: str) -> None:
    data = SAMPLES[like] if like != "settings.json" else b'[{"port": 5432}]'
    expected = parse(tmp_path, like, data).properties["format"]
    assert parse(tmp_path, name, data).properties["format"] == expected


@pytest.mark.parametrize(
    ("name", "data", "kind"),
    [
        ("a.py", b"SIGNS = (b'%PDF-', b'PK')\n", "python"),
        ("a.txt", b"A file that begins with %PDF- is a PDF.", "text"),
        ("a.py", b"From: x\nTo: y\nSubject: z\n", "python"),
        ("a.md", b"PK is the sign of an archive.", "markdown"),
        ("a.rst", b"{'not': 'json'}", "text"),
        ("a.log", b"a,b,c\nd,e,f\ng,h,i\n", "text"),
        ("script", b"#!/usr/bin/env python3\nx = 1\n", "python"),
        ("run", b"#!/bin/sh\necho hello\n", "code"),
        ("a.php", b"<!DOCTYPE html><p>x</p><?php ?>", "code"),
        ("a.rst.txt", b"**Bold**\n\n.. note:: x\n\n# a\n", "text"),
    ],
)
def test_signs_inside_a_text_decide_nothing(
    tmp_path: Path, name: str, data: bytes, kind: str
) -> None:
    assert parse(tmp_path, name, data).properties["format"] == kind


def test_every_file_can_be_refused_for_its_size(tmp_path: Path, sample: str) -> None:
    path = tmp_path / sample
    path.write_bytes(SAMPLES[sample])
    with pytest.raises(DocumentError, match="over the limit of 20"):
        DocumentParser(max_bytes=20).parse(path, sample)
    with pytest.raises(DocumentError, match="over the limit of 5"):
        DocumentParser(max_characters=5).parse(path, sample)
