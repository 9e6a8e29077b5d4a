import gzip
import json
from pathlib import Path

import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case, iter_cases, load_cases, schema_text
from leanrag.evaluation.rows import CaseProblem

YAML = """\
- id: one
  question: When was it built?
  answers: [1889, 'in 1889']
  contexts:
    - The tower was built in 1889.
    - {id: b, title: Bridge, text: 'The bridge is newer.'}
  evidence: {context: b, span: [0, 10]}
  tags: history
- question: 谁写的？
  language: zh
  answers: [[鲁迅, 周树人], 鲁迅]
  history: [{role: user, content: 你好, id: t1}]
  evidence: [{turn: t1}]
"""


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_a_yaml_file_gives_complete_cases(tmp_path: Path) -> None:
    first, second = load_cases(written(tmp_path, "cases.yaml", YAML)).cases

    assert first.answers == ("1889", "in 1889")
    assert [context.id for context in first.contexts] == ["1", "b"]
    assert first.evidence[0].span == (0, 10)
    assert first.tags == ("history",)
    assert first.document == "one"
    assert second.id == "line-9"
    assert second.answers == (("鲁迅", "周树人"), "鲁迅")


def test_a_mapping_with_cases_is_read_too(tmp_path: Path) -> None:
    path = written(tmp_path, "suite.yml", "name: x\ncases:\n  - {id: a, question: Why}\n")

    assert [case.id for case in load_cases(path).cases] == ["a"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ('{"answers": ["x"]}', "question: Field required"),
        ('{"question": ""}', "question"),
        ('{"question": "q", "color": 1}', "color"),
        ('{"question": "q", "evidence": [{}]}', "at least one of"),
        ('{"question": "q", "evidence": [{"context": "z"}]}', "no context has the id 'z'"),
        ('{"question": "q", "evidence": [{"turn": "t9"}]}', "no turn has the id 't9'"),
        ('{"question": "q", "evidence": [{"page": 3, "text": "x"}]}', "a page needs its source"),
        (
            '{"question": "q", "contexts": ["ab"], "evidence": [{"context": "1", "span": [0, 3]}]}',
            "the span ends after its context",
        ),
        ('{"question": "q", "contexts": [{"id": "a", "text": "x"}, {"id": "a", "text": "y"}]}',
         "two contexts have the same id"),
        ("[1, 2]", "expected a mapping"),
        ('{"question": ', "not JSON"),
        ('{"id": "good", "question": "again?"}', "taken by line 1"),
    ],
)  # fmt: skip
def test_a_broken_row_is_named_by_file_and_line_and_the_rest_runs(
    tmp_path: Path, row: str, told: str
) -> None:
    good = '{"id": "good", "question": "fine?"}'
    path = written(tmp_path, "rows.jsonl", f"{good}\n\n{row}\n" + good.replace("good", "last"))

    found = load_cases(path)

    assert [case.id for case in found.cases] == ["good", "last"]
    (problem,) = found.problems
    assert (problem.source, problem.line) == (str(path), 3)
    assert told in problem.error
    assert str(problem).startswith(f"{path}:3: ")


def test_a_broken_yaml_row_is_named_by_its_line(tmp_path: Path) -> None:
    text = "- {id: a, question: one}\n\n- {id: b}\n- {id: c, question: three}\n"

    found = load_cases(written(tmp_path, "cases.yaml", text))

    assert [case.id for case in found.cases] == ["a", "c"]
    assert [problem.line for problem in found.problems] == [3]


def test_json_lines_stream_and_may_be_packed(tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        for number in range(1000):
            file.write(json.dumps({"id": str(number), "question": "é?"}) + "\n")
    rows = iter_cases(path)

    assert isinstance(next(rows), Case)
    assert sum(1 for _ in rows) == 999


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("cases.txt", "x", "are read from"),
        ("cases.yaml", "a: [", "not valid YAML"),
        ("cases.yaml", "a: 1", "expected a list of cases"),
        ("cases.jsonl.gz", "not gzip", "unreadable"),
    ],
)
def test_a_file_that_is_no_case_file_is_an_error(
    tmp_path: Path, name: str, text: str, told: str
) -> None:
    with pytest.raises(EvaluationError, match=told):
        load_cases(written(tmp_path, name, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(EvaluationError, match="cannot be read"):
        load_cases(tmp_path / "none.jsonl")


def test_yaml_cannot_build_objects(tmp_path: Path) -> None:
    text = "- question: !!python/object/apply:os.system ['true']\n- {id: b, question: q}\n"

    found = load_cases(written(tmp_path, "evil.yaml", text))

    assert [case.id for case in found.cases] == ["b"]
    assert isinstance(found.problems[0], CaseProblem)


def test_the_committed_schema_is_current() -> None:
    committed = Path("eval/cases.schema.json").read_text(encoding="utf-8")

    assert committed == schema_text()


def test_the_schema_knows_every_field_of_a_case() -> None:
    schema = json.loads(schema_text())

    assert set(schema["$defs"]["Case"]["properties"]) == set(Case.model_fields)
    assert schema["$defs"]["Case"]["required"] == ["question"]
