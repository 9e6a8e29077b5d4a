"""Optimising an embedded collection on a copy, while others go on reading and writing."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.qdrant.edge import child as edge_child
from leanrag.adapters.qdrant.edge import optimizer as edge_optimizer
from leanrag.adapters.qdrant.edge.child import OptimizingChild
from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.adapters.qdrant.edge.optimizer import EdgeOptimizer
from leanrag.errors import StoreError
from leanrag.retrieve.filters import parse_where
from leanrag.settings import QdrantSettings
from leanrag.types import MadeWith
from tests.store_samples import DIMENSIONS, Written, document, question

COPIED = QdrantSettings(graph_from=20)


AFTER_WRITE = EdgeOptimizer.after_write


@pytest.fixture(autouse=True)
def _everything_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_optimizer, "IN_PLACE", 0)
    monkeypatch.setattr(EdgeOptimizer, "after_write", lambda _: None)


def open_store(folder: Path, settings: QdrantSettings = COPIED) -> QdrantEdgeStore:
    made_with = MadeWith("m", "v", DIMENSIONS)
    return open_edge_store(folder, "default", made_with=made_with, create=True, settings=settings)


def written(number: int, version: int = 1, parts: int = 3) -> Written:
    bodies = [f"words of {number} in version {version} part {part}" for part in range(parts)]
    return document(f"{number}.md", *bodies, metadata={"number": number, "version": version})


def seen(store: QdrantEdgeStore) -> Any:
    """Everything that a search tells; scores to five digits, since weights are computed anew."""
    found = store.search(question("words version part 3 5 8", limit=1000))
    filtered = store.search(question("words", None, limit=1000))
    return [
        {(hit.id, hit.text, tuple(hit.metadata.items()), round(hit.score, 5)) for hit in side}
        for result in (found, filtered)
        for side in (result.dense, result.lexical)
    ]


def shards(folder: Path) -> list[str]:
    return [path.name for path in (folder / "default").glob("shard*")]


def meanwhile(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Has the work done while the copy is optimised."""
    run = OptimizingChild.run

    def both(child: OptimizingChild, *args: Any, **named: Any) -> bool:
        work()
        return run(child, *args, **named)

    monkeypatch.setattr(OptimizingChild, "run", both)


def test_the_copy_takes_the_place_and_says_the_same(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_store(ram_path / "a", QdrantSettings()) as plain, open_store(ram_path / "b") as store:
        for part in range(2):
            batch = [written(5 * part + number) for number in range(5)]
            plain.write(batch)
            store.write(batch)
        with monkeypatch.context() as patch:
            patch.setattr(edge_optimizer, "IN_PLACE", 1000)
            plain.optimize()
        assert store.optimize()
        before = seen(store)
        assert before == seen(plain)
        (name,) = shards(ram_path / "b")
        assert name != "shard"
        assert not store.optimize()
        assert shards(ram_path / "b") == [name]
    with open_store(ram_path / "b") as store:
        assert seen(store) == before
        assert store.info().chunks == 30


def test_what_is_written_meanwhile_is_in_the_new_shard(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    changes: list[Callable[[QdrantEdgeStore], object]] = [
        lambda store: store.write([written(3, 2, parts=2), written(20)]),
        lambda store: store.delete([written(4)[0].id]),
        lambda store: store.update_metadata(written(5)[0].id, {"number": 55, "day": "2024-02-01"}),
        lambda store: store.write([written(4, 3)]),
    ]
    with open_store(ram_path / "a") as plain, open_store(ram_path / "b") as store:
        for one in (plain, store):
            one.write([written(number) for number in range(10)])
        for change in changes:
            change(plain)
        with monkeypatch.context() as patch:
            patch.setattr(edge_optimizer, "IN_PLACE", 1000)
            plain.optimize()
        with monkeypatch.context() as patch:
            meanwhile(patch, lambda: [change(store) for change in changes])
            store.optimize()
        assert shards(ram_path / "b") != ["shard"]
        store.optimize()
        assert seen(store) == seen(plain)
    with open_store(ram_path / "b") as store:
        assert store.info().chunks == 10 * 3 - 1 + 3
        tagged = store.search(question("words", None)).dense
        assert {hit.metadata["number"] for hit in tagged if hit.source == "5.md"} == {55}


@pytest.mark.parametrize("step", ["before the process", "in the process", "at the change"])
def test_a_failure_leaves_the_shard_as_it_was(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise StoreError("no room", service="store")

    with open_store(ram_path / "store") as store:
        store.write([written(number) for number in range(10)])
        before = seen(store)
        with monkeypatch.context() as patch:
            if step == "before the process":
                patch.setattr("shutil.copytree", lambda *_, **__: refuse_as_a_disk())
            elif step == "in the process":
                patch.setattr(edge_child, "_BOOT", "raise SystemExit('out of memory')")
            else:
                patch.setattr("leanrag.adapters.qdrant.edge.shard.EdgeShard.take", refuse)
            with pytest.raises(StoreError, match=r"no room|out of memory"):
                store.optimize()
        assert shards(ram_path / "store") == ["shard"]
        assert seen(store) == before
        assert store.optimize()
        assert {item[:3] for item in seen(store)[0]} == {item[:3] for item in before[0]}


def refuse_as_a_disk() -> None:
    raise OSError(28, "no room")


def test_where_no_process_can_be_started_this_one_does_the_work(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.executable", "")
    with open_store(ram_path / "store") as store:
        store.write([written(number) for number in range(10)])
        assert store.optimize()
        assert store.info().chunks == len(store.search(question("words")).dense) == 30


def test_closing_gives_up_optimising(ram_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    started = threading.Event()
    failed: list[str] = []
    monkeypatch.setattr(edge_child, "_BOOT", "import time; time.sleep(60)")
    start = edge_child._start

    def told() -> Any:
        process = start()
        started.set()
        return process

    monkeypatch.setattr(edge_child, "_start", told)
    store = open_store(ram_path / "store")
    store.write([written(number) for number in range(10)])

    def optimize() -> None:
        try:
            store.optimize()
        except StoreError as error:
            failed.append(str(error))

    thread = threading.Thread(target=optimize)
    thread.start()
    assert started.wait(30)
    store.close()
    thread.join(30)
    assert len(failed) == 1
    assert "closed" in failed[0]
    with open_store(ram_path / "store") as again:
        assert again.info().chunks == 30


def test_what_a_killed_process_left_is_removed(ram_path: Path) -> None:
    with open_store(ram_path / "store") as store:
        store.write([written(number) for number in range(10)])
        store.optimize()
        (kept,) = shards(ram_path / "store")
    (ram_path / "store" / "default" / "shard-00000000").mkdir()
    with open_store(ram_path / "store") as store:
        assert shards(ram_path / "store") == [kept]
        assert store.info().chunks == 30


def test_a_growing_collection_is_optimised_beside_the_writing(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(EdgeOptimizer, "after_write", AFTER_WRITE)
    with open_store(ram_path / "store") as store:
        store.write([written(number) for number in range(10)])
        thread = store._optimizer._thread
        assert thread is not None
        store.write([written(10, parts=1)])
        thread.join(60)
        assert shards(ram_path / "store") != ["shard"]
        assert store.info().chunks == len(store.search(question("words")).dense) == 31


def test_a_small_change_copies_nothing(ram_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(edge_optimizer, "IN_PLACE", 25)
    with open_store(ram_path / "store", QdrantSettings(graph_from=1000)) as store:
        store.write([written(number) for number in range(10)])
        store.write([written(3, 2)])
        store.optimize()
        assert shards(ram_path / "store") == ["shard"]


def test_the_event_loop_and_questions_go_on_meanwhile(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    beats = answers = 0
    running = threading.Event()
    run = OptimizingChild.run

    def told(child: OptimizingChild, *args: Any, **named: Any) -> bool:
        running.set()
        try:
            return run(child, *args, **named)
        finally:
            running.clear()

    monkeypatch.setattr(OptimizingChild, "run", told)

    async def beat(until: "asyncio.Future[Any]") -> None:
        nonlocal beats
        while not until.done():
            beats += running.is_set()
            await asyncio.sleep(0.005)

    async def ask(store: QdrantEdgeStore, until: "asyncio.Future[Any]") -> None:
        nonlocal answers
        while not until.done():
            found = await asyncio.to_thread(store.search, question("words part", limit=40))
            assert len(found.dense) == 40
            answers += running.is_set()

    async def main() -> None:
        with open_store(ram_path / "store") as store:
            for start in range(0, 800, 100):
                store.write([written(number) for number in range(start, start + 100)])
            work = asyncio.ensure_future(asyncio.to_thread(store.optimize))
            await asyncio.gather(work, beat(work), ask(store, work))
            assert work.result()

    asyncio.run(main())
    # A process takes some tenths of a second to start alone; none of these happened before.
    assert beats >= 5
    assert answers >= 2


def test_an_index_that_would_stop_others_is_made_in_the_copy(
    ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leanrag.adapters.qdrant.edge.shard._INDEXED_AT_ONCE", 10)

    def indexed(store: QdrantEdgeStore) -> set[str]:
        return set(store._parts.shard._shard.info().payload_schema)

    where = parse_where({"late": {"gte": 5}})
    with open_store(ram_path / "store", QdrantSettings(graph_from=1000)) as store:
        store.write([written(number) for number in range(8)])
        assert "metadata.number" in indexed(store)
        for late in (4, 5):
            store.write([document(f"late {late}.md", "late words", metadata={"late": late})])
        assert "metadata.late" not in indexed(store)
        assert {hit.source for hit in store.search(question("words", where)).dense} == {"late 5.md"}
        monkeypatch.setattr(
            "leanrag.adapters.qdrant.edge.child.OptimizingChild.run", in_this_process
        )
        assert store.optimize()
        assert "metadata.late" in indexed(store)
        assert {hit.source for hit in store.search(question("words", where)).dense} == {"late 5.md"}
        assert not store.optimize()


def in_this_process(_: OptimizingChild, work: edge_child.Work) -> bool:
    assert edge_child.Work.read(work.write()) == work
    return edge_child.optimize(work)
