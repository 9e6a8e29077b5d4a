"""Near copies fall behind, nothing else moves; no document takes more than its share."""

from hypothesis import given
from hypothesis import strategies as st

from leanrag.retrieve.diversity import capped, diverse
from tests.builders import hit

TEXT = "The bridge over the river opened in May and cars crossed it from the first morning on."
COPY = "The bridge over the river opened in May and cars crossed it from the first morning on!"
OTHER = "Dogs wait outside the harbour office while their owners pay."
THIRD = "A ferry leaves every hour."


def texts(hits: list) -> list[str]:  # type: ignore[type-arg]
    return [one.text for one in hits]


def test_a_near_copy_falls_behind_what_says_something_else() -> None:
    hits = [hit(TEXT, score=0.9), hit(COPY, score=0.89), hit(OTHER, score=0.8), hit(THIRD, score=0)]
    assert texts(diverse(hits, weight=0.3, limit=4)) == [TEXT, OTHER, COPY, THIRD]
    assert texts(diverse(hits, weight=0.3, limit=2)) == [TEXT, OTHER]
    assert diverse(hits, weight=0, limit=4) == hits


def test_a_text_with_another_number_is_no_copy() -> None:
    hits = [
        hit(f"Net sales of the third segment in the year {year} were lower than before.", score=s)
        for year, s in ((2021, 0.9), (2022, 0.89))
    ] + [hit(OTHER, score=0.8), hit(THIRD, score=0)]
    assert diverse(hits, weight=0.5, limit=4) == hits


def test_scores_still_fall() -> None:
    hits = [hit(TEXT, score=0.9), hit(COPY, score=0.89), hit(OTHER, score=0.5), hit(THIRD, score=0)]
    scores = [one.score for one in diverse(hits, weight=0.9, limit=4)]
    assert scores == sorted(scores, reverse=True)


@given(st.lists(st.sampled_from([TEXT, COPY, OTHER, THIRD]), max_size=9), st.floats(0, 1))
def test_no_hit_is_lost_or_doubled(bodies: list[str], weight: float) -> None:
    hits = [hit(body, source=str(n), score=1 - n / 10) for n, body in enumerate(bodies)]
    found = diverse(hits, weight=weight, limit=len(hits))
    assert sorted(one.id for one in found) == sorted(one.id for one in hits)
    assert len(diverse(hits, weight=weight, limit=3)) == min(3, len(hits))


def test_a_cap_keeps_the_best_of_each_document() -> None:
    hits = [hit(f"{n}", source="ab"[n % 2], ordinal=n, score=1 - n / 10) for n in range(6)]
    assert texts(capped(hits, 2)) == ["0", "1", "2", "3"]
    assert capped(hits, None) == hits
