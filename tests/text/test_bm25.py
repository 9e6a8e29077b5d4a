import pytest

from leanrag.text.bm25 import K1, B, document_weights, query_weights, term_counts, term_id
from leanrag.text.terms import terms


def test_term_ids_are_fixed_for_ever():
    assert term_id("postgresql.conf") == 216564258
    assert term_id("数据") == 544468126
    assert all(0 <= term_id(str(n)) < 2**32 for n in range(1000))


def test_counts_add_up():
    counts = term_counts(["a", "b", "a", "c", "a"])
    assert counts == {term_id("a"): 3, term_id("b"): 1, term_id("c"): 1}
    assert query_weights(counts) == {term_id("a"): 3.0, term_id("b"): 1.0, term_id("c"): 1.0}


def test_document_weights_follow_the_formula():
    weights = document_weights({7: 2, 9: 2}, average_length=8.0)
    expected = 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 4 / 8))
    assert weights == {7: pytest.approx(expected), 9: pytest.approx(expected)}


def test_weights_saturate_and_favour_short_texts():
    def weight(tf, length, average=100.0):
        return document_weights({1: tf, 2: length - tf}, average)[1]

    assert weight(1, 50) > weight(1, 100) > weight(1, 200)
    assert weight(1, 100) < weight(5, 100) < weight(50, 100) < K1 + 1
    assert document_weights({1: 1, 2: 99}, 0.0)[1] == weight(1, 100)
    assert document_weights({}, 10.0) == {}


def test_whole_scores_agree_with_rank_bm25():
    rank_bm25 = pytest.importorskip("rank_bm25")
    texts = [
        "The quick brown fox jumps over the lazy dog near the river bank.",
        "A dog barks; dogs bark. The bank of the river is steep.",
        "Foxes live in dens.",
        "Rivers run to the sea, and the sea is deep.",
    ]
    tokenized = [terms(text, "en") for text in texts]
    oracle = rank_bm25.BM25Okapi(tokenized, k1=K1, b=B)
    average = sum(map(len, tokenized)) / len(tokenized)
    for question in ("the dog by the river", "where do foxes live?", "deep sea"):
        query = terms(question, "en")
        wanted = oracle.get_scores(query)
        for text, score in zip(tokenized, wanted, strict=True):
            weights = document_weights(term_counts(text), average)
            asked = query_weights(term_counts(query))
            idf = {term_id(term): value for term, value in oracle.idf.items()}
            mine = sum(w * weights[t] * idf[t] for t, w in asked.items() if t in weights)
            assert mine == pytest.approx(score)
