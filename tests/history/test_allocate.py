"""The split between conversation and documents."""

from itertools import product

from leanrag.history.allocate import LEANING_SHARE, history_share, history_tokens


def test_the_side_that_is_nearer_to_the_question_gets_more() -> None:
    shares = [history_share(near, 0.5, leans=False) for near in (0.1, 0.4, 0.5, 0.6, 0.9)]
    assert shares == sorted(shares)
    assert shares[0] < 0.2
    assert shares[-1] > 0.7


def test_a_question_that_points_back_and_one_without_documents() -> None:
    assert history_share(0.4, 0.4, leans=True) >= LEANING_SHARE
    assert history_share(0.3, 0.4, leans=True) > history_share(0.3, 0.4, leans=False)
    assert history_share(0.1, 0.6, leans=True) < 0.2, "a short question is not always a follow-up"
    assert history_share(0.0, None, leans=False) == 1.0


def test_the_last_exchange_has_a_floor_and_nobody_gets_more_than_there_is() -> None:
    assert history_tokens(1000, 0.15, floor=300, whole=5000) == 300
    assert history_tokens(1000, 0.15, floor=900, whole=5000) == 500
    assert history_tokens(1000, 0.9, floor=0, whole=200) == 200
    for available, share, floor, whole in product((0, 7, 500), (0.0, 0.5, 1.0), (0, 400), (0, 300)):
        assert 0 <= history_tokens(available, share, floor=floor, whole=whole) <= available


def test_the_conversation_gets_at_most_the_share_that_is_set() -> None:
    for near, leans in product((0.0, 0.5, 0.9), (False, True)):
        usual = history_share(near, 0.5, leans=leans)
        assert history_share(near, 0.5, leans=leans, most=0.75) == usual
        assert 0 < history_share(near, 0.5, leans=leans, most=0.1) <= 0.1
    assert history_share(0.9, 0.5, leans=False, most=1.0) > 0.9
