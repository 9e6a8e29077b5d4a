"""Speed of parsing and of chunking HTML: megabytes of pages a second, alone and side by side.

    python eval/bench/parse_and_chunk.py [FOLDER] [--pages N] [--json]

``parse`` and ``chunk`` are each of one process. ``both_cores`` is two processes that parse and
chunk half of the pages each; ``as_in_ingest`` is the arrangement of an ingest, where a process
under limits parses and hands every page over to the one that chunks (and there waits for the
embedding, which takes fifty times as long). Nothing is embedded or stored.
"""

import argparse
import json
import multiprocessing
import time
from collections.abc import Sequence
from pathlib import Path

from leanrag.adapters.models import load_embedder
from leanrag.errors import DocumentError
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.load import SourceFile
from leanrag.ingest.parse_pool import Parsed, parse_in_order
from leanrag.readers.formats import DocumentParser
from leanrag.settings import Settings
from leanrag.text.hashing import content_hash
from leanrag.text.languages import detect_language
from leanrag.types import Document

POSTGRESQL = Path("/usr/share/doc/postgresql-doc-15/html")
_MB = 1e6


def chunk_texts(parsed: list[Parsed], chunker: Chunker) -> list[str]:
    """Chunks every document; returns the texts to embed."""
    texts: list[str] = []
    for number, one in enumerate(parsed):
        if isinstance(one, DocumentError) or not one.elements:
            continue
        text, blocks = assemble(one)
        language = detect_language(text)
        document = Document(
            str(number), str(number), title_of(one), text, content_hash(text), language=language
        )
        chunks = chunker.chunk(document, blocks)
        texts += [chunker.embedding_text(document.title, chunk) for chunk in chunks]
    return texts


def both(files: Sequence[SourceFile], barrier: object) -> None:
    """Parses and chunks the files once all processes are ready."""
    settings = Settings()
    chunker = Chunker(load_embedder(settings.embedding).count, settings.chunking.max_tokens)
    parser = DocumentParser()
    chunk_texts(list(parse_in_order(files[:5], parser, workers=0)), chunker)
    barrier.wait()  # type: ignore[attr-defined]
    for one in parse_in_order(files, parser, workers=0):
        chunk_texts([one], chunker)
    barrier.wait()  # type: ignore[attr-defined]


def on_both_cores(files: Sequence[SourceFile]) -> float:
    """Seconds of two processes, each with every second page."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(3)
    processes = [context.Process(target=both, args=(files[n::2], barrier)) for n in (0, 1)]
    for process in processes:
        process.start()
    barrier.wait()
    start = time.perf_counter()
    barrier.wait()
    seconds = time.perf_counter() - start
    for process in processes:
        process.join()
    return seconds


def measure(files: list[SourceFile]) -> dict[str, float]:
    """The figures over ``files``, once everything is loaded."""
    settings = Settings()
    embedder = load_embedder(settings.embedding)
    chunker = Chunker(embedder.count, settings.chunking.max_tokens)
    parser = DocumentParser()
    size = sum(file.path.stat().st_size for file in files) / _MB
    chunk_texts(list(parse_in_order(files[:5], parser, workers=0)), chunker)

    start = time.perf_counter()
    parsed = list(parse_in_order(files, parser, workers=0))
    parse_s = time.perf_counter() - start
    start = time.perf_counter()
    texts = chunk_texts(parsed, chunker)
    chunk_s = time.perf_counter() - start
    start = time.perf_counter()
    for one in parse_in_order(files, parser, workers=1):
        chunk_texts([one], chunker)
    together_s = time.perf_counter() - start
    return {
        "pages": len(files),
        "megabytes": size,
        "chunks": len(texts),
        "parse_mb_per_s": size / parse_s,
        "chunk_mb_per_s": size / chunk_s,
        "both_cores_mb_per_s": size / on_both_cores(files),
        "as_in_ingest_mb_per_s": size / together_s,
    }


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=POSTGRESQL)
    parser.add_argument("--pages", type=int, default=0, help="at most so many")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    paths = sorted(options.folder.rglob("*.html"))
    if not paths:
        raise SystemExit(f"{options.folder}: no HTML pages there")
    step = max(1, len(paths) // options.pages) if options.pages else 1
    found = measure([SourceFile(path, path.name) for path in paths[::step]])
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:34} {value:12,.2f}")


if __name__ == "__main__":
    main()
