import numpy as np

from leanrag.evaluation.pool import LexicalPool, seeded, terms


def test_words_are_cut_and_chinese_gets_bigrams() -> None:
    assert terms("Retrieval systems") == ["retri", "syste"]
    assert terms("北京市") == ["北", "京", "市", "北京", "京市"]


def test_neighbours_are_the_best_others_in_order() -> None:
    pool = LexicalPool(["red apple", "green apple pie", "blue car", "apple apple apple", "void"])

    assert pool.neighbours("green apple", without={1}, count=2) == [3, 0]
    assert pool.neighbours("green apple", without=set(), count=9)[:1] == [1]
    assert len(pool.neighbours("nothing at all", without={0}, count=9)) == 4


def test_scores_follow_the_formula() -> None:
    pool = LexicalPool(["a b", "b b c", "c"])
    lengths, mean = [2, 3, 1], 2
    expected = []
    for frequency, length in zip([1, 2, 0], lengths, strict=True):
        idf = np.log(1 + (3 - 2 + 0.5) / (2 + 0.5))
        norm = 1.5 * (1 - 0.75 + 0.75 * length / mean)
        expected.append(idf * frequency * 2.5 / (frequency + norm))

    np.testing.assert_allclose(pool.scores("b"), expected)


def test_an_empty_pool_has_no_neighbours() -> None:
    assert LexicalPool([]).neighbours("x", without=set(), count=3) == []


def test_seeded_numbers_depend_on_key_and_seed_alone() -> None:
    assert seeded("a", seed=1) == seeded("a", seed=1)
    assert len({seeded("a", seed=1), seeded("b", seed=1), seeded("a", seed=2)}) == 3
    assert all(0 <= seeded(str(n), seed=0) < 1 for n in range(100))
