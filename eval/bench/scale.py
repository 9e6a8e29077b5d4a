"""How the embedded store behaves as it grows: 10 thousand, 100 thousand, 1 million chunks.

    python eval/bench/scale.py [PAGES …] [--chunks N …] [--work DIR] [--out DIR] [--json]

Without pages, those of the Python and PostgreSQL documentation (Debian's python3.11-doc and
postgresql-doc-15). They are ingested once; the stores are made of their chunks, and beyond those
of varied copies, see ``scale_corpus.py``. For each size it prints

- index time: writing (embedding and making up the copies left out) and optimising;
- disk and resident memory, after opening and after the searches;
- recall@10 against exact search, of the dense list and of the fused one;
- hybrid search (BM25 and dense, with payload), median and 95th percentile, without a filter, with
  one that keeps 1 % and with one that keeps about half: the whole search of the store, fused as a
  query fuses it, and the engine's part of it beside exact search by the engine in the same run.

And for ``--prompts`` chunks (20,000) the whole query, stage by stage. Everything is kept under
``--work``: a run that is broken off goes on where it stopped, and one that is complete prints its
figures again. The largest size takes an hour or two of two cores, 12 GB of disk and 6 GB of memory.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

from eval.bench.scale_build import Figures, read

PAGES = (Path("/usr/share/doc/python3.11/html"), Path("/usr/share/doc/postgresql-doc-15/html"))
CHUNKS = (10_000, 100_000, 1_000_000)
PROMPTS = 20_000
QUESTIONS = 200
_HERE = Path(__file__).parent


def run(work: Path, pages: list[Path], chunks: list[int], prompts: int) -> Figures:
    """Runs every phase that has not been run yet, and returns all figures."""
    work.mkdir(parents=True, exist_ok=True)
    _phase(work / "base.json", "scale_build.py", "base", work, *pages)
    _phase(work / "questions.json", "scale_questions.py", "ask", work, QUESTIONS)
    found: Figures = {
        "machine": machine(),
        "real": read(work / "base.json"),
        "questions": QUESTIONS,
        "sizes": [],
    }
    for size in chunks:
        home = work / str(size)
        _build(work, size)
        _phase(home / "search.json", "scale_questions.py", "search", work, size)
        found["sizes"].append(
            {"wanted": size, **{part: read(home / f"{part}.json") for part in _PARTS}}
        )
    if prompts:
        _build(work, prompts)
        _phase(work / str(prompts) / "prompt.json", "scale_questions.py", "prompt", work, prompts)
        found["prompt"] = read(work / str(prompts) / "prompt.json")
    return found


_PARTS = ("write", "optimize", "search")


def _build(work: Path, size: int) -> None:
    for phase in ("write", "optimize"):
        _phase(work / str(size) / f"{phase}.json", "scale_build.py", phase, work, size)


def _phase(result: Path, program: str, *arguments: object) -> None:
    """Runs a program in a process of its own unless its result is there."""
    if not result.exists():
        print(f"{program} {' '.join(map(str, arguments))}", file=sys.stderr, flush=True)
        command = [sys.executable, str(_HERE / program), *map(str, arguments)]
        done = subprocess.run(command, check=False)
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed; run this again and it goes on there")


def machine() -> Figures:
    """What the figures were taken on."""
    return {"processor": platform.machine(), "cores": os.cpu_count(), "system": platform.system()}


def lines(found: Figures) -> list[str]:
    """The figures as a table, a row a size and filter."""
    out = [
        f"{'chunks':>9} {'filter':16} {'kept':>9} {'p50':>6} {'p95':>6} {'engine p50':>10} "
        f"{'p95':>6} {'exact p50':>9} {'p95':>7} {'faster':>7} {'recall@10':>9} {'fused':>6}   (ms)"
    ]
    for size in found["sizes"]:
        searched = size["search"]
        total = size["write"]["chunks"]
        for name, one in searched.items():
            if isinstance(one, dict) and "exact" in one:
                ms, engine = one["ms"], one["engine"]["ms"]
                exact = one["engine"]["exact"]["ms"]
                out.append(
                    f"{total:9,} {name:16} {one['chunks']:9,} {ms['p50']:6.1f} {ms['p95']:6.1f} "
                    f"{engine['p50']:10.1f} {engine['p95']:6.1f} "
                    f"{exact['p50']:9.1f} {exact['p95']:7.1f} "
                    f"{exact['p50'] / engine['p50']:6.1f}x {one['recall_at_10']:9.4f} "
                    f"{one['fused_recall_at_10']:6.3f}"
                )
    for size in found["sizes"]:
        write, built = size["write"], size["optimize"]
        memory = size["search"]["memory_mib"]
        out.append(
            f"{write['chunks']:9,} chunks: written in {write['writing_s']:,.0f} s, optimised in "
            f"{built['seconds']:,.0f} s ({built['engine_cpu_s']:,.0f} s CPU), "
            f"{built['bytes'] / 1e6:,.0f} MB on disk, opened in {size['search']['open_s']:.1f} s; "
            f"memory {_memory(memory['opened'])} MiB opened, {_memory(memory['searched'])} searched"
        )
    if whole := found.get("prompt"):
        stages = ", ".join(f"{name} {one['p50']:.0f}" for name, one in whole["stages_ms"].items())
        out.append(
            f"{whole['chunks']:9,} chunks: whole query p50 {whole['ms']['p50']:.0f} ms, p95 "
            f"{whole['ms']['p95']:.0f} (CPU {whole['cpu_ms']['p50']:.0f}, "
            f"{whole['cpu_ms']['p95']:.0f}); p50 of the stages: {stages}"
        )
    return out


def _memory(one: dict[str, float]) -> str:
    return f"{one.get('all', one.get('peak', 0.0)):,.0f}"


def rounded(found: Any) -> Any:
    """The figures with four digits behind the point."""
    return json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))


def main() -> None:
    """Measures, prints, and writes where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pages", nargs="*", type=Path, default=list(PAGES))
    parser.add_argument("--chunks", nargs="+", type=int, default=list(CHUNKS))
    parser.add_argument("--prompts", type=int, default=PROMPTS, help="0: no whole queries")
    parser.add_argument("--work", type=Path, default=Path("build/scale"))
    parser.add_argument("--out", type=Path, help="folder to write scale.json into")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if missing := [str(page) for page in options.pages if not page.exists()]:
        raise SystemExit(
            f"{', '.join(missing)}: not there; name folders of pages, or "
            "apt install python3.11-doc postgresql-doc-15"
        )
    found = rounded(run(options.work, options.pages, options.chunks, options.prompts))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        text = json.dumps(found, indent=1)
        (options.out / "scale.json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps(found) if options.json else "\n".join(lines(found)))


if __name__ == "__main__":
    main()
