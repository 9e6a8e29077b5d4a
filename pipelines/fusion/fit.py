"""Fits the coefficients of ``leanrag.retrieve.weights`` on the tune rows of the retrieval suites.

    python -m pipelines.fusion.fit eval/suites/retrieval --out build/fusion

Every suite of the folder is searched with its tune rows, but ``docs``, which has none and leaves
it to ``docs_dev``. The loss is the cross-entropy of a softmax over the fused scores of all hits,
whose temperature is fitted along; each set counts the same, whatever its size. Prints the
coefficients, and recall@5 of each set with them.
"""

import argparse
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from eval.retrieval.pools import Asked, pool_of
from eval.retrieval.spec import load_spec, with_split
from leanrag.api.prompting.search import Searcher
from leanrag.api.wiring.models import shared_models
from leanrag.api.wiring.stores import open_store
from leanrag.evaluation.metrics import recall_at
from leanrag.evaluation.pipelines.corpus import LeanCorpus
from leanrag.retrieve.filters import parse_where
from leanrag.retrieve.question import dense_share
from leanrag.retrieve.rerank import NoReranker
from leanrag.retrieve.weights import COEFFICIENTS, features, scaled
from leanrag.settings import RetrievalSettings, Settings
from leanrag.types import SearchResult

Values = NDArray[np.float64]

NAMES = tuple(COEFFICIENTS)
PENALTY: Mapping[str, float] = {"foreign": 0.001}
"""Weight of a coefficient's square in the loss; of those not named ``USUAL_PENALTY``."""
USUAL_PENALTY = 0.01
STEPS = 200
RATE = 5.0


@dataclass(frozen=True, slots=True)
class Question:
    """The hits of one question: features, both scaled scores, and which hits are gold."""

    features: Values
    dense: Values
    lexical: Values
    gold: NDArray[np.bool_]
    units: tuple[str, ...]
    wanted: frozenset[str]


def question_of(asked: Asked, result: SearchResult, share: float) -> Question:
    """What is learned from the lists of one question."""
    dense = scaled({hit.id: hit.dense or 0.0 for hit in result.dense})
    lexical = scaled({hit.id: hit.lexical or 0.0 for hit in result.lexical})
    units = {hit.id: asked.name(hit) for hit in (*result.dense, *result.lexical)}
    found = features(result, share=share)
    return Question(
        features=np.array([found[name] for name in NAMES]),
        dense=np.array([dense.get(name, 0.0) for name in units]),
        lexical=np.array([lexical.get(name, 0.0) for name in units]),
        gold=np.array([unit in asked.gold for unit in units.values()], dtype=np.bool_),
        units=tuple(units.values()),
        wanted=asked.gold,
    )


def fit(sets: Sequence[Sequence[Question]], base: float) -> dict[str, float]:
    """The coefficients, by gradient descent from zero.

    Args:
        sets: the questions of each set; those of which nothing or everything is gold teach nothing.
        base: the weight that the coefficients depart from.
    """
    useful = [[q for q in questions if q.gold.any() and not q.gold.all()] for questions in sets]
    useful = [questions for questions in useful if questions]
    start = math.log(base / (1 - base))
    penalty = np.array([PENALTY.get(name, USUAL_PENALTY) for name in NAMES])
    found, sharpness = np.zeros(len(NAMES)), math.log(10.0)
    for _ in range(STEPS):
        slope, sharper = 2 * penalty * found, 0.0
        for questions in useful:
            for question in questions:
                by_weight, by_sharpness = _slopes(question, found, start, math.exp(sharpness))
                share = 1 / (len(useful) * len(questions))
                slope = slope + share * by_weight
                sharper += share * by_sharpness
        found = found - RATE * slope
        sharpness -= 0.1 * RATE * sharper
    return {name: round(float(value), 2) for name, value in zip(NAMES, found, strict=True)}


def _slopes(
    question: Question, found: Values, start: float, sharpness: float
) -> tuple[Values, float]:
    """How the loss of a question changes with the coefficients and with the log sharpness."""
    weight = 1 / (1 + math.exp(-(start + float(question.features @ found))))
    fused = weight * question.dense + (1 - weight) * question.lexical
    likely = np.exp(sharpness * (fused - fused.max()))
    right = np.where(question.gold, likely, 0.0)
    beyond = likely / likely.sum() - right / right.sum()
    by_weight = sharpness * float(beyond @ (question.dense - question.lexical))
    by_features: Values = by_weight * weight * (1 - weight) * question.features
    return by_features, sharpness * float(beyond @ fused)


def recall(questions: Sequence[Question], found: Mapping[str, float], base: float) -> float:
    """Mean recall@5 of units under the coefficients."""
    start = math.log(base / (1 - base))
    values = []
    for question in questions:
        logit = start + sum(question.features[n] * found[name] for n, name in enumerate(NAMES))
        weight = 1 / (1 + math.exp(-logit))
        fused = weight * question.dense + (1 - weight) * question.lexical
        order = np.argsort(-fused, kind="stable")
        units = list(dict.fromkeys(question.units[place] for place in order))
        values.append(recall_at(units, question.wanted, 5))
    return float(np.mean(values)) if values else 0.0


def collect(path: Path, folder: Path) -> list[Question]:
    """The tune questions of a suite, searched in a store under ``folder``."""
    spec = with_split(load_spec(path), "tune")
    pool = pool_of(spec, path)
    settings = Settings.create(**spec.settings)
    corpus = LeanCorpus(pool.corpus, settings, folder / spec.name)
    corpus.rag.close()
    models = shared_models()
    store = open_store(corpus.stored, models.embedder(settings.embedding), create=False)
    try:
        embedder = models.embedder(settings.embedding, store.variant)
        searcher = Searcher(store, embedder, NoReranker(), settings)
        questions = []
        for asked in pool.asked:
            request = searcher.request(asked.question, parse_where(asked.where), 1)
            share = dense_share(asked.question, settings.embedding.languages)
            questions.append(question_of(asked, store.search(request), share))
        return questions
    finally:
        store.close()


def main() -> None:
    """Prints what the tune rows ask for."""
    parser = argparse.ArgumentParser(description="Fits the weights of fusion.")
    parser.add_argument("suites", type=Path)
    parser.add_argument("--out", type=Path, required=True, help="folder for the stores")
    given = parser.parse_args()
    files = [file for file in sorted(given.suites.glob("*.yaml")) if file.stem != "docs"]
    sets = {file.stem: collect(file, given.out) for file in files}
    base = RetrievalSettings().dense_weight
    found = fit(list(sets.values()), base)
    reached = {name: round(100 * recall(rows, found, base), 1) for name, rows in sets.items()}
    print(json.dumps({"coefficients": found, "recall_at_5": reached}))


if __name__ == "__main__":
    main()
