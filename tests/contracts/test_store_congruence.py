"""The engines give the same answers: embedded, embedded with graph and quantization, server.

The server is the client's imitation of one, and a real one where the environment names it.
"""

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from leanrag.adapters.qdrant.edge import optimizer as edge_optimizer
from leanrag.adapters.qdrant.edge.opening import open_edge_store
from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.settings import QdrantSettings
from tests.contracts.engines import ENGINES, EdgeEngine, Engine
from tests.store_samples import document, question, ram_folder

VOCABULARY = "red green blue black white grey brown pink one two three four five six 红 色"
WORDS = VOCABULARY.split()


class GraphEngine(EdgeEngine):
    """Embedded stores that are indexed, quantized and copied however small they are."""

    def _open(self, collection: str, **settings: Any) -> Store:
        indexed = QdrantSettings(graph_from=20)
        return open_edge_store(self.folder, collection, settings=indexed, **settings)


@pytest.fixture(scope="module")
def stores() -> Iterator[list[Store]]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(edge_optimizer, "IN_PLACE", 0)
        # At which moment weights are computed anew would else be chance, within the tolerance.
        patch.setattr(edge_optimizer.EdgeOptimizer, "after_write", lambda _: None)
        yield from filled([*ENGINES, GraphEngine])


def filled(engines: Sequence[Callable[[Path], Engine]]) -> Iterator[list[Store]]:
    """Stores of the engines, written to in the same way."""
    chance = random.Random(7)
    batches = [
        [
            document(
                f"{batch}-{n}.md",
                *(" ".join(chance.choices(WORDS, k=chance.randint(2, 30))) for _ in range(3)),
                metadata={
                    "batch": batch,
                    "even": n % 2 == 0,
                    "day": f"2024-01-{n + 1:02}",
                    "share": n / 8 if n % 3 else 1.5,
                    "tags": chance.sample(["a", "b", "c", "c d"], k=n % 3),
                    **({"team": chance.choice(["db", "web", "Web 2"])} if n % 4 else {}),
                },
            )
            for n in range(8)
        ]
        for batch in range(4)
    ]
    with ram_folder() as folder:
        made = [engine(folder / str(number)) for number, engine in enumerate(engines)]
        for one in made:
            one.folder.parent.mkdir()
        opened = [one.open() for one in made]
        for store in opened:
            for batch in batches:
                store.write(batch)
            store.write([document("0-0.md", "red rewritten")])
            store.delete([batches[1][1][0].id, batches[2][2][0].id])
            store.update_metadata(batches[3][3][0].id, {"batch": 99})
            store.optimize()
            store.write([document("after.md", "green three written after", metadata={"batch": 5})])
            store.delete([batches[0][3][0].id])
        yield opened
        for one in made:
            one.__exit__(None, None, None)


@pytest.mark.parametrize(
    "where",
    [
        None,
        "batch>=2",
        "even=true",
        ["day<2024-01-04", "batch!=0"],
        {"or": [{"batch": 99}, {"source": {"prefix": "0-"}}]},
        {"tags": ["a", "c d"]},
        {"and": [{"not": {"tags": "c"}}, {"team": {"exists": True}}]},
        {"team": {"exists": False}},
        {"team": {"prefix": "W"}},
        {"share": {"gt": 0.2, "lte": 1.5}},
        {"day": {"gte": "2024-01-03", "lt": "2024-01-06"}},
        "page=2",
        "batch=77",
    ],
)
def test_the_same_hits_with_the_same_scores(stores: list[Store], where: Any) -> None:
    chance = random.Random(3)
    for _ in range(10):
        request = question(" ".join(chance.choices(WORDS, k=4)), parse_where(where), limit=200)
        first, *others = (store.search(request) for store in stores)
        assert first.dense or where == "batch=77"
        for other in others:
            for mine, theirs in ((first.dense, other.dense), (first.lexical, other.lexical)):
                assert {hit.id: hit.chunk for hit in mine} == {hit.id: hit.chunk for hit in theirs}
                scores = {hit.id: hit.score for hit in theirs}
                for hit in mine:
                    assert hit.score == pytest.approx(scores[hit.id], abs=1e-4, rel=1e-4)


@pytest.mark.parametrize("where", [None, "even=true", {"tags": ["a", "c d"]}])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_the_same_scores_in_the_same_order_where_the_list_is_cut(
    stores: list[Store], where: Any, limit: int
) -> None:
    chance = random.Random(limit)
    requests = [
        question(" ".join(chance.choices(WORDS, k=5)), parse_where(where), limit=limit)
        for _ in range(10)
    ]
    first, *others = (store.search_many(requests) for store in stores)
    for other in others:
        for mine, theirs in zip(first, other, strict=True):
            # Which of several hits of one score is left out is the engine's choice.
            for side, its in ((mine.dense, theirs.dense), (mine.lexical, theirs.lexical)):
                assert [hit.score for hit in side] == pytest.approx(
                    [hit.score for hit in its], abs=1e-4, rel=1e-4
                )


def test_the_same_figures(stores: list[Store]) -> None:
    from leanrag.text.bm25 import term_id

    terms = [term_id(word) for word in WORDS]
    first, *others = stores
    for other in others:
        assert dict(first.fields()) == dict(other.fields())
        assert first.facets(5) == other.facets(5)
        assert first.match(parse_where("batch=1")) == other.match(parse_where("batch=1"))
        assert first.idf(terms) == pytest.approx(other.idf(terms), rel=1e-4)
        mine, theirs = first.info(), other.info()
        assert (mine.documents, mine.chunks, mine.tokens) == (
            theirs.documents,
            theirs.chunks,
            theirs.tokens,
        )
        assert [(r.source, r.id, r.metadata) for r in first.records()] == [
            (r.source, r.id, r.metadata) for r in other.records()
        ]
