"""The commands on a real store with the real models."""

import json
from pathlib import Path

import pytest

from leanrag.cli import main
from leanrag.cli.console import STEERING
from leanrag.tokens import OpenAICounter
from tests.cli.conftest import Run
from tests.cli.test_output import COMPRESS, INFO_KEYS, INGEST, QUERY, SEARCH, keys

CATS = """# Cats

Cats sleep sixteen hours a day. They hunt at dusk and rest when it is hot.

## Food

Cats eat meat. A cat needs taurine, which its body cannot make.
"""
DOGS = """# Dogs

Dogs sleep twelve hours a day. A dog walks three times a day.
"""


@pytest.fixture
def docs(tmp_path: Path) -> Path:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "cats.md").write_text(CATS)
    (folder / "dogs.md").write_text(DOGS)
    return folder


def test_the_way_through(run: Run, docs: Path, tmp_path: Path) -> None:
    store = ("--store", tmp_path / "store")
    ran = run("ingest", docs, *store, "--metadata", "topic=animals", "--json")
    assert ran.code == 0
    report = json.loads(ran.out)
    assert report["documents"]["added"] == 2
    assert set(report) == set(json.loads(INGEST))
    again = json.loads(run("ingest", docs, *store, "--metadata", "topic=animals", "--json").out)
    assert again["documents"] | {"unchanged": 2} == {
        **report["documents"],
        "added": 0,
        "unchanged": 2,
    }

    ran = run("query", "What does a cat's body not make?", *store, "--budget", "120", "--json")
    prompt = json.loads(ran.out)
    assert json.dumps(keys(prompt)) == json.dumps(keys(json.loads(QUERY)))
    assert "taurine" in prompt["messages"][-1]["content"]
    assert prompt["tokens"]["prompt"] <= 120
    counted = OpenAICounter("o200k_base").count_messages(prompt["messages"])
    assert prompt["tokens"]["prompt"] == counted
    parts = ("system", "history", "context", "question", "overhead")
    assert sum(prompt["tokens"][part] for part in parts) == counted

    hits = json.loads(
        run("search", "How long do dogs sleep?", *store, "--top-k", "1", "--json").out
    )
    assert json.dumps(keys(hits)) == json.dumps(keys(json.loads(SEARCH)))
    assert hits["hits"][0]["source"].endswith("dogs.md")
    metadata = hits["hits"][0]["metadata"]
    assert set(metadata) == {"topic", "format", "file_modified", "file_size", "file_hash"}
    assert (metadata["topic"], metadata["format"]) == ("animals", "markdown")

    figures = json.loads(run("info", *store, "--facets", "--json").out)
    assert set(figures) == {*json.loads(INFO_KEYS), "duplicates", "facets"}
    assert figures["documents"] == 2
    assert figures["facets"]["topic"] == [{"value": "animals", "documents": 2}]

    source = hits["hits"][0]["source"]
    assert json.loads(run("delete", *store, "--source", source, "--json").out) == {"deleted": 1}
    assert json.loads(run("info", *store, "--json").out)["documents"] == 1
    assert (
        json.loads(run("delete", *store, "--where", "topic=animals", "--json").out)["deleted"] == 1
    )


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the two documents, for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("filled")
    (folder / "docs").mkdir()
    (folder / "docs" / "cats.md").write_text(CATS)
    (folder / "docs" / "dogs.md").write_text(DOGS)
    assert main(["ingest", str(folder / "docs"), "--store", str(folder / "store")]) == 0
    return folder / "store"


def test_history_comes_into_the_prompt(run: Run, filled: Path, tmp_path: Path) -> None:
    store = ("--store", filled)
    history = tmp_path / "chat.json"
    said = [
        {"role": "user", "content": "Tell me about cats."},
        {"role": "assistant", "content": "Gladly."},
    ]
    history.write_text(json.dumps({"messages": said}))
    asked = ("query", "How long do they sleep?", *store, "--history", history, "--json")
    prompt = json.loads(run(*asked).out)
    assert prompt["messages"][1:3] == said
    assert prompt["tokens"]["history"] > 0
    assert prompt["trace"][0]["stage"] == "history"


@pytest.mark.parametrize(
    ("arguments", "code", "kind"),
    [
        (("query", "x", "--budget", "20"), 3, "BudgetError"),
        (("query", "x", "--budget", "-1"), 2, "InputError"),
        (("query", "x", "--budget", "0"), 2, "InputError"),
        (("query", " "), 2, "InputError"),
        (("query", "x", "--where", "yaer>=2000"), 2, "FilterError"),
        (("query", "x", "--where", "nonsense"), 2, "FilterError"),
        (("query", "x", "--collection", "other"), 3, "StoreError"),
        (("query", "x", "--collection", "../other"), 2, "ConfigError"),
        (("info", "--collection", "other"), 3, "StoreError"),
        (("delete", "--source", "unknown.md"), 2, "InputError"),
        (("delete", "--where", ""), 2, "FilterError"),
        (("ingest", "no-such-folder"), 2, "InputError"),
        (("ingest", ".", "--metadata", "title"), 2, "InputError"),
    ],
)
def test_bad_input(
    run: Run, filled: Path, arguments: tuple[str, ...], code: int, kind: str
) -> None:
    ran = run(*arguments, "--store", filled, "--json")
    error = json.loads(ran.out)["error"]
    assert (ran.code, error["type"]) == (code, kind)
    assert error["message"]


def test_an_empty_folder_is_no_error(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = run("ingest", tmp_path / "empty", "--store", tmp_path / "store", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["documents"]["added"] == 0
    assert ran.err.count("warning: ") == 1


def test_a_document_that_cannot_be_read_is_listed(run: Run, docs: Path, tmp_path: Path) -> None:
    (docs / "broken.md").write_bytes(b"\x00\x01\x02" * 500)
    ran = run("ingest", docs, "--store", tmp_path / "store", "--json")
    assert ran.code == 1
    report = json.loads(ran.out)
    assert report["documents"]["added"] == 2
    assert [failure["source"].endswith("broken.md") for failure in report["failures"]] == [True]


def test_no_document_steers_the_terminal(run: Run, tmp_path: Path) -> None:
    docs, store = tmp_path / "docs", ("--store", tmp_path / "store")
    docs.mkdir()
    hostile = "\x9b31m\u202e\u200f\u061c\U000e0041"
    (docs / f"tower{hostile}.md").write_text(f"# T{hostile}\n\nThe tower {hostile} is high.\n")
    (docs / f"broken{hostile}.md").write_bytes(b"\x00\x01\x02" * 500)
    history = tmp_path / "chat.json"
    history.write_text(json.dumps([{"role": "user", "content": f"The tower {hostile}?"}]))
    for command in (
        ("ingest", docs, "--metadata", f"team=a{hostile}"),
        ("ingest", docs, "--path-template", f"{hostile}{{name}}.txt"),
        ("search", "tower"),
        ("query", f"How high is the tower {hostile}?", "--explain", "--history", history),
        ("info", "--facets"),
        ("info", "--collection", f"x{hostile}"),
        ("delete", "--source", f"none{hostile}"),
        ("history", "show", f"none{hostile}"),
    ):
        for form in ((), ("--json",)):
            ran = run(*command, *store, *form)
            assert not STEERING.search(ran.out), command
            assert not STEERING.search(ran.err), command
            assert ran.out or ran.err
    found = json.loads(run("search", "tower", *store, "--json").out)["hits"][0]
    assert hostile in found["source"]
    assert hostile[4:] in found["text"]


def test_a_file_is_no_store(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    ran = run("query", "x", "--store", tmp_path / "file", "--json")
    assert (ran.code, json.loads(ran.out)["error"]["type"]) == (3, "StoreError")


def test_an_unknown_model_is_warned_about_once(run: Run, filled: Path) -> None:
    asked = ("query", "x", "--store", filled, "--model", "my-model", "--budget", "2000", "--json")
    ran = run(*asked)
    assert json.loads(ran.out)["tokens"]["exact"] is False
    assert ran.err.count("warning: ") == 1
    assert "LEANRAG_TOKENIZER" in ran.err
    assert run(*asked, "--quiet").err == ""


def test_texts_are_compressed_without_a_store(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = [{"id": "a", "text": CATS}, {"id": "b", "text": DOGS}]
    ran = run(
        *("compress", "--question", "What do cats need?", "--budget", "20", "--json"),
        stdin="\n".join(map(json.dumps, texts)).encode(),
    )
    payload = json.loads(ran.out)
    assert json.dumps(keys(payload)) == json.dumps(keys(json.loads(COMPRESS)))
    by_id = {text["id"]: text["text"] for text in texts}
    for text in payload["texts"]:
        assert text["text"] == "".join(by_id[text["id"]][a:b] for a, b in text["spans"])
    assert "taurine" in payload["texts"][0]["text"]
    kept = "\n\n".join(text["text"] for text in payload["texts"])
    assert payload["tokens"]["out"] == OpenAICounter("o200k_base").count(kept) <= 20
    assert list(tmp_path.iterdir()) == []


def test_compress_refuses_a_budget_of_nothing(run: Run) -> None:
    ran = run("compress", "--question", "x", "--budget", "0", "--json", stdin=b'{"text": "a"}')
    assert (ran.code, json.loads(ran.out)["error"]["type"]) == (2, "InputError")
