"""Token recall, precision and IoU of chunkers against evidence, after retrieval by one embedder.

    python eval/bench/chunking.py [--sets clapnq,qmsum,docs,filings] [--split report] [--out DIR]

The definitions are those of Chroma's evaluation (Smith and Troynikov, "Evaluating Chunking
Strategies for Retrieval", 2024, https://research.trychroma.com/evaluating-chunking). For the
tokens ``e`` of the evidence and ``r`` of the retrieved chunks:

    recall = |e ∩ r| / |e|    precision = |e ∩ r| / |r|    IoU = |e ∩ r| / (|e| + |r| - |e ∩ r|)

where a token that overlapping chunks repeat counts each time in ``|r|`` and once in ``|e ∩ r|``.
Tokens are those of o200k_base. Every chunker cuts the same texts, its chunks are embedded by the
built-in MiniLM as its users embed them (ours with title and headings in front, which are neither
evidence nor retrieved text), and ordered by cosine. MiniLM reads 256 tokens: it embeds the
beginning of longer chunks, as it does for everybody who takes such chunks.

Two comparisons: the best ``k`` chunks, and as many as fill a number of tokens, the last one cut
there. The pool of a question is its passage among all others (ClapNQ), its meeting (QMSum), its
filing (FinanceBench), or all pages taken (documentation). Intervals are 95 %, by a bootstrap over
the source documents.
"""

import argparse
import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.bench.chunkers import Cut, Text, cutters, shared_data
from eval.bench.chunking_sets import SETS, Question
from leanrag.adapters.models import load_embedder
from leanrag.evaluation.baselines.offline import use_carried_vocabularies
from leanrag.evaluation.statistics import Resampler
from leanrag.protocols import Embedder
from leanrag.settings import Settings

KS = (1, 3, 5, 10)
BUDGETS = (250, 500, 1000, 2000)
MEASURES = ("recall", "precision", "iou")


class TokenMap:
    """Where the tokens of a text stand, so that spans become ranges of tokens."""

    def __init__(self, encoding: Any, text: str) -> None:
        _, self._starts = encoding.decode_with_offsets(encoding.encode_ordinary(text))

    def range(self, span: tuple[int, int]) -> range:
        """The tokens that begin inside the span."""
        return range(bisect_left(self._starts, span[0]), bisect_left(self._starts, span[1]))


@dataclass(frozen=True)
class Pool:
    """The chunks of all texts of a set, with their vectors and token ranges."""

    document: NDArray[np.int64]
    vectors: NDArray[np.float32]
    ranges: list[range]

    def ranked(self, query: NDArray[np.float32], within: set[int] | None) -> Iterator[int]:
        """Chunks by cosine, best first; only those of the documents ``within``."""
        scores = self.vectors @ query
        for number in np.argsort(-scores, kind="stable"):
            if within is None or int(self.document[number]) in within:
                yield int(number)


def make_pool(cuts: Sequence[Sequence[Cut]], maps: Sequence[TokenMap], embedder: Embedder) -> Pool:
    """Embeds all chunks."""
    flat = [(number, cut) for number, document in enumerate(cuts) for cut in document]
    return Pool(
        np.array([number for number, _ in flat]),
        embedder.embed_documents([cut.embedded for _, cut in flat]),
        [maps[number].range(cut.span) for number, cut in flat],
    )


def score(
    taken: Sequence[tuple[int, range]], evidence: set[tuple[int, int]]
) -> tuple[float, float, float]:
    """Recall, precision and IoU of the taken ranges of tokens, each with its document."""
    size = sum(len(tokens) for _, tokens in taken)
    union = {(document, token) for document, tokens in taken for token in tokens}
    common = len(union & evidence)
    return (
        common / len(evidence),
        common / size if size else 0.0,
        common / (len(evidence) + size - common),
    )


def filled(ranked: Sequence[tuple[int, range]], budget: int) -> list[tuple[int, range]]:
    """The first chunks up to the budget of tokens, the last one cut there."""
    taken: list[tuple[int, range]] = []
    left = budget
    for document, tokens in ranked:
        if left <= 0:
            break
        taken.append((document, tokens[:left]))
        left -= len(taken[-1][1])
    return taken


def evaluate(
    questions: Sequence[Question], texts: Sequence[Text], embedder: Embedder
) -> dict[str, Any]:
    """The figures of every chunker over one set."""
    import tiktoken

    encoding = tiktoken.get_encoding("o200k_base")
    maps = [TokenMap(encoding, text.text) for text in texts]
    places = {text.id: number for number, text in enumerate(texts)}
    queries = embedder.embed_queries([question.text for question in questions])
    evidence = [
        {
            (places[name], token)
            for name, span in q.evidence
            for token in maps[places[name]].range(span)
        }
        for q in questions
    ]
    draws = Resampler([question.document for question in questions])
    results: dict[str, Any] = {}
    columns: dict[str, dict[str, NDArray[np.float64]]] = {}
    for name, cutter in cutters(embedder).items():
        cuts = [cutter(text) for text in texts]
        pool = make_pool(cuts, maps, embedder)
        rows: dict[str, list[tuple[float, float, float]]] = {}
        for number, question in enumerate(questions):
            within = {places[i] for i in question.pool} if question.pool else None
            order = pool.ranked(queries[number], within)
            taken = []
            tokens = 0
            for chunk in order:
                if len(taken) >= max(KS) and tokens >= max(BUDGETS):
                    break
                taken.append((int(pool.document[chunk]), pool.ranges[chunk]))
                tokens += len(pool.ranges[chunk])
            for k in KS:
                rows.setdefault(f"k={k}", []).append(score(taken[:k], evidence[number]))
            for budget in BUDGETS:
                rows.setdefault(f"tokens={budget}", []).append(
                    score(filled(taken, budget), evidence[number])
                )
        sizes = np.array([len(tokens) for tokens in pool.ranges])
        results[name] = {
            "chunks": len(sizes),
            "mean_tokens": round(float(sizes.mean()), 1),
            "max_tokens": int(sizes.max()),
        }
        columns[name] = {at: np.array(values) for at, values in rows.items()}
        results[name].update({at: figures(values, draws) for at, values in columns[name].items()})
    return {
        "questions": len(questions),
        "source_documents": draws.documents,
        "texts": len(texts),
        "chunkers": results,
        "against_best_peer": against_peers(columns, draws),
    }


def figures(values: NDArray[np.float64], draws: Resampler) -> dict[str, Any]:
    """Means with their intervals."""
    low, high = np.percentile(draws.means(values), (2.5, 97.5), axis=0)
    return {
        name: {"mean": r4(values[:, n].mean()), "interval": [r4(low[n]), r4(high[n])]}
        for n, name in enumerate(MEASURES)
    }


def against_peers(
    columns: Mapping[str, Mapping[str, NDArray[np.float64]]], draws: Resampler
) -> dict[str, Any]:
    """Ours against the peer that is best by each measure: difference and ratio of the means."""
    found: dict[str, Any] = {}
    peers = [name for name in columns if not name.startswith("leanrag")]
    for own in (name for name in columns if name.startswith("leanrag")):
        for at, values in columns[own].items():
            for n, measure in enumerate(MEASURES):
                best = max(peers, key=lambda peer: float(columns[peer][at][:, n].mean()))
                both = np.stack([values[:, n], columns[best][at][:, n]], axis=1)
                means = draws.means(both)
                low, high = np.percentile(means[:, 0] - means[:, 1], (2.5, 97.5))
                mine, theirs = both.mean(axis=0)
                found.setdefault(own, {}).setdefault(at, {})[measure] = {
                    "best_peer": best,
                    "difference": r4(mine - theirs),
                    "interval": [r4(low), r4(high)],
                    "ratio": r4(mine / theirs) if theirs else None,
                }
    return found


def r4(value: float) -> float:
    """Rounded for the record."""
    return round(float(value), 4)


def show(name: str, result: Mapping[str, Any]) -> None:
    """One table a set."""
    print(f"\n{name}: {result['questions']} questions, {result['texts']} texts")
    for at in ("k=1", "k=3", "k=5", "tokens=250", "tokens=500", "tokens=1000"):
        print(f"  {at:34} recall precision    IoU   chunk tokens")
        for chunker, row in result["chunkers"].items():
            means = "  ".join(f"{row[at][m]['mean']:7.3f}" for m in MEASURES)
            print(f"    {chunker:30} {means}  {row['mean_tokens']:8.0f}")


def main() -> None:
    """Runs the sets and writes one file each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sets", default="clapnq,qmsum,docs,filings")
    parser.add_argument("--split", default="report", choices=("tune", "report"))
    parser.add_argument("--limit", type=int, default=0, help="at most so many questions a set")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    use_carried_vocabularies()
    embedder = load_embedder(Settings().embedding)
    data = shared_data()
    for name in options.sets.split(","):
        questions, texts = SETS[name](data, options.split)
        if options.limit:
            questions = questions[: options.limit]
        if not questions:
            print(f"{name}: nothing to measure here")
            continue
        result = evaluate(questions, texts, embedder)
        show(name, result)
        if options.out:
            options.out.mkdir(parents=True, exist_ok=True)
            file = options.out / f"{name}.json"
            file.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
