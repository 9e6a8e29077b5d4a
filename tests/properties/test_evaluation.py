"""Properties of the evaluation's yardstick."""

import tempfile
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanrag.evaluation.journal import Journal
from leanrag.evaluation.metrics import answer_survives, ndcg_at, span_overlap, text_overlap
from leanrag.evaluation.pipelines.closed import word_units
from leanrag.evaluation.pipelines.cutting import Ranked, cut, joined
from leanrag.evaluation.records import OutcomeRecord
from leanrag.evaluation.sentences import sentence_around, sentence_spans
from leanrag.evaluation.statistics import Resampler, wilson
from leanrag.evaluation.tokens_at import tokens_at
from leanrag.evaluation.words import normalise, word_spans, words
from leanrag.tokens import counter_for

TEXTS = st.text(alphabet=st.sampled_from("ab cD.,é1 23中文 字。\n-'’тест\u0301"), max_size=120)
WORDS = st.lists(
    st.sampled_from(["red", "Blue", "77", "中", "文", "straße"]), min_size=1, max_size=4
)
COUNTER = counter_for("gpt-4o")


@given(TEXTS, WORDS, TEXTS)
def test_an_answer_put_into_a_text_survives(before: str, answer: list[str], after: str) -> None:
    text = f"{before} | {' '.join(answer)} | {after}"

    assert answer_survives(text, [" ".join(answer)], language="xx")
    assert answer_survives(text.upper(), ["  ".join(answer).upper() + "!"], language="xx")


@given(TEXTS, TEXTS)
def test_words_do_not_depend_on_space_and_case(text: str, other: str) -> None:
    assert words(text.upper()) == words(text.upper().lower())
    assert words(f"{text} {other}") == words(text) + words(other)
    assert words(normalise(text)) == words(text)


@given(TEXTS)
def test_units_and_sentences_tile_a_text(text: str) -> None:
    for spans in (word_units(text), sentence_spans(text)):
        assert "".join(text[a:b] for a, b in spans) == text


@given(TEXTS, st.data())
def test_the_sentence_around_a_place_holds_its_words(text: str, data: st.DataObject) -> None:
    places = word_spans(text)
    if places:
        start, end = data.draw(st.sampled_from(places))
        a, b = sentence_around(text, start, end)
        assert a <= start < end <= b


@given(st.lists(TEXTS, min_size=1, max_size=4), st.data())
def test_overlaps_are_shares_and_agree_with_sets(texts: list[str], data: st.DataObject) -> None:
    named = {str(n): text for n, text in enumerate(texts)}
    spans = st.dictionaries(
        st.sampled_from(sorted(named)),
        st.lists(st.tuples(st.integers(0, 60), st.integers(0, 120)), max_size=3),
    )
    kept, evidence = data.draw(spans), data.draw(spans)

    found = span_overlap(named, kept, evidence)

    def inside(chosen: dict[str, list[tuple[int, int]]]) -> set[tuple[str, int]]:
        return {
            (name, a)
            for name, parts in chosen.items()
            for a, b in word_spans(named[name])
            if any(start <= a and b <= end for start, end in parts)
        }

    one, two = inside(kept), inside(evidence)
    assert (found.shared, found.kept, found.evidence) == (len(one & two), len(one), len(two))
    for share in (found.recall, found.precision, found.iou):
        assert 0 <= share <= 1


@given(TEXTS, st.lists(TEXTS, max_size=3))
def test_text_overlap_is_a_share_and_whole_for_the_same_text(
    kept: str, evidence: list[str]
) -> None:
    found = text_overlap(kept, evidence)

    for share in (found.recall, found.precision, found.iou):
        assert 0 <= share <= 1
    if words(kept):
        assert text_overlap(kept, [kept]).recall == text_overlap(kept, [kept]).precision == 1


@given(
    st.lists(st.sampled_from("abcdef"), max_size=8),
    st.dictionaries(st.sampled_from("abcdef"), st.floats(0.1, 3), max_size=4),
)
def test_ndcg_is_best_for_the_ideal_order(ranking: list[str], gold: dict[str, float]) -> None:
    value = ndcg_at(ranking, gold, 10)

    assert 0 <= value <= 1 + 1e-9
    if gold:
        assert ndcg_at(sorted(gold, key=lambda name: -gold[name]), gold, 10) > 1 - 1e-9


@settings(max_examples=60)
@given(st.lists(TEXTS, max_size=5), st.integers(0, 80))
def test_a_cut_never_exceeds_its_budget_and_wastes_no_whole_word(
    texts: list[str], budget: int
) -> None:
    ranked = [Ranked(str(n), text) for n, text in enumerate(texts)]

    pieces = cut(ranked, budget, COUNTER)

    assert COUNTER.count(joined(pieces)) <= budget
    for piece, item in zip(pieces, ranked, strict=False):
        assert item.text.startswith(piece.text)
    assert [piece.text for piece in pieces[:-1]] == texts[: len(pieces[:-1])]


@given(st.integers(0, 200), st.integers(0, 200))
def test_wilson_surrounds_the_share(hits: int, misses: int) -> None:
    found = wilson(hits, hits + misses)

    assert 0 <= found.low <= found.value <= found.high <= 1


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.integers(0, 4), st.floats(-2, 2)), min_size=1, max_size=30),
    st.integers(0, 9),
)
def test_resampling_matches_the_slow_way(rows: list[tuple[int, float]], seed: int) -> None:
    clusters = [cluster for cluster, _ in rows]
    values = np.array([value for _, value in rows])
    names = sorted(set(clusters))

    fast = Resampler(clusters, resamples=20, seed=seed).means(values[:, None])[:, 0]

    generator = np.random.default_rng(seed)
    for mean in fast:
        drawn = [names[i] for i in generator.integers(0, len(names), size=len(names))]
        pool = [value for name in drawn for cluster, value in rows if cluster == name]
        np.testing.assert_allclose(mean, np.mean(pool), atol=1e-9)


@given(st.lists(st.floats(0, 1.05), min_size=1, max_size=8))
def test_tokens_at_lies_among_the_budgets_and_falls_with_better_shares(
    shares: list[float],
) -> None:
    budgets = [16 * (n + 1) for n in range(len(shares))]
    found = tokens_at(budgets, np.array(shares))

    assert (found is None) == (max(shares) < 0.95 - 1e-12)
    if found is not None:
        assert budgets[0] <= found <= budgets[-1]
        better = tokens_at(budgets, np.array(shares) + 0.01)
        assert better is not None
        assert better <= found + 1e-9


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(st.integers(1, 5), st.data())
def test_a_journal_cut_anywhere_keeps_its_whole_lines(count: int, data: st.DataObject) -> None:
    def outcome(number: int) -> OutcomeRecord:
        return OutcomeRecord(
            pipeline="p", budget=number, tokens=number, context_tokens=1, prompt_tokens=2,
            tokens_in=3, seconds=0.5, error="é\n" * number,
        )  # fmt: skip

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "j.jsonl"
        journal = Journal(path)
        ends = []
        for number in range(count):
            journal.add(f"{number:032x}", [outcome(number)])
            ends.append(path.stat().st_size)
        journal.close()
        size = data.draw(st.integers(0, ends[-1]))
        path.write_bytes(path.read_bytes()[:size])

        journal = Journal(path)
        whole = [number for number, end in enumerate(ends) if end <= size]
        assert len(journal) == len(whole)
        for number in whole:
            assert journal.get(f"{number:032x}") == [outcome(number)]
        journal.add("f" * 32, [outcome(9)])
        journal.close()
        again = Journal(path)
        assert len(again) == len(whole) + 1
        assert again.get("f" * 32) == [outcome(9)]
        again.close()
