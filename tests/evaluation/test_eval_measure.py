import pytest

from leanrag.evaluation.cases import Case, Evidence, parse_case
from leanrag.evaluation.measure import Measured, bound, is_evidence, same_source
from leanrag.evaluation.pipelines.contract import Outcome, Piece
from leanrag.evaluation.records import SourceText
from leanrag.types import TraceEntry

TEXT = "The dam is old. It was built in 1931. Water is deep."


def case(**more: object) -> Case:
    values = {
        "id": "x",
        "question": "When was it built?",
        "answers": ["1931"],
        "contexts": [{"id": "a", "text": TEXT}, {"id": "b", "text": "Nothing of use here."}],
        "evidence": [{"context": "a", "span": [16, 37]}],
        **more,
    }
    made = parse_case(values, "test", 1)
    assert isinstance(made, Case)
    return made


def outcome(text: str, *kept: Piece, tokens: int = 10, **more: object) -> Outcome:
    return Outcome(
        text=text,
        tokens=tokens,
        context_tokens=tokens,
        prompt_tokens=tokens + 20,
        tokens_in=50,
        seconds=0.01,
        kept=kept,
        **more,  # type: ignore[arg-type]
    )


def test_an_outcome_is_measured_by_spans() -> None:
    kept = Piece("a", TEXT[16:37], ((16, 37),))
    record = Measured(case()).record(
        "p", 12, outcome(kept.text, kept, ranking=("b", "a"), dropped={"budget": ("b",)})
    )

    assert (record.survived, record.within_budget) == (True, True)
    assert (record.evidence_recall, record.evidence_precision, record.evidence_iou) == (1, 1, 1)
    assert (record.first_gold_rank, record.recall_at) == (2, {1: 0, 2: 1, 5: 1, 10: 1, 20: 1})
    assert 0 < (record.ndcg_at_10 or 0) < 1
    assert record.kept[0].spans == ((16, 37),)
    assert record.kept[0].text is None
    assert record.dropped == {"budget": ("b",)}


def test_rewritten_text_is_measured_by_its_words() -> None:
    record = Measured(case()).record(
        "p", None, outcome("it was built in 1931", Piece("all", "it was built in 1931"))
    )

    assert record.survived
    assert record.evidence_recall == 1
    assert record.kept[0].text == "it was built in 1931"
    assert record.kept[0].spans is None


def test_a_lost_answer_and_a_broken_budget_are_recorded() -> None:
    record = Measured(case()).record("p", 5, outcome("The dam is old.", tokens=6))

    assert (record.survived, record.within_budget, record.evidence_recall) == (False, False, 0)


def test_the_budget_of_a_case_is_an_upper_bound() -> None:
    assert bound(case(budget=30), 100) == 30
    assert bound(case(budget=300), 100) == 100
    assert bound(case(), 100) == 100
    assert bound(case(budget=30), None) is None


def test_without_answers_nothing_survives_or_is_lost() -> None:
    measured = Measured(case(answers=[]))

    assert measured.record("p", 5, outcome("x")).survived is None
    assert measured.held is None


def test_held_says_whether_the_full_context_has_an_answer() -> None:
    assert Measured(case()).held is True
    assert Measured(case(answers=["1932"])).held is False


def test_parts_of_an_answer_may_stand_in_different_contexts() -> None:
    assert Measured(case(answers=[["1931", "of use"]])).held is True


def test_a_ranking_over_a_corpus_is_matched_by_source_page_and_text() -> None:
    evidence = [
        {"source": "a.pdf", "page": 3, "text": "Sales were 5."},
        {"source": "docs/b.html", "text": "It is limited to 100 frames."},
    ]
    found = [
        SourceText(id="1", text="x", source="x/a.pdf", page=2),
        SourceText(id="2", text="x", source="x/a.pdf", page=3),
        SourceText(id="3", text="Also. It is limited to 100 frames.", source="docs/b.html"),
    ]
    measured = Measured(case(contexts=[], evidence=evidence))
    record = measured.record(
        "p", None, outcome("t", ranking=("1", "2", "3"), candidates=tuple(found))
    )

    assert record.first_gold_rank == 2
    assert record.recall_at == {1: 0, 2: 0.5, 5: 1, 10: 1, 20: 1}
    assert len(record.candidates) == 3


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ("/usr/share/doc/library/json.html", "library/json.html", True),
        ("library/json.html", "library/json.html", True),
        ("/doc/xlibrary/json.html", "library/json.html", False),
        ("C:\\docs\\a.pdf", "a.pdf", True),
    ],
)
def test_sources_match_by_the_end_of_their_path(found: str, wanted: str, same: bool) -> None:
    assert same_source(found, wanted) is same


def test_another_page_or_document_is_no_evidence() -> None:
    item = case(contexts=[], evidence=[{"source": "a.pdf", "page": 3}]).evidence[0]

    assert is_evidence(SourceText(id="1", text="t", source="a.pdf", page=3), item)
    assert not is_evidence(SourceText(id="1", text="t", source="a.pdf", page=4), item)
    assert not is_evidence(SourceText(id="1", text="t", source="b.pdf", page=3), item)


def test_the_trace_is_kept() -> None:
    entry = TraceEntry("prune", 9, 3, 100, 30, 0.5, {"floor": 6})
    record = Measured(case()).record("p", 50, outcome("x", trace=(entry,)))

    assert record.trace[0].dropped == {"floor": 6}
    assert record.trace[0].tokens_out == 30


def test_a_text_that_begins_on_another_page_is_evidence_where_it_lies_in_the_passage() -> None:
    passage = " ".join(f"word{n}" for n in range(100))
    item = Evidence(source="a.pdf", page=3, text=passage)
    part = " ".join(f"word{n}" for n in range(60, 90))
    other = " ".join(f"other{n}" for n in range(30))

    assert is_evidence(SourceText(id="1", text=part, source="a.pdf", page=2), item)
    assert is_evidence(SourceText(id="1", text=part, source="a.pdf"), item)
    assert not is_evidence(SourceText(id="1", text=other, source="a.pdf", page=2), item)
    assert not is_evidence(SourceText(id="1", text=part, source="b.pdf", page=2), item)


def test_evidence_turns_stand_where_a_whole_sentence_of_them_does() -> None:
    said = {"t1": "Ann: I ski. In winter only.", "t2": "Bob: I swim.", "t3": "Bob: Good."}
    history = [{"role": "user", "content": text, "id": name} for name, text in said.items()]
    asked = Measured(
        case(contexts=[], history=history, evidence=[{"turn": "t1"}, {"turn": "t2"}], answers=[])
    )

    def stand(text: str, *kept: str) -> tuple[bool | None, bool | None]:
        record = asked.record("p", 12, outcome(text, *(Piece(name, "") for name in kept)))
        return record.any_evidence, record.full_evidence

    assert stand("Ann: I ski.\nBob: I swim.", "t1", "t2") == (True, True)
    assert stand("Ann: In winter only.", "t1") == (True, False)
    assert stand("Ann: I ski. In winter", "t1") == (True, False)
    assert stand("Ann: I", "t1") == (False, False)
    assert stand("Bob: I swim.", "t3") == (False, False)


def test_evidence_that_is_no_turn_has_none_to_stand() -> None:
    record = Measured(case()).record("p", 12, outcome(TEXT, Piece("a", TEXT, ((0, 3),))))
    assert (record.any_evidence, record.full_evidence) == (None, None)
