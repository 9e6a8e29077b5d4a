"""Speed of an ingest: its stages, the whole beside LlamaIndex and LangChain, and the embedder.

    python eval/bench/ingest.py [FOLDER] [--pages N] [--json] [--out DIR]

Without a folder, the pages of Debian's postgresql-doc-15. Everything is measured in one run.

- ``stages``: parsing, chunking (canonical text and language included) and embedding of all pages,
  each by itself; parsing and chunking also with both cores. Tokens are those of our chunks as
  embedded, for every stage.
- ``embedding``: the embedder beside sentence-transformers in fp32 with its own settings, on the
  same chunks in turn, the best of three rounds each; how well their vectors agree; and which share
  of this machine's largest matrix speed it reaches, by the operations that the network needs for
  the tokens without padding.
- ``systems``: whole ingests of the same pages, see ``ingest_systems.py``. MiniLM reads 256 tokens:
  of longer chunks it embeds the beginning, so ``embedded_tokens`` differ.

Other work on the machine disturbs seconds more than ``cpu_seconds`` (of all processes of a system),
and ``load`` tells of it: the mean number of processes that wanted to run in the minute before.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench.ingest_systems import SYSTEMS
from eval.bench.parse_and_chunk import POSTGRESQL, chunk_texts, on_both_cores
from leanrag.adapters.models import builtin_folder, load_embedder
from leanrag.adapters.openvino.engine import cores
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.load import SourceFile
from leanrag.ingest.parse_pool import parse_in_order
from leanrag.protocols import Embedder
from leanrag.readers.formats import DocumentParser
from leanrag.settings import Settings

ROUNDS = 3
COMPARED = 256
"""Chunks of the comparison with sentence-transformers."""
MATRIX = 2048
DEBIAN = "postgresql-doc-15"
_MB = 1e6

Figures = dict[str, Any]


def stages(files: list[SourceFile], embedder: Embedder) -> tuple[Figures, list[str]]:
    """Each stage alone, and the texts that are embedded."""
    parser, chunker = DocumentParser(), Chunker(embedder.count, Settings().chunking.max_tokens)
    chunk_texts(list(parse_in_order(files[:5], parser, workers=0)), chunker)  # loads everything
    embedder.embed_documents(["warm up"])
    parsed, parse = timed(lambda: list(parse_in_order(files, parser, workers=0)))
    texts, chunk = timed(lambda: chunk_texts(parsed, chunker))
    _, embed = timed(lambda: embedder.embed_documents(texts))
    size = sum(file.path.stat().st_size for file in files) / _MB
    tokens = sum(map(embedder.count, texts))
    found: Figures = {
        "pages": len(files),
        "megabytes": size,
        "chunks": len(texts),
        "tokens": tokens,
    }
    for name, one in (("parse", parse), ("chunk", chunk), ("embed", embed)):
        found[name] = {
            **one,
            "pages_per_s": len(files) / one["seconds"],
            "mb_per_s": size / one["seconds"],
            "tokens_per_s": tokens / one["seconds"],
            "mb_per_cpu_s": size / one["cpu_seconds"],
        }
    found["parse_and_chunk_on_both_cores_mb_per_s"] = size / on_both_cores(files)
    return found, texts


def embedding(texts: list[str], embedder: Embedder) -> Figures:
    """The embedder beside sentence-transformers, and beside the machine."""
    from sentence_transformers import SentenceTransformer

    folder = builtin_folder()
    peer = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    texts = texts[:: max(1, len(texts) // COMPARED)][:COMPARED]
    runs: dict[str, Callable[[], NDArray[np.float32]]] = {
        "leanrag": lambda: embedder.embed_documents(texts),
        "sentence_transformers_fp32": lambda: peer.encode(
            texts, normalize_embeddings=True, show_progress_bar=False
        ),
    }
    vectors: dict[str, NDArray[np.float32]] = {}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    cpu: dict[str, list[float]] = {name: [] for name in runs}
    peak: dict[str, float] = {}
    for _ in range(ROUNDS):  # in turn, so that other work on the machine meets both
        for name, run in runs.items():
            vectors[name], one = timed(run)
            seconds[name].append(one["seconds"])
            cpu[name].append(one["cpu_seconds"])
        for kind in ("float32", "bfloat16"):
            peak[kind] = max(peak.get(kind, 0.0), matrix_peak(kind))
    mine, theirs = (min(seconds[name]) for name in runs)
    cosines = (vectors["leanrag"] * vectors["sentence_transformers_fp32"]).sum(axis=1)
    lengths = [min(embedder.count(text), embedder.max_tokens) for text in texts]
    reached = operations(lengths, json.loads((folder / "config.json").read_text())) / mine
    kind = "bfloat16" if embedder.variant == "bf16" else "float32"
    return {
        "variant": embedder.variant,
        "chunks": len(texts),
        "mean_tokens": float(np.mean(lengths)),
        "leanrag_chunks_per_s": len(texts) / mine,
        "leanrag_tokens_per_s": sum(lengths) / mine,
        "sentence_transformers_fp32_chunks_per_s": len(texts) / theirs,
        "ratio": theirs / mine,
        "ratios_of_rounds": [b / a for a, b in zip(*seconds.values(), strict=True)],
        "ratio_of_cpu_seconds": min(cpu["sentence_transformers_fp32"]) / min(cpu["leanrag"]),
        "cosine_mean": float(cosines.mean()),
        "cosine_min": float(cosines.min()),
        "gflop_per_s": reached / 1e9,
        "matrix_peak_gflop_per_s": {name: value / 1e9 for name, value in peak.items()},
        "share_of_peak": reached / peak[kind],
    }


def operations(lengths: list[int], config: Figures) -> float:
    """Floating-point operations of the network's matrices for texts of these lengths."""
    hidden, inner = config["hidden_size"], config["intermediate_size"]
    a_token = 2 * (4 * hidden * hidden + 2 * hidden * inner)
    return float(
        config["num_hidden_layers"] * sum(n * a_token + 4 * n * n * hidden for n in lengths)
    )


def matrix_peak(kind: str) -> float:
    """Operations a second of a large matrix product, the best of some."""
    import torch

    torch.set_num_threads(cores())
    one = torch.randn(MATRIX, MATRIX).to(getattr(torch, kind))
    best = min(timed(lambda: one @ one)[1]["seconds"] for _ in range(8))
    return 2.0 * MATRIX**3 / best


def systems(files: list[SourceFile]) -> Figures:
    """Whole ingests, each in a process of its own."""
    program = Path(__file__).with_name("ingest_systems.py")
    found: Figures = {}
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "pages.txt"
        listed.write_text("".join(f"{file.path}\n" for file in files), encoding="utf-8")
        for name in SYSTEMS:
            before = load()
            done = subprocess.run(
                [sys.executable, program, name, listed], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise SystemExit(f"{name} failed:\n{done.stderr}")
            found[name] = {**json.loads(done.stdout), "load": [before, load()]}
    ours = found["leanrag"]
    for name, one in found.items():
        if name != "leanrag":
            one["times_our_seconds"] = one["seconds"] / ours["seconds"]
            one["times_our_cpu_seconds"] = one["cpu_seconds"] / ours["cpu_seconds"]
    return found


def timed(work: Callable[[], Any]) -> tuple[Any, dict[str, float]]:
    """What the work gives, and its seconds by the clock and of this process."""
    start, cpu = time.perf_counter(), time.process_time()
    result = work()
    return result, {
        "seconds": time.perf_counter() - start,
        "cpu_seconds": time.process_time() - cpu,
    }


def load() -> float:
    """Processes that wanted to run in the last minute, in the mean; 0 where nobody counts."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def pages(folder: Path, at_most: int) -> list[SourceFile]:
    """The pages under a folder, spread evenly where there are more than ``at_most``."""
    paths = sorted(folder.rglob("*.html"))
    if not paths:
        raise SystemExit(f"{folder}: no HTML pages there; name a folder, or apt install {DEBIAN}")
    chosen = [paths[n * len(paths) // at_most] for n in range(at_most)] if at_most else paths
    return [SourceFile(path, path.name) for path in dict.fromkeys(chosen)]


def show(found: Figures, indent: str = "") -> None:
    """Prints figures as a tree."""
    for name, value in found.items():
        if isinstance(value, dict):
            print(f"{indent}{name}")
            show(value, indent + "  ")
        else:
            text = f"{value:,.3f}" if isinstance(value, float) else str(value)
            print(f"{indent}{name:{44 - len(indent)}} {text}")


def main() -> None:
    """Measures, prints, and writes where that is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=POSTGRESQL)
    parser.add_argument("--pages", type=int, default=0, help="at most so many; default: all")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--out", type=Path, help="folder to write ingest.json into")
    options = parser.parse_args()
    files = pages(options.folder, options.pages)
    before, embedder = load(), load_embedder(Settings().embedding)
    of_stages, texts = stages(files, embedder)
    found: Figures = {
        "cores": cores(),
        "stages": of_stages,
        "embedding": embedding(texts, embedder),
        "systems": systems(files),
        "load": [before, load()],
    }
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        rounded = json.loads(json.dumps(found), parse_float=lambda text: round(float(text), 4))
        text = json.dumps(rounded, indent=1)
        (options.out / "ingest.json").write_text(text + "\n", encoding="utf-8")
    print(json.dumps(found)) if options.json else show(found)


if __name__ == "__main__":
    main()
