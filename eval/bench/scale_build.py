"""Builds the stores of the scale benchmark, in phases that a broken run takes up again.

    python eval/bench/scale_build.py base WORK [PAGES …]    real pages, through the whole ingest
    python eval/bench/scale_build.py write WORK CHUNKS      a store of so many chunks
    python eval/bench/scale_build.py optimize WORK CHUNKS   its graph and its quantized vectors

``scale.py`` runs each in a process of its own: peak memory is then that of the phase, and the
engine holds the interpreter while it optimises. Everything goes through the product's own store,
with the configuration that it gives its shards.
"""

import argparse
import json
import os
import resource
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from eval.bench.scale_corpus import Corpus
from leanrag import LeanRAG
from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore, open_edge_store
from leanrag.settings import QdrantSettings
from leanrag.types import Document, EmbeddedChunk, MadeWith

Figures = dict[str, Any]
COLLECTION = "default"
_BATCH_CHUNKS = 2000
_EVERY_BATCHES = 25


def base(work: Path, pages: list[Path]) -> Figures:
    """Ingests the pages; run again, it goes on where it stopped."""
    with watched() as found, LeanRAG(work / "base") as rag:
        report = rag.ingest(pages)
        info = rag.info()
    return {**found, "documents": info.documents, "chunks": info.chunks, "failed": report.failed}


def corpus_of(work: Path) -> Corpus:
    """The corpus of the real pages that ``base`` has taken in."""
    with opened(work / "base") as store:
        return Corpus.of_store(store)


def write(work: Path, chunks: int, corpus: Corpus) -> Figures:
    """Writes documents until there are so many chunks, and returns the sum over all runs."""
    home = work / str(chunks)
    home.mkdir(parents=True, exist_ok=True)
    known = read(home / "writing.json") or {"generating_s": 0.0, "writing_s": 0.0, "cpu_s": 0.0}
    with opened(work / "base") as real:
        made_with = real.made_with
    # One graph at the end: an ingest that grows slowly makes it again with each quarter more.
    later = QdrantSettings(graph_from=chunks * 2)
    with opened(home / "store", made_with, later) as store:
        start, stop = store.info().documents, corpus.size(chunks)
        made = 0
        for number, batch in enumerate(_batches(corpus, start, stop, known), 1):
            before, cpu = time.perf_counter(), time.process_time()
            store.write(batch)
            known["writing_s"] += time.perf_counter() - before
            known["cpu_s"] += time.process_time() - cpu
            made += len(batch)
            if number % _EVERY_BATCHES == 0 or start + made == stop:
                save(home / "writing.json", known)
                _say(f"{chunks:,} chunks: {start + made:,} of {stop:,} documents written")
        info = store.info()
    return {**known, "documents": info.documents, "chunks": info.chunks, "peak_mib": peak_mib()}


def optimize(work: Path, chunks: int) -> Figures:
    """Lets the store build what it searches large collections with."""
    with watched() as found, opened(work / str(chunks) / "store") as store:
        store.optimize()
    # The engine works in a process of its own, which this one has waited for.
    found["engine_cpu_s"], found["engine_peak_mib"] = of_children()
    with opened(work / str(chunks) / "store") as store:
        return {**found, "bytes": store.info().bytes}


def opened(
    folder: Path, made_with: MadeWith | None = None, settings: QdrantSettings | None = None
) -> QdrantEdgeStore:
    """The store in a folder; it is made where ``made_with`` says with what."""
    return open_edge_store(
        folder,
        COLLECTION,
        made_with=made_with or MadeWith(),
        create=made_with is not None,
        settings=settings,
    )


@contextmanager
def watched() -> Iterator[Figures]:
    """Seconds by the clock and of the CPU, peak memory and load; filled in at the end."""
    found: Figures = {}
    start, cpu, before = time.perf_counter(), time.process_time(), load()
    yield found
    found["seconds"] = time.perf_counter() - start
    found["cpu_s"] = time.process_time() - cpu
    found["peak_mib"] = peak_mib()
    found["load"] = [before, load()]


def peak_mib() -> float:
    """The most memory that this process has had, mapped files included."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def resident() -> dict[str, float]:
    """Memory of this process: in all, its own, and of mapped files; what the system tells."""
    try:
        lines = Path("/proc/self/status").read_text(encoding="ascii", errors="replace").splitlines()
    except OSError:
        return {"peak": peak_mib()}
    names = {"VmRSS": "all", "RssAnon": "own", "RssFile": "files"}
    pairs = (line.split(":") for line in lines)
    return {names[name]: int(value.split()[0]) / 1024 for name, value in pairs if name in names}


def load() -> float:
    """Processes that wanted to run in the last minute, in the mean; 0 where nobody counts."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def of_children() -> tuple[float, float]:
    """CPU seconds of the processes that this one has waited for, and the largest one's memory."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


def read(path: Path) -> Any:
    """What a phase has written, or None."""
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None


def save(path: Path, found: Figures) -> None:
    """Writes the figures of a phase, whole or not at all."""
    scratch = path.with_suffix(".new")
    scratch.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    scratch.replace(path)


def _batches(
    corpus: Corpus, start: int, stop: int, known: Figures
) -> Iterator[list[tuple[Document, list[EmbeddedChunk]]]]:
    batch: list[tuple[Document, list[EmbeddedChunk]]] = []
    held, before = 0, time.perf_counter()
    for number, one in enumerate(corpus.documents(start, stop), start + 1):
        batch.append(one)
        held += len(one[1])
        if held >= _BATCH_CHUNKS or number == stop:
            known["generating_s"] += time.perf_counter() - before
            yield batch
            batch, held, before = [], 0, time.perf_counter()


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main() -> None:
    """Runs one phase and writes its figures beside the store."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("phase", choices=["base", "write", "optimize"])
    parser.add_argument("work", type=Path)
    parser.add_argument("rest", nargs="*")
    options = parser.parse_args()
    if options.phase == "base":
        found = base(options.work, [Path(page) for page in options.rest])
        save(options.work / "base.json", found)
        return
    chunks = int(options.rest[0])
    if options.phase == "write":
        found = write(options.work, chunks, corpus_of(options.work))
    else:
        found = optimize(options.work, chunks)
    save(options.work / str(chunks) / f"{options.phase}.json", found)


if __name__ == "__main__":
    main()
