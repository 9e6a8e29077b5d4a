"""Where metadata comes from, which source goes before which, and that changes cost no embedding."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import ConfigError
from leanrag.ingest.pipeline import Ingestor
from leanrag.settings import IngestSettings
from leanrag.types import IngestReport, ParsedDocument
from tests.ingest.fakes import LineParser, MemoryStore, WordEmbedder


class StatingParser(LineParser):
    """Lines ``~key: value`` are properties, which a document states without declaring them."""

    def parse_text(self, text: str, source: str) -> ParsedDocument:
        lines = text.splitlines()
        stated = dict(line[1:].split(": ", 1) for line in lines if line.startswith("~"))
        parsed = super().parse_text(
            "\n".join(line for line in lines if not line.startswith("~")), source
        )
        return ParsedDocument(parsed.title, parsed.elements, parsed.metadata, None, stated)


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store, self.embedder, self.parser = MemoryStore(), WordEmbedder(), StatingParser()

    def write(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def run(self, metadata: dict[str, Any] | None = None, **intake: Any) -> IngestReport:
        ingestor = Ingestor(
            lambda: (self.store, self.embedder),
            self.parser,
            max_tokens=32,
            intake=IngestSettings(**{"file_fields": (), **intake}),
        )
        return ingestor.run(["docs"], metadata=metadata, workers=0)

    def metadata(self, name: str) -> dict[str, Any]:
        return dict(self.store.held[f"docs/{name}"][0].metadata)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    return Bench(tmp_path / "docs")


def counts(report: IngestReport) -> tuple[int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.failed


def test_the_stronger_source_goes_before_the_weaker(bench: Bench) -> None:
    """Each field is given by one source and all weaker ones; the strongest holds."""
    bench.write("s_f_p.txt", "~e: e\n~d: e\n~c: e\n~b: e\n~a: e\nb: f\na: f\nText.")
    bench.write("s_f_p.txt.meta.yaml", "a: s")
    bench.run({"d": "g", "c": "g", "b": "g", "a": "g"}, path_templates=("{a}_{b}_{c}.txt",))
    assert bench.metadata("s_f_p.txt") == {"a": "s", "b": "f", "c": "p", "d": "g", "e": "e"}


def test_what_files_are(bench: Bench) -> None:
    path = bench.write("a.txt", "Text.")
    os.utime(path, (1_700_000_000.9, 1_700_000_000.9))
    bench.run(file_fields=("modified", "size", "hash"))
    assert bench.metadata("a.txt") == {
        "file_modified": "2023-11-14T22:13:20+00:00",
        "file_size": 5,
        "file_hash": hashlib.sha256(b"Text.").hexdigest(),
    }
    bench.write("b.txt", "Text.")
    bench.run(file_fields=("size",))
    assert bench.metadata("b.txt") == {"file_size": 5}


def test_a_touched_file_has_not_changed(bench: Bench) -> None:
    path = bench.write("a.txt", "Text.")
    bench.run(file_fields=("modified",))
    before = bench.metadata("a.txt")
    os.utime(path, (1, 1))
    assert counts(bench.run(file_fields=("modified",))) == (0, 0, 1, 0)
    assert bench.metadata("a.txt") == before


def test_new_bytes_with_the_same_text_change_metadata_alone(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    bench.run(file_fields=("size",))
    bench.write("a.txt", "Text.\n\n")
    assert counts(bench.run(file_fields=("size",))) == (0, 1, 0, 0)
    assert bench.metadata("a.txt") == {"file_size": 7}
    bench.parser.parsed.clear()
    assert counts(bench.run(file_fields=("size",))) == (0, 0, 1, 0)
    assert (bench.embedder.embedded, bench.parser.parsed) == (1, [])


@pytest.mark.parametrize("ending", [".meta.yaml", ".meta.json"])
def test_a_changed_sidecar_needs_no_parsing(bench: Bench, ending: str) -> None:
    bench.write("a.txt", "tag: x\nText.")
    side = bench.write(f"a.txt{ending}", json.dumps({"tag": "y", "n": 1}))
    assert counts(bench.run({"team": "db"})) == (1, 0, 0, 0)
    assert bench.metadata("a.txt") == {"tag": "y", "n": 1, "team": "db"}
    bench.parser.parsed.clear()
    side.write_text(json.dumps({"n": 2}))
    assert counts(bench.run({"team": "db"})) == (0, 1, 0, 0)
    assert bench.metadata("a.txt") == {"tag": "x", "n": 2, "team": "db"}
    side.unlink()
    assert counts(bench.run()) == (0, 1, 0, 0)
    assert bench.metadata("a.txt") == {"tag": "x"}
    assert counts(bench.run()) == (0, 0, 1, 0)
    assert (bench.embedder.embedded, bench.parser.parsed) == (1, [])


def test_a_changed_template_needs_no_parsing(bench: Bench) -> None:
    bench.write("web_7.txt", "~team: stated\nText.")
    bench.run(path_templates=("{team}_{n}.txt",))
    assert bench.metadata("web_7.txt") == {"team": "web", "n": 7}
    bench.parser.parsed.clear()
    assert counts(bench.run(path_templates=("{_}_{number}.txt",))) == (0, 1, 0, 0)
    assert bench.metadata("web_7.txt") == {"team": "stated", "number": 7}
    assert counts(bench.run()) == (0, 1, 0, 0)
    assert bench.metadata("web_7.txt") == {"team": "stated"}
    assert (bench.embedder.embedded, bench.parser.parsed) == (1, [])


def test_a_broken_sidecar_is_a_failure_of_its_document_alone(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    bench.write("b.txt", "Other.")
    bench.run()
    bench.write("a.txt.meta.yaml", "x: [")
    bench.write("a.txt", "Changed.")
    report = bench.run()
    assert counts(report) == (0, 0, 1, 1)
    assert (report.failures[0].source, "a.txt.meta.yaml" in report.failures[0].error) == (
        "docs/a.txt",
        True,
    )
    assert bench.store.held["docs/a.txt"][0].text == "Text.", "what was there stays"


def test_properties_with_names_of_built_in_fields_are_passed_over(bench: Bench) -> None:
    bench.write("a.txt", "~language: en\n~author: Ann\nText.")
    bench.run()
    assert bench.metadata("a.txt") == {"author": "Ann"}


def test_what_a_document_states_is_kept_beside_another_type(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    bench.write("b.txt", "~year: MMXX\n~author: Ann\nOther.")
    assert counts(bench.run()) == (2, 0, 0, 0)
    bench.write("c.txt", "year: n/a\nThird.")
    assert counts(bench.run({"year": 2024})) == (1, 2, 0, 0)
    years = [bench.metadata(f"{name}.txt")["year"] for name in "abc"]
    assert years == [2024, 2024, "n/a"]


def test_a_path_may_give_a_field_of_a_taken_name(bench: Bench) -> None:
    bench.write("de_memo.txt", "Text.")
    report = bench.run(path_templates=("{language}_{kind}.txt",))
    assert bench.metadata("de_memo.txt") == {"meta_language": "de", "meta_kind": "memo"}
    assert len(report.warnings) == 2


def test_what_is_known_of_a_file_is_not_said_otherwise(bench: Bench) -> None:
    path = bench.write("a.txt", "~format: text\nfile_size: many\nformat: pdf\nText.")
    report = bench.run({"file_hash": "abc"}, file_fields=("size", "hash"))
    assert bench.metadata("a.txt") == {
        "format": "text", "meta_format": "pdf",
        "file_size": path.stat().st_size, "meta_file_size": "many",
        "file_hash": hashlib.sha256(path.read_bytes()).hexdigest(), "meta_file_hash": "abc",
    }  # fmt: skip
    assert len(report.warnings) == 3


def test_odd_fields_of_a_sidecar_are_told(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    bench.write("a.txt.meta.yaml", "people: [{name: Ann}]\nteam: db\n")
    report = bench.run()
    assert bench.metadata("a.txt") == {"team": "db"}
    (warning,) = report.warnings
    assert warning.startswith("docs/a.txt: ")
    assert "'people'" in warning


def test_a_template_that_fits_nothing_is_a_warning(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    report = bench.run(path_templates=("{team}_{year}.txt",))
    assert report.warnings == ("no path template fits any of the 1 files",)
    bench.write("x_2020.txt", "Text.")
    assert bench.run(path_templates=("{team}_{year}.txt",)).warnings == ()


def test_a_malformed_template_is_refused_before_anything_happens(bench: Bench) -> None:
    bench.write("a.txt", "Text.")
    with pytest.raises(ConfigError, match="path template"):
        bench.run(path_templates=("{a}{b}",))
    assert bench.store.held == {}
