"""Questions over single passages, each put among its lexical neighbours of the whole set."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from leanrag.evaluation.cases import Row, parse_case
from leanrag.evaluation.datasets import Dataset, LoadOptions, choose
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.pool import LexicalPool, seeded
from leanrag.evaluation.rows import CaseProblem
from leanrag.types import Span

ANSWER_ELSEWHERE = "answer also elsewhere"
"""Tag of cases where a passage other than the gold ones holds an answer too."""


@dataclass(frozen=True, slots=True)
class PoolText:
    """A passage of the pool."""

    text: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class PooledItem:
    """A question with its gold passages; ``evidence`` pairs a gold passage with a span in it."""

    values: Mapping[str, Any]
    document: str
    gold: tuple[PoolText, ...]
    evidence: tuple[tuple[int, Span | None], ...] = ()
    others: tuple[PoolText, ...] = field(default=())
    """Passages that enter the pool without being gold."""

    @property
    def id(self) -> str:
        """The case's id."""
        return str(self.values["id"])


def pooled(
    rows: Iterable[tuple[int, PooledItem | CaseProblem]], path: Path, options: LoadOptions
) -> Dataset:
    """Cases of ``options.contexts`` passages each: the gold ones and their nearest neighbours.

    The pool is all passages of the file, whatever split is asked for. Neighbours stand in BM25
    order of the question, the gold ones at seeded places among them.
    """
    items: list[tuple[int, PooledItem]] = []
    problems: list[CaseProblem] = []
    for line, item in rows:
        if isinstance(item, CaseProblem):
            problems.append(item)
        else:
            items.append((line, item))
    places: dict[str, int] = {}
    passages: list[PoolText] = []
    for _, item in items:
        for passage in (*item.gold, *item.others):
            if passage.text not in places:
                places[passage.text] = len(passages)
                passages.append(passage)
    pool = LexicalPool([f"{passage.title} {passage.text}" for passage in passages])
    chosen = choose(items, options, key=lambda row: (row[1].document, row[1].id))

    def produce() -> Iterator[Row]:
        yield from problems
        for line, item in chosen:
            yield parse_case(_case(item, passages, places, pool, options), str(path), line)

    return Dataset(produce, (path,), size=len(chosen))


def _case(
    item: PooledItem,
    passages: Sequence[PoolText],
    places: Mapping[str, int],
    pool: LexicalPool,
    options: LoadOptions,
) -> dict[str, Any]:
    gold = list(dict.fromkeys(places[passage.text] for passage in item.gold))
    order = pool.neighbours(
        str(item.values["question"]),
        without=set(gold),
        count=max(0, options.contexts - len(gold)),
    )
    values = dict(item.values)
    finder = AnswerFinder(values.get("answers", ()), values.get("language", "en"))
    if finder and any(finder.found_in(passages[place].text) for place in order):
        values["tags"] = [*values.get("tags", ()), ANSWER_ELSEWHERE]
    for number, place in enumerate(gold):
        spot = seeded(f"{item.id}\x1f{number}", seed=options.seed)
        order.insert(int(spot * (len(order) + 1)), place)
    values["contexts"] = [
        {"id": f"p{place}", "text": passages[place].text, "title": passages[place].title}
        for place in order
    ]
    values["evidence"] = [
        {"context": f"p{places[item.gold[number].text]}", "span": span}
        for number, span in item.evidence
    ]
    values.setdefault("document", item.document)
    return values
