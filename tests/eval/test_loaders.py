"""Every loader of a data set on a small file of its form, with a broken row among the good ones."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from eval.loaders import SETS
from eval.loaders.locomo import INCOMPLETE
from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import LoadOptions
from leanrag.evaluation.loaders.pooled import ANSWER_ELSEWHERE
from tests.evaluation.case_files import evidence_texts, lines, load, qa_row


def test_questions_over_passages_get_their_neighbours(tmp_path: Path) -> None:
    rows = [qa_row(n) for n in range(1, 9)]
    path = lines(tmp_path / "nq.jsonl.gz", [*rows, '{"id": "x"}', "{"])

    cases, problems = load(SETS["nq"], path, contexts=4)

    assert [problem.line for problem in problems] == [9, 10]
    assert "question" in problems[0].error or "answers" in problems[0].error
    assert len(cases) == 8
    assert all(len(case.contexts) == 4 for case in cases)
    assert len({context.id for case in cases for context in case.contexts}) <= 8
    assert evidence_texts(cases[2]) == ["It has 300 inhabitants."]
    assert cases[2].document == "City_3"
    places = [
        next(i for i, c in enumerate(case.contexts) if c.id == case.evidence[0].context)
        for case in cases
    ]
    assert len(set(places)) > 1


def test_the_gold_place_depends_on_the_seed(tmp_path: Path) -> None:
    path = lines(tmp_path / "nq.jsonl", [qa_row(n) for n in range(1, 30)])

    first, again, other = (
        [[context.id for context in case.contexts] for case in load(SETS["nq"], path, seed=seed)[0]]
        for seed in (0, 0, 1)
    )

    assert first == again != other


def test_a_case_is_tagged_where_another_passage_holds_the_answer(tmp_path: Path) -> None:
    twin = qa_row(2, text="Some say that 100 is a number. A city of inhabitants.", title="Numbers")
    cases, _ = load(SETS["nq"], lines(tmp_path / "nq.jsonl", [qa_row(1), twin]))

    assert ANSWER_ELSEWHERE in cases[0].tags
    assert ANSWER_ELSEWHERE not in cases[1].tags


def test_xquad_is_split_by_paragraph_alike_in_all_languages(tmp_path: Path) -> None:
    def rows(language: str) -> list[dict[str, Any]]:
        return [
            qa_row(n // 2, id=f"q{n:03}", lang=language, text=f"{language} paragraph {n // 2}.")
            for n in range(200)
        ]

    found = [
        [
            case.id
            for case in load(
                SETS["xquad"], lines(tmp_path / f"{language}.jsonl", rows(language)), split="tune"
            )[0]
        ]
        for language in ("en", "zh")
    ]

    assert found[0] == found[1]
    assert 10 < len(found[0]) < 80
    assert all(f"q{int(name[1:]) ^ 1:03}" in found[0] for name in found[0])


def test_clapnq(tmp_path: Path) -> None:
    passage = {"title": "Dada", "text": "Dada was art . It was odd .", "sentences": []}
    rows = [
        {
            "id": "1",
            "input": "what was dada",
            "passages": [passage],
            "output": [{"answer": "Art.", "selected_sentences": ["Dada was art ."]}],
        },
        {
            "id": "2",
            "input": "x",
            "passages": [passage],
            "output": [{"answer": "y", "selected_sentences": ["Not there ."]}],
        },
    ]

    cases, problems = load(SETS["clapnq"], lines(tmp_path / "c.jsonl", rows))

    assert evidence_texts(cases[0]) == ["Dada was art ."]
    assert cases[0].reference == "Art."
    assert not cases[0].answers
    assert "not in the passage" in problems[0].error


def test_mtrag(tmp_path: Path) -> None:
    row = {
        "conversation_id": "c",
        "task_id": "c::2",
        "contexts": [{"document_id": "d", "text": " A bot is a program. "}],
        "input": [
            {"speaker": "user", "text": "What is a bot?"},
            {"speaker": "agent", "text": "A program."},
            {"speaker": "user", "text": "Are there good ones?"},
        ],
        "targets": [{"text": "Yes."}],
        "answerability": ["ANSWERABLE"],
        "Multi-Turn": ["Follow-up"],
        "Collection": "govt",
    }
    none = {**row, "task_id": "c::3", "answerability": ["UNANSWERABLE"]}

    cases, problems = load(SETS["mtrag"], lines(tmp_path / "m.jsonl", [row, none, {"input": []}]))

    assert cases[0].question == "Are there good ones?"
    assert [turn.role for turn in cases[0].history] == ["user", "assistant"]
    assert evidence_texts(cases[0]) == ["A bot is a program."]
    assert "follow-up" in cases[0].tags
    assert (cases[1].answerable, cases[1].evidence) == (False, ())
    assert len(problems) == 1


def test_tatqa(tmp_path: Path) -> None:
    question = {
        "uid": "q1",
        "question": "Total sales in 2019?",
        "answer": ["$1,496.5"],
        "derivation": "",
        "answer_type": "span",
        "answer_from": "table-text",
        "rel_paragraphs": ["1"],
        "scale": "million",
    }
    computed = {
        **question,
        "uid": "q2",
        "answer": 293.6,
        "answer_type": "arithmetic",
        "derivation": "1,496.5-1,202.9",
        "answer_from": "table",
    }
    several = {**question, "uid": "q3", "answer": ["44.1", "56.7"], "answer_type": "multi-span"}
    document = {
        "table": {
            "uid": "t",
            "table": [["", "2019", "2018"], ["Other", "44.1", "56.7"],
                      ["Total sales", "$1,496.5", "$1,202.9"]],
        },
        "paragraphs": [{"uid": "p", "order": 1, "text": "Sales came to much."}],
        "questions": [question, computed, several, {"uid": "q4"}],
    }  # fmt: skip
    path = tmp_path / "t.json.gz"
    path.write_bytes(gzip.compress(json.dumps([document]).encode()))

    cases, problems = load(SETS["tatqa"], path)

    assert cases[0].answers == ("$1,496.5",)
    assert evidence_texts(cases[0]) == ["Total sales | $1,496.5 | $1,202.9", "Sales came to much."]
    assert (cases[1].answers, cases[1].reference) == ((), "293.6 million")
    assert evidence_texts(cases[1]) == ["Total sales | $1,496.5 | $1,202.9"]
    assert cases[2].answers == (("44.1", "56.7"),)
    assert [problem.line for problem in problems] == [4]


def test_locomo(tmp_path: Path) -> None:
    conversation = {
        "speaker_a": "Ann",
        "speaker_b": "Bob",
        "session_1_date_time": "8 May, 2023",
        "session_1": [
            {"speaker": "Ann", "dia_id": "D1:1", "text": "I adopted a cat."},
            {"speaker": "Bob", "dia_id": "D1:2", "text": "Look!", "blip_caption": "a dog"},
        ],
        "session_10": [{"speaker": "Ann", "dia_id": "D10:1", "text": "Late."}],
        "session_2": [{"speaker": "Bob", "dia_id": "D2:1", "text": "Early."}],
        "qa": [
            {"question": "What pet?", "answer": "cat", "evidence": ["D1:1"], "category": 4},
            {"question": "When?", "answer": 2023, "evidence": ["D1:1; D:1:2"], "category": 2},
            {"question": "Lost?", "answer": "x", "evidence": ["D9:9"], "category": 1},
            {"question": "No?", "adversarial_answer": "n", "evidence": [], "category": 5},
            {"question": "Broken?"},
        ],
    }
    path = tmp_path / "locomo_1.json"
    path.write_text(json.dumps(conversation), encoding="utf-8")

    cases, problems = load(SETS["locomo"], path)

    assert [context.id for context in cases[0].contexts] == ["D1:1", "D1:2", "D2:1", "D10:1"]
    assert [turn.id for turn in cases[0].history] == ["D1:1", "D1:2", "D2:1", "D10:1"]
    assert cases[0].contexts[1].text == "Bob: Look! [shares a dog]"
    assert cases[0].history[1].content == "Bob: Look! [shares a dog]"
    assert [turn.time for turn in cases[0].history] == ["8 May, 2023", "8 May, 2023", None, None]
    assert cases[0].answers == ("cat",)
    assert (cases[1].answers, cases[1].reference) == ((), "2023")
    assert [item.turn for item in cases[1].evidence] == ["D1:1", "D1:2"]
    assert INCOMPLETE in cases[2].tags
    assert not cases[3].answerable
    assert [problem.line for problem in problems] == [5]
    assert len(load(SETS["locomo"], tmp_path)[0]) == 4


def test_qmsum(tmp_path: Path) -> None:
    turns = [{"speaker": f"S{n}", "content": f"turn number {n} " + "x" * 200} for n in range(20)]
    meeting = {
        "meeting_transcripts": turns,
        "specific_query_list": [
            {"query": "What of 3?", "answer": "It.", "relevant_text_span": [["3", "4"]]},
            {"query": "None", "answer": "", "relevant_text_span": []},
        ],
        "general_query_list": [{"query": "All", "answer": "x"}],
    }
    path = lines(tmp_path / "qmsum_val.jsonl", [meeting, {"meeting_transcripts": []}])

    cases, problems = load(SETS["qmsum"], path)

    assert [case.question for case in cases] == ["What of 3?"]
    assert "".join(evidence_texts(cases[0])).startswith("S3: turn number 3")
    assert "S4: turn number 4" in " ".join(evidence_texts(cases[0]))
    assert "S5" not in " ".join(evidence_texts(cases[0]))
    assert len(cases[0].contexts) > 1
    assert not cases[0].history

    talks, problems = load(SETS["qmsum_turns"], path)

    assert [turn.id for turn in talks[0].history] == [f"t{number}" for number in range(20)]
    assert talks[0].history[3].content.startswith("S3: turn number 3")
    assert talks[0].evidence == cases[0].evidence
    assert [problem.line for problem in problems] == [2]


def test_financebench(tmp_path: Path) -> None:
    evidence = {"evidence_text": "Capex was 1,577", "doc_name": "F1", "evidence_page_num": 59}
    row = {
        "financebench_id": "1",
        "question": "Capex?",
        "answer": "$1577.00",
        "doc_name": "F1",
        "question_type": "metrics",
        "evidence": [evidence],
    }
    reasoned = {**row, "financebench_id": "2", "answer": "It rose."}
    lost = {**row, "evidence": [{**evidence, "doc_name": "F9"}]}
    lines(tmp_path / "questions.jsonl", [row, reasoned, lost])
    (tmp_path / "F1.pdf").write_bytes(b"%PDF-1.4")

    cases, problems = load(SETS["financebench"], tmp_path)

    assert (cases[0].evidence[0].page, cases[0].evidence[0].source) == (60, "F1.pdf")
    assert cases[0].answers == ("$1577.00",)
    assert (cases[1].answers, cases[1].reference) == ((), "It rose.")
    assert "no filing F9.pdf" in problems[0].error
    corpus = SETS["financebench"](tmp_path, LoadOptions()).corpus
    assert corpus is not None
    assert [path.name for path in corpus.paths] == ["F1.pdf"]


@pytest.mark.parametrize("name", sorted(SETS))
def test_missing_data_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="LEANRAG_DATA"):
        list(SETS[name](tmp_path / "none.jsonl", LoadOptions()).rows())
