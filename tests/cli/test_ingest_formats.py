"""A folder with a file of every kind, through the real commands."""

import json
from pathlib import Path
from typing import Any

import pytest

from leanrag.cli import main
from tests.cli.conftest import Run
from tests.format_samples import samples

TEMPLATE = "{company}_{year}_{form}.txt"


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder ``docs`` with the samples and odd files, and the ``store`` that it was put into."""
    folder = tmp_path_factory.mktemp("formats")
    docs = folder / "docs"
    (docs / "sub").mkdir(parents=True)
    for name, data in samples().items():
        (docs / name).write_bytes(data)
    (docs / "sub" / "ACME_2021_policy.txt").write_bytes(samples()["policy.docx"] + b"\0")
    (docs / "stock.xlsx.meta.yaml").write_text("owner: Ann\nlevel: 3\nreviewed: 2024-05-06\n")
    (docs / "broken.docx").write_bytes(samples()["policy.docx"][:5000])
    (docs / "name\nwith a line end.txt").write_text("Herons nest in the old mill.")
    (folder / "secret.txt").write_text("The password is swordfish.")
    (docs / "link.txt").symlink_to(folder / "secret.txt")
    arguments = ("--store", folder / "store", "--path-template", TEMPLATE, "--quiet")
    assert main(["ingest", str(docs), *map(str, arguments)]) == 1
    return folder


@pytest.fixture
def search(run: Run, place: Path) -> Any:
    def hits(question: str, *where: str) -> list[dict[str, Any]]:
        filters = [part for condition in where for part in ("--where", condition)]
        ran = run("search", question, "--store", place / "store", "--json", *filters)
        assert ran.code == 0, ran.err
        return list(json.loads(ran.out)["hits"])

    return hits


def names(hits: list[dict[str, Any]]) -> set[str]:
    return {Path(hit["source"]).name for hit in hits}


def test_one_broken_file_is_one_failure_and_nothing_else(run: Run, place: Path) -> None:
    ran = run(
        *("ingest", place / "docs", "--store", place / "store", "--json"),
        *("--path-template", TEMPLATE),
    )
    assert ran.code == 1
    report = json.loads(ran.out)
    # The samples but for the picture, which folders do not give, and two files more.
    assert report["documents"] == {
        "added": 0, "updated": 0, "unchanged": len(samples()) - 1 + 2, "deleted": 0, "failed": 1,
    }  # fmt: skip
    (failure,) = report["failures"]
    assert failure["source"].endswith("broken.docx")
    assert "is damaged" in failure["error"]
    assert "1 .svg" in ran.err
    assert "1 links that lead out" in ran.err


@pytest.mark.parametrize(
    ("question", "name", "words"),
    [
        ("统计信息过期时会怎样？", "chinese.txt", "计划可能很慢"),
        ("How much does the pump cost that Ann offers Bob?", "offer.eml", "900 euros"),
        ("How many bolts are there in stock?", "stock.xlsx", "Bolt | 1200"),
        ("Did sales grow in Asia?", "deck.pptx", "Mostly in Asia"),
        ("What happened to the lamp in the storm?", "book.epub", "went out"),
        ("Which port does the server use?", "settings.json", "server.port: 5432"),
        ("What removes dead rows?", "guide.rst", "Removes dead rows"),
        ("Where do herons nest?", "name\nwith a line end.txt", "old mill"),
    ],
)
def test_answers_come_from_every_kind(
    run: Run, place: Path, question: str, name: str, words: str
) -> None:
    ran = run("query", question, "--store", place / "store", "--budget", "300", "--json")
    prompt = json.loads(ran.out)
    assert words in prompt["messages"][-1]["content"]
    assert name in names(prompt["sources"])
    assert "swordfish" not in prompt["messages"][-1]["content"]


def test_metadata_of_every_origin_filters(search: Any) -> None:
    assert names(search("anything", "company=ACME", "year=2021")) == {"ACME_2021_policy.txt"}
    assert names(search("anything", "owner=Ann", "reviewed>=2024-01-01")) == {"stock.xlsx"}
    assert names(search("anything", "from=ann@example.org")) == {"offer.eml"}
    assert names(search("anything", "attachments=policy.docx")) == {"offer.eml"}
    assert names(search("anything", "author=Ann Lee", "format=html")) == {"page.html"}
    assert names(search("anything", "date<1950-01-01")) == {"book.epub"}
    assert names(search("anything", "tags=release")) == {"notes.md"}
    assert "deck.pptx" not in names(search("anything", "file_size<20000"))


def test_fields_are_listed_with_their_types_and_counts(run: Run, place: Path) -> None:
    figures = json.loads(run("info", "--store", place / "store", "--facets", "--json").out)
    types = {
        "level": "integer", "reviewed": "date", "year": "integer", "company": "text",
        "file_modified": "date", "file_size": "integer", "keywords": "text", "date": "date",
    }  # fmt: skip
    assert types.items() <= figures["fields"].items()
    assert {"value": "docx", "documents": 2} in figures["facets"]["format"]


def test_a_changed_sidecar_writes_no_chunks(run: Run, place: Path, search: Any) -> None:
    (place / "docs" / "stock.xlsx.meta.yaml").write_text("owner: Bea\n")
    ran = run(
        *("ingest", place / "docs", "--store", place / "store", "--json"),
        *("--path-template", TEMPLATE),
    )
    report = json.loads(ran.out)
    assert (report["documents"]["updated"], report["chunks"]) == (1, 0)
    assert names(search("anything", "owner=Bea")) == {"stock.xlsx"}


def test_a_malformed_template_is_wrong_usage(run: Run, place: Path) -> None:
    ran = run(
        *("ingest", place / "docs", "--store", place / "new", "--json"),
        *("--path-template", "{a}{b}.txt"),
    )
    assert ran.code == 2
    assert json.loads(ran.out)["error"]["type"] == "ConfigError"
    assert not (place / "new").exists()
