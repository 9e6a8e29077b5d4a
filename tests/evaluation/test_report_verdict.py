from leanrag.evaluation.report.cards import cards
from leanrag.evaluation.report.focus import Focus, find_focus, need, operating_budget
from leanrag.evaluation.report.notes import notes
from leanrag.evaluation.report.numerals import (
    count,
    count_range,
    dollars,
    duration,
    number_of,
    percent,
    points,
    times,
)
from leanrag.evaluation.report.verdict import measured, verdict
from leanrag.evaluation.results import Estimate, Results


def said(focus: Focus) -> str:
    return "".join(part.text for part in verdict(focus))


def with_need(results: Results, name: str, at: Estimate | None, budget: int | None) -> Results:
    """The same results where one pipeline needs ``at`` tokens."""
    changed = tuple(
        item.model_copy(update={"tokens_at_95": at, "budget_at_95": budget})
        if item.pipeline == name
        else item
        for item in results.headline
    )
    return results.model_copy(update={"headline": changed})


def estimate(value: float, low: float, high: float) -> Estimate:
    return Estimate(value=value, low=low, high=high, n=40)


def test_subject_and_rival_are_the_best_of_their_kind(results: Results) -> None:
    focus = find_focus(results)
    assert focus.subject.name == "leanrag"
    assert focus.rival is not None
    needs = {
        info.name: found.tokens
        for info in results.pipelines
        if info.role == "baseline" and (found := need(results, info))
    }
    assert focus.rival.name == min(needs, key=lambda name: needs[name])
    assert focus.budget == operating_budget(results, "leanrag")


def test_a_suite_may_name_its_subject(results: Results) -> None:
    run = results.run.model_copy(update={"settings": {"subject": "dense"}})
    assert find_focus(results.model_copy(update={"run": run})).subject.name == "dense"


def test_intervals_apart_give_a_plain_comparison(results: Results) -> None:
    changed = with_need(results, "leanrag", estimate(80, 70, 90), 96)
    changed = with_need(changed, "dense", estimate(200, 180, 220), 256)
    changed = with_need(changed, "bm25", estimate(250, 230, 270), 256)
    text = said(find_focus(changed))
    assert "in 80 tokens" in text
    assert "(Embeddings, whole passages) needs 200;" in text
    assert "overlap" not in text


def test_overlapping_intervals_are_named(results: Results) -> None:
    changed = with_need(results, "leanrag", estimate(80, 70, 190), 96)
    changed = with_need(changed, "dense", estimate(200, 180, 220), 256)
    assert "with intervals that overlap" in said(find_focus(changed))


def test_a_curve_that_starts_above_95_is_only_an_upper_bound(results: Results) -> None:
    changed = with_need(results, "leanrag", estimate(32, 32, 40), 32)
    assert "in at most 32 tokens" in said(find_focus(changed))


def test_what_is_never_reached_is_said(results: Results) -> None:
    changed = with_need(results, "leanrag", None, None)
    text = said(find_focus(changed))
    assert "keeps at most" in text
    assert "no budget run keeps" in text
    changed = with_need(with_need(results, "dense", None, None), "bm25", None, None)
    assert "No baseline keeps as much" in said(find_focus(changed))


def test_few_documents_give_no_verdict(results: Results) -> None:
    run = results.run.model_copy(update={"documents": 4})
    text = said(find_focus(results.model_copy(update={"run": run})))
    assert text.startswith("4 documents are too few for a verdict.")


def test_nothing_to_judge_by(results: Results) -> None:
    focus = find_focus(results.model_copy(update={"headline": ()}))
    assert "no verdict" in said(focus)
    assert cards(focus)


def test_controls_decide_whether_a_claim_counts(results: Results) -> None:
    focus = find_focus(results)
    assert any("controls keep less" in note.text and note.tone == "good" for note in notes(focus))

    none = results.model_copy(
        update={"pipelines": tuple(p for p in results.pipelines if p.role != "control")}
    )
    assert any("No control was run" in note.text for note in notes(find_focus(none)))

    equal = tuple(
        item.model_copy(update={"verdict": "no difference shown"})
        if item.b == "truncation"
        else item
        for item in results.comparisons
    )
    found = notes(find_focus(results.model_copy(update={"comparisons": equal})))
    assert any("Not shown to keep more" in note.text and note.tone == "bad" for note in found)


def test_violations_are_a_warning_and_shown_first(results: Results) -> None:
    cells = (results.cells[1].model_copy(update={"violations": 3}), *results.cells[2:])
    focus = find_focus(results.model_copy(update={"cells": cells}))
    assert notes(focus)[0].tone == "bad"
    assert "3 outcomes exceeded" in notes(focus)[0].text
    card = next(card for card in cards(focus) if card.label == "budget violations")
    assert (card.value, card.tone) == ("3", "bad")


def test_measured_says_how_many_and_what_a_budget_bounds(results: Results) -> None:
    text = measured(find_focus(results))
    assert text.startswith("40 cases from 20 documents, 7 pipelines, 8 budgets.")
    assert "the tokens of the kept texts" in text


def test_numbers_read_well() -> None:
    assert count(2140.4) == "2,140"
    assert times(3.14) == "3.1"
    assert times(3.0) == "3"
    assert percent(0.9512).replace("\u202f", " ") == "95.1 %"
    assert percent(0.99999).replace("\u202f", " ") == "99.9 %", "not all is never shown as all"
    assert percent(1.0).replace("\u202f", " ") == "100.0 %"
    assert count_range(estimate(80, 70, 512), 512) == "70–512+", "it may end later"
    assert count_range(estimate(80, 70, 90), 512) == "70–90"
    assert points(-0.052) == "\u22125.2"
    assert points(0.0001) == "0.0"
    assert dollars(5.349) == "$5.35"
    assert dollars(0.012) == "$0.012"
    assert duration(0.0123).replace("\u202f", " ") == "12 ms"
    assert number_of(1, "case") == "1 case"
    assert number_of(2, "row or outcome", "rows or outcomes") == "2 rows or outcomes"
