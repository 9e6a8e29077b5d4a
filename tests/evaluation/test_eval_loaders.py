"""Every format of own cases on a small file of its form, with a broken row among the good ones."""

import json
from pathlib import Path

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import LoadOptions
from leanrag.evaluation.loaders import FORMATS
from tests.evaluation.case_files import evidence_texts, lines, load


def test_squad(tmp_path: Path) -> None:
    data = {
        "data": [
            {
                "title": "Rivers",
                "paragraphs": [
                    {
                        "context": "The Rhine is long. It flows to the sea.",
                        "qas": [
                            {
                                "id": "1",
                                "question": "Where to?",
                                "answers": [{"text": "the sea", "answer_start": 31}],
                            },
                            {"id": "2", "question": "Who?", "answers": [], "is_impossible": True},
                            {"id": "3", "answers": []},
                        ],
                    }
                ],
            }
        ]
    }
    path = tmp_path / "squad.json"
    path.write_text(json.dumps(data), encoding="utf-8")

    cases, problems = load(FORMATS["squad"], path)

    assert evidence_texts(cases[0]) == ["It flows to the sea."]
    assert (cases[1].answerable, cases[1].tags) == (False, ("unanswerable",))
    assert [problem.line for problem in problems] == [3]
    with pytest.raises(EvaluationError, match="SQuAD's form"):
        load(FORMATS["squad"], lines(tmp_path / "other.json", ["[]"]))


def test_beir(tmp_path: Path) -> None:
    lines(tmp_path / "corpus.jsonl", [{"_id": "d1", "title": "T", "text": "One."}])
    lines(tmp_path / "queries.jsonl", [{"_id": "1", "text": "one?"}, {"_id": "2", "text": "two?"}])
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\td1\t1\n1\td2\t0\nbroken\n", encoding="utf-8"
    )

    cases, problems = load(FORMATS["beir"], tmp_path, split="report")

    assert [case.id for case in cases] == ["1"]
    assert [item.source for item in cases[0].evidence] == ["d1"]
    assert [problem.line for problem in problems] == [4]
    corpus = FORMATS["beir"](tmp_path, LoadOptions()).corpus
    assert corpus is not None
    assert corpus.documents is not None
    assert [document["id"] for document in corpus.documents()] == ["d1"]
    with pytest.raises(EvaluationError, match=r"qrels/train\.tsv"):
        load(FORMATS["beir"], tmp_path, split="train")


def test_csv(tmp_path: Path) -> None:
    text = (
        "Query,answers,context,topic\n"
        '"Who, then?",a||b,"One text.\nTwo lines.||Other.",x\n'
        "too,many,cells,in,here\n"
        ",none,,\n"
        "last?,c,,y\n"
    )
    path = lines(tmp_path / "cases.csv", [text])

    cases, problems = load(FORMATS["csv"], path, columns={"tags": "topic"})

    assert cases[0].question == "Who, then?"
    assert cases[0].answers == ("a", "b")
    assert [context.text for context in cases[0].contexts] == ["One text.\nTwo lines.", "Other."]
    assert cases[0].tags == ("x",)
    assert [case.id for case in cases] == ["line-2", "line-6"]
    assert sorted(problem.line for problem in problems) == [4, 5]
    with pytest.raises(EvaluationError, match="no column topics"):
        load(FORMATS["csv"], path, columns={"tags": "topics"})
    with pytest.raises(EvaluationError, match="color mean nothing"):
        load(FORMATS["csv"], path, columns={"color": "topic"})


def test_own_files_stream_with_split_and_limit(tmp_path: Path) -> None:
    rows = [{"id": f"c{n}", "question": "q", "document": f"d{n}"} for n in range(100)]
    path = lines(tmp_path / "cases.jsonl", [*rows, "{"])

    cases, problems = load(FORMATS["cases"], path, limit=10)
    report, _ = load(FORMATS["cases"], path, split="report")

    assert len(cases) == 10
    assert [case.id for case in cases] != [f"c{n}" for n in range(10)]
    assert len(problems) == 1
    assert 0 < len(report) < 50


@pytest.mark.parametrize("name", sorted(FORMATS))
def test_missing_data_is_named_with_what_to_do(name: str, tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="LEANRAG_DATA"):
        list(FORMATS[name](tmp_path / "none.jsonl", LoadOptions()).rows())
