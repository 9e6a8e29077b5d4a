"""Sentences are cut to their telling clauses where that brings in clearly more of the evidence."""

import itertools
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.adapters.word_scorers import load_word_scorer
from leanrag.api.prompting.choosing import fit_evidence
from leanrag.api.prompting.evidence import Evidence, Fitted
from leanrag.settings import CompressionSettings
from leanrag.text.sentences import split_sentences
from leanrag.tokens import counter_for
from leanrag.types import Cuts, Kept, Passage, Unit

COUNTER = counter_for("gpt-4o")
WORDS = load_word_scorer(CompressionSettings())
OPENED = (
    "In the long years of a plan by the council of the town, the old bridge was opened in 1937, "
    "and people came from the whole country to see it stand. "
)
CLOSED = (
    "It was closed to traffic in 1990, which the council of the town had wanted for a long time, "
    "and a tunnel under the harbour took its place. "
)
PASSAGES = tuple(Passage(text[:5], text, tuple(split_sentences(text))) for text in (OPENED, CLOSED))
SHARES = ((0.04, 0.92, 0.04), (0.92, 0.04, 0.04))


def fitted(
    budget: int,
    mode: str = "auto",
    *,
    values: Sequence[float] = (0.5, 0.5),
    shares: Sequence[tuple[float, ...]] = SHARES,
    whole: frozenset[int] = frozenset(),
    protect: tuple[str, ...] = (),
) -> tuple[Fitted, str]:
    """The fitted evidence and its text."""

    def text_of(kept: Kept, cuts: Cuts) -> str:
        return "\n\n".join(
            "".join(
                PASSAGES[index].text[a:b]
                for number in numbers
                for a, b in cuts.get((index, number), (PASSAGES[index].sentences[number],))
            )
            for index, numbers in sorted(kept.items())
        )

    units = [
        Unit(n, 0, value, share)
        for n, (value, share) in enumerate(zip(values, shares, strict=True))
    ]
    found = fit_evidence(
        Evidence("When?", PASSAGES, units, whole),
        CompressionSettings(mode=mode, protect=protect),  # type: ignore[arg-type]
        count=lambda fitted: COUNTER.count(text_of(fitted.kept, fitted.cuts)),
        budget=budget,
        counter=COUNTER,
        words=WORDS,
    )
    text = text_of(found.kept, found.cuts)
    assert COUNTER.count(text) <= budget
    return found, text


def test_two_cut_sentences_take_the_place_of_a_whole_one() -> None:
    found, text = fitted(28)
    assert text == "the old bridge was opened in 1937. \n\nIt was closed to traffic in 1990. "
    (entry,) = found.trace
    assert (entry.stage, entry.items_in, entry.items_out) == ("trim", 2, 2)
    assert entry.note.startswith("2 sentences cut to the clauses that tell: 92% instead of 0%")
    assert entry.tokens_out == sum(map(COUNTER.count, text.split("\n\n")))


def test_sentences_stay_whole_where_both_fit_or_nothing_is_gained() -> None:
    both = COUNTER.count(f"{OPENED}\n\n{CLOSED}")
    assert fitted(both)[1] == f"{OPENED}\n\n{CLOSED}"
    assert not fitted(both)[0].cuts
    sure, text = fitted(40, values=(0.9, 0.1))
    assert text == OPENED
    assert not sure.cuts


def test_room_that_is_left_makes_sentences_whole_again() -> None:
    room = COUNTER.count(f"{OPENED}\n\nIt was closed to traffic in 1990. ")
    found, text = fitted(room)
    assert text == f"{OPENED}\n\nIt was closed to traffic in 1990. "
    assert set(found.cuts) == {(1, 0)}


def test_only_auto_cuts() -> None:
    found, text = fitted(40, "prune")
    assert text in (OPENED, CLOSED)
    assert not found.cuts


def test_code_and_tables_are_never_cut() -> None:
    found, text = fitted(40, whole=frozenset({0, 1}))
    assert text in (OPENED, CLOSED)
    assert not found.cuts


def test_a_protected_phrase_is_not_cut_through() -> None:
    _, text = fitted(40, protect=("1937, and people",))
    assert "1937." not in text


@pytest.mark.parametrize("shares", [((), ()), ((1.0,), (1.0,)), ((0.5, 0.5), (0.5, 0.5))])
def test_unknown_shares_leave_sentences_to_the_word_model_or_whole(
    shares: Sequence[tuple[float, ...]],
) -> None:
    found, _ = fitted(COUNTER.count(OPENED), shares=shares)
    assert all(entry.stage != "trim" for entry in found.trace)


@settings(deadline=None)
@given(
    st.integers(1, 80),
    st.tuples(st.floats(0, 1), st.floats(0, 1)),
    st.tuples(*[st.tuples(*[st.floats(0, 1)] * 3)] * 2),
)
def test_any_shares_keep_the_budget_and_the_source(
    budget: int, values: tuple[float, float], shares: tuple[tuple[float, ...], ...]
) -> None:
    found, _ = fitted(budget, values=values, shares=shares)
    for (index, number), spans in found.cuts.items():
        start, end = PASSAGES[index].sentences[number]
        assert all(start <= a < b <= end for a, b in spans)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(spans))
        assert number in found.kept[index]
