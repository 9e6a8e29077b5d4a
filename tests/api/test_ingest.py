"""Ingests that were interrupted, and two at once."""

from pathlib import Path

import pytest

from leanrag import LeanRAG
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.errors import StoreInUseError

NOTE = {"id": "note", "text": "The bridge opened to traffic in 1937."}
LONG = {"id": "long", "text": "A bridge of steel carries the road across the strait. " * 8}


def test_an_ingest_without_changes_finishes_an_interrupted_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(shard: EdgeShard, records: object, average: float) -> None:
        raise KeyboardInterrupt

    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest(NOTE)
        with monkeypatch.context() as patch:
            patch.setattr(EdgeShard, "_reweigh", killed)
            with pytest.raises(KeyboardInterrupt):
                rag.ingest(LONG)
    with LeanRAG(tmp_path / "store") as rag:
        reweighed: list[int] = []
        reweigh = EdgeShard._reweigh

        def counted(shard: EdgeShard, records: list[object], average: float) -> None:
            reweighed.append(len(records))
            reweigh(shard, records, average)

        monkeypatch.setattr(EdgeShard, "_reweigh", counted)
        assert rag.ingest([NOTE, LONG]).unchanged == 2
        assert sum(reweighed) > 0
        reweighed.clear()
        rag.ingest([NOTE, LONG])
        assert reweighed == []


def test_a_second_writer_is_refused_at_once(tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store") as first:
        first.ingest(NOTE)
        with LeanRAG(tmp_path / "store") as second, pytest.raises(StoreInUseError, match="in use"):
            second.ingest(LONG)
        assert first.search("bridge", top_k=5)[0].source == "note"
    with LeanRAG(tmp_path / "store") as third:
        assert third.ingest(LONG).added == 1


def test_two_documents_of_one_source_are_deleted_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with LeanRAG(tmp_path / "store") as rag:
        for name, text in (("p1", "The bridge is red."), ("p2", "The ferry is blue.")):
            (tmp_path / name / "docs").mkdir(parents=True)
            (tmp_path / name / "docs" / "index.md").write_text(text)
            monkeypatch.chdir(tmp_path / name)
            assert rag.ingest("docs", prune=True).added == 1
        named = [{"root": "second", "path": "docs"}]
        assert rag.ingest(named).unchanged == 1
        assert {hit.chunk.text for hit in rag.search("bridge ferry", top_k=5)} == {
            "The bridge is red.",
            "The ferry is blue.",
        }
        assert rag.delete(["docs/index.md"]) == 2
        assert rag.info().documents == 0
