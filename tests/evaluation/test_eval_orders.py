"""The orders of the evidence compared by a model, here a server that reads the first sources."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from leanrag.errors import EvaluationError
from leanrag.evaluation.runner import run_suite
from leanrag.evaluation.suite import load_suite
from tests.chat_server import ChatServer, Response, chat_server, said

ORDERS = Path(__file__).parents[2] / "eval" / "suites" / "orders.yaml"
READ = 160
"""Characters of the sources that the reader gets to."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    with chat_server() as made:
        monkeypatch.setenv("LEANRAG_LLM__BASE_URL", made.url)
        monkeypatch.setenv("LEANRAG_LLM__MODEL", "reader")
        monkeypatch.delenv("OPENAI_API_KEY", raising=False)
        yield made


def impatient(body: dict[str, Any]) -> Response:
    """Answers with what stands first, and does not read on."""
    content = body["messages"][-1]["content"]
    return said(" ".join(content[:READ].split()))


def suite(folder: Path) -> Path:
    """Towers, each in a document of its own; the questions ask for one of them."""
    home = folder / "docs"
    home.mkdir()
    for n in range(6):
        text = f"Tower {n} stands in town {n}.\n\nTower {n} is {n}7 metres tall and has {n} floors."
        (home / f"tower{n}.txt").write_text(text, encoding="utf-8")
    values = yaml.safe_load(ORDERS.read_text(encoding="utf-8"))
    values |= {
        "corpus": [str(home)],
        "budgets": [400],
        "cases": [
            {"id": f"c{n}", "question": f"How tall is tower {n}?", "answers": [f"{n}7 metres"]}
            for n in range(6)
        ],
    }
    del values["dataset"]
    path = folder / "orders.yaml"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")
    return path


def test_a_model_that_reads_the_beginning_likes_the_best_first(
    server: ChatServer, tmp_path: Path
) -> None:
    server.respond = impatient

    results = run_suite(suite(tmp_path), out=tmp_path / "out")

    cells = {cell.pipeline: cell for cell in results.cells}
    assert set(cells) == {"best-first", "best-last", "both-ends", "document"}
    f1 = {name: cell.answers.f1.value for name, cell in cells.items() if cell.answers}
    assert f1["best-first"] > f1["best-last"]
    assert f1["both-ends"] > f1["best-last"]
    # The same evidence in the same number of tokens.
    assert len({cell.tokens.value for cell in cells.values()}) == 1
    assert len({cell.survival.value for cell in cells.values() if cell.survival}) == 1
    assert {body["model"] for body in server.bodies} == {"reader"}


def test_the_shipped_suite_asks_where_an_endpoint_is_set(
    server: ChatServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = load_suite(ORDERS).spec.answers
    assert answers is not None
    assert (answers.base_url, answers.model) == (server.url, "reader")

    monkeypatch.delenv("LEANRAG_LLM__MODEL")
    with pytest.raises(EvaluationError, match=r"answers\.model"):
        load_suite(ORDERS)
    monkeypatch.delenv("LEANRAG_LLM__BASE_URL")
    assert load_suite(ORDERS).spec.answers is None
    assert load_suite(ORDERS).dataset.files


def test_an_unknown_order_is_told(server: ChatServer, tmp_path: Path) -> None:
    path = suite(tmp_path)
    values = yaml.safe_load(path.read_text(encoding="utf-8"))
    values["pipelines"][1]["options"]["order"] = "worst_first"
    path.write_text(yaml.safe_dump(values), encoding="utf-8")

    with pytest.raises(EvaluationError, match="'worst_first'; there are best_first"):
        run_suite(path, out=tmp_path / "out")
