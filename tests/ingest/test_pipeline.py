from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import DocumentError, InputError, PruneError, StoreError
from leanrag.ingest import run as running
from leanrag.ingest.pipeline import Ingestor
from leanrag.ingest.strategies import Rule
from leanrag.settings import IngestSettings
from leanrag.types import IngestReport, ParsedDocument
from tests.ingest.fakes import LineParser, MemoryStore, WordEmbedder


class Bench:
    """A folder, the fakes, and an ingestor over them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = MemoryStore()
        self.embedder = WordEmbedder()
        self.parser = LineParser()
        self.connected = 0
        self.intake = IngestSettings(file_fields=())
        self.rules: list[Rule] = []

    def write(self, **files: str) -> None:
        for name, text in files.items():
            (self.folder / f"{name}.txt").write_text(text)

    def run(self, *given: Any, max_tokens: int = 32, **more: Any) -> IngestReport:
        def connect() -> tuple[MemoryStore, WordEmbedder]:
            self.connected += 1
            return self.store, self.embedder

        more.setdefault("workers", 0)  # the fake parser remembers in this process alone
        ingestor = Ingestor(
            connect, self.parser, max_tokens=max_tokens, rules=self.rules, intake=self.intake
        )
        return ingestor.run(list(given) or ["docs"], **more)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "docs").mkdir()
    bench = Bench(tmp_path / "docs")
    bench.write(a="First line.\nSecond line.", b="Other text.", c="Third text.")
    return bench


def counts(report: IngestReport) -> tuple[int, int, int, int, int]:
    return report.added, report.updated, report.unchanged, report.deleted, report.failed


def test_documents_and_chunks_are_complete(bench: Bench) -> None:
    report = bench.run()
    assert counts(report) == (3, 0, 0, 0, 0)
    assert (report.chunks, report.tokens) == (
        3,
        sum(len(t.split()) + 2 for t in bench.embedder.calls[0]),
    )
    document, chunks = bench.store.held["docs/a.txt"]
    assert (document.title, document.language) == ("a", "en")
    assert document.text == "First line.\n\nSecond line."
    assert document.ingested_at.endswith("+00:00")
    (embedded,) = chunks
    assert embedded.chunk.document_id == document.id
    assert list(embedded.vector) == [len("a\nFirst line.\n\nSecond line."), 1]
    assert sum(embedded.terms.values()) >= 3


def test_a_second_ingest_changes_nothing_and_parses_nothing(bench: Bench) -> None:
    bench.run()
    before = dict(bench.store.held)
    bench.parser.parsed.clear()
    assert counts(bench.run()) == (0, 0, 3, 0, 0)
    assert bench.store.held == before
    assert (bench.parser.parsed, len(bench.embedder.calls)) == ([], 1)


def test_only_what_changed_is_done_again(bench: Bench) -> None:
    bench.run()
    bench.write(b="Other text, changed.", d="New.")
    assert counts(bench.run()) == (1, 1, 2, 0, 0)
    assert bench.store.held["docs/b.txt"][0].text == "Other text, changed."
    assert bench.parser.parsed[3:] == ["docs/b.txt", "docs/d.txt"]


def test_new_bytes_with_the_same_text_are_not_embedded_again(bench: Bench) -> None:
    bench.run()
    bench.write(b="Other text.\n\n")
    assert counts(bench.run()) == (0, 0, 3, 0, 0)
    assert bench.embedder.embedded == 3


def test_a_changed_document_embeds_only_its_changed_chunks(bench: Bench) -> None:
    lines = [f"Paragraph {n} {'word ' * 20}" for n in range(6)]
    bench.write(b="\n".join(lines))
    bench.run()
    bench.embedder.calls.clear()
    lines[2] = "A new paragraph " + "text " * 20
    bench.write(b="\n".join(lines))
    assert counts(bench.run()) == (0, 1, 2, 0, 0)
    (texts,) = bench.embedder.calls
    assert [text.split("\n")[1][:15] for text in texts] == ["A new paragraph"]
    _, chunks = bench.store.held["docs/b.txt"]
    assert [list(c.vector) for c in chunks] == [[len(f"b\n{c.chunk.text}"), 1] for c in chunks]


@pytest.mark.parametrize("titled", [True, False])
def test_a_renamed_file_is_not_embedded_again(bench: Bench, titled: bool) -> None:
    lines = [f"Paragraph {n} {'word ' * 20}" for n in range(3)]
    bench.write(b="\n".join(["title: Named"] * titled + lines))
    bench.run()
    embedded, before = bench.embedder.embedded, bench.store.held["docs/b.txt"][1]
    (bench.folder / "b.txt").rename(bench.folder / "renamed.txt")
    assert counts(bench.run(prune=True)) == (1, 0, 2, 1, 0)
    assert bench.embedder.embedded == embedded
    document, chunks = bench.store.held["docs/renamed.txt"]
    assert document.title == ("Named" if titled else "renamed")
    assert [list(c.vector) for c in chunks] == [list(c.vector) for c in before]
    assert {c.chunk.document_id for c in chunks} == {document.id}
    assert not {c.chunk.id for c in chunks} & {c.chunk.id for c in before}


def test_a_new_parser_embeds_only_what_it_reads_differently(bench: Bench) -> None:
    bench.run()
    bench.embedder.calls.clear()
    bench.parser.version = "2"
    assert counts(bench.run()) == (0, 0, 3, 0, 0)
    assert bench.embedder.embedded == 0


def test_another_prefix_of_the_embedder_embeds_all_again(bench: Bench) -> None:
    bench.run()
    bench.embedder.calls.clear()
    ingestor = Ingestor(
        lambda: (bench.store, bench.embedder),
        bench.parser,
        max_tokens=32,
        document_prefix="passage: ",
        intake=bench.intake,
    )
    ingestor.run(["docs"], workers=0)
    assert bench.embedder.embedded == 3


def test_texts_that_a_run_replaces_are_not_looked_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WINDOW", 1)
    bench.run()
    bench.write(a="Quite new.", d="First line.\nSecond line.")
    assert counts(bench.run()) == (1, 1, 2, 0, 0)
    assert bench.store.held["docs/d.txt"][0].text == "First line.\n\nSecond line."


def test_a_new_title_alone_is_a_change(bench: Bench) -> None:
    bench.write(b="title: One\nOther text.")
    bench.run()
    bench.write(b="title: Two\nOther text.")
    assert counts(bench.run()) == (0, 1, 2, 0, 0)
    assert bench.store.held["docs/b.txt"][0].title == "Two"


def test_other_settings_or_another_parser_read_all_again(bench: Bench) -> None:
    bench.write(a="\n".join(["word " * 20] * 4))
    bench.run()
    bench.parser.parsed.clear()
    assert counts(bench.run(max_tokens=48)) == (0, 1, 2, 0, 0), "one is cut anew"
    bench.parser.version = "2"
    assert counts(bench.run(max_tokens=48)) == (0, 0, 3, 0, 0), "it reads as before"
    assert len(bench.parser.parsed) == 6
    assert counts(bench.run(max_tokens=48)) == (0, 0, 3, 0, 0)
    assert len(bench.parser.parsed) == 6, "what was found is remembered"


def test_metadata_is_merged_under_what_a_document_says(bench: Bench) -> None:
    bench.write(a="team: web\nText.")
    bench.run(metadata={"team": "db", "year": 2024})
    held = {source: document.metadata for source, (document, _) in bench.store.held.items()}
    assert held["docs/a.txt"] == {"team": "web", "year": 2024}
    assert held["docs/b.txt"] == {"team": "db", "year": 2024}


def test_new_metadata_needs_no_parsing_and_settles(bench: Bench) -> None:
    bench.write(a="team: web\nText.")
    bench.run(metadata={"year": 2024})
    bench.parser.parsed.clear()
    assert counts(bench.run(metadata={"year": 2025})) == (0, 3, 0, 0, 0)
    assert bench.store.held["docs/a.txt"][0].metadata == {"team": "web", "year": 2025}
    assert counts(bench.run(metadata={"year": 2025})) == (0, 0, 3, 0, 0)
    assert (bench.parser.parsed, bench.embedder.embedded) == ([], 3)


def test_metadata_that_the_store_refuses_is_a_failure(bench: Bench) -> None:
    bench.run()
    report = bench.run(metadata={"bad": True})
    assert next((f.source, "'bad'" in f.error) for f in report.failures) == ("docs/a.txt", True)


@pytest.mark.parametrize("name", ["source", "title", "page", "language", "kind"])
def test_names_that_are_taken_stop_nothing(bench: Bench, name: str) -> None:
    report = bench.run(metadata={name: "x", "team": "db"})
    assert counts(report) == (3, 0, 0, 0, 0)
    assert bench.store.held["docs/a.txt"][0].metadata == {f"meta_{name}": "x", "team": "db"}
    (warning,) = report.warnings
    assert f"'{name}' of 3 documents" in warning
    assert f"'meta_{name}'" in warning
    assert counts(bench.run(metadata={name: "x", "team": "db"})) == (0, 0, 3, 0, 0)


def test_taken_names_are_told_once_a_run_and_keep_what_stands_under_the_new_one(
    bench: Bench,
) -> None:
    bench.write(a="kind: x\nText.", b="kind: y\nmeta_kind: z\nText b.", c="meta_kind: w\nText c.")
    report = bench.run()
    held = {source: document.metadata for source, (document, _) in bench.store.held.items()}
    assert held == {
        "docs/a.txt": {"meta_kind": "x"},
        "docs/b.txt": {"meta_kind": "z", "meta_kind_2": "y"},
        "docs/c.txt": {"meta_kind": "w"},
    }
    assert [("'meta_kind'" in w, "'meta_kind_2'" in w) for w in report.warnings] == [
        (True, False), (False, True),
    ]  # fmt: skip


def test_the_stronger_source_of_a_taken_name_holds(bench: Bench) -> None:
    bench.write(a="kind: x\nText.")
    bench.run(metadata={"kind": "all"})
    kinds = [document.metadata["meta_kind"] for document, _ in bench.store.held.values()]
    assert sorted(kinds) == ["all", "all", "x"]


def test_odd_metadata_of_a_text_costs_itself_alone(bench: Bench) -> None:
    metadata = {
        "source": "a.pdf", "page": 3, "loc": {"lines": {"from": 1, "to": 9}},
        "parts": [{"x": 1}], "score": float("nan"), "object": object(),
    }  # fmt: skip
    report = bench.run({"id": "n1", "text": "Pumps are blue.", "metadata": metadata})
    assert counts(report) == (1, 0, 0, 0, 0)
    assert bench.store.held["n1"][0].metadata == {
        "meta_source": "a.pdf", "meta_page": 3, "loc.lines.from": 1, "loc.lines.to": 9,
    }  # fmt: skip
    for name in ("parts", "score", "object"):
        assert sum(w.startswith("n1: ") and repr(name) in w for w in report.warnings) == 1


def test_a_broken_document_fails_alone_and_keeps_its_old_version(bench: Bench) -> None:
    bench.run()
    bench.write(b="!")
    report = bench.run()
    assert counts(report) == (0, 0, 2, 0, 1)
    assert (report.failures[0].source, report.failures[0].error) == ("docs/b.txt", "is broken")
    assert bench.store.held["docs/b.txt"][0].text == "Other text."


def test_a_document_that_the_store_refuses_fails_alone(bench: Bench) -> None:
    bench.store.refuse["docs/b.txt"] = DocumentError("docs/b.txt", "cannot be stored")
    assert counts(bench.run()) == (2, 0, 0, 0, 1)
    assert sorted(bench.store.held) == ["docs/a.txt", "docs/c.txt"]


def test_a_failing_store_stops_the_run_with_the_documents_before_it(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WINDOW", 1)
    bench.store.refuse["docs/b.txt"] = StoreError("disk full")
    with pytest.raises(StoreError, match="disk full"):
        bench.run()
    assert list(bench.store.held) == ["docs/a.txt"]


def test_prune_deletes_what_is_gone_and_only_that(bench: Bench) -> None:
    (bench.folder.parent / "more").mkdir()
    (bench.folder.parent / "more" / "x.txt").write_text("Else.")
    bench.run("docs", "more", {"id": "docs/note", "text": "A text that never was a file."})
    for name in ("docs/a.txt", "more/x.txt"):
        (bench.folder.parent / name).unlink()
    assert counts(bench.run("docs")) == (0, 0, 2, 0, 0)
    assert counts(bench.run("docs", prune=True)) == (0, 0, 2, 1, 0)
    assert sorted(bench.store.held) == ["docs/b.txt", "docs/c.txt", "docs/note", "more/x.txt"]


def test_prune_of_an_emptied_folder_is_refused(bench: Bench) -> None:
    bench.run()
    for path in bench.folder.iterdir():
        path.unlink()
    with pytest.raises(PruneError, match="docs: not pruned: it holds no documents"):
        bench.run({"id": "n", "text": "New."}, "docs", prune=True)
    assert len(bench.store.held) == 3, "nothing was changed, nothing added either"
    report = bench.run(prune=True, force=True)
    assert counts(report) == (0, 0, 0, 3, 0)
    assert report.deleted_sources == ("docs/a.txt", "docs/b.txt", "docs/c.txt")


def test_prune_keeps_a_document_whose_file_is_broken_now(bench: Bench) -> None:
    bench.run()
    bench.write(a="!")
    assert counts(bench.run(prune=True)) == (0, 0, 2, 0, 1)
    assert "docs/a.txt" in bench.store.held


def test_texts_are_ingested_and_recognised(bench: Bench) -> None:
    note = {"id": "n1", "text": "Remember this.", "title": "Note", "metadata": {"team": "db"}}
    assert counts(bench.run(note)) == (1, 0, 0, 0, 0)
    assert counts(bench.run(note)) == (0, 0, 1, 0, 0)
    document = bench.store.held["n1"][0]
    assert (document.title, document.metadata) == ("Note", {"team": "db"})
    assert counts(bench.run({**note, "metadata": {"team": "web"}})) == (0, 1, 0, 0, 0)
    assert counts(bench.run({**note, "text": "Forget it.", "metadata": {}})) == (0, 1, 0, 0, 0)
    assert counts(bench.run({"id": "n2", "text": " "})) == (0, 0, 0, 0, 1)


def test_equal_texts_of_different_sources_are_different_documents(bench: Bench) -> None:
    bench.write(a="Same.", b="Same.", c="Same.")
    bench.run()
    documents = [document for document, _ in bench.store.held.values()]
    assert len({document.id for document in documents}) == 3
    assert len({document.content_hash for document in documents}) == 1


def test_windows_hold_whole_documents(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "WINDOW", 4)
    bench.write(b="\n".join(["word " * 25] * 9), d="Last.")
    report = bench.run()
    assert bench.store.writes == [["docs/a.txt"], ["docs/b.txt"], ["docs/c.txt", "docs/d.txt"]]
    assert report.chunks == 12
    assert max(map(len, bench.embedder.calls)) <= 4
    assert all(len(chunks) > 0 for _, chunks in bench.store.held.values())


def test_progress_is_told_in_order(bench: Bench) -> None:
    bench.write(b="!")
    steps: list[tuple[int, int, str]] = []
    bench.run(progress=lambda *step: steps.append(step))
    assert steps[0] == (0, 3, "docs/a.txt")
    assert [step[:2] for step in steps[1:]] == [(1, 3), (2, 3), (3, 3)]
    assert {step[2] for step in steps[1:]} == {"docs/a.txt", "docs/b.txt", "docs/c.txt"}
    steps.clear()
    bench.write(b="Mended.", d="New.")
    bench.run(progress=lambda *step: steps.append(step))
    assert steps[1:3] == [(2, 4, "docs/c.txt"), (2, 4, "docs/b.txt")]


def test_nothing_is_opened_for_bad_or_no_input(bench: Bench) -> None:
    with pytest.raises(InputError, match="no such file"):
        bench.run("docs", "nowhere")
    (bench.folder.parent / "empty").mkdir()
    report = bench.run("empty")
    assert (bench.connected, report.warnings) == (0, ("no documents found",))


def test_a_cancelled_run_leaves_whole_documents(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "WINDOW", 1)

    def stop(done: int, total: int, source: str) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bench.run(progress=stop)
    assert list(bench.store.held) == ["docs/a.txt"]
    assert counts(bench.run()) == (2, 0, 1, 0, 0)


def test_a_prefix_of_the_embedder_counts(bench: Bench) -> None:
    bench.write(a="word " * 27)
    ingestor = Ingestor(
        lambda: (bench.store, bench.embedder),
        bench.parser,
        max_tokens=32,
        document_prefix="one two three four five ",
    )
    ingestor.run(["docs/a.txt"], workers=0)
    assert len(bench.store.held["docs/a.txt"][1]) == 2


@pytest.mark.parametrize("workers", [0, 1])
def test_warnings_of_a_document_name_it_and_stop_nothing(bench: Bench, workers: int) -> None:
    bench.write(b="Where is it?")
    report = bench.run(workers=workers)
    assert counts(report) == (3, 0, 0, 0, 0)
    assert report.warnings == ("docs/b.txt: not clear: Where is it?",)


def test_documents_of_links_alone_are_left_out_and_named(bench: Bench) -> None:
    bench.run()
    bench.write(b="@", d="@")
    report = bench.run()
    assert counts(report) == (0, 0, 2, 1, 0)
    assert report.skipped == ("docs/b.txt", "docs/d.txt")
    assert report.deleted_sources == ("docs/b.txt",)
    assert "2 documents with nothing but links" in report.warnings[-1]
    assert "docs/b.txt, docs/d.txt" in report.warnings[-1]
    assert set(bench.store.held) == {"docs/a.txt", "docs/c.txt"}, "the earlier text is gone"


def test_a_rule_for_a_document_cuts_it_anew_and_as_it_says(bench: Bench) -> None:
    bench.write(a="Where is it?\nIn the house.\nWho has it?\nNobody has it.")
    bench.run()
    assert len(bench.store.held["docs/a.txt"][1]) == 1
    bench.rules = [Rule("docs/a.*", "faq")]
    bench.run()
    chunks = [embedded.chunk.text for embedded in bench.store.held["docs/a.txt"][1]]
    assert [text.split("?")[0] for text in chunks] == ["Where is it", "Who has it"]


class Meddler(LineParser):
    """Does something to the folder as each file is read; ``once``, or with every reading."""

    def __init__(self, at: str, meddle: Callable[[], object], *, once: bool = True) -> None:
        super().__init__()
        self._at, self._meddle, self._once = at, meddle, once

    def parse(self, path: Path, source: str) -> ParsedDocument:
        try:
            return super().parse(path, source)
        finally:
            if source == self._at and not (self._once and self.parsed.count(source) > 1):
                self._meddle()


@pytest.mark.parametrize("at", ["docs/a.txt", "docs/c.txt"], ids=["before", "after"])
def test_a_file_that_changes_before_it_is_stored_is_read_as_it_is_then(
    bench: Bench, at: str
) -> None:
    bench.parser = Meddler(at, lambda: bench.write(c="Changed text."))
    assert counts(bench.run()) == (3, 0, 0, 0, 0)
    assert bench.store.held["docs/c.txt"][0].text == "Changed text."
    assert counts(bench.run()) == (0, 0, 3, 0, 0), "text and fingerprint are of the same bytes"
    bench.write(c="Third text.")
    assert counts(bench.run()) == (0, 1, 2, 0, 0)
    assert bench.store.held["docs/c.txt"][0].text == "Third text."


def test_a_file_that_changes_with_every_reading_is_one_failure(bench: Bench) -> None:
    bench.run()
    before = bench.store.held["docs/c.txt"]
    lines = iter(range(100))
    bench.write(a="New text.", c="New text.")
    bench.parser = Meddler("docs/c.txt", lambda: bench.write(c=f"Line {next(lines)}."), once=False)
    report = bench.run()
    assert counts(report) == (0, 1, 1, 0, 1)
    (failure,) = report.failures
    assert failure.source == "docs/c.txt"
    assert "changes while it is read" in failure.error
    assert bench.store.held["docs/c.txt"] == before
    assert bench.parser.parsed.count("docs/c.txt") == 2


@pytest.mark.parametrize("at", ["docs/a.txt", "docs/c.txt"], ids=["before", "after"])
def test_a_file_that_vanishes_is_one_failure(bench: Bench, at: str) -> None:
    bench.parser = Meddler(at, (bench.folder / "c.txt").unlink)
    report = bench.run()
    assert counts(report) == (2, 0, 0, 0, 1)
    assert [failure.source for failure in report.failures] == ["docs/c.txt"]
    assert set(bench.store.held) == {"docs/a.txt", "docs/b.txt"}
