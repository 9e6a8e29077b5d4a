import json
from pathlib import Path

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.registry import described
from leanrag.evaluation.rows import CaseProblem
from leanrag.evaluation.suite import load_suite

CASES = "cases: [{id: a, question: q, contexts: [one, two]}]\n"


def suite(folder: Path, text: str) -> Path:
    path = folder / "suite.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_cases_in_the_suite_itself(tmp_path: Path) -> None:
    text = "name: x\nbudgets: [20, 10, 20]\ncases:\n  - {id: a, question: q}\n  - {id: b}\n"
    read = load_suite(suite(tmp_path, text))

    rows = list(read.rows())
    assert isinstance(rows[0], Case)
    assert isinstance(rows[1], CaseProblem)
    assert rows[1].line == 5
    assert read.budgets == (10, 20)
    assert read.counts == "context"


def test_data_is_found_beside_the_suite_or_where_the_variable_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, ids in (("near", ["a"]), ("far", ["b", "c"])):
        (tmp_path / name).mkdir()
        rows = [json.dumps({"id": i, "question": "q"}) for i in ids]
        (tmp_path / name / "cases.jsonl").write_text("\n".join(rows), encoding="utf-8")
    path = suite(
        tmp_path,
        "name: x\nbudgets: [9]\ndata: near\ndataset: {loader: cases, path: cases.jsonl}\n",
    )

    assert [row.id for row in load_suite(path).rows() if isinstance(row, Case)] == ["a"]
    monkeypatch.setenv("LEANRAG_DATA", str(tmp_path / "far"))
    assert [row.id for row in load_suite(path).rows() if isinstance(row, Case)] == ["b", "c"]
    assert len(list(load_suite(path, limit=1).rows())) == 1


def test_a_corpus_makes_budgets_bound_the_prompt(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    read = load_suite(suite(tmp_path, f"name: x\nbudgets: [9]\ncorpus: [docs]\n{CASES}"))

    assert read.counts == "prompt"
    assert read.corpus is not None
    assert [path.name for path in read.corpus.paths] == ["docs"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- a\n", "expected a mapping"),
        ("name: [", "not valid YAML"),
        (f"budgets: [1]\n{CASES}", "name: Field required"),
        (f"name: x\nbudgets: []\n{CASES}", "budgets"),
        (f"name: x\nbudgets: [0]\n{CASES}", "at least 1"),
        ("name: x\nbudgets: [1]\n", "give either 'dataset' or 'cases'"),
        (f"name: x\nbudgets: [1]\ncolour: red\n{CASES}", "colour"),
        (f"name: x\nbudgets: [1]\ncorpus: [nowhere]\n{CASES}", "corpus is not there"),
        (
            "name: x\nbudgets: [1]\ndataset: {loader: zip, path: x}\n",
            "one of cases, csv",
        ),
        ("name: x\nbudgets: [1]\ndataset: {loader: nq, path: x}\n", "LEANRAG_DATA"),
        (f"name: x\nbudgets: [1]\npipelines: [bm25, bm25]\n{CASES}", "the same name"),
    ],
)
def test_a_wrong_suite_is_explained(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(EvaluationError, match=told):
        load_suite(suite(tmp_path, text))


@pytest.mark.parametrize(
    ("pipelines", "told"),
    [
        ("[magic]", "there is no pipeline 'magic'"),
        ("[leanrag-prompt]", "needs a corpus to search"),
        ("[{use: bm25, options: {k: 3}}]", "bm25 has no option k; it has none"),
    ],
)
def test_a_wrong_pipeline_is_explained(tmp_path: Path, pipelines: str, told: str) -> None:
    read = load_suite(suite(tmp_path, f"name: x\nbudgets: [1]\npipelines: {pipelines}\n{CASES}"))

    with pytest.raises(EvaluationError, match=told):
        described(read)


def test_a_pipeline_may_be_there_twice_with_other_options(tmp_path: Path) -> None:
    text = "[langchain, {use: langchain, name: langchain-8, options: {k: 8}}]"
    read = load_suite(suite(tmp_path, f"name: x\nbudgets: [1]\npipelines: {text}\n{CASES}"))

    first, second = described(read)
    assert (first.options["k"], second.options["k"]) == (4, 8)
    assert second.name == "langchain-8"


@pytest.mark.parametrize(
    "path", sorted(Path("eval/suites").glob("*.yaml")), ids=lambda path: path.stem
)
def test_every_suite_that_ships_is_right_as_far_as_its_data_is_there(path: Path) -> None:
    try:
        read = load_suite(path)
    except EvaluationError as error:
        if "is not there" in str(error) or "no such" in str(error):
            pytest.skip(str(error))
        raise
    assert described(read)
    assert any(isinstance(row, Case) for row in read.rows())
