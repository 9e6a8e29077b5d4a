"""Retrieval suites: what is searched, what counts as found, the figures, the files."""

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from eval.extension import EXTENSION
from eval.retrieval import read_retrieval, run_retrieval
from eval.retrieval.pools import Asked, pool_of
from eval.retrieval.run import summed
from eval.retrieval.spec import load_spec
from eval.retrieval.stages import Ranked
from leanrag.errors import EvaluationError
from leanrag.evaluation.extension import kind_of

SUITES = sorted(Path("eval/suites/retrieval").glob("*.yaml"))
FACTS = {
    "Golden Gate": ("When did the bridge open?", "The bridge opened in 1937.", "1937"),
    "Harbour": ("Where do dogs wait?", "Dogs wait outside the office.", "outside"),
    "Ferry": ("How often does the ferry leave?", "The ferry leaves every hour.", "every hour"),
    "Toll": ("How are tolls paid?", "Tolls are paid by plate.", "by plate"),
}


def suite(folder: Path, **more: object) -> Path:
    rows = [
        {"id": f"q{n}", "question": question, "answers": [answer], "title": title, "text": text}
        for n, (title, (question, text, answer)) in enumerate(FACTS.items())
    ]
    with gzip.open(folder / "facts.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)
    values = {
        "kind": "retrieval",
        "name": "facts",
        "dataset": {"loader": "nq", "path": "facts.jsonl.gz", "split": "all"},
        "settings": {"retrieval": {"reranker": "scores"}},
        **more,
    }
    path = folder / "facts.yaml"
    path.write_text(json.dumps(values), encoding="utf-8")
    return path


def asked(name: str, *gold: str) -> Asked:
    return Asked(name, "?", name, frozenset(gold), lambda hit: hit.source)


def ranked(units: Sequence[str]) -> Ranked:
    return Ranked(tuple(units), 0.01)


def test_a_run_finds_the_passages_and_writes_what_it_found(tmp_path: Path) -> None:
    out = tmp_path / "out"
    results = run_retrieval(suite(tmp_path), out=out)
    assert [stage.stage for stage in results.stages] == [
        "bm25", "dense", "rrf", "fused", "reranked",
    ]  # fmt: skip
    assert results.questions == results.pool_documents == 4
    for stage in results.stages:
        assert stage.recall[1].value == 1.0, stage.stage
        assert stage.ndcg_at_10.value == 1.0
        assert (stage.against_better_side is None) == (stage.stage in ("bm25", "dense"))
    assert read_retrieval(out) == results
    report = (out / "report.md").read_text(encoding="utf-8")
    assert "4 questions of the all rows" in report
    assert "| fused | 4 | 100.0" in report


def test_shares_and_differences_are_those_of_the_rankings() -> None:
    questions = [asked("a", "x", "y"), asked("b", "z")]
    found = [
        {
            "bm25": ranked("xqrstuvy"),
            "dense": ranked("qrstuvwxy"),
            "fused": ranked("xyqrst"),
        },
        {"bm25": ranked("abcdez"), "dense": ranked("zabcde"), "fused": ranked("zabcde")},
    ]
    stages, better, by_question = summed(questions, found)
    figures = {stage.stage: stage for stage in stages}
    assert figures["bm25"].recall[1].value == 0.25
    assert figures["bm25"].recall[5].value == 0.25
    assert figures["bm25"].found[5].value == 0.5
    assert figures["dense"].recall[5].value == 0.5
    assert better == "dense"
    against = figures["fused"].against_better_side
    assert against is not None
    assert against.value == 0.5
    assert against.verdict == "no difference shown", "two documents never give a verdict"
    assert by_question["a"]["bm25"][:3] == [0.5, 0.5, 1.0]


def test_stages_with_a_model_may_run_on_fewer_questions(tmp_path: Path) -> None:
    results = run_retrieval(suite(tmp_path, read_limit=2))
    counts = {stage.stage: stage.ndcg_at_10.n for stage in results.stages}
    assert counts == {"bm25": 4, "dense": 4, "rrf": 4, "fused": 4, "reranked": 2}
    read = [name for name, stages in results.per_question.items() if "reranked" in stages]
    assert len(read) == 2
    assert all("fused" in stages for stages in results.per_question.values())


def test_turns_are_found_in_their_own_meeting(tmp_path: Path) -> None:
    turns = [{"speaker": s, "content": c} for s, c in (("A", "Red."), ("B", "Blue."), ("A", "No."))]
    meeting = {
        "meeting_transcripts": turns,
        "specific_query_list": [
            {"query": "Which colours?", "answer": "two", "relevant_text_span": [["0", "1"]]}
        ],
    }
    with gzip.open(tmp_path / "qmsum_x.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps(meeting) + "\n")
    path = suite(
        tmp_path,
        units="turns",
        dataset={"loader": "qmsum", "path": ".", "split": "all"},
    )
    pool = pool_of(load_spec(path), path)
    assert pool.corpus.documents is not None
    documents = list(pool.corpus.documents())
    assert [document["text"] for document in documents] == ["A: Red.", "B: Blue.", "A: No."]
    (one,) = pool.asked
    assert one.gold == {documents[0]["id"], documents[1]["id"]}
    assert one.where == documents[0]["metadata"]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"units": "words"}, "units"),
        ({"stages": []}, "stages"),
        ({"dataset": None}, "either 'dataset' or 'suite'"),
        ({"dataset": {"loader": "none", "path": "x"}}, "one of"),
        ({"units": "answers"}, "need a corpus"),
    ],
)
def test_a_wrong_suite_says_what_is_wrong(
    tmp_path: Path, wrong: dict[str, object], message: str
) -> None:
    with pytest.raises(EvaluationError, match=message):
        run_retrieval(suite(tmp_path, **wrong))


@pytest.mark.parametrize("path", SUITES, ids=lambda path: path.stem)
def test_the_suites_of_the_project_are_well_formed(path: Path) -> None:
    spec = load_spec(path)
    assert spec.name == f"retrieval-{path.stem.replace('_', '-')}"
    assert kind_of(path) is EXTENSION.kinds["retrieval"]
    if spec.suite is not None:
        assert (path.parent / spec.suite).is_file()


def test_other_suites_are_of_another_kind() -> None:
    assert SUITES
    assert kind_of(Path("eval/suites/small.yaml")) is None
