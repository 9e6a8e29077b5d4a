"""Kills a process that writes to a store, again and again, and looks at what it leaves behind.

Run by ``test_qdrant_edge.py`` in a process of its own, which forks before the engine is ever
used: its threads do not survive a fork.

    python -m tests.adapters.qdrant.edge.kill_store FOLDER steps|moments|copies COUNT

With ``copies``, which are killed at steps and at moments in turn, every optimising works on a
copy of the shard in yet another process.
"""

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from leanrag.adapters.qdrant.edge import optimizer as edge_optimizer
from leanrag.adapters.qdrant.edge.catalog import Catalog
from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.types import Document, MadeWith, Match
from tests.store_samples import DIMENSIONS, Written, document, question


def body(name: int, version: int) -> Written:
    """One of two versions of a document; they differ in chunks, metadata or both."""
    parts = range(1 + (name + version) % 3)
    bodies = [f"document {name} version {version} part {part}" for part in parts]
    return document(f"{name}.md", *bodies, metadata={"version": version, "name": str(name)})


FIRST = [body(name, 1) for name in range(4)]
SECOND = [FIRST[0], *(body(name, 2) for name in range(1, 3)), body(4, 2)]
KNOWN = {written.id: (written, chunks) for written, chunks in [*FIRST, *SECOND]}
RETAGGED = {"version": 2, "name": "zero"}


def ingest(folder: Path) -> None:
    """Brings the store from nothing, or from wherever it stands, to the last state."""
    with open_store(folder) as store:
        if not any(True for _ in store.records()):
            store.write(FIRST[:2])
            store.write(FIRST[2:])
        finish(store)


def finish(store: QdrantEdgeStore) -> None:
    """What an interrupted ingest does when it is started again."""
    there = {record.source: record for record in store.records()}
    wanted = {written.source: written for written, _ in SECOND}
    store.write([item for item in SECOND if _outdated(there.get(item[0].source), item[0])])
    store.delete([record.id for record in there.values() if record.source not in wanted])
    store.update_metadata(FIRST[0][0].id, RETAGGED)
    store.optimize()


def _outdated(record: Any, written: Document) -> bool:
    return record is None or record.id != written.id


def check_whole(folder: Path) -> None:
    """Every visible document is one that was written, with exactly its chunks, everywhere."""
    with open_store(folder) as store:
        records = list(store.records())
        assert len({record.source for record in records}) == len(records)
        hits = store.search(question("document version part", limit=1000))
        for record in records:
            written, chunks = KNOWN[record.id]
            whole = sorted(item.chunk.id for item in chunks)
            for side in (hits.dense, hits.lexical):
                found = sorted(hit.id for hit in side if hit.source == written.source)
                assert found == whole, (written.source, found, whole)
            kept = store.document(record.id)
            assert kept is not None
            assert kept.text == written.text
            where = Match("version", (record.metadata["version"],))
            tagged = store.search(question("document", where, limit=1000)).dense
            assert whole == sorted(hit.id for hit in tagged if hit.source == written.source)
        total = sum(record.chunks for record in records)
        assert len(hits.dense) == len(hits.lexical) == total == store.info().chunks


def snapshot(folder: Path) -> Any:
    """What a user can see of a store, scores and generations aside."""
    with open_store(folder) as store:
        hits = store.search(question("document version part", limit=1000))
        return (
            sorted((record.id, record.source, record.metadata) for record in store.records()),
            sorted((hit.id, hit.chunk.text) for hit in hits.dense),
            sorted(hit.id for hit in hits.lexical),
            dict(store.fields()),
        )


def open_store(folder: Path) -> QdrantEdgeStore:
    return open_edge_store(folder, "default", made_with=MadeWith("m", "v", DIMENSIONS), create=True)


def child(work: Callable[[], object]) -> int:
    """Starts a process that does the work and exits with 0 where that succeeded."""
    number = os.fork()
    if number:
        return number
    code = 1
    try:
        work()
        code = 0
    finally:
        if code:
            traceback.print_exc()
        os._exit(code)


def status(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


@contextmanager
def dying_at(step: int, steps: list[str]) -> Iterator[None]:
    """Kills this process when the writing methods of catalogue and shard are called so often."""

    def watched(name: str, method: Any) -> Any:
        def call(*args: Any, **named: Any) -> Any:
            steps.append(name)
            if len(steps) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return method(*args, **named)

        return call

    for owner, names in (
        (
            Catalog,
            ("add_pending", "publish", "kill", "replace_metadata", "mark_fresh", "forget", "set"),
        ),
        (
            EdgeShard,
            (
                *("index_fields", "upsert", "sync", "flush", "set_metadata", "remove"),
                *("_reweigh", "watch", "take", "unwatch", "close", "discard"),
            ),
        ),
    ):
        for name in names:
            setattr(owner, name, watched(name, getattr(owner, name)))
    yield


def ingest_counting(folder: Path) -> None:
    """An undisturbed run, which leaves the number of its steps in a file beside it."""
    steps: list[str] = []
    with dying_at(0, steps):
        ingest(folder)
    folder.with_suffix(".steps").write_text(str(len(steps)))


def killed_at_step(folder: Path, step: int) -> int:
    def work() -> None:
        with dying_at(step, []):
            ingest(folder)

    return status(child(work))


def killed_after(folder: Path, seconds: float) -> int:
    number = child(lambda: ingest(folder))
    time.sleep(seconds)
    os.kill(number, signal.SIGKILL)
    return status(number)


def recovers(broken: Path, whole: Path) -> None:
    """What was left is whole, and going on from there ends where an undisturbed run ends."""
    check_whole(broken)
    ingest(broken)
    check_whole(broken)
    assert snapshot(broken) == snapshot(whole)


def main(folder: Path, mode: str, count: int) -> None:
    if mode == "copies":
        edge_optimizer.IN_PLACE = -1
    folder.mkdir()
    whole = folder / "whole"
    started = time.perf_counter()
    assert status(child(lambda: ingest_counting(whole))) == 0
    duration = time.perf_counter() - started
    steps = int(whole.with_suffix(".steps").read_text())
    chance = random.Random(1)
    killed = 0
    for run in range(count):
        broken = folder / f"broken{run}"
        if mode == "steps" or (mode == "copies" and run % 2):
            result = killed_at_step(broken, 1 + run * steps // count)
        else:
            result = killed_after(broken, chance.uniform(0, duration))
        killed += result == -signal.SIGKILL
        assert result in (0, -signal.SIGKILL), f"run {run} failed by itself"
        assert status(child(partial(recovers, broken, whole))) == 0, f"run {run}: see above"
        shutil.rmtree(broken)
    print(killed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
