"""``leanrag migrate`` between two folders."""

import json
from pathlib import Path

import pytest

from leanrag.adapters.qdrant.edge.opening import open_edge_store
from leanrag.types import MadeWith
from tests.cli.conftest import Run
from tests.store_samples import DIMENSIONS, document


@pytest.fixture
def origin(ram_path: Path) -> Path:
    place = ram_path / "origin"
    made_with = MadeWith("m", "v", DIMENSIONS)
    with open_edge_store(place, "default", made_with=made_with, create=True) as opened:
        opened.write([document(f"{name}.md", "some words", "more words") for name in "abc"])
    return place


def test_migrate(run: Run, origin: Path, ram_path: Path) -> None:
    first = run("migrate", "--store", origin, "--to", ram_path / "b", "--json")
    assert first.code == 0
    assert "3/3" in first.err
    report = json.loads(first.out)
    assert report["documents"] == {"copied": 3, "present": 0, "total": 3}
    assert (report["from"], report["to"]) == (str(origin), str(ram_path / "b"))
    assert report["chunks"] == 6
    assert report["verified"] is True
    assert report["seconds"] > 0
    again = run("migrate", "--store", origin, "--to", ram_path / "b")
    assert again.code == 0
    assert "0 copied, 3 were there" in again.out
    assert report["hash"] in again.out
    other = run("migrate", "--store", origin, "--to", origin, "--to-collection", "copy", "--json")
    assert json.loads(other.out)["hash"] == report["hash"]
    assert (origin / "copy").is_dir()


def test_what_cannot_be_done_is_said(run: Run, origin: Path, ram_path: Path) -> None:
    same = run("migrate", "--store", origin, "--to", origin)
    assert (same.code, same.out) == (2, "")
    assert "both" in same.err
    missing = run("migrate", "--store", ram_path / "none", "--to", ram_path / "b", "--json")
    assert missing.code == 3
    assert json.loads(missing.out)["error"]["type"] == "StoreError"
    assert not (ram_path / "b").exists()
    assert run("migrate", "--store", origin).code == 2
