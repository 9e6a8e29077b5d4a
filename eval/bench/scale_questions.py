"""Questions of the scale benchmark, and what answering them costs and finds.

    python eval/bench/scale_questions.py ask WORK NUMBER        makes the questions, with vectors
    python eval/bench/scale_questions.py search WORK CHUNKS     hybrid search beside exact search
    python eval/bench/scale_questions.py prompt WORK CHUNKS     whole queries, stage by stage

Each is run in a process of its own by ``scale.py``: memory is then that of the store alone.
"""

import argparse
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from numpy.typing import NDArray

from eval.bench.scale_build import (
    COLLECTION,
    Figures,
    corpus_of,
    load,
    opened,
    read,
    resident,
    save,
)
from eval.bench.scale_corpus import Corpus
from leanrag import LeanRAG, Settings
from leanrag.adapters.models import load_embedder
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.api.prompting.search import Searcher
from leanrag.protocols import Store
from leanrag.retrieve.question import query_terms
from leanrag.retrieve.rerank import NoReranker
from leanrag.types import FieldType, Filter, Hit, Match, SearchRequest

FILTERS: dict[str, Filter | None] = {
    "unfiltered": None,
    "keeps_1_percent": Match("part", (7,)),
    "keeps_half": Match("origin", ("python",)),
}
TOP = 10
BUDGET = 1000
_SUITE = Path(__file__).parents[1] / "suites" / "docs_dev.yaml"
_SEED = 77
_WORDS = 10
_EXACT = 100
"""Questions that are asked exactly, too: each takes up to a second."""


def questions(corpus: Corpus, number: int) -> list[str]:
    """Questions that real chunks answer: a heading with some words of the text, or a beginning."""
    draw = random.Random(_SEED)
    found: list[str] = []
    while len(found) < number:
        chunk = draw.choice(draw.choice(corpus.real).chunks)
        words = chunk.body.split()
        if len(words) < _WORDS or not chunk.headings:
            continue
        if len(found) % 2:
            found.append(" ".join(words[:_WORDS]))
        else:
            start = draw.randrange(len(words) - 3)
            found.append(f"How does {chunk.headings[-1]} {' '.join(words[start : start + 3])}?")
    return found


def ask(work: Path, number: int) -> Figures:
    """The questions with the vectors that the embedder gives them."""
    texts = questions(corpus_of(work), number)
    embedder = load_embedder(Settings().embedding)
    vectors = embedder.embed_queries(texts)
    return {"texts": texts, "vectors": [vector.tolist() for vector in vectors]}


class Remembered:
    """An embedder of questions whose vectors are known, so that no model is in memory."""

    def __init__(self, asked: Figures) -> None:
        self._vectors = dict(zip(asked["texts"], asked["vectors"], strict=True))

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The vectors of these questions."""
        return np.asarray([self._vectors[text] for text in texts], dtype=np.float32)


def search(work: Path, chunks: int) -> Figures:
    """Latency and recall of hybrid search, by filter, and the memory that it takes."""
    asked = read(work / "questions.json")
    found: Figures = {"load": [load()], "memory_mib": {"before": resident()}}
    start = time.perf_counter()
    with opened(work / str(chunks) / "store") as store:
        found["open_s"] = time.perf_counter() - start
        found["memory_mib"]["opened"] = resident()
        searcher = Searcher(store, Remembered(asked), NoReranker(), Settings())  # type: ignore[arg-type]
        lists: dict[str, list[_Lists]] = {}
        for name, where in FILTERS.items():
            _run(searcher, asked["texts"], where)  # reads what is on the disk
            lists[name], found[name] = _run(searcher, asked["texts"], where)
        found["memory_mib"]["searched"] = resident()
        total, fields = store.info().chunks, store.fields()
        for name, where in FILTERS.items():
            texts = asked["texts"][:_EXACT]
            _run(searcher, texts[:5], where, exact=True)
            exact, figures = _run(searcher, texts, where, exact=True)
            found[name]["chunks"] = total if where is None else _matching(store, where)
            found[name]["exact"] = figures
            found[name].update(compared(lists[name], exact))
        found["memory_mib"]["searched_exactly"] = resident()
    for name, figures in engine(work / str(chunks) / "store", asked, fields).items():
        found[name]["engine"] = figures
    found["load"].append(load())
    return found


_Lists = tuple[Sequence[Hit], Sequence[Hit]]
"""The dense list and the fused one."""


def _run(
    searcher: Searcher, texts: Sequence[str], where: Filter | None, *, exact: bool = False
) -> tuple[list[_Lists], Figures]:
    requests = [searcher.request(text, where, TOP) for text in texts]

    def one(place: int) -> _Lists:
        request: SearchRequest = replace(requests[place], exact=exact)
        result = searcher.store.search(request)
        return result.dense[:TOP], searcher.fused(texts[place], result)[:TOP]

    return timed(one, len(texts))


def engine(
    folder: Path, asked: Figures, fields: Mapping[str, FieldType]
) -> dict[str, dict[str, Figures]]:
    """Latency of the engine's part alone, both lists with payload: by graph and exactly."""
    (home,) = (folder / COLLECTION).glob("shard*")
    pairs = zip(asked["texts"], asked["vectors"], strict=True)
    limit = Settings().retrieval.candidates
    requests = [SearchRequest(vector, query_terms(text), limit=limit) for text, vector in pairs]
    shard = EdgeShard.load(home, len(asked["vectors"][0]))
    found: dict[str, dict[str, Figures]] = {}
    try:
        for name, where in FILTERS.items():

            def one(place: int, where: Filter | None = where, exact: bool = False) -> object:
                request = replace(requests[place], where=where, exact=exact)
                return shard.search([request], fields, (), removed=0)

            timed(one, len(requests))
            _, graph = timed(one, len(requests))
            _, exactly = timed(partial(one, exact=True), min(_EXACT, len(requests)))
            found[name] = {**graph, "exact": exactly}
    finally:
        shard.close()
    return found


def compared(found: Sequence[_Lists], exact: Sequence[_Lists]) -> Figures:
    """Mean recall of the first hits, of the dense list and of the fused one."""
    pairs = list(zip(found, exact, strict=False))
    return {
        "recall_at_10": float(np.mean([recall(mine[0], true[0]) for mine, true in pairs])),
        "fused_recall_at_10": float(np.mean([recall(mine[1], true[1]) for mine, true in pairs])),
    }


def recall(found: Sequence[Hit], true: Sequence[Hit]) -> float:
    """The share of the true first hits that were found."""
    if not true:
        return 1.0
    return len({hit.id for hit in found} & {hit.id for hit in true}) / len(true)


def timed(work: Callable[[int], Any], number: int) -> tuple[list[Any], Figures]:
    """What the work gives for each number, and its milliseconds by the clock and of the CPU."""
    results, clock, cpu = [], [], []
    for place in range(number):
        before, before_cpu = time.perf_counter(), time.process_time()
        results.append(work(place))
        clock.append(1000 * (time.perf_counter() - before))
        cpu.append(1000 * (time.process_time() - before_cpu))
    return results, {"ms": percentiles(clock), "cpu_ms": percentiles(cpu)}


def percentiles(values: Sequence[float]) -> dict[str, float]:
    """Median and 95th percentile."""
    return {"p50": float(np.median(values)), "p95": float(np.percentile(values, 95))}


def _matching(store: Store, where: Filter) -> int:
    documents = set(store.match(where))
    return sum(record.chunks for record in store.records() if record.id in documents)


def prompt(work: Path, chunks: int) -> Figures:
    """Whole queries over one store: question in, messages out."""
    suite = yaml.safe_load(_SUITE.read_text(encoding="utf-8"))
    texts = [case["question"] for case in suite["cases"]]
    before = load()
    with LeanRAG(work / str(chunks) / "store") as rag:
        rag.prompt(texts[0], budget=BUDGET)  # loads the models
        prompts, figures = timed(lambda place: rag.prompt(texts[place], budget=BUDGET), len(texts))
        info = rag.info()
    stages: dict[str, list[float]] = defaultdict(list)
    for made in prompts:
        for entry in made.trace:
            stages[entry.stage].append(1000 * entry.seconds)
    return {
        **figures,
        "chunks": info.chunks,
        "questions": len(texts),
        "budget": BUDGET,
        "stages_ms": {stage: percentiles(values) for stage, values in stages.items()},
        "memory_mib": resident(),
        "load": [before, load()],
    }


def main() -> None:
    """Runs one part and writes its figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("part", choices=["ask", "search", "prompt"])
    parser.add_argument("work", type=Path)
    parser.add_argument("number", type=int)
    options = parser.parse_args()
    if options.part == "ask":
        save(options.work / "questions.json", ask(options.work, options.number))
        return
    part = search if options.part == "search" else prompt
    home = options.work / str(options.number)
    save(home / f"{options.part}.json", part(options.work, options.number))


if __name__ == "__main__":
    main()
