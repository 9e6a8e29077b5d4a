"""The shipped suite ``small.yaml``: its cases against the topics, and a short run of it."""

from pathlib import Path
from pydoc_data.topics import topics

import pytest
import yaml

from leanrag.errors import EvaluationError
from leanrag.evaluation import corpora
from leanrag.evaluation.cases import Case
from leanrag.evaluation.metrics import AnswerFinder
from leanrag.evaluation.results import read_results
from leanrag.evaluation.runner import run_suite
from leanrag.evaluation.suite import load_suite

SMALL = Path(__file__).parents[2] / "eval" / "suites" / "small.yaml"
FLAT = {name: " ".join(text.split()) for name, text in topics.items()}
CASES = [case for case in load_suite(SMALL).rows() if isinstance(case, Case)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_every_answer_stands_in_the_topic_that_the_case_names(case: Case) -> None:
    finder = AnswerFinder(case.answers)
    evidence = " ".join(item.text or "" for item in case.evidence)

    assert all(str(answer) in FLAT[case.document] for answer in case.answers)
    assert evidence in FLAT[case.document]
    assert finder.found_in(evidence)
    assert not finder.found_in(case.question)
    # The same chapter stands in several topics, but an answer is no phrase of everywhere.
    assert sum(finder.found_in(text) for text in FLAT.values()) <= 3


def test_the_topics_are_the_corpus_and_their_file_is_on_record() -> None:
    suite = load_suite(SMALL)

    assert len(CASES) >= 24
    assert suite.corpus is not None
    assert suite.corpus.documents is not None
    assert {str(item["id"]) for item in suite.corpus.documents()} == set(topics)
    assert [file.name for file in suite.dataset.files] == ["topics.py"]


def test_a_python_without_topics_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(corpora, "find_spec", lambda name: None)

    with pytest.raises(EvaluationError, match="pydoc_data"):
        load_suite(SMALL)


def test_a_few_of_its_cases_run_through_leanrag_and_a_control(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ("break", "power", "integers")
    # Ingesting every topic takes longer than a test may.
    some = {name: topics[name] for name in (*chosen, "del", "continue", "unary")}
    monkeypatch.setattr("pydoc_data.topics.topics", some)
    values = yaml.safe_load(SMALL.read_text(encoding="utf-8"))
    values["cases"] = [case for case in values["cases"] if case["document"] in chosen]
    values |= {"budgets": [300], "pipelines": ["leanrag-prompt", "retrieved-random-words"]}
    text = yaml.safe_dump(values, allow_unicode=True)
    (tmp_path / "suite.yaml").write_text(text, encoding="utf-8")

    run_suite(tmp_path / "suite.yaml", out=tmp_path / "out")

    results = read_results(tmp_path / "out")
    lean, control = results.cell("leanrag-prompt", 300), results.cell("retrieved-random-words", 300)
    assert lean is not None
    assert control is not None
    assert lean.survival is not None
    assert control.survival is not None
    assert lean.n == len(chosen)
    assert lean.survival.value == 1
    assert lean.survival.value > control.survival.value
    assert lean.tokens.value <= 300
