"""The embedded store: kills, locks, damaged folders, and what is never touched."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.qdrant.edge.opening import (
    QdrantEdgeStore,
    collections,
    open_edge_store,
)
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.errors import InputError, StoreError, StoreInUseError
from leanrag.retrieve.filters import parse_where
from leanrag.types import MadeWith
from tests.store_samples import DIMENSIONS, document, question, sources

ROOT = Path(__file__).parents[4]


def open_store(folder: Path, *, create: bool = True, **settings: Any) -> QdrantEdgeStore:
    given: dict[str, Any] = {"dimensions": DIMENSIONS, "model": "m", "variant": "v", **settings}
    return open_edge_store(folder, "default", made_with=MadeWith(**given), create=create)


@pytest.fixture
def folder(ram_path: Path) -> Path:
    """A closed store with three documents."""
    place = ram_path / "store"
    with open_store(place) as store:
        store.write([document(f"{name}.md", f"words of {name}", "more words") for name in "abc"])
    return place


# ── killed processes ────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("mode", "count"), [("steps", 12), ("moments", 12), ("copies", 5)])
def test_a_killed_process_leaves_whole_documents(ram_path: Path, mode: str, count: int) -> None:
    assert kill(ram_path, mode, count) > count // 2


@pytest.mark.slow
@pytest.mark.parametrize(("mode", "count"), [("steps", 44), ("moments", 100), ("copies", 80)])
def test_a_killed_process_leaves_whole_documents_every_time(
    ram_path: Path, mode: str, count: int
) -> None:
    assert kill(ram_path, mode, count) > count // 2


def kill(ram_path: Path, mode: str, count: int) -> int:
    """How many writing processes were killed; each left a store that is whole and goes on."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "tests.adapters.qdrant.edge.kill_store",
            ram_path / "k",
            mode,
            str(count),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return int(done.stdout)


@pytest.mark.parametrize("method", ["index_fields", "upsert", "sync"])
def test_an_engine_that_fails_leaves_nothing_of_the_batch(
    folder: Path, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    with open_store(folder) as store:
        working = getattr(EdgeShard, method)
        calls: list[str] = []

        def failing(*args: Any, **named: Any) -> Any:
            calls.append(method)
            if len(calls) == 1:
                raise StoreError("the disk is full", service="store")
            return working(*args, **named)

        monkeypatch.setattr(EdgeShard, method, failing)
        with pytest.raises(StoreError, match="disk is full"):
            store.write([document("a.md", "new words"), document("d.md", "new words")])
        assert len(calls) >= 1
        assert [record.source for record in store.records()] == ["a.md", "b.md", "c.md"]
        assert "new words" not in {
            hit.chunk.text for hit in store.search(question("new words")).dense
        }
        assert store.info().chunks == 6


def test_what_is_being_written_is_not_found(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []
    with open_store(folder) as store:
        sync = EdgeShard.sync

        def look(shard: EdgeShard) -> None:
            sync(shard)
            if not seen:
                seen.append({hit.chunk.text for hit in store.search(question("words")).dense})
                seen.append({hit.chunk.text for hit in store.search(question("words")).lexical})
                seen.append({record.source for record in store.records()})

        monkeypatch.setattr(EdgeShard, "sync", look)
        store.write([document("a.md", "new words"), document("d.md", "new words")])
        old = {"words of a", "words of b", "words of c", "more words"}
        assert seen == [old, old, {"a.md", "b.md", "c.md"}]
        assert {hit.chunk.text for hit in store.search(question("words")).dense} == {
            "new words",
            *(old - {"words of a"}),
        }


# ── one owner ───────────────────────────────────────────────────────────────────────────────────


def test_a_store_that_this_process_has_open_is_in_use(folder: Path) -> None:
    with (
        open_store(folder) as store,
        pytest.raises(StoreInUseError, match=r"default.*this process has it open"),
    ):
        open_store(folder)
    with pytest.raises(StoreError, match="closed"):
        store.info()
    open_store(folder).close()


@pytest.fixture
def owner(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A second process that has the store open."""
    program = (
        "import sys; from pathlib import Path\n"
        "from tests.adapters.qdrant.edge.test_store import open_store\n"
        "store = open_store(Path(sys.argv[1])); print('open', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, folder],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "open\n"
        yield process
        process.kill()


def test_another_process_names_itself_and_its_death_frees_the_store(
    folder: Path, owner: subprocess.Popen[str]
) -> None:
    for create in (True, False):
        with pytest.raises(StoreInUseError, match=rf"process {owner.pid} has it open") as caught:
            open_store(folder, create=create)
        assert caught.value.retryable
    owner.send_signal(signal.SIGKILL)
    owner.wait()
    with open_store(folder, create=False) as store:
        assert len(list(store.records())) == 3


# ── folders ─────────────────────────────────────────────────────────────────────────────────────


def test_only_create_makes_a_store(ram_path: Path) -> None:
    place = ram_path / "deep" / "store"
    with pytest.raises(StoreError, match=r"no store at .*store; run 'leanrag ingest'"):
        open_store(place, create=False)
    assert not place.parent.exists()
    open_store(place).close()
    assert collections(place) == ["default"]
    assert collections(ram_path) == []


def test_an_empty_folder_may_become_a_store(ram_path: Path) -> None:
    with pytest.raises(StoreError, match="not a leanrag store"):
        open_store(ram_path, create=False)
    open_store(ram_path).close()


def test_a_folder_with_other_files_is_left_alone(ram_path: Path) -> None:
    (ram_path / "thesis.txt").write_text("mine")
    for create in (True, False):
        with pytest.raises(StoreError, match="not a leanrag store"):
            open_store(ram_path, create=create)
    assert [entry.name for entry in ram_path.iterdir()] == ["thesis.txt"]


def test_a_file_is_not_a_store(ram_path: Path) -> None:
    (ram_path / "store").write_text("mine")
    for create in (True, False):
        with pytest.raises(StoreError, match="store"):
            open_store(ram_path / "store", create=create)


def test_what_a_process_left_that_died_making_a_collection_is_replaced(folder: Path) -> None:
    scratch = folder / "other.new"
    (scratch / "shard").mkdir(parents=True)
    (scratch / "catalog.sqlite").write_text("half")
    assert collections(folder) == ["default"]
    open_edge_store(folder, "other", made_with=MadeWith("m", "v", DIMENSIONS), create=True).close()
    assert collections(folder) == ["default", "other"]
    assert not scratch.exists()


def test_making_a_collection_needs_the_model(ram_path: Path) -> None:
    with pytest.raises(InputError, match="model"):
        open_store(ram_path / "store", model=None)
    assert collections(ram_path / "store") == []


# ── damage ──────────────────────────────────────────────────────────────────────────────────────


def shard_file(pattern: str) -> Callable[[Path], Path]:
    return lambda folder: next((folder / "default" / "shard").glob(pattern))


DAMAGE: dict[str, tuple[Callable[[Path], Path], bytes | None]] = {
    "marker is not JSON": (lambda folder: folder / "leanrag.json", b"{"),
    "marker is a list": (lambda folder: folder / "leanrag.json", b"[1]"),
    "marker is binary": (lambda folder: folder / "leanrag.json", b"\xff\xfe\x00"),
    "marker is missing": (lambda folder: folder / "leanrag.json", None),
    "catalogue is missing": (lambda folder: folder / "default" / "catalog.sqlite", None),
    "catalogue is empty": (lambda folder: folder / "default" / "catalog.sqlite", b""),
    "catalogue is text": (lambda folder: folder / "default" / "catalog.sqlite", b"x" * 5000),
    "segment state is missing": (shard_file("segments/*/segment.json"), None),
    "segment state is text": (shard_file("segments/*/segment.json"), b"x"),
    "ids are missing": (shard_file("segments/*/mutable_id_tracker.mappings"), None),
    "vectors are missing": (shard_file("segments/*/vector_storage-dense/vectors/status.dat"), None),
    "payloads are missing": (shard_file("segments/*/payload_storage/bitmask.dat"), None),
    "configuration is text": (shard_file("edge_config.json"), b"x"),
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_is_named_and_nothing_is_deleted(folder: Path, what: str) -> None:
    find, content = DAMAGE[what]
    path = find(folder)
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
    before = catalogue_and_names(folder)
    for create in (True, False):
        with pytest.raises(StoreError, match=str(folder)) as caught:
            open_store(folder, create=create)
        assert not isinstance(caught.value, StoreInUseError)
    assert before <= catalogue_and_names(folder)


def catalogue_and_names(folder: Path) -> set[Any]:
    catalogue = folder / "default" / "catalog.sqlite"
    # The engine applies the journals of its own files when it reads them.
    files = (path.name for path in folder.rglob("*") if path.is_file())
    names: set[Any] = {name for name in files if "journal" not in name}
    return names | ({catalogue.read_bytes()} if catalogue.exists() else set())


def test_a_missing_shard_is_named(folder: Path) -> None:
    (folder / "default" / "shard").rename(folder / "elsewhere")
    with pytest.raises(StoreError, match="shard is missing"):
        open_store(folder)
    (folder / "elsewhere").rename(folder / "default" / "shard")
    open_store(folder).close()


def test_lost_payloads_are_named_by_a_search(folder: Path) -> None:
    for path in (folder / "default" / "shard" / "segments").glob("*/payload*"):
        shutil.rmtree(path)
    with open_store(folder, create=False) as store, pytest.raises(StoreError, match="damaged"):
        store.search(question("words"))


def test_a_panic_of_the_engine_is_a_store_error(folder: Path) -> None:
    # The engine panics, which is no Exception, where the state of an index is empty.
    shard_file("segments/*/payload_index/*/has_values/status.dat")(folder).write_bytes(b"")
    with pytest.raises(StoreError, match=str(folder)) as caught:
        open_store(folder)
    assert not isinstance(caught.value.__cause__, Exception)


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_another_schema_version_is_refused(folder: Path, version: Any) -> None:
    (folder / "leanrag.json").write_text(
        json.dumps({"engine": "qdrant-edge", "schema_version": version})
    )
    with pytest.raises(StoreError, match="schema version"):
        open_store(folder)


def test_a_collection_of_another_schema_version_is_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "default" / "catalog.sqlite") as db:
        db.execute("UPDATE settings SET value = '7' WHERE name = 'schema_version'")
    with pytest.raises(StoreError, match="schema version 7"):
        open_store(folder)


def test_weights_of_other_bm25_settings_are_refused(folder: Path) -> None:
    with sqlite3.connect(folder / "default" / "catalog.sqlite") as db:
        db.execute("""UPDATE settings SET value = '{"k1": 9, "b": 0}' WHERE name = 'bm25'""")
    with pytest.raises(StoreError, match=r"bm25.*another collection"):
        open_store(folder)


def test_a_closed_folder_can_be_copied_and_moved(folder: Path) -> None:
    moved = folder.rename(folder.with_name("moved"))
    with open_store(moved, create=False) as store:
        store.write([document("d.md", "words of d")])
        assert sources(store.search(question("words")).dense) == {"a.md", "b.md", "c.md", "d.md"}


def test_the_size_is_that_of_the_collection(folder: Path) -> None:
    with open_store(folder) as store:
        files = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
        assert 10_000 < store.info().bytes <= files


def test_indexes_follow_the_types_of_fields(folder: Path) -> None:
    with open_store(folder) as store:
        store.write([document("d.md", "words", metadata={"n": 1, "d": "2024-01-01", "t": "x"})])
        schema = store._parts.shard._shard.info().payload_schema
        assert {"metadata.n", "metadata.d", "metadata.t", "generation", "source"} <= set(schema)
        first = schema["metadata.n"].data_type
        store.write([document("e.md", "words", metadata={"n": 1.5})])
        assert store._parts.shard._shard.info().payload_schema["metadata.n"].data_type != first
        where = parse_where({"n": {"gte": 1}})
        assert sources(store.search(question("words", where)).dense) == {"d.md", "e.md"}


def test_importing_the_adapter_loads_no_engine() -> None:
    program = (
        "import sys, leanrag.adapters.qdrant.edge.opening; print('qdrant_edge' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert done.stdout.strip() == "False"
