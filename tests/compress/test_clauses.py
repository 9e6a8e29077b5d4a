"""Clauses of sentences: shares, what goes together, and what is left."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.compress.clauses import Clause, clause_shares, clauses_of, left_of, steps
from leanrag.compress.protect import protect
from leanrag.types import Passage, Places

TEXT = "The old bridge, which had no tolls, was opened in 1937, and the new one never was."


def passage(text: str) -> Passage:
    return Passage("a", text, ((0, len(text)),))


def shown(text: str, kept: set[int], shares: int | None = None) -> str:
    made = cut(text)
    return "".join(text[a:b] for a, b in left_of(text, made, kept))


def cut(text: str) -> list[Clause]:
    from leanrag.text.clauses import split_clauses

    number = len(split_clauses(text, (0, len(text)), "en"))
    return clauses_of(passage(text), 0, (1 / number,) * number, protect(text))


def test_shares_are_parts_of_the_soft_maximum() -> None:
    starts = np.array([0, 4, 8, 16, 40, 60], dtype=np.int32)
    logits = np.array([0.0, 0.0, 0.0, 0.0, 5.0, 0.0], dtype=np.float32)
    shares = clause_shares(passage(TEXT), 0, Places(starts, logits))
    assert len(shares) == 4
    assert sum(shares) == pytest.approx(1.0)
    weights = np.exp(logits)
    assert shares[2] == pytest.approx(weights[4] / weights.sum(), rel=1e-4)
    assert clause_shares(passage(TEXT), 0, None) == ()
    assert clause_shares(passage("It opened."), 0, Places(starts, logits)) == (1.0,)
    none = Places(np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    assert clause_shares(passage(TEXT), 0, none) == ()


def test_clauses_that_change_the_meaning_bind_and_asides_lean() -> None:
    found = cut(TEXT)
    assert [clause.binds for clause in found] == [False, True, False, True]
    assert [clause.leans for clause in found] == [False, True, False, False]


def test_a_condition_at_the_start_brings_what_follows_from_it() -> None:
    text = "When the bridge is closed to cars, a ferry takes people over, and it runs all night."
    found = cut(text)
    assert [clause.leads for clause in found] == [True, False, False]
    worth = (0.9, 0.05, 0.05)
    weighed = [replace(c, share=share) for c, share in zip(found, worth, strict=True)]
    first = steps(weighed, [1, 1, 1])[0]
    assert {0, 1} <= first.clauses


def test_no_cut_goes_through_what_is_protected() -> None:
    text = 'He wrote "the bridge, which I love, will stand" and was proved right by time.'
    assert [text[slice(*c.span)] for c in cut(text)] == [
        text[: text.index("and was")],
        "and was proved right by time.",
    ]


def test_shares_that_do_not_fit_leave_the_sentence_whole() -> None:
    assert clauses_of(passage(TEXT), 0, (0.5, 0.5), ()) == [Clause((0, len(TEXT)), 1.0)]
    assert clauses_of(passage(TEXT), 0, (), ()) == [Clause((0, len(TEXT)), 1.0)]


def test_an_endless_enumeration_stays_whole() -> None:
    text = ", ".join(["something or other"] * 500) + "."
    assert len(cut(text)) == 1


@pytest.mark.parametrize(
    ("kept", "left"),
    [
        ({0, 1, 2, 3}, TEXT),
        ({0, 2}, "The old bridge, was opened in 1937."),
        ({0, 3}, "The old bridge, and the new one never was."),
        ({0}, "The old bridge."),
    ],
)
def test_what_is_left_ends_like_a_sentence(kept: set[int], left: str) -> None:
    assert shown(TEXT, kept) == left


def test_white_space_behind_a_sentence_stays() -> None:
    text = "The old bridge was opened in 1937, and the new one in 1990.\n\n"
    assert shown(text, {0}) == "The old bridge was opened in 1937.\n\n"
    assert shown("桥于一九三七年通车，新桥后来建成。", {0}) in (
        "桥于一九三七年通车。",
        "桥于一九三七年通车，新桥后来建成。",
    )


parts = st.lists(
    st.tuples(st.floats(0, 1), st.booleans(), st.booleans(), st.integers(1, 9)),
    min_size=1,
    max_size=9,
)


@settings(deadline=None)
@given(parts)
def test_steps_make_the_sentence_whole_and_bring_less_and_less(
    given_parts: list[tuple[float, bool, bool, int]],
) -> None:
    clauses = [
        Clause((n, n + 1), share, binds, leans and n > 0)
        for n, (share, binds, leans, _) in enumerate(given_parts)
    ]
    found = steps(clauses, [size for *_, size in given_parts])
    assert sorted(n for step in found for n in step.clauses) == list(range(len(clauses)))
    ratios = [step.share / step.size for step in found]
    assert all(a >= b - 1e-9 for a, b in itertools.pairwise(ratios))
    kept: set[int] = set()
    for step in found:
        kept |= step.clauses
        assert all(n in kept for n, clause in enumerate(clauses) if clause.binds)
        assert all(n - 1 in kept for n in kept if clauses[n].leans)
    assert sum(step.share for step in found) == pytest.approx(sum(c.share for c in clauses))


@settings(deadline=None)
@given(st.text(alphabet="ab ,;().，。who\n", min_size=1, max_size=80), st.integers(0, 255))
def test_what_is_left_stands_in_the_source_in_order(text: str, bits: int) -> None:
    made = cut(text)
    kept = {n for n in range(len(made)) if bits >> n & 1}
    if not kept:
        return
    spans = left_of(text, made, kept)
    assert all(0 <= a < b <= len(text) for a, b in spans)
    assert all(first[1] <= second[0] for first, second in itertools.pairwise(spans))
