"""The embedded engine and the client's imitation of the server give the same answers."""

import random
from collections.abc import Iterator
from typing import Any

import pytest

from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from tests.contracts.engines import ENGINES
from tests.store_samples import document, question, ram_folder

VOCABULARY = "red green blue black white grey brown pink one two three four five six 红 色"
WORDS = VOCABULARY.split()


@pytest.fixture(scope="module")
def stores() -> Iterator[list[Store]]:
    chance = random.Random(7)
    batches = [
        [
            document(
                f"{batch}-{n}.md",
                *(" ".join(chance.choices(WORDS, k=chance.randint(2, 30))) for _ in range(3)),
                metadata={"batch": batch, "even": n % 2 == 0, "day": f"2024-01-{n + 1:02}"},
            )
            for n in range(8)
        ]
        for batch in range(4)
    ]
    with ram_folder() as folder:
        engines = [engine(folder) for engine in ENGINES]
        opened = [engine.open() for engine in engines]
        for store in opened:
            for batch in batches:
                store.write(batch)
            store.write([document("0-0.md", "red rewritten")])
            store.delete([batches[1][1][0].id, batches[2][2][0].id])
            store.update_metadata(batches[3][3][0].id, {"batch": 99})
            store.optimize()
        yield opened
        for engine in engines:
            engine.__exit__(None, None, None)


@pytest.mark.parametrize(
    "where",
    [
        None,
        "batch>=2",
        "even=true",
        ["day<2024-01-04", "batch!=0"],
        {"or": [{"batch": 99}, {"source": {"prefix": "0-"}}]},
    ],
)
def test_the_same_hits_with_the_same_scores(stores: list[Store], where: Any) -> None:
    chance = random.Random(3)
    for _ in range(10):
        request = question(" ".join(chance.choices(WORDS, k=4)), parse_where(where), limit=200)
        first, *others = (store.search(request) for store in stores)
        assert first.dense
        for other in others:
            for mine, theirs in ((first.dense, other.dense), (first.lexical, other.lexical)):
                assert {hit.id: hit.chunk for hit in mine} == {hit.id: hit.chunk for hit in theirs}
                scores = {hit.id: hit.score for hit in theirs}
                for hit in mine:
                    assert hit.score == pytest.approx(scores[hit.id], abs=1e-4, rel=1e-4)


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
