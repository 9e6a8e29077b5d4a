"""However folders are typed, each file is one document, and a prune takes what is gone alone."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.errors import PruneError
from leanrag.ingest.pipeline import Ingestor
from leanrag.settings import IngestSettings
from tests.ingest.fakes import LineParser, MemoryStore, WordEmbedder

PROJECTS = ("p1", "p2")
FILES = [f"{project}/docs/{name}" for project in PROJECTS for name in ("index.txt", "sub/a.txt")]
MANY = [f"{project}/docs/{number}.txt" for project in PROJECTS for number in range(12)]
INTAKE = IngestSettings(file_fields=())


@dataclass(frozen=True)
class Step:
    """Files are written or removed; then a folder is ingested from some place, typed somehow."""

    files: dict[str, str | None]
    folder: str
    inside: str
    absolute: bool
    prune: bool
    force: bool


steps = st.builds(
    Step,
    files=st.dictionaries(
        st.sampled_from(FILES) | st.sampled_from(MANY),
        st.none() | st.sampled_from(["One.", "Two words."]),
        max_size=16,
    ),
    folder=st.sampled_from([*PROJECTS, "p1/docs", "p2/docs", "p1/docs/sub", "."]),
    inside=st.sampled_from(["p1", "p1/docs", "p2", "p2/docs/sub", "."]),
    absolute=st.booleans(),
    prune=st.booleans(),
    force=st.booleans(),
)


@contextmanager
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for project in PROJECTS:
            (folder / project / "docs" / "sub").mkdir(parents=True)
        with chdir(folder):
            yield folder


def edit(folder: Path, files: dict[str, str | None]) -> None:
    for file, text in files.items():
        path = folder / file
        path.unlink(missing_ok=True)
        if text is not None:
            path.write_text(text)


@settings(max_examples=80, deadline=None)
@given(st.lists(steps, min_size=1, max_size=6))
def test_the_store_holds_what_the_folders_named_hold(many: list[Step]) -> None:
    store = MemoryStore()
    ingestor = Ingestor(lambda: (store, WordEmbedder()), LineParser(), max_tokens=32, intake=INTAKE)
    with home() as folder:
        model: dict[Path, str] = {}
        for step in many:
            edit(folder, step.files)
            root = folder / step.folder
            typed = root if step.absolute else Path(os.path.relpath(root, folder / step.inside))
            here = {path: path.read_text() for path in root.rglob("*.txt")}
            below = {path for path in model if path.is_relative_to(root)}
            missing = below - set(here)
            refused = step.prune and not step.force and missing and (
                not here or (len(missing) >= 10 and 2 * len(missing) > len(below))
            )  # fmt: skip
            before = dict(store.held)
            with chdir(folder / step.inside):
                try:
                    report = ingestor.run([typed], prune=step.prune, force=step.force, workers=0)
                except PruneError:
                    assert refused
                    assert store.held == before, "nothing was changed"
                    continue
            assert not refused
            assert (report.added, report.failed) == (len(set(here) - set(model)), 0)
            assert report.updated == sum(
                model.get(path, text) != text for path, text in here.items()
            )
            assert report.deleted == len(report.deleted_sources) == len(missing) * step.prune
            model |= here
            if step.prune:
                model = {path: text for path, text in model.items() if path not in missing}
            held = {Path(document.origin): document.text for document, _ in store.held.values()}
            assert held == model
            assert len({document.id for document, _ in store.held.values()}) == len(model)
