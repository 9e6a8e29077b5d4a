"""What an application feels while its embedded collection is written to and optimised.

    python eval/bench/concurrency.py [--chunks N] [--work DIR] [--json]

A collection of N chunks (50,000; unit vectors around random centres, 60 to 120 terms each with
the frequencies of a language) is written and optimised in the process that also serves: its event
loop ticks every 2 ms, and a coroutine asks hybrid questions one after the other through
``asyncio.to_thread``. Printed are, for each phase, the longest gap between two ticks, the 99th
percentile of the gaps, and the median, 95th percentile and longest time of a question. The phases
are: nothing else going on, half of the chunks being written, optimising in a process beside (as
``optimize`` does it), and, for comparison, the same work in this process.
"""

import argparse
import asyncio
import json
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from leanrag.adapters.qdrant.edge import child as edge_child
from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.settings import QdrantSettings
from leanrag.text.hashing import content_hash, stable_id
from leanrag.types import Chunk, Document, EmbeddedChunk, MadeWith, SearchRequest

DIMENSIONS = 384
PER_DOCUMENT = 25
CENTRES = 500
TICK_S = 0.002
QUIET_S = 3.0
BODY = "Some eight hundred letters of text stand in a chunk, of which no search reads any. " * 10


class Corpus:
    """Documents by number, always the same."""

    def __init__(self) -> None:
        self._centres = np.random.default_rng(0).standard_normal((CENTRES, DIMENSIONS))

    def vector(self, chance: np.random.Generator) -> list[float]:
        found = self._centres[chance.integers(CENTRES)] + chance.standard_normal(DIMENSIONS)
        return (found / np.linalg.norm(found)).tolist()

    def terms(self, chance: np.random.Generator, count: int) -> dict[int, int]:
        ids, counts = np.unique(chance.zipf(1.3, count) % 40_000, return_counts=True)
        return dict(zip(ids.tolist(), counts.tolist(), strict=True))

    def document(self, number: int) -> tuple[Document, list[EmbeddedChunk]]:
        chance = np.random.default_rng(number + 1)
        source = f"{number}.md"
        text = f"{source} {BODY}"
        made = Document(stable_id(source, text), source, source, text, content_hash(source))
        chunks = [
            EmbeddedChunk(
                Chunk(
                    stable_id(made.id, str(place)), made.id, place, "prose", (), (0, len(BODY)),
                    BODY, ((0, len(BODY)),), tokens=160,
                ),
                self.vector(chance),
                self.terms(chance, int(chance.integers(60, 120))),
            )
            for place in range(PER_DOCUMENT)
        ]  # fmt: skip
        return made, chunks

    def question(self, number: int) -> SearchRequest:
        chance = np.random.default_rng(10_000_000 + number)
        return SearchRequest(self.vector(chance), self.terms(chance, 8), limit=60)


async def felt(store: QdrantEdgeStore, corpus: Corpus, work: Callable[[], object]) -> Any:
    """Runs the work in a thread; how the loop ticked and how long questions took meanwhile."""
    gaps: list[float] = []
    taken: list[float] = []
    started = time.perf_counter()
    done = asyncio.ensure_future(asyncio.to_thread(work))

    async def tick() -> None:
        last = time.perf_counter()
        while not done.done():
            await asyncio.sleep(TICK_S)
            now = time.perf_counter()
            gaps.append(now - last - TICK_S)
            last = now

    async def ask() -> None:
        number = 0
        while not done.done():
            request = corpus.question(number)
            start = time.perf_counter()
            await asyncio.to_thread(store.search, request)
            taken.append(time.perf_counter() - start)
            number += 1

    await asyncio.gather(done, tick(), ask())
    return {
        "seconds": time.perf_counter() - started,
        "gap_ms": _milliseconds(gaps, (99, 100)),
        "question_ms": _milliseconds(taken, (50, 95, 100)),
        "questions": len(taken),
    }


def _milliseconds(seconds: list[float], percentiles: tuple[int, ...]) -> dict[str, float]:
    return {
        f"p{percentile}" if percentile < 100 else "max": float(
            np.percentile(np.array(seconds) * 1000, percentile)
        )
        for percentile in percentiles
    }


@contextmanager
def in_this_process() -> Iterator[None]:
    start = edge_child._start
    edge_child._start = lambda: None
    try:
        yield
    finally:
        edge_child._start = start


async def measure(folder: Path, chunks: int) -> dict[str, Any]:
    corpus = Corpus()
    settings = QdrantSettings(graph_from=max(1000, chunks // 2))
    made_with = MadeWith("bench", "fp32", DIMENSIONS)
    documents = chunks // PER_DOCUMENT

    def write(store: QdrantEdgeStore, start: int, end: int) -> None:
        for first in range(start, end, 20):
            store.write([corpus.document(number) for number in range(first, min(end, first + 20))])

    quiet = threading.Event()
    found: dict[str, Any] = {}
    for name, beside in (("optimising beside", True), ("optimising in this process", False)):
        with open_edge_store(
            folder / name.replace(" ", "-"),
            "default",
            made_with=made_with,
            create=True,
            settings=settings,
        ) as store:
            store._optimizer.after_write = lambda: None  # type: ignore[method-assign]
            write(store, 0, documents // 2)
            if beside:
                found["quiet"] = await felt(store, corpus, lambda: quiet.wait(QUIET_S))
                found["writing"] = await felt(
                    store, corpus, lambda: write(store, documents // 2, documents)
                )
                found[name] = await felt(store, corpus, store.optimize)
                found["quiet, optimised"] = await felt(store, corpus, lambda: quiet.wait(QUIET_S))
            else:
                write(store, documents // 2, documents)
                with in_this_process():
                    found[name] = await felt(store, corpus, store.optimize)
    return found


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--chunks", type=int, default=50_000)
    options.add_argument("--work", type=Path, help="where the stores are made; else a temporary")
    options.add_argument("--json", action="store_true")
    given = options.parse_args()
    with tempfile.TemporaryDirectory(dir=given.work) as folder:
        found = asyncio.run(measure(Path(folder), given.chunks))
    if given.json:
        print(json.dumps({"chunks": given.chunks, "phases": found}, indent=2))
        return
    print(f"{given.chunks:,} chunks; milliseconds")
    print(
        f"{'':28} {'gap p99':>9} {'max':>9} | {'question p50':>12} {'p95':>9} {'max':>9} | seconds"
    )
    for name, phase in found.items():
        gap, asked = phase["gap_ms"], phase["question_ms"]
        print(
            f"{name:28} {gap['p99']:9.1f} {gap['max']:9.1f} | {asked['p50']:12.1f} "
            f"{asked['p95']:9.1f} {asked['max']:9.1f} | {phase['seconds']:7.1f}"
        )


if __name__ == "__main__":
    main()
