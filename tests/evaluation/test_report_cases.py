import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leanrag.evaluation.records import CaseRecord, KeptItem, OutcomeRecord, SourceText
from leanrag.evaluation.report.embed import embedded
from leanrag.evaluation.report.places import answer_spans, gaps, literal_spans, merged
from leanrag.evaluation.report.sample import Aim, Limits, Sample, classify
from leanrag.evaluation.report.texts import TextTable
from tests.evaluation import report_demo as demo

AIM = Aim("leanrag", 64, "survival")
CELLS = {
    (fake.name, budget): place
    for place, (fake, budget) in enumerate(
        (fake, budget) for fake in demo.FAKES for budget in fake.budgets
    )
}


def in_browser(text: str, flat: list[int]) -> list[str]:
    """What JavaScript's ``slice`` gives for relative UTF-16 spans."""
    units = text.encode("utf-16-le")
    found, at = [], 0
    for gap, length in zip(flat[::2], flat[1::2], strict=True):
        start = at + gap
        at = start + length
        found.append(units[2 * start : 2 * at].decode("utf-16-le"))
    return found


# ── places ──────────────────────────────────────────────────────────────────────────────────────


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(-3, 70), st.integers(-3, 70))))
def test_a_browser_cuts_the_same_text(text: str, spans: list[tuple[int, int]]) -> None:
    expected = [text[start:end] for start, end in merged(spans, len(text))]
    assert in_browser(text, gaps(text, spans)) == expected


def test_merged_spans_do_not_overlap() -> None:
    assert merged([(5, 9), (0, 3), (3, 4), (8, 12), (4, 4), (7, 2)], 10) == [(0, 4), (5, 10)]


def test_answers_are_found_as_survival_finds_them() -> None:
    text = "In the U.S. it cost $1,577.00; the Old Mill opened in 2016."
    assert [text[a:b] for a, b in answer_spans(text, ["US", "1577"], "en")] == ["U.S", "1,577.00"]
    assert [text[a:b] for a, b in answer_spans(text, ["old mill"], "en")] == ["Old Mill"]
    assert answer_spans(text, ["2"], "en") == [], "whole words only"
    assert answer_spans(text, [""], "en") == []
    parts = answer_spans(text, [["1577", "2016"]], "en")
    assert [text[a:b] for a, b in parts] == ["1,577.00", "2016"]


def test_answers_pass_over_articles_and_match_chinese() -> None:
    text = "It was painted by a master of the school."
    assert [text[a:b] for a, b in answer_spans(text, ["master of school"], "en")] == [
        "master of the school"
    ]
    chinese = "北方灯塔于1853年首次对公众开放。"
    assert [chinese[a:b] for a, b in answer_spans(chinese, ["1853 年"], "zh")] == ["1853年"]


def test_literal_spans() -> None:
    assert literal_spans("abc abc", " abc ") == [(0, 3)]
    assert literal_spans("abc", "x") == []
    assert literal_spans("abc", " ") == []


# ── one case ────────────────────────────────────────────────────────────────────────────────────


def decoded(record: CaseRecord) -> tuple[dict[str, Any], list[list[Any] | None]]:
    table = TextTable()
    case = embedded(record, table, CELLS)
    table.take(case.texts)
    return json.loads(case.json), table.rows()


def test_embedded_case_shows_exactly_what_was_kept() -> None:
    for number in (4, 7, 8):
        record = demo.record(number)
        case, texts = decoded(record)
        assert case["i"] == record.id
        for outcome in record.outcomes:
            shown = next(
                item for item in case["o"] if item["c"] == CELLS[outcome.pipeline, outcome.budget]
            )
            kept = {}
            for place, *flat in shown.get("k", []):
                row = texts[place]
                assert row is not None
                kept[row[0]] = in_browser(row[1], flat) if flat else [row[1]]
            sources = {context.id: context.text for context in record.contexts}
            assert kept == {
                item.id: [
                    sources[item.id][a:b]
                    for a, b in merged(item.spans or (), len(sources[item.id]))
                ]
                for item in outcome.kept
            }
            assert shown.get("v") == outcome.survived


def test_answers_and_evidence_are_marked() -> None:
    record = demo.record(7)
    case, texts = decoded(record)
    marked = {
        piece
        for number, flat in case["m"].items()
        for piece in in_browser(texts[int(number)][1], flat)
    }
    assert marked == set(record.answers)
    assert len(case["e"]) == 1


def test_rewritten_text_and_unrecorded_pieces_are_told_apart() -> None:
    texts = (SourceText(id="a", text="The mill opened in 1853."), SourceText(id="b", text="No."))
    numbers = {"prompt_tokens": 9, "tokens_in": 9, "seconds": 0.0}
    record = CaseRecord(
        id="case",
        question="When?",
        answers=("1853",),
        contexts=texts,
        outcomes=(
            OutcomeRecord(
                pipeline="leanrag", budget=32, tokens=4, context_tokens=4, survived=True,
                kept=(KeptItem(id="a", text="Mill 1853"), KeptItem(id="gone", spans=((0, 2),))),
                dropped={"less relevant": ("b",)}, **numbers,
            ),
            OutcomeRecord(
                pipeline="leanrag", budget=64, tokens=4, context_tokens=4, survived=False,
                dropped={"one": ("a",), "two": ("b", "unknown")}, **numbers,
            ),
        ),
    )  # fmt: skip
    case, _ = decoded(record)
    first, second = case["o"]
    assert first["k"][0] == {"i": "a", "n": 0, "x": "Mill 1853", "m": [5, 4]}
    assert first["k"][1] == {"i": "gone"}, "spans into a text that is not there show nothing"
    assert first["D"] == [["less relevant"]], "the reason alone, since it holds for all"
    assert second["z"] == 1
    assert second["D"] == [["one", [0]], ["two", [1]]]


def test_candidates_are_pools_of_their_own() -> None:
    found = (SourceText(id="x", text="Found."), SourceText(id="y", text="Also found."))
    outcome = {
        "tokens": 1, "context_tokens": 1, "prompt_tokens": 1, "tokens_in": 3, "seconds": 0.0,
        "kept": (KeptItem(id="y", spans=((0, 4),)),), "candidates": found,
    }  # fmt: skip
    record = CaseRecord(
        id="case",
        question="?",
        outcomes=tuple(
            OutcomeRecord(pipeline="leanrag", budget=budget, **outcome) for budget in (32, 64)
        ),
    )
    case, texts = decoded(record)
    assert case["p"] == [[], [0, 1]]
    assert [item["p"] for item in case["o"]] == [1, 1]
    assert case["o"][0]["k"] == [[1, 0, 4]]
    assert [row and row[0] for row in texts] == ["x", "y"]


# ── sample ──────────────────────────────────────────────────────────────────────────────────────


def test_a_small_run_is_shown_whole() -> None:
    sample = Sample.of(demo.records(12), AIM, CELLS)
    assert sample.statement == "All 12 cases are shown."
    assert [json.loads(row)["i"] for row in sample.rows()] == [
        record.id for record in demo.records(12)
    ]


def test_a_big_run_shows_the_lost_cases_first_and_says_so() -> None:
    records = list(demo.records(90))
    lost = [record.id for record in records if classify(record, AIM) == "lost"]
    assert 0 < len(lost) < 20
    sample = Sample.of(records, AIM, CELLS, Limits(cases=30))
    shown = [json.loads(row)["i"] for row in sample.rows()]
    assert len(shown) == 30
    assert set(lost) <= set(shown)
    assert shown == [record.id for record in records if record.id in shown], "in their order"
    rest = 30 - len(lost)
    assert sample.statement == (
        f"30 of 90 cases are shown: all {len(lost)} that were lost, "
        f"the first {rest} of {90 - len(lost)} others."
    )


def test_bytes_are_bounded_and_unused_texts_go() -> None:
    records = list(demo.records(60))
    sample = Sample.of(records, AIM, CELLS, Limits(bytes=150_000))
    rows = sample.rows()
    texts = [row for row in sample.table.rows() if row is not None]
    size = sum(len(row.encode()) for row in rows) + sum(len(row[1].encode()) for row in texts)
    assert 75_000 < size <= 150_000
    needed = {number for row in rows for pool in json.loads(row)["p"] for number in pool}
    assert len(texts) == len(needed)
    assert all(sample.table.rows()[number] is not None for number in needed)


def test_one_case_is_shown_however_big() -> None:
    sample = Sample.of(demo.records(3), AIM, CELLS, Limits(bytes=10))
    assert sample.shown() == 1


def test_trouble_comes_before_everything() -> None:
    records = list(demo.records(40))
    broken = records[35].outcomes[0].model_copy(update={"error": "no memory"})
    records[35] = records[35].model_copy(update={"outcomes": (broken, *records[35].outcomes[1:])})
    sample = Sample.of(records, AIM, CELLS, Limits(cases=8))
    assert sample.shown("trouble") == 1
    assert records[35].id in [json.loads(row)["i"] for row in sample.rows()]


def test_what_the_full_context_does_not_hold_was_not_lost() -> None:
    record = next(record for record in demo.records(80) if record.held is False)
    assert classify(record, AIM) == "other"


def test_lost_evidence() -> None:
    aim = Aim("leanrag", 32, "evidence_recall")
    record = demo.record(0)
    for recall, kind in ((0.2, "lost"), (0.9, "other"), (None, "other")):
        outcomes = tuple(
            outcome.model_copy(update={"evidence_recall": recall}) for outcome in record.outcomes
        )
        assert classify(record.model_copy(update={"outcomes": outcomes}), aim) == kind
