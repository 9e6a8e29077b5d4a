"""What the sentences that compression keeps of our chunks hold of the evidence, beside the chunks.

    python eval/bench/chunking_sentences.py [--sets clapnq,qmsum,docs] [--split report] [--out DIR]

Chunking alone can hardly raise precision at equal tokens: with the same evidence found, it is fixed
by the budget. What raises it is that only the sentences of the best chunks are sent which bear on
the question. Measured as in ``chunking.py``, by the same embedder alone (no BM25): the best 20
chunks, their sentences by the value that ``SentencePruner`` gives them, up to the budget.
"""

import argparse
import json
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench.chunkers import Cut, Text, shared_data
from eval.bench.chunking import TokenMap, figures, filled, make_pool, score
from eval.bench.chunking_sets import SETS, Question
from leanrag.adapters.models import load_embedder
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.compress.similarity import SentencePruner, Weights
from leanrag.evaluation.baselines.offline import use_carried_vocabularies
from leanrag.evaluation.statistics import Resampler
from leanrag.ingest.chunk import Chunker
from leanrag.protocols import Embedder
from leanrag.settings import Settings
from leanrag.types import Chunk, Document, Passage

BUDGETS = (64, 125, 250, 500, 1000)
_CHUNKS = 20
_MAX_TOKENS = 256
_BY_EMBEDDER = Weights(dense=1.0)


def passage(chunk: Chunk, title: str, score: float) -> Passage:
    """The body of a chunk with its sentences, as the query engine hands it to compression."""
    start = chunk.sentences[0][0]
    return Passage(
        chunk.id,
        chunk.body,
        tuple((a - start, b - start) for a, b in chunk.sentences),
        " > ".join(name for name in (title, *chunk.headings) if name),
        chunk.language,
        score,
    )


def evaluate(
    questions: Sequence[Question], texts: Sequence[Text], embedder: Embedder
) -> dict[str, Any]:
    """Figures at each budget: whole chunks, and sentences of them."""
    import tiktoken

    encoding = tiktoken.get_encoding("o200k_base")
    maps = [TokenMap(encoding, text.text) for text in texts]
    places = {text.id: number for number, text in enumerate(texts)}
    chunker = Chunker(embedder.count, _MAX_TOKENS)
    chunks = [
        chunker.chunk(
            Document(text.id, text.id, text.title, text.text, "", language=text.language),
            text.blocks,
        )
        for text in texts
    ]
    cuts = [
        [Cut(c.span, chunker.embedding_text(text.title, c)) for c in found]
        for text, found in zip(texts, chunks, strict=True)
    ]
    flat = [(number, chunk) for number, found in enumerate(chunks) for chunk in found]
    pool = make_pool(cuts, maps, embedder)
    queries = embedder.embed_queries([question.text for question in questions])
    pruner = SentencePruner(embedder, RankBM25Scorer())
    rows: dict[str, list[tuple[float, float, float]]] = {}
    for number, question in enumerate(questions):
        evidence = {
            (places[name], token)
            for name, span in question.evidence
            for token in maps[places[name]].range(span)
        }
        within = {places[i] for i in question.pool} if question.pool else None
        best = list(islice(pool.ranked(queries[number], within), _CHUNKS))
        whole = [(flat[n][0], pool.ranges[n]) for n in best]
        passages = [
            passage(flat[n][1], texts[flat[n][0]].title, float(pool.vectors[n] @ queries[number]))
            for n in best
        ]
        values = pruner.score(question.text, passages, weights=_BY_EMBEDDER)
        parts = by_value([flat[n] for n in best], values, maps)
        for budget in BUDGETS:
            for name, taken in (("chunks", whole), ("sentences", parts)):
                found = score(filled(taken, budget), evidence)
                rows.setdefault(f"{name}, tokens={budget}", []).append(found)
    draws = Resampler([question.document for question in questions])
    return {
        "questions": len(questions),
        "source_documents": draws.documents,
        **{name: figures(np.array(values), draws) for name, values in rows.items()},
    }


def by_value(
    chunks: Sequence[tuple[int, Chunk]],
    values: Sequence[NDArray[np.float64]],
    maps: Sequence[TokenMap],
) -> list[tuple[int, range]]:
    """The sentences of all chunks, the most valuable first, as documents and ranges of tokens."""
    found = [
        (-float(value), document, chunk.sentences[n])
        for (document, chunk), array in zip(chunks, values, strict=True)
        for n, value in enumerate(array)
    ]
    return [(document, maps[document].range(span)) for _, document, span in sorted(found)]


def main() -> None:
    """Runs the sets and writes one file each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="clapnq,qmsum,docs")
    parser.add_argument("--split", default="report", choices=("tune", "report"))
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    use_carried_vocabularies()
    embedder = load_embedder(Settings().embedding)
    for name in options.sets.split(","):
        questions, texts = SETS[name](shared_data(), options.split)
        if not questions:
            print(f"{name}: nothing to measure here")
            continue
        result = evaluate(questions, texts, embedder)
        print(f"\n{name}: {result['questions']} questions")
        for at, row in result.items():
            if isinstance(row, dict):
                means = "  ".join(f"{measure} {row[measure]['mean']:.3f}" for measure in row)
                print(f"  {at:28} {means}", flush=True)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            file = options.out / f"{name}_sentences.json"
            file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
