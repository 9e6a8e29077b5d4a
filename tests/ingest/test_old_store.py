"""A store that version 0.1 made opens, keeps what it holds, and learns where that came from.

``store-0.1.tar.xz`` holds a folder ``docs`` and the store that version 0.1 made of
``["docs", {"id": "note", "text": "The old pier was torn down in 1978.", "title": "Note"}]`` with
``metadata={"site": "north"}``.
"""

import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG
from leanrag.types import IngestReport
from tests.store_samples import ram_folder

NOTE = {"id": "note", "text": "The old pier was torn down in 1978.", "title": "Note"}


@pytest.fixture
def old(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    with ram_folder() as folder, tarfile.open(Path(__file__).with_name("store-0.1.tar.xz")) as tar:
        tar.extractall(folder, filter="data")
        monkeypatch.chdir(folder)
        yield folder


def ingest(rag: LeanRAG, *given: Any, **more: Any) -> IngestReport:
    return rag.ingest(list(given), metadata={"site": "north"}, **more)


def outcome(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.deleted, report.failed


def test_nothing_of_it_is_done_again(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with LeanRAG(old / "store") as rag:
        before = [rag.document(hit.id) for hit in rag.search("storm", top_k=9)]
        assert outcome(ingest(rag, "docs", NOTE, prune=True)) == (0, 0, 6, 0, 0)
        assert outcome(ingest(rag, str(old / "docs"), NOTE, prune=True)) == (0, 0, 6, 0, 0)
        after = [rag.document(hit.id) for hit in rag.search("storm", top_k=9)]
        assert [(d.id, d.source, d.text) for d in after] == [
            (d.id, d.source, d.text) for d in before
        ]
        assert [hit.source for hit in rag.search("harbour", where="source=docs/guide/storms.html")]
        (old / "docs" / "guide" / "tolls.txt").write_text("Nobody pays a toll.")
        monkeypatch.chdir(old / "docs")
        assert outcome(ingest(rag, ".")) == (0, 1, 4, 0, 0)
        (hit,) = rag.search("Who pays a toll?", top_k=1, where="source=docs/guide/tolls.txt")
        assert hit.chunk.body == "Nobody pays a toll."
        assert rag.delete(["docs/guide/tolls.txt", "docs/index.md"]) == 2


def test_another_recipe_changes_nothing_that_reads_as_before(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leanrag.ingest.pipeline.VERSION", "another")
    os.utime(old / "docs" / "index.md", (10**9, 10**9))  # as another checkout would
    with LeanRAG(old / "store") as rag:
        assert outcome(ingest(rag, "docs", NOTE)) == (0, 0, 6, 0, 0)


def test_a_prune_of_it_takes_what_is_gone(old: Path) -> None:
    (old / "docs" / "index.md").unlink()
    with LeanRAG(old / "store") as rag:
        report = ingest(rag, "docs", prune=True)
        assert outcome(report) == (0, 0, 4, 1, 0)
        assert report.deleted_sources == ("docs/index.md",)


def test_a_prune_from_another_folder_takes_nothing(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (old / "other" / "docs").mkdir(parents=True)
    (old / "other" / "docs" / "new.md").write_text("Hello there.")
    monkeypatch.chdir(old / "other")
    with LeanRAG(old / "store") as rag:
        for given in (".", "docs"):
            report = ingest(rag, given, prune=True)
            assert report.deleted_sources == ()
            assert "kept 5 documents of version 0.1" in report.warnings[0]
        assert rag.info().documents == 7
