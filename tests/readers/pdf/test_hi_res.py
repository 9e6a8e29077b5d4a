"""The ``hi_res`` strategy: what is missing is named, and unstructured's elements become ours."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from leanrag.api import LeanRAG
from leanrag.errors import DocumentError, MissingDependencyError
from leanrag.readers.formats import DocumentParser
from leanrag.readers.pdf import hi_res as pdf_hi_res
from leanrag.settings import Settings
from tests.pdf_samples import Pdf, Text

SCAN = Pdf([[Text(72, 700, "A page")]]).bytes()


@pytest.fixture
def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_hi_res, "find_spec", lambda name: None)


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf_hi_res, "find_spec", lambda name: importlib.util.find_spec("json"))


def part(category: str, text: str, *, page: int = 1, **metadata: Any) -> SimpleNamespace:
    fields = {"page_number": page, "category_depth": None, "text_as_html": None, **metadata}
    return SimpleNamespace(category=category, text=text, metadata=SimpleNamespace(**fields))


def partitioner(monkeypatch: pytest.MonkeyPatch, answer: Any) -> dict[str, Any]:
    """Puts a partitioner in place of unstructured's, which needs the extra even to be imported."""
    given: dict[str, Any] = {}

    def partition_pdf(**arguments: Any) -> Any:
        given.update(arguments)
        if isinstance(answer, Exception):
            raise answer
        return answer

    module = ModuleType("unstructured.partition.pdf")
    module.partition_pdf = partition_pdf  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "unstructured.partition.pdf", module)
    return given


@pytest.mark.usefixtures("missing")
def test_the_extra_is_named_where_it_is_missing() -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'leanrag\[hi_res\]'"):
        pdf_hi_res.read(SCAN, "a.pdf", "a")


@pytest.mark.usefixtures("missing")
def test_an_ingest_says_so_before_it_makes_a_store(tmp_path: Path) -> None:
    file = tmp_path / "a.pdf"
    file.write_bytes(SCAN)
    settings = Settings.create(store=str(tmp_path / "store"), ingest={"pdf": "hi_res"})

    with LeanRAG(settings) as rag, pytest.raises(MissingDependencyError, match="hi_res"):
        rag.ingest([file])

    assert not (tmp_path / "store").exists()


@pytest.mark.usefixtures("installed")
def test_elements_have_pages_levels_and_rows(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    table = "<table><tr><th>Port</th><th>Ships</th></tr><tr><td>Hull</td><td>12</td></tr></table>"
    given = partitioner(
        monkeypatch,
        [
            part("Header", "Harbour Company"),
            part("Title", "The harbour", category_depth=0),
            part("Title", "Its trade", category_depth=1),
            part("NarrativeText", "It was built in the year of the storm.", page=2),
            part("ListItem", "timber", page=2),
            part("Table", "Port Ships Hull 12", page=3, text_as_html=table),
            part("Table", "Leith 7", page=3),
            part("PageNumber", "3", page=3),
        ],
    )
    file = tmp_path / "a.pdf"
    file.write_bytes(SCAN)

    found = DocumentParser(pdf="hi_res").parse(file, "a.pdf")

    assert given["strategy"] == "hi_res"
    assert found.title == "The harbour"
    assert [(e.kind, e.text, e.level, e.page, e.head_rows) for e in found.elements] == [
        ("heading", "The harbour", 1, 1, 0),
        ("heading", "Its trade", 2, 1, 0),
        ("prose", "It was built in the year of the storm.", 0, 2, 0),
        ("list_item", "timber", 0, 2, 0),
        ("table", "Port | Ships\nHull | 12", 0, 3, 1),
        ("table", "Leith 7", 0, 3, 0),
    ]


@pytest.mark.usefixtures("installed")
def test_what_unstructured_cannot_do_is_one_documents_failure(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    partitioner(monkeypatch, OSError("tesseract is not in PATH"))

    with pytest.raises(DocumentError, match="tesseract is not in PATH"):
        pdf_hi_res.read(SCAN, "a.pdf", "a")


def test_another_strategy_reads_documents_again() -> None:
    fast, slow = DocumentParser(), DocumentParser(pdf="hi_res")

    assert fast.version != slow.version
    assert DocumentParser(**slow.options).version == slow.version
