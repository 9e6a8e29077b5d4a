"""BM25 of the embedded store against rank-bm25 over the same tokens.

    python eval/bench/lexical.py ../shared/data --out eval/baselines/lexical/oracle.json

Each passage of a set is one chunk. They are written in two parts, so that the mean length changes
under the first; Kendall's tau is taken over the oracle's 50 best passages for each question.
"""

import argparse
import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from eval.lexical_oracle import LexicalOracle, kendall_tau
from leanrag.adapters.qdrant.edge.opening import open_edge_store
from leanrag.evaluation.pool import seeded
from leanrag.evaluation.rows import json_lines
from leanrag.protocols import Store
from leanrag.text.bm25 import term_counts
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.terms import terms
from leanrag.types import Chunk, Document, EmbeddedChunk, MadeWith, SearchRequest

SETS = {
    "nq": "en",
    "clapnq": "en",
    "xquad_en": "en",
    "xquad_zh": "zh",
    "xquad_de": "de",
    "xquad_es": "es",
    "xquad_ru": "ru",
    "cmrc_trial": "zh",
}
TOP = 50
DIGITS = 4
"""The engine's scores are of single precision; what differs by less is a tie on both sides."""


def written(
    passages: Sequence[str], language: str
) -> Iterator[tuple[Document, list[EmbeddedChunk]]]:
    """Each passage as a document of one chunk, named by its number."""
    for number, text in enumerate(passages):
        name = str(number)
        made = Document(stable_id(name, text), name, "", text, content_hash(text))
        chunk = Chunk(
            stable_id(made.id, "0"),
            made.id,
            0,
            "prose",
            (),
            (0, len(text)),
            text,
            ((0, len(text)),),
        )
        yield made, [EmbeddedChunk(chunk, [1.0, 0.0], term_counts(terms(text, language)))]


def agreement(store: Store, oracle: LexicalOracle, question: Sequence[str]) -> float:
    """Kendall's tau of store and oracle over the oracle's best."""
    wanted = oracle.best(question, TOP)
    hits = store.search(SearchRequest(None, term_counts(question), limit=4 * TOP)).lexical
    found = {hit.source: hit.score for hit in hits}
    return kendall_tau(
        {name: round(score, DIGITS) for name, score in wanted.items()},
        {name: round(found.get(name, 0.0), DIGITS) for name in wanted},
    )


def measured(path: Path, language: str, questions: int) -> dict[str, float]:
    """Agreement on a set, over at most so many questions, drawn by a hash of their ids."""
    rows = [row for _, row in json_lines(path)]
    passages = list(dict.fromkeys(_passage(row) for row in rows))
    drawn = sorted(rows, key=lambda row: seeded(str(row["id"]), seed=0))[:questions]
    given = [str(row["question"] if "question" in row else row["input"]) for row in drawn]
    # A row of CMRC has no question.
    asked = [terms(question, language) for question in given if question.strip()]
    documents = list(written(passages, language))
    # Short ones first: the mean length that the first weights are made with is far too small.
    documents.sort(key=lambda one: len(one[0].text))
    oracle = LexicalOracle({str(n): terms(text, language) for n, text in enumerate(passages)})
    with tempfile.TemporaryDirectory() as folder:
        made_with = MadeWith(model="none", variant="fp32", dimensions=2)
        store = open_edge_store(Path(folder) / "store", "default", made_with=made_with, create=True)
        try:
            half = len(documents) // 2
            store.write(documents[:half])
            store.optimize()
            store.write(documents[half:])
            stale = [agreement(store, oracle, question) for question in asked]
            store.optimize()
            taus = [agreement(store, oracle, question) for question in asked]
        finally:
            store.close()
    return {
        "passages": len(passages),
        "questions": len(asked),
        "tau": round(float(np.mean(taus)), 5),
        "lowest": round(float(np.min(taus)), 5),
        "before optimize": round(float(np.mean(stale)), 5),
    }


def _passage(row: Mapping[str, Any]) -> str:
    return str(row["text"] if "text" in row else row["passages"][0]["text"])


def main() -> None:
    """Prints a line a set, and writes them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--questions", type=int, default=200, help="at most, a set")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    results = {}
    for name, language in SETS.items():
        path = options.data / "qa" / f"{name}.jsonl.gz"
        results[name] = measured(path, language, options.questions)
        print(name, *(f"{key} {value}" for key, value in results[name].items()), flush=True)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(json.dumps(results, indent=1) + "\n")


if __name__ == "__main__":
    main()
