"""Kills an ingest again and again, looks at what it leaves behind, and finishes it.

Run by ``test_killed_ingest.py`` in a process of its own, which forks before the engine is ever
used: its threads do not survive a fork.

    python -m tests.ingest.kill_ingest FOLDER COUNT
"""

import os
import random
import shutil
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.ingest import run as running
from leanrag.ingest.pipeline import Ingestor
from leanrag.settings import IngestSettings
from leanrag.types import Document, EmbeddedChunk, MadeWith, Match
from tests.adapters.qdrant.edge.kill_store import child, status
from tests.ingest.fakes import LineParser, WordEmbedder
from tests.store_samples import DIMENSIONS, question, vector

SEED = 7
WINDOW = 2
"""Chunks; small, so that an ingest of few documents is many writes."""
ALL = 1000


class DirectionEmbedder(WordEmbedder):
    """Vectors that stores take."""

    dimensions = DIMENSIONS

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.array([vector(text) for text in texts], dtype=np.float32)


def lines(name: str, version: int, count: int) -> str:
    """A document of some chunks, of which versions differ in every third."""
    return "\n".join(
        f"{name} paragraph {n} {f'version {version} ' * (n % 3 == 0)}" + "some words of text " * 6
        for n in range(count)
    )


FIRST = {f"{n}.txt": lines(str(n), 1, 1 + n % 4) for n in range(12)}
SECOND = {
    **{name: text for name, text in FIRST.items() if name not in ("0.txt", "3.txt")},
    "renamed.txt": FIRST["3.txt"],
    **{f"{n}.txt": lines(str(n), 2, 1 + n % 4) for n in (1, 2, 5, 6)},
    "4.txt": "team: db\n" + FIRST["4.txt"],
    **{f"new{n}.txt": lines(f"new{n}", 1, 2 + n % 3) for n in range(8)},
}
"""One file deleted, one renamed, four changed, one with other metadata, eight new."""


def open_store(folder: Path) -> QdrantEdgeStore:
    return open_edge_store(folder, "default", made_with=MadeWith("m", "v", DIMENSIONS), create=True)


def put(docs: Path, files: Mapping[str, str]) -> None:
    shutil.rmtree(docs, ignore_errors=True)
    docs.mkdir()
    for name, text in files.items():
        (docs / name).write_text(text)


class MarkingStore(QdrantEdgeStore):
    """Leaves a file beside its folder when it begins to write."""

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        if not begun(self._parts.home.parent).exists():
            begun(self._parts.home.parent).touch()
        super().write(documents)


def begun(folder: Path) -> Path:
    return folder.with_suffix(".begun")


def ingest(docs: Path, folder: Path) -> None:
    """Brings the store, from wherever it stands, to what the files are."""
    with open_store(folder) as store:
        store.__class__ = MarkingStore
        Ingestor(
            lambda: (store, DirectionEmbedder()),
            LineParser(),
            max_tokens=32,
            intake=IngestSettings(file_fields=()),
        ).run([docs], prune=True, workers=1)
        store.optimize()


@dataclass(frozen=True)
class Seen:
    """What a user can see of a document, its number and time aside."""

    record: Any
    text: str
    chunks: list[Any]
    vectors: NDArray[np.float32]

    def same(self, other: "Seen | None") -> bool:
        return (
            other is not None
            and (self.record, self.text, self.chunks) == (other.record, other.text, other.chunks)
            and np.allclose(self.vectors, other.vectors, atol=1e-5)
        )


def look(folder: Path) -> dict[str, Seen]:
    """Every document by source, after making sure that searches find exactly its chunks."""
    with open_store(folder) as store:
        found = {}
        for record in store.records():
            document = store.document(record.id)
            assert document is not None
            pairs = store.vectors(record.id)
            # by source: a copy of another document is not found beside it otherwise
            where = Match("source", (record.source,))
            hits = store.search(question("paragraph some words of text", where, limit=ALL))
            for side in (hits.dense, hits.lexical):
                ids = sorted(hit.id for hit in side)
                assert ids == sorted(chunk.id for chunk, _ in pairs), record.source
            found[record.source] = Seen(
                (record.id, record.content_hash, record.metadata, record.fingerprint),
                document.text,
                [chunk for chunk, _ in pairs],
                np.array([vector for _, vector in pairs]),
            )
        assert store.info().chunks == sum(len(seen.chunks) for seen in found.values())
        return found


def recovers(docs: Path, broken: Path, before: Path, after: Path) -> None:
    """What was left is whole, and going on from there ends where an undisturbed run ends."""
    old, new = look(before), look(after)
    for source, seen in look(broken).items():
        assert seen.same(old.get(source)) or seen.same(new.get(source)), source
    ingest(docs, broken)
    end = look(broken)
    assert end.keys() == new.keys()
    assert all(seen.same(new[source]) for source, seen in end.items())


def killed_after(seconds: float, docs: Path, folder: Path, *, writing: bool) -> int:
    """How a process ended that was killed so long after its start, or after its first write."""
    number = child(partial(ingest, docs, folder))
    while writing and not begun(folder).exists() and not ended(number):
        time.sleep(0.0005)
    time.sleep(seconds)
    os.kill(number, signal.SIGKILL)
    return status(number)


def ended(number: int) -> bool:
    options = os.WEXITED | os.WNOHANG | os.WNOWAIT
    return os.waitid(os.P_PID, number, options) is not None


def copied(old: Path, new: Path) -> Path:
    shutil.copytree(old, new)
    return new


def main(home: Path, count: int) -> None:
    running.WINDOW = WINDOW
    home.mkdir()
    docs, before = home / "docs", home / "before"
    put(docs, FIRST)
    assert status(child(partial(ingest, docs, before))) == 0
    put(docs, SECOND)
    after = copied(before, home / "after")
    started = time.perf_counter()
    assert status(child(partial(ingest, docs, after))) == 0
    duration = time.perf_counter() - started
    writing = time.time() - begun(after).stat().st_mtime
    chance = random.Random(SEED)
    killed = 0
    for run in range(count):
        broken = copied(before, home / f"broken{run}")
        late = run % 4 > 0  # a process takes much longer to start than to write
        moment = chance.uniform(0, writing if late else duration)
        result = killed_after(moment, docs, broken, writing=late)
        killed += result == -signal.SIGKILL
        assert result in (0, -signal.SIGKILL), f"run {run} failed by itself"
        assert status(child(partial(recovers, docs, broken, before, after))) == 0, f"run {run}"
        shutil.rmtree(broken)
    print(killed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
