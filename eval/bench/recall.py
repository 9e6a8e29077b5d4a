"""Ranking of a conversation's turns: evidence among the first, and among those read closely.

    python eval/bench/recall.py [--split tune|report] [--questions N] [--data FOLDER] [--json FILE]

For questions on LoCoMo: the share of those with any, and with all, of their evidence turns among
the first 10 turns and among as many as the selector reads. Turns are ordered by embedding, by
reciprocal rank fusion of embedding and BM25, as ``leanrag.condense`` does before it asks the
selector, and as it does with the selector over 60 (its default) and over 100 pieces.
"""

import argparse
import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from eval.loaders import LOADERS
from leanrag.adapters.models import load_embedder, load_selector
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.evaluation.cases import Case, Context
from leanrag.evaluation.datasets import LoadOptions
from leanrag.evaluation.pipelines.closed import dense_order, rrf_order
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.history.hints import hints
from leanrag.history.messages import group, validate
from leanrag.history.pieces import Piece, pieces_of
from leanrag.history.recall import CANDIDATES, TurnScorer
from leanrag.settings import Settings
from leanrag.tokens import counter_for

FIRST = (10, CANDIDATES, 100)
MORE = 100

Order = Callable[[Case], list[str]]


def main() -> None:
    """Prints the shares, and writes them where asked."""
    given = _arguments()
    options = LoadOptions(split=given.split, limit=given.questions)
    rows = LOADERS["locomo"](given.data / "dialogue", options).rows()
    cases = [case for case in rows if isinstance(case, Case) and case.evidence]
    found: dict[str, list[list[bool]]] = {}
    orders = _orders()
    for number, case in enumerate(cases, start=1):
        wanted = {item.turn for item in case.evidence}
        for name, order in orders.items():
            ranked = order(case)
            hits = [[turn in set(ranked[:k]) for turn in wanted] for k in FIRST]
            found.setdefault(name, []).append([x for one in hits for x in (any(one), all(one))])
        if number % 20 == 0:
            print(f"{number} of {len(cases)}", flush=True)
    figures = {
        "set": f"LoCoMo, {given.split} rows",
        "questions": len(cases),
        "orders": {name: _shares(rows) for name, rows in found.items()},
    }
    for name, shares in figures["orders"].items():  # type: ignore[attr-defined]
        print(name, json.dumps(shares))
    if given.json:
        given.json.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _shares(rows: Sequence[Sequence[bool]]) -> dict[str, float]:
    means = np.asarray(rows, dtype=float).mean(axis=0).reshape(-1, 2)
    return {
        f"{kind}@{k}": round(float(value), 4)
        for k, pair in zip(FIRST, means, strict=True)
        for kind, value in zip(("any", "all"), pair, strict=True)
    }


def _orders() -> dict[str, Order]:
    settings = Settings()
    bench = Workbench()
    embedder = load_embedder(settings.embedding)

    def scorer(candidates: int) -> TurnScorer:
        selector = load_selector("builtin") if candidates else None
        return TurnScorer(embedder, RankBM25Scorer(), selector=selector, candidates=candidates)

    def by_turns(order: Callable[[Case, Workbench], tuple[list[int], float]]) -> Order:
        def ranked(case: Case) -> list[str]:
            turns = tuple(Context(id=turn.id or "", text=turn.content) for turn in case.history)
            places, _ = order(case.model_copy(update={"contexts": turns}), bench)
            return [turns[place].id for place in places]

        return ranked

    return {
        "embedding": by_turns(dense_order),
        "fusion": by_turns(rrf_order),
        "recall without the selector": _recall(scorer(0)),
        f"selector over {CANDIDATES}": _recall(scorer(CANDIDATES)),
        f"selector over {MORE}": _recall(scorer(MORE)),
    }


def _recall(scorer: TurnScorer) -> Order:
    counter = counter_for("gpt-4o")
    known: dict[str, list[Piece]] = {}

    def ranked(case: Case) -> list[str]:
        if case.document not in known:
            known.clear()
            groups, _ = group(
                validate([turn.model_dump(exclude_none=True) for turn in case.history])
            )
            known[case.document] = [
                piece
                for n, members in enumerate(groups)
                for piece in pieces_of(n, members, counter)
            ]
        pieces = known[case.document]
        gains = hints(case.question, [piece.heading for piece in pieces])
        texts = [piece.text for piece in pieces]
        found = scorer.relevance(case.question, texts, lambda n: pieces[n].passage(), gains)
        order = np.argsort(-found.whole, kind="stable")
        return list(dict.fromkeys(pieces[int(number)].turn.id for number in order))

    return ranked


def _arguments() -> argparse.Namespace:
    shared = Path(__file__).parents[3] / "shared" / "data"
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])  # type: ignore[union-attr]
    parser.add_argument("--split", choices=("tune", "report"), default="report")
    parser.add_argument("--questions", type=int, default=120)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("LEANRAG_DATA", shared)))
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    main()
