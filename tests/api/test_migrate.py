"""A collection moved between engines, and what stops it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import QdrantClient

from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.adapters.qdrant.server.opening import open_server_collection
from leanrag.api.migrate import migrate
from leanrag.errors import InputError, StoreError
from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.settings import Settings
from leanrag.types import MadeWith
from tests.store_samples import DIMENSIONS, Written, document, imitated_server, question

ROOT = Path(__file__).parents[2]
URL = "http://localhost:6333"
MODEL = MadeWith("m", "v", DIMENSIONS)


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[QdrantClient]:
    """A server in this process, behind the URL."""
    with imitated_server() as made:
        monkeypatch.setattr("leanrag.adapters.qdrant.server.opening.connect", lambda *_: made)
        yield made


def samples() -> list[Written]:
    return [
        document(
            f"{number}.md",
            *(f"words of {number} part {part} red{part} 红色" for part in range(1 + number % 4)),
            metadata={"number": number, "even": number % 2 == 0, "tags": ["a", "b"][: number % 3]},
        )
        for number in range(12)
    ]


def edge(folder: Path, collection: str = "default", made_with: MadeWith = MODEL) -> QdrantEdgeStore:
    return open_edge_store(folder, collection, made_with=made_with, create=True)


@pytest.fixture
def origin(ram_path: Path) -> Path:
    place = ram_path / "origin"
    with edge(place) as store:
        store.write(samples())
        store.write([document("3.md", "words that came later", metadata={"number": 3})])
        store.set_origins({samples()[5][0].id: "/srv/docs/5.md"})
        store.optimize()
    return place


def settings(place: Path | str, **given: Any) -> Settings:
    return Settings.create(store=str(place), **given)


def seen(store: Store) -> Any:
    """What a user can see; BM25 scores stand for a mean length that is 2 % off at most."""
    hits = store.search(question("words of 5 red1 色", parse_where("number>=2"), limit=100))
    records = [
        (r.id, r.source, r.metadata, r.fingerprint, r.sketch, r.origin) for r in store.records()
    ]
    return (
        records,
        [(hit.chunk, hit.source, round(hit.score, 4)) for hit in hits.dense],
        sorted(hit.id for hit in hits.lexical),
        sum(hit.score for hit in hits.lexical),
        dict(store.fields()),
        store.made_with,
    )


def same(first: Any, second: Any) -> bool:
    *mine, score, fields, made_with = first
    *theirs, other, others, by = second
    return (mine, fields, made_with) == (theirs, others, by) and score == pytest.approx(
        other, rel=0.04
    )


def test_there_and_back_again(origin: Path, client: QdrantClient, ram_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    there = migrate(
        settings(origin), URL, progress=lambda done, total, _: calls.append((done, total))
    )
    assert (there.copied, there.present, there.documents) == (12, 0, 12)
    assert calls[-1] == (12, 12)
    back = migrate(settings(URL), str(ram_path / "back"), collection="other")
    assert (back.hash, back.chunks) == (there.hash, there.chunks)
    with (
        edge(origin) as first,
        open_server_collection(client, "default", made_with=MODEL, create=False) as second,
        edge(ram_path / "back", "other") as third,
    ):
        assert same(seen(first), seen(second))
        assert same(seen(second), seen(third))
        assert first.document(samples()[1][0].id) is not None
        whole = [store.document(samples()[1][0].id) for store in (first, second, third)]
        assert len({(one.text, one.ingested_at, one.fingerprint) for one in whole if one}) == 1


def test_again_copies_nothing(origin: Path, ram_path: Path) -> None:
    first = migrate(settings(origin), str(ram_path / "b"))
    again = migrate(settings(origin), str(ram_path / "b"))
    assert (again.copied, again.present, again.hash) == (0, 12, first.hash)


def test_what_an_interrupted_run_left_is_completed(
    origin: Path, ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leanrag.api.migrate._CHUNKS_AT_ONCE", 4)

    def stop(done: int, total: int, source: str) -> None:
        if done >= 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate(settings(origin), str(ram_path / "b"), progress=stop)
    with edge(ram_path / "b") as store:
        # Metadata that came later in the origin is brought over, too.
        there = [record.source for record in store.records()]
        assert 5 <= len(there) < 12
    with edge(origin) as store:
        first = next(record for record in store.records() if record.source == there[0])
        store.update_metadata(first.id, {"number": 77})
    report = migrate(settings(origin), str(ram_path / "b"))
    assert report.present == len(there) - 1
    with edge(origin) as first_store, edge(ram_path / "b") as second:
        assert same(seen(first_store), seen(second))


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs SIGKILL")
def test_a_killed_run_goes_on(ram_path: Path) -> None:
    place = ram_path / "origin"
    with edge(place) as store:
        store.write(
            [document(f"{n}.md", *(f"words {n} {m}" for m in range(8))) for n in range(150)]
        )
    program = (
        "import sys; from leanrag.api import migrate as m; from leanrag.settings import Settings\n"
        "m._CHUNKS_AT_ONCE = 8\n"
        "show = lambda *_: print('.', flush=True)\n"
        "m.migrate(Settings.create(store=sys.argv[1]), sys.argv[2], progress=show)"
    )
    target = ram_path / "target"
    killed = 0
    for steps in (1, 20, 60):
        with subprocess.Popen(
            [sys.executable, "-c", program, str(place), str(target)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as process:
            assert process.stdout is not None
            for _ in range(steps):
                process.stdout.readline()
            time.sleep(0.01)
            process.send_signal(signal.SIGKILL)
        killed += process.returncode == -signal.SIGKILL
    assert killed == 3
    report = migrate(settings(place), str(target))
    assert report.present >= 2
    assert report.copied > 0
    assert report.documents == 150
    assert migrate(settings(place), str(target)).hash == report.hash


def test_other_content_is_left_alone(origin: Path, ram_path: Path) -> None:
    with edge(ram_path / "b") as store:
        store.write([document("foreign.md", "not of the origin")])
    with pytest.raises(StoreError, match=r"1 documents that the origin has not \(foreign.md\)"):
        migrate(settings(origin), str(ram_path / "b"))
    with edge(ram_path / "b") as store:
        assert [record.source for record in store.records()] == ["foreign.md"]


@pytest.mark.parametrize(
    "other",
    [MadeWith("other", "v", DIMENSIONS), MadeWith("m", "w", DIMENSIONS), MadeWith("m", "v", 3)],
)
def test_another_model_is_named(origin: Path, ram_path: Path, other: MadeWith) -> None:
    edge(ram_path / "b", made_with=other).close()
    with pytest.raises(StoreError, match=f"{other.model} .{other.variant}, {other.dimensions} dim"):
        migrate(settings(origin), str(ram_path / "b"))


def test_the_same_place_is_no_target(origin: Path) -> None:
    with pytest.raises(InputError, match="both"):
        migrate(settings(origin), f"{origin}/../{origin.name}")


def test_no_origin_makes_no_target(ram_path: Path) -> None:
    with pytest.raises(StoreError, match="no store"):
        migrate(settings(ram_path / "none"), str(ram_path / "b"))
    assert not (ram_path / "b").exists()


@pytest.mark.parametrize("what", ["text", "vector", "metadata"])
def test_a_difference_is_found(
    origin: Path, ram_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    write = QdrantEdgeStore.write

    def spoiling(store: QdrantEdgeStore, batch: Any) -> None:
        spoilt = []
        for made, chunks in batch:
            if made.source == "5.md":
                if what == "text":
                    made = type(made)(**{**fields_of(made), "text": made.text + "!"})
                elif what == "metadata":
                    made = type(made)(**{**fields_of(made), "metadata": {"number": 6}})
                else:
                    item = chunks[0]
                    chunks = [
                        type(item)(item.chunk, [-x for x in item.vector], item.terms),
                        *chunks[1:],
                    ]
            spoilt.append((made, chunks))
        write(store, spoilt)

    monkeypatch.setattr(QdrantEdgeStore, "write", spoiling)
    with pytest.raises(StoreError, match=r"5\.md is not the same"):
        migrate(settings(origin), str(ram_path / "b"))


def fields_of(made: Any) -> dict[str, Any]:
    return {name: getattr(made, name) for name in type(made).__slots__}
