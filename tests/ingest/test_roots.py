"""A document is known by where its file lies; a prune deletes below the roots named now alone."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import InputError, PruneError
from leanrag.ingest.pipeline import Ingestor
from leanrag.ingest.roots import is_gone
from leanrag.settings import IngestSettings
from leanrag.types import IngestReport
from tests.ingest.fakes import LineParser, MemoryStore, WordEmbedder

Counts = tuple[int, int, int, int]


class Place:
    """A folder with files, and one store whatever folder one stands in."""

    def __init__(self, home: Path, chdir: Callable[[Path], None]) -> None:
        self.home, self._chdir = home, chdir
        self.store = MemoryStore()
        self.intake = IngestSettings(file_fields=())

    def write(self, **files: str) -> None:
        for name, text in files.items():
            path = self.home / name.replace("__", "/")
            path.with_suffix(".txt").parent.mkdir(parents=True, exist_ok=True)
            path.with_suffix(".txt").write_text(text)

    def run(self, inside: str, *given: Any, **more: Any) -> IngestReport:
        self._chdir(self.home / inside)
        ingestor = Ingestor(
            lambda: (self.store, WordEmbedder()), LineParser(), max_tokens=32, intake=self.intake
        )
        return ingestor.run(given, workers=0, **more)

    def forget_origins(self) -> None:
        """Makes the store one of version 0.1, which kept none."""
        self.store.set_origins({document.id: "" for document, _ in self.store.held.values()})

    @property
    def texts(self) -> list[str]:
        return sorted(document.text for document, _ in self.store.held.values())


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    place = Place(tmp_path, monkeypatch.chdir)
    place.write(p1__docs__index="Alpha ships.", p1__docs__sub__b="Beta.", p2__docs__index="Gamma.")
    return place


def counts(report: IngestReport) -> Counts:
    return report.added, report.updated, report.unchanged, report.deleted


def test_two_projects_have_two_documents_of_one_source(place: Place) -> None:
    assert counts(place.run("p1", "docs")) == (2, 0, 0, 0)
    assert counts(place.run("p2", "docs")) == (1, 0, 0, 0)
    assert place.texts == ["Alpha ships.", "Beta.", "Gamma."]
    sources = [document.source for document, _ in place.store.held.values()]
    assert sorted(sources) == ["docs/index.txt", "docs/index.txt", "docs/sub/b.txt"]
    place.write(p2__docs__index="Delta.")
    assert counts(place.run("p2", "docs")) == (0, 1, 0, 0)
    assert place.texts == ["Alpha ships.", "Beta.", "Delta."]
    assert counts(place.run("p1", "docs")) == (0, 0, 2, 0)


def test_the_same_text_in_two_projects_is_two_documents(place: Place) -> None:
    place.write(p2__docs__index="Alpha ships.")
    place.run("p1", "docs")
    first = {document.id for document, _ in place.store.held.values()}
    place.run("p2", "docs")
    assert len({document.id for document, _ in place.store.held.values()} - first) == 1
    place.write(p2__docs__index="Delta.", p1__docs__index="Delta.")
    assert counts(place.run("p1", "docs")) == (0, 1, 1, 0)
    assert counts(place.run("p2", "docs")) == (0, 1, 0, 0)
    assert place.texts == ["Beta.", "Delta.", "Delta."]


@pytest.mark.parametrize(
    ("inside", "typed"),
    [
        ("p1/docs", "."),
        ("", "p1/docs"),
        ("p2", "../p1/docs"),
        ("p1", "docs/../docs"),
        ("p1", "{home}/p1/docs"),
        ("p1", "{home}/link"),
        ("link", "."),
        ("", "link/"),
        ("", "p1"),
    ],
)
def test_a_folder_is_one_however_it_is_typed(place: Place, inside: str, typed: str) -> None:
    (place.home / "link").symlink_to(place.home / "p1" / "docs")
    place.run("p1", "docs")
    given = typed.format(home=place.home)
    assert counts(place.run(inside, given, prune=True)) == (0, 0, 2, 0)
    assert sorted(place.store.held) == ["docs/index.txt", "docs/sub/b.txt"], "sources stay"
    place.write(p1__docs__index="Omega.")
    assert counts(place.run(inside, given)) == (0, 1, 1, 0)
    (place.home / "p1/docs/sub/b.txt").unlink()
    report = place.run(inside, given, prune=True)
    assert (counts(report), report.deleted_sources) == ((0, 0, 1, 1), ("docs/sub/b.txt",))
    assert counts(place.run("p1", "docs")) == (0, 0, 1, 0)


def test_a_link_that_leads_elsewhere_now_is_still_the_same_folder(place: Place) -> None:
    (place.home / "current").symlink_to(place.home / "p1" / "docs")
    place.run("", "current")
    (place.home / "current").unlink()
    (place.home / "current").symlink_to(place.home / "p2" / "docs")
    report = place.run("", "current", prune=True)
    assert (counts(report), report.deleted_sources) == ((0, 1, 0, 1), ("current/sub/b.txt",))


def test_one_file_named_twice_is_one_document(place: Place) -> None:
    whole = str(place.home / "p1" / "docs" / "index.txt")
    assert counts(place.run("p1", "docs/index.txt", whole, "docs")) == (2, 0, 0, 0)
    assert counts(place.run("p1/docs", "index.txt")) == (0, 0, 1, 0)


def test_a_named_root_is_one_wherever_it_lies(place: Place) -> None:
    here = {"root": "handbook", "path": str(place.home / "p1" / "docs")}
    assert counts(place.run("p1", here)) == (2, 0, 0, 0)
    assert sorted(place.store.held) == ["handbook/index.txt", "handbook/sub/b.txt"]
    (place.home / "p1").rename(place.home / "elsewhere")
    there = {"root": "handbook", "path": "elsewhere/docs"}
    assert counts(place.run("", there, prune=True)) == (0, 0, 2, 0)
    (place.home / "elsewhere/docs/sub/b.txt").unlink()
    report = place.run("elsewhere", {"root": "handbook", "path": "docs"}, prune=True)
    assert (counts(report), report.deleted_sources) == ((0, 0, 1, 1), ("handbook/sub/b.txt",))


def test_a_folder_may_get_a_name_later(place: Place) -> None:
    place.run("p1", "docs")
    named = {"root": "handbook", "path": "docs"}
    assert counts(place.run("p1", "docs", named, prune=True)) == (0, 0, 2, 0)
    assert sorted(place.store.held) == ["docs/index.txt", "docs/sub/b.txt"], "sources stay"
    (place.home / "p1").rename(place.home / "elsewhere")
    assert counts(place.run("elsewhere", named)) == (0, 0, 2, 0)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"root": "a b", "path": "docs"}, "document 1: a root's name is .* got 'a b'"),
        ({"root": "", "path": "docs"}, "a root's name"),
        ({"root": "..", "path": "docs"}, "a root's name"),
        ({"root": 1, "path": "docs"}, "a root's name"),
        ({"root": "a"}, "root 'a' needs a path"),
        ({"root": "a", "path": ""}, "root 'a' needs a path"),
        ({"root": "a", "path": "docs", "id": "x"}, "unknown field 'id' of a root"),
        ({"root": "a", "path": "docs/index.txt"}, "root 'a' must be a folder"),
        ({"root": "a", "path": "none"}, "none: no such file or folder"),
    ],
)
def test_a_root_that_cannot_be_is_named(place: Place, given: Any, message: str) -> None:
    with pytest.raises(InputError, match=message):
        place.run("p1", given)


def test_two_folders_of_one_name_are_refused(place: Place) -> None:
    folders = [{"root": "a", "path": f"p{number}/docs"} for number in (1, 2)]
    with pytest.raises(InputError, match="root 'a': names two folders, p1/docs and p2/docs"):
        place.run("", *folders)


def test_prune_deletes_below_the_roots_named_now_alone(place: Place) -> None:
    place.run("p1", "docs")
    (place.home / "p1/docs/sub/b.txt").unlink()
    for inside, typed in (("p2", "docs"), ("p2", "."), ("p2/docs", "."), ("p1/docs", "sub")):
        (place.home / inside / typed).mkdir(exist_ok=True)
        if typed != "sub":
            assert place.run(inside, typed, prune=True).deleted_sources == ()
    assert "docs/sub/b.txt" in place.store.held
    assert place.run("", "p1", prune=True).deleted_sources == ("docs/sub/b.txt",)


def test_a_root_whose_name_begins_like_another_is_another(place: Place) -> None:
    place.write(p1__docs2__x="Xi.", p1__docs2__y="Ypsilon.")
    place.run("p1", "docs2")
    (place.home / "p1/docs2/x.txt").unlink()
    assert place.run("p1", "docs", prune=True).deleted == 0


def test_a_root_that_is_gone_is_refused(place: Place) -> None:
    place.run("p1", "docs")
    (place.home / "p1" / "docs").rename(place.home / "away")
    for _ in range(2):
        with pytest.raises(PruneError, match=r"docs: not pruned: .* --force"):
            place.run("p1", "docs", {"id": "new", "text": "New."}, prune=True)
    assert place.texts == ["Alpha ships.", "Beta."]
    with pytest.raises(InputError, match="docs: no such file or folder"):
        place.run("p1", "docs")
    with pytest.raises(InputError, match="dosc: no such file or folder"):
        place.run("p1", "dosc", prune=True, force=True)
    report = place.run("p1", "docs", prune=True, force=True)
    assert report.deleted_sources == ("docs/index.txt", "docs/sub/b.txt")


@pytest.mark.parametrize(
    ("files", "gone", "refused"), [(21, 10, False), (20, 11, True), (19, 10, True), (9, 8, False)]
)
def test_more_than_half_and_ten_are_refused(
    place: Place, files: int, gone: int, refused: bool
) -> None:
    place.write(**{f"many__{number:02}": f"Text {number}." for number in range(files)})
    place.run("p1", "../many", "docs")
    for number in range(gone):
        (place.home / "many" / f"{number:02}.txt").unlink()
    place.write(many__new="New.")
    if refused:
        before = dict(place.store.held)
        with pytest.raises(PruneError, match=f"many: not pruned: {gone} of the {files} documents"):
            place.run("", "p1", "many", prune=True)
        assert place.store.held == before
    report = place.run("", "p1", "many", prune=True, force=refused)
    assert (report.added, report.deleted, len(report.deleted_sources)) == (1, gone, gone)


def test_what_cannot_be_looked_at_is_not_gone(place: Place, monkeypatch: Any) -> None:
    def denied(path: Path) -> os.stat_result:
        raise PermissionError(13, "denied", str(path))

    assert is_gone(place.home / "nothing")
    assert is_gone(place.home / "p1/docs/index.txt/x")
    assert not is_gone(place.home / "p1")
    (place.home / "dangling").symlink_to("nowhere")
    assert not is_gone(place.home / "dangling")
    monkeypatch.setattr(Path, "lstat", denied)
    assert not is_gone(place.home / "nothing")


def test_a_text_and_a_file_of_one_source_are_two_documents(place: Place) -> None:
    place.run("p1", "docs")
    note = {"id": "docs/index.txt", "text": "A note."}
    assert counts(place.run("p1", note)) == (1, 0, 0, 0)
    assert counts(place.run("p1", "docs", prune=True)) == (0, 0, 2, 0)
    assert counts(place.run("p1", note)) == (0, 0, 1, 0)


def test_templates_read_the_path_as_it_is_typed(place: Place) -> None:
    place.intake = IngestSettings(file_fields=(), path_templates=("{project}/docs/{_}.txt",))
    place.run("", "p1")
    assert place.store.held["p1/docs/index.txt"][0].metadata == {"project": "p1"}
    place.run("p1", "docs")
    assert place.store.held["p1/docs/index.txt"][0].metadata == {}


# ── stores of version 0.1, which kept no more than the source ──────────────────────────────


def test_an_old_store_is_taken_over(place: Place) -> None:
    place.run("p1", "docs", {"id": "note", "text": "A note."})
    place.forget_origins()
    assert counts(place.run("p1", "docs", {"id": "note", "text": "A note."})) == (0, 0, 3, 0)
    assert counts(place.run("", "p1", prune=True)) == (0, 0, 2, 0), "now the folder is known"
    assert counts(place.run("p2", "docs")) == (1, 0, 0, 0)


def test_an_old_document_with_its_whole_path_is_known_by_it(place: Place) -> None:
    place.run("", str(place.home / "p1"))
    place.forget_origins()
    assert counts(place.run("p1", "docs", prune=True)) == (0, 0, 2, 0)


def test_an_old_document_is_pruned_where_those_beside_it_are_found_unchanged(place: Place) -> None:
    place.write(p1__docs__c="Gone soon.")
    place.run("p1", "docs")
    place.forget_origins()
    (place.home / "p1/docs/c.txt").unlink()
    report = place.run("p1", "docs", prune=True)
    assert (counts(report), report.deleted_sources) == ((0, 0, 2, 1), ("docs/c.txt",))


def test_an_old_document_of_another_folder_is_kept_with_a_warning(place: Place) -> None:
    place.run("p1", "docs")
    place.forget_origins()
    report = place.run("p2", "docs", prune=True)
    assert (report.deleted, report.updated) == (0, 1), "its source is all that was known of it"
    assert "docs/sub/b.txt" in place.store.held
    assert "docs: kept 1 document of version 0.1" in report.warnings[0]
    assert place.run("p2", ".", prune=True).deleted == 0
