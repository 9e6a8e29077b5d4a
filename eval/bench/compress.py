"""Speed of selecting sentences, with LLMLingua-2's architecture and ragcompress as the peers.

    python eval/bench/compress.py [--questions N] [--slow N] [--data FOLDER] [--json FILE]

Each question of NaturalQuestions' report rows comes with 20 passages of about 110 tokens. All
methods take the same questions in turn, in one process on the same cores, so that the ratios hold
where the milliseconds depend on the machine and on what else runs there; CPU time, summed over
the threads, suffers less from that than wall time.

The peers' published weights are not needed for timing and nothing is downloaded: both get random
ones in the published shape. XLM-RoBERTa large runs as LLMLingua-2 runs it on a CPU, in float32 and
in windows of 512 tokens, of which there are as many as ``o200k_base`` counts; that is the pass
alone, without the choice of words. The second budget of a question finds its sentences judged
already and cuts them to clauses. The knapsack alone chooses among 6,000 clauses of 2,000 sentences
of drawn sizes and worths. ``ragcompress`` is one release of July 2026 and no dependency
of the project; where it is wanted: pip install --no-deps ragcompress==0.1.0.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import PackageNotFoundError, version
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np

import leanrag
from eval.loaders import LOADERS
from leanrag.adapters.models import builtin_folder
from leanrag.adapters.openvino.engine import cores
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import LoadOptions
from leanrag.pack.knapsack import Part, knapsack
from leanrag.settings import Settings
from leanrag.tokens import counter_for

BUDGET, TIGHT_BUDGET = 256, 64
SELECTOR, SIMILARITY = "leanrag selector", "leanrag similarity"
TIGHT = "selector, again at 64"
XLM, PRUNER = "xlm-roberta-large", "ragcompress 0.1.0"
GOAL_MS, GOAL_TIMES = 250.0, 15.0
WINDOW = 512
SENTENCES = 2000

Method = Callable[[Case], object]


def questions(data: Path, count: int) -> list[Case]:
    """Report rows with their 20 passages."""
    options = LoadOptions(split="report", limit=count, contexts=20)
    rows = LOADERS["nq"](data / "qa/nq.jsonl.gz", options).rows()
    return [row for row in rows if isinstance(row, Case)]


def leanrag_method(selector: str, budget: int = BUDGET) -> Method:
    """``leanrag.compress`` as applications call it."""
    settings = Settings.create(compression={"selector": selector})

    def run(case: Case) -> object:
        texts = [{"id": c.id, "title": c.title, "text": c.text} for c in case.contexts]
        return leanrag.compress(case.question, texts, budget=budget, settings=settings)

    return run


def xlm_roberta_large() -> Method:
    """One pass of LLMLingua-2's classifier over the passages."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaForTokenClassification

    torch.manual_seed(0)
    model = XLMRobertaForTokenClassification(
        XLMRobertaConfig(
            vocab_size=250_002,
            hidden_size=1024,
            num_hidden_layers=24,
            num_attention_heads=16,
            intermediate_size=4096,
            max_position_embeddings=514,
            type_vocab_size=1,
            num_labels=2,
        )
    ).eval()
    counter = counter_for("gpt-4o")

    def run(case: Case) -> object:
        total = sum(counter.count(context.text) for context in case.contexts)
        with torch.inference_mode():
            return [
                model(torch.randint(10, 250_000, (1, min(WINDOW, total - start)))).logits
                for start in range(0, total, WINDOW)
            ]

    return run


def ragcompress_pruner(scratch: Path) -> Method:
    """Its default compressor, with a cross-encoder of the default one's shape.

    Raises:
        PackageNotFoundError: the package is not installed.
    """
    version("ragcompress")
    import torch
    from ragcompress import Chunk, Compressor, FixedBudget
    from ragcompress.scoring import CrossEncoderScorer
    from transformers import AutoTokenizer, BertConfig, BertForSequenceClassification

    torch.manual_seed(0)
    tokenizer = AutoTokenizer.from_pretrained(builtin_folder(), local_files_only=True)
    # the shape of cross-encoder/ms-marco-MiniLM-L-6-v2
    config = BertConfig(
        vocab_size=30_522,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        num_labels=1,
    )
    BertForSequenceClassification(config).save_pretrained(scratch)
    tokenizer.save_pretrained(scratch)
    compressor = Compressor(
        scorer=CrossEncoderScorer(str(scratch), str(builtin_folder()), device="cpu"),
        budget=FixedBudget(max_tokens=BUDGET),
        token_counter=counter_for("gpt-4o").count,
    )

    def run(case: Case) -> object:
        chunks = [Chunk(doc_id=c.id, chunk_id=c.id, text=c.text) for c in case.contexts]
        return compressor.compress(case.question, chunks)

    return run


def knapsack_ms() -> float:
    """Choosing among 2,000 sentences of three clauses each, the median of nine times."""
    draw = random.Random(0)
    rows = [
        sorted(
            (Part(draw.random(), draw.randint(3, 30)) for _ in range(3)),
            key=lambda part: -part.worth / part.size,
        )
        for _ in range(SENTENCES)
    ]
    sizes = [list(accumulate([0, *(int(part.size) for part in row)])) for row in rows]
    spent = []
    for _ in range(9):
        start = time.perf_counter()
        knapsack(rows, lambda steps: sum(sizes[row][n] for row, n in steps.items()), 4000)
        spent.append(1000 * (time.perf_counter() - start))
    return statistics.median(spent)


def timed(methods: dict[str, Method], rows: Sequence[Case], slow: int) -> dict[str, Any]:
    """Milliseconds of every method; those beside our own take the first ``slow`` rows alone.

    The last row warms up and is not counted: ``leanrag.compress`` remembers what it judged.
    """
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in methods}
    for method in methods.values():
        method(rows[-1])
    for number, case in enumerate(rows[:-1]):
        for name, method in methods.items():
            if number >= slow and name not in (SELECTOR, TIGHT, SIMILARITY):
                continue
            wall, cpu = time.perf_counter(), time.process_time()
            method(case)
            spent[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {name: _summary(name, values, spent) for name, values in spent.items()}


def _summary(
    name: str, values: list[tuple[float, float]], spent: dict[str, list[tuple[float, float]]]
) -> dict[str, float]:
    wall, cpu = (np.array(values) * 1000).T
    # against the selector on the very same rows
    ours_wall, ours_cpu = (np.array(spent[SELECTOR][: len(values)]) * 1000).T
    return {
        "questions": len(values),
        "median_ms": float(np.median(wall)),
        "p95_ms": float(np.percentile(wall, 95)),
        "cpu_median_ms": float(np.median(cpu)),
        "times_selector": float(np.median(wall) / np.median(ours_wall)),
        "times_selector_cpu": float(np.median(cpu) / np.median(ours_cpu)),
    }


def run(options: argparse.Namespace) -> dict[str, Any]:
    """All methods over the same rows."""
    import torch
    from transformers.utils import logging

    logging.disable_progress_bar()
    torch.set_num_threads(cores())
    rows = questions(options.data, options.questions + 1)
    counter = counter_for("gpt-4o")
    methods: dict[str, Method] = {
        SELECTOR: leanrag_method("builtin"),
        TIGHT: leanrag_method("builtin", TIGHT_BUDGET),
        SIMILARITY: leanrag_method("similarity"),
        XLM: xlm_roberta_large(),
    }
    not_run = {}
    with tempfile.TemporaryDirectory() as scratch:
        try:
            methods[PRUNER] = ragcompress_pruner(Path(scratch))
        except PackageNotFoundError:
            not_run[PRUNER] = "not installed; pip install --no-deps ragcompress==0.1.0"
        found = timed(methods, rows, options.slow)
    sizes = [counter.count(context.text) for case in rows for context in case.contexts]
    return {
        "machine": {
            "cores": cores(),
            "load_before": round(os.getloadavg()[0], 2),
            "python": platform.python_version(),
            "openvino": version("openvino"),
            "torch": version("torch"),
        },
        "passages": len(rows[0].contexts),
        "tokens_a_passage": statistics.mean(sizes),
        "budget": BUDGET,
        "methods": found,
        "knapsack_ms": knapsack_ms(),
        "not_run": not_run,
        "goals": {
            "selector_median_ms": GOAL_MS,
            "selector_reached": found[SELECTOR]["median_ms"] <= GOAL_MS,
            "xlm_roberta_large_times": GOAL_TIMES,
            "xlm_roberta_large_reached": found[XLM]["times_selector_cpu"] >= GOAL_TIMES,
        },
    }


def show(found: dict[str, Any]) -> None:
    """The table."""
    machine = found["machine"]
    print(
        f"{found['passages']} passages of {found['tokens_a_passage']:.0f} tokens into "
        f"{found['budget']}; {machine['cores']} cores, load before {machine['load_before']}"
    )
    print(f"{'':22}{'rows':>6}{'median':>11}{'p95':>11}{'CPU':>11}{'times':>8}{'by CPU':>8}")
    for name, row in found["methods"].items():
        print(
            f"{name:22}{row['questions']:>6}{row['median_ms']:>8.0f} ms{row['p95_ms']:>8.0f} ms"
            f"{row['cpu_median_ms']:>8.0f} ms{row['times_selector']:>8.1f}"
            f"{row['times_selector_cpu']:>8.1f}"
        )
    print(f"knapsack of {SENTENCES:,} sentences: {found['knapsack_ms']:.1f} ms")
    for name, why in found["not_run"].items():
        print(f"{name:22}not run: {why}")
    goals = found["goals"]
    reached = {True: "reached", False: "not reached"}
    print(
        f"goals: selector at most {GOAL_MS:.0f} ms at the median: "
        f"{reached[goals['selector_reached']]}; xlm-roberta-large at least {GOAL_TIMES:.0f} times "
        f"as long, by CPU time: {reached[goals['xlm_roberta_large_reached']]}"
    )


def main() -> None:
    """Runs the benchmark, prints it and writes it where ``--json`` says."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--questions", type=int, default=40)
    parser.add_argument("--slow", type=int, default=5, help="rows of the peers' methods")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--json", type=Path, help="file for the figures")
    options = parser.parse_args()
    # threads of torch that wait would spin, and count as CPU time
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    found = run(options)
    show(found)
    if options.json:
        options.json.parent.mkdir(parents=True, exist_ok=True)
        options.json.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
