"""How well follow-up questions find their passages, by what they are searched with.

    python eval/bench/follow_ups.py ../shared/data --out eval/baselines/multiturn

Searches all passages of MTRAG-UN with the last question alone, with the earlier questions put in
front of it, and with what leanrag makes of the conversation; then questions that do not belong to
the conversation before them, over a pool that holds the passages of both.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.loaders import LOADERS
from leanrag import LeanRAG
from leanrag.api.prompting.search import Searcher
from leanrag.api.wiring.models import shared_models
from leanrag.api.wiring.stores import open_store
from leanrag.evaluation.cases import Case
from leanrag.evaluation.datasets import LoadOptions, Split, split_of
from leanrag.evaluation.pool import seeded
from leanrag.evaluation.statistics import Resampler, mean_interval, paired_difference
from leanrag.retrieve.blend import blend
from leanrag.retrieve.followup import Wanted, as_asked, standalone
from leanrag.settings import Settings
from leanrag.types import Hit, Message, SearchRequest

TALKS = "multiturn/mtrag_un.jsonl.gz"
FACTS = "qa/nq.jsonl.gz"
AT = 5
STAGES = ("bm25", "dense", "fused", "reranked")
FACT_QUESTIONS = 50

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question after a conversation, and the passages that answer it."""

    id: str
    document: str
    question: str
    history: tuple[Message, ...]
    gold: frozenset[str]

    @property
    def earlier(self) -> list[str]:
        """What the user said before."""
        return [str(turn["content"]) for turn in self.history if turn["role"] == "user"]


Strategy = Callable[[Asked], Wanted]
STRATEGIES: Mapping[str, Strategy] = {
    "last": lambda asked: as_asked(asked.question),
    "all of the user's turns": lambda a: as_asked("\n".join([*a.earlier, a.question])),
    "the user's last turn, too": lambda a: as_asked("\n".join([*a.earlier[-1:], a.question])),
    "leanrag": lambda asked: standalone(asked.question, asked.history),
}


STRAYING = ("last", "the user's last turn, too", "leanrag")
"""What is compared where the question does not belong to the conversation."""


def conversations(data: Path) -> list[Case]:
    """All tasks of MTRAG-UN, each with its gold passages alone."""
    dataset = LOADERS["mtrag"](data / TALKS, LoadOptions(contexts=1))
    return [row for row in dataset.rows() if isinstance(row, Case)]


def facts(data: Path) -> list[Case]:
    """All questions of NaturalQuestions, each with its passage alone."""
    dataset = LOADERS["nq"](data / FACTS, LoadOptions(contexts=1))
    return [row for row in dataset.rows() if isinstance(row, Case)]


def follow_ups(cases: Sequence[Case]) -> list[Asked]:
    """The answerable tasks that have a history."""
    return [
        Asked(case.id, case.document, case.question, _messages(case), gold)
        for case in cases
        if case.answerable and case.history and (gold := _gold(case, "talk"))
    ]


def with_other_histories(
    questions: Sequence[Case], histories: Sequence[Case], kind: str
) -> list[Asked]:
    """Questions after a conversation that is not theirs."""
    told = [case for case in histories if case.history]
    found = []
    for case in questions:
        others = [other for other in told if other.document != case.document]
        other = others[int(seeded(case.id, seed=7) * len(others))]
        found.append(
            Asked(case.id, case.document, case.question, _messages(other), _gold(case, kind))
        )
    return found


def after_other_facts(questions: Sequence[Case]) -> list[Asked]:
    """Questions after two others of their kind, answered by the beginning of their passages."""
    found = []
    for number, case in enumerate(questions):
        history: list[Message] = []
        for step in (1, 2):
            other = questions[(number + step) % len(questions)]
            history.append({"role": "user", "content": other.question})
            history.append({"role": "assistant", "content": other.contexts[0].text[:300]})
        found.append(
            Asked(case.id, case.document, case.question, tuple(history), _gold(case, "fact"))
        )
    return found


def _messages(case: Case) -> tuple[Message, ...]:
    return tuple({"role": turn.role, "content": turn.content} for turn in case.history)


def _gold(case: Case, kind: str) -> frozenset[str]:
    return frozenset(f"{kind}/{item.context}" for item in case.evidence if item.context)


def _documents(cases: Sequence[Case], kind: str) -> list[dict[str, Any]]:
    texts = {
        f"{kind}/{context.id}": {"text": context.text, "title": context.title}
        for case in cases
        for context in case.contexts
    }
    return [{"id": name, **values} for name, values in texts.items()]


@contextmanager
def searcher_over(documents: Sequence[Mapping[str, Any]]) -> Iterator[Searcher]:
    """A searcher with the default settings over a new embedded store."""
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings.create(store=str(Path(folder) / "store"))
        with LeanRAG(settings) as rag:
            rag.ingest(list(documents))
        models = shared_models()
        store = open_store(settings, models.embedder(settings.embedding), create=False)
        try:
            embedder = models.embedder(settings.embedding, store.variant)
            yield Searcher(store, embedder, models.reranker(settings), settings)
        finally:
            store.close()


def recalls(searcher: Searcher, asked: Asked, wanted: Wanted) -> list[float]:
    """Recall of the gold passages among the first ``AT``, by stage."""
    mixed = blend(wanted, searcher.embedder, searcher.settings.embedding.languages)
    limit = searcher.settings.retrieval.candidates
    result = searcher.store.search(SearchRequest(mixed.dense.tolist(), mixed.terms, None, limit))
    fused = searcher.fused(wanted.text, result)
    lists = (result.lexical, result.dense, fused, searcher.reranker.rerank(wanted.text, fused))
    return [_recall(hits, asked.gold) for hits in lists]


def _recall(hits: Sequence[Hit], gold: frozenset[str]) -> float:
    first = list(dict.fromkeys(hit.source for hit in hits))[:AT]
    return len(gold.intersection(first)) / len(gold)


def measured(
    searcher: Searcher, asked: Sequence[Asked], names: Sequence[str] = tuple(STRATEGIES)
) -> dict[str, Values]:
    """Recall by strategy; shape (questions, stages)."""
    return {
        name: np.array([recalls(searcher, one, STRATEGIES[name](one)) for one in asked])
        for name in names
    }


def figures(asked: Sequence[Asked], found: Mapping[str, Values], *, gaps: bool) -> dict[str, Any]:
    """Means with intervals, and against the last question alone: gain, and share of the gap."""
    draws = Resampler([one.document for one in asked])
    table: dict[str, Any] = {"questions": len(asked)}
    for name, values in found.items():
        row = table[name] = {}
        for stage, column, last in zip(STAGES, values.T, found["last"].T, strict=True):
            mean = mean_interval(column, draws)
            cell = row[stage] = {f"recall@{AT}": _shown(mean.value, mean.low, mean.high)}
            if name == "last":
                continue
            gain = paired_difference(column, last, draws)
            cell["gain"] = _shown(gain.difference, gain.low, gain.high)
            if gaps:
                cell["gap closed"] = _shown(*_gap(column, last, draws))
    return table


def _gap(column: Values, last: Values, draws: Resampler) -> tuple[float, float, float]:
    """Which share of what the last question alone misses is found, with its interval."""
    means = draws.means(np.stack([column, last], axis=1))
    missing = np.maximum(1 - means[:, 1], 1e-9)
    low, high = np.quantile((means[:, 0] - means[:, 1]) / missing, [0.025, 0.975])
    value = (column.mean() - last.mean()) / max(1e-9, 1 - last.mean())
    return float(value), float(low), float(high)


def _shown(value: float, low: float, high: float) -> list[float]:
    return [round(number, 4) for number in (value, low, high)]


def main() -> None:
    """Prints and writes all tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path)
    parser.add_argument("--tune", action="store_true", help="look at tune rows alone")
    parser.add_argument("--part", choices=("talks", "straying"), help="one part alone")
    options = parser.parse_args()
    talks = conversations(options.data)
    tables: dict[str, Iterator[tuple[str, dict[str, Any]]]] = {
        "talks": in_conversation(talks, tune=options.tune),
        "straying": straying(
            talks, facts(options.data), split="tune" if options.tune else "report"
        ),
    }
    for part, found in tables.items():
        if options.part in (None, part):
            results = {}
            for name, table in found:
                results[name] = table
                _print(name, table)
            if options.out:
                options.out.mkdir(parents=True, exist_ok=True)
                text = json.dumps(results, indent=1) + "\n"
                (options.out / f"{part}.json").write_text(text, encoding="utf-8")


def in_conversation(talks: Sequence[Case], *, tune: bool) -> Iterator[tuple[str, dict[str, Any]]]:
    """Follow-up questions of tune rows, or of all others and of report rows among them."""
    with searcher_over(_documents(talks, "talk")) as searcher:
        asked = [one for one in follow_ups(talks) if (split_of(one.document) == "tune") == tune]
        found = measured(searcher, asked)
    yield "tune" if tune else "all but tune", figures(asked, found, gaps=True)
    if not tune:
        mark = np.array([split_of(one.document) == "report" for one in asked])
        reported = [one for one, is_reported in zip(asked, mark, strict=True) if is_reported]
        there = {name: values[mark] for name, values in found.items()}
        yield "report", figures(reported, there, gaps=True)


def straying(
    talks: Sequence[Case], known: Sequence[Case], *, split: Split
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Questions that have nothing to do with the conversation before them."""
    mine = [case for case in talks if split_of(case.document) == split]
    own = [case for case in known if split_of(case.document) == split]
    drawn = sorted(own, key=lambda case: seeded(case.id, seed=0))[:FACT_QUESTIONS]
    first = [case for case in talks if case.answerable and not case.history and _gold(case, "talk")]
    sets = {
        "facts after a conversation": with_other_histories(drawn, mine, "fact"),
        "facts after other facts": after_other_facts(drawn),
        "first questions after another conversation": [
            replace(one, id=f"{one.id}/{turn}")
            for turn in range(3)
            for one in with_other_histories(first, mine[turn::3], "talk")
        ],
    }
    with searcher_over([*_documents(talks, "talk"), *_documents(own, "fact")]) as searcher:
        for name, asked in sets.items():
            yield name, figures(asked, measured(searcher, asked, STRAYING), gaps=False)


def _print(name: str, table: Mapping[str, Any]) -> None:
    print(f"{name}: {table['questions']} questions")
    for strategy in (name for name in STRATEGIES if name in table):
        cells = [
            f"{stage} {cell[f'recall@{AT}'][0]:.3f}"
            + (f" ({cell['gap closed'][0]:+.0%})" if "gap closed" in cell else "")
            for stage, cell in table[strategy].items()
        ]
        print(f"  {strategy:28}", *cells, flush=True)


if __name__ == "__main__":
    main()
