"""Speed and memory of a first ingest, of one without changes, and of queries.

    python eval/bench/ingest_and_query.py [FOLDER …] [--pages N] [--json]

Without a folder the PostgreSQL documentation of Debian's postgresql-doc-15 is taken where it is
installed, else the Python language reference that every interpreter carries. Seconds depend on
the machine; ``ingest.py`` has the comparison with other systems.
"""

import argparse
import json
import resource
import statistics
import tempfile
import time
from pathlib import Path
from pydoc_data import topics

import numpy as np

from leanrag import LeanRAG

POSTGRESQL = Path("/usr/share/doc/postgresql-doc-15/html")
QUESTIONS = (
    "How do I cancel a running query?",
    "What is the default of shared_buffers?",
    "Which lock does CREATE INDEX CONCURRENTLY take?",
    "How long may an identifier be?",
    "When is a row visible to a transaction?",
    "How are dictionary displays evaluated?",
    "What does the with statement call at its end?",
    "Can a trigger fire twice for one row?",
)
BUDGETS = (300, 1000, 4000)


def documents(given: list[Path], pages: int, scratch: Path) -> list[Path]:
    """The files to ingest, at most ``pages`` of them, spread evenly."""
    roots = given or ([POSTGRESQL] if POSTGRESQL.is_dir() else [])
    if not roots:
        for name, text in topics.topics.items():
            (scratch / f"{name}.rst").write_text(text, encoding="utf-8")
        roots = [scratch]
    kinds = {".html", ".md", ".rst", ".txt"}
    files = sorted(f for root in roots for f in root.rglob("*") if f.suffix in kinds)
    step = max(1, len(files) // pages)
    return files[::step][:pages]


def measure(files: list[Path], home: Path) -> dict[str, object]:
    """Ingests twice, and asks."""
    with LeanRAG(home / "store") as rag:
        report = rag.ingest(files)
        again = rag.ingest(files)
        rag.prompt("warm up", budget=1000)
        seconds: list[float] = []
        for question in QUESTIONS:
            for budget in BUDGETS:
                start = time.perf_counter()
                prompt = rag.prompt(question, budget=budget)
                seconds.append(time.perf_counter() - start)
                assert prompt.tokens.prompt <= budget
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {
        "documents": report.added,
        "failed": report.failed,
        "chunks": report.chunks,
        "tokens": report.tokens,
        "ingest_s": report.seconds,
        "chunks_per_s": report.chunks / report.seconds,
        "again_unchanged": again.unchanged,
        "again_s": again.seconds,
        "query_p50_ms": 1000 * statistics.median(seconds),
        "query_p95_ms": 1000 * float(np.percentile(seconds, 95)),
        "peak_mib": peak,
    }


def main() -> None:
    """Runs the benchmark and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--pages", type=int, default=200)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        home = Path(scratch)
        (home / "topics").mkdir()
        found = measure(documents(options.folders, options.pages, home / "topics"), home)
    if options.json:
        print(json.dumps(found))
        return
    for name, value in found.items():
        print(f"{name:42} {value:,.3f}" if isinstance(value, float) else f"{name:42} {value:,}")


if __name__ == "__main__":
    main()
