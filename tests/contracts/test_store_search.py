"""What every store promises about scores, statistics and order."""

import pytest

from leanrag.errors import InputError
from leanrag.protocols import Store
from leanrag.text.bm25 import K1, B, document_weights, term_counts, term_id
from leanrag.types import SearchRequest
from tests.store_samples import DIMENSIONS, document, lucene_idf, question, vector


def bm25(count: int, length: int, average: float) -> float:
    return count * (K1 + 1) / (count + K1 * (1 - B + B * length / average))


def test_scores_are_the_cosine_and_bm25(store: Store) -> None:
    store.write([document("a.md", "red red blue"), document("b.md", "blue green black white grey")])
    store.write([document("c.md", "yellow")])
    result = store.search(question("red blue blue", limit=2))
    best = result.dense[0]
    assert best.source == "a.md"
    assert best.dense == best.score
    assert best.lexical is None
    cosine = sum(
        x * y for x, y in zip(vector("red blue blue"), vector("red red blue"), strict=True)
    )
    assert best.score == pytest.approx(cosine, abs=1e-5)
    first, second = result.lexical
    assert first.lexical == first.score
    assert first.dense is None
    # Weights are made with the mean length known when they are written: that of the first batch.
    red, blue = lucene_idf(3, 1), lucene_idf(3, 2)
    expected = red * bm25(2, 3, 4) + 2 * blue * bm25(1, 3, 4)
    assert (first.source, first.score) == ("a.md", pytest.approx(expected, rel=1e-5))
    assert (second.source, second.score) == (
        "b.md",
        pytest.approx(2 * blue * bm25(1, 5, 4), rel=1e-5),
    )


def test_optimize_brings_weights_to_the_present_mean_length(store: Store) -> None:
    store.write([document("a.md", "red red blue")])
    store.write([document(f"{n}.md", "one two three four five six seven red") for n in range(4)])
    average = (3 + 4 * 8) / 5
    assert store.optimize()
    hits = {hit.source: hit.score for hit in store.search(question("red")).lexical}
    idf = lucene_idf(5, 5)
    assert hits["a.md"] == pytest.approx(idf * bm25(2, 3, average), rel=1e-5)
    assert hits["0.md"] == pytest.approx(idf * bm25(1, 8, average), rel=1e-5)
    assert not store.optimize()
    weights = document_weights(term_counts(["red", "red", "blue"]), average)
    assert hits["a.md"] / idf == pytest.approx(weights[term_id("red")], rel=1e-5)


def test_statistics_are_those_of_what_is_visible(store: Store) -> None:
    store.write([document(f"{n}.md", "common " + ("rare" if n < 3 else "x")) for n in range(10)])
    ids = {record.source: record.id for record in store.records()}
    common, rare, none = term_id("common"), term_id("rare"), term_id("none")
    assert store.idf([common, rare, none]) == pytest.approx(
        {common: lucene_idf(10, 10), rare: lucene_idf(10, 3)}, rel=1e-5
    )
    store.delete([ids["0.md"], ids["9.md"]])
    store.write([document("1.md", "common")])
    assert store.idf([common, rare, none]) == pytest.approx(
        {common: lucene_idf(8, 8), rare: lucene_idf(8, 1)}, rel=1e-5
    )
    score = store.search(question("rare")).lexical[0].score
    assert score == pytest.approx(lucene_idf(8, 1) * bm25(1, 2, 2), rel=1e-5)
    store.delete([ids["2.md"]])
    assert rare not in store.idf([rare])
    assert store.idf([]) == {}


def test_equal_scores_stand_in_the_order_of_ids(store: Store) -> None:
    store.write([document(f"{n}.md", "same words") for n in range(12)])
    result = store.search(question("same words"))
    for hits in (result.dense, result.lexical):
        assert len(hits) == 12
        assert [hit.id for hit in hits] == sorted(hit.id for hit in hits)


def test_each_side_may_be_left_out(store: Store) -> None:
    store.write([document("a.md", "some words")])
    both = question("some words")
    assert store.search(SearchRequest(None, both.terms)).dense == ()
    assert len(store.search(SearchRequest(None, both.terms)).lexical) == 1
    assert store.search(SearchRequest(both.dense, {})).lexical == ()
    assert len(store.search(SearchRequest(both.dense, {})).dense) == 1
    nothing = store.search(SearchRequest(None, {}))
    assert (nothing.dense, nothing.lexical) == ((), ())


def test_the_limit_holds_for_each_list(store: Store) -> None:
    store.write([document("a.md", *(f"word number{n}" for n in range(9)))])
    result = store.search(question("word", limit=4))
    assert (len(result.dense), len(result.lexical)) == (4, 4)


def test_an_empty_store_answers(store: Store) -> None:
    result = store.search(question("words"))
    assert (result.dense, result.lexical) == ((), ())
    assert store.idf([1]) == {}
    assert store.facets() == {}
    assert not store.optimize()
    info = store.info()
    assert (info.documents, info.chunks, info.tokens) == (0, 0, 0)


@pytest.mark.parametrize(
    "vector", [[0.0] * DIMENSIONS, [float("inf")] * DIMENSIONS, [1.0], [[1.0] * DIMENSIONS]]
)
def test_a_question_needs_a_usable_vector(store: Store, vector: list[float]) -> None:
    with pytest.raises(InputError, match="question's vector"):
        store.search(SearchRequest(vector, {}))


@pytest.mark.parametrize("limit", [0, -1])
def test_a_search_needs_a_positive_limit(store: Store, limit: int) -> None:
    with pytest.raises(InputError, match="limit"):
        store.search(question("words", limit=limit))
