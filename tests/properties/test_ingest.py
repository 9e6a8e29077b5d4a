"""After any edits, an ingest makes the store what the files are; the next one changes nothing."""

import tempfile
from pathlib import Path

from hypothesis import example, given, settings
from hypothesis import strategies as st

from leanrag.ingest.pipeline import Ingestor
from leanrag.settings import IngestSettings
from tests.ingest.fakes import LineParser, MemoryStore, WordEmbedder

NAMES = ["a.txt", "b.txt", "c.md", "sub/d.txt"]
texts = st.sampled_from(["One.", "Two words.", "One.\n\n", "tag: x\nOne.", "tag: y\nOne.", "!", ""])
INTAKE = IngestSettings(file_fields=())
edits = st.lists(
    st.tuples(
        st.dictionaries(st.sampled_from(NAMES), st.none() | texts, max_size=4),
        st.sampled_from([{}, {"team": "db"}, {"team": "web", "year": 2024}]),
        st.booleans(),
    ),
    min_size=1,
    max_size=5,
)


def back_and_forth(first: str, second: str) -> list[tuple[dict[str, str | None], dict, bool]]:  # type: ignore[type-arg]
    """One file is edited and then put back."""
    return [({"a.txt": text}, {}, False) for text in (first, second, first)]


@settings(max_examples=60, deadline=None)
@example(back_and_forth("tag: x\nOne.", "One."))
@example(back_and_forth("tag: x\nOne.", "tag: y\nOne."))
@given(edits)
def test_the_store_follows_the_files(steps: list[tuple[dict[str, str | None], dict, bool]]) -> None:  # type: ignore[type-arg]
    store, embedder = MemoryStore(), WordEmbedder()
    parser = LineParser()
    ingestor = Ingestor(lambda: (store, embedder), parser, max_tokens=32, intake=INTAKE)
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        known: dict[str, str] = {}
        for files, metadata, prune in steps:
            for file, text in files.items():
                path = root / file
                path.parent.mkdir(exist_ok=True)
                path.unlink(missing_ok=True)
                if text is not None:
                    path.write_text(text)
            first = ingestor.run([root], metadata=metadata, prune=prune, force=True, workers=0)
            done = first.added + first.updated + first.unchanged + first.failed
            present = {p.as_posix() for p in root.rglob("*.*") if p.is_file()}
            assert done == len(present)
            for source in present:
                text = Path(source).read_text()
                if text and not text.startswith("!"):
                    known[source] = text
            if prune:
                known = {source: text for source, text in known.items() if source in present}
            assert set(store.held) == set(known)
            for source, text in known.items():
                document, chunks = store.held[source]
                lines = [line for line in text.splitlines() if line and ": " not in line]
                assert document.text == "\n\n".join(lines)
                assert "\n\n".join(c.chunk.text for c in chunks) == document.text
                if source in present and Path(source).read_text() == text:
                    own = {"tag": text[5]} if text.startswith("tag: ") else {}
                    assert document.metadata == {**metadata, **own}
            before, embedded = dict(store.held), embedder.embedded
            again = ingestor.run([root], metadata=metadata, prune=prune, force=True, workers=0)
            assert (again.added, again.updated, again.deleted) == (0, 0, 0)
            assert again.unchanged + again.failed == done
            assert (store.held, embedder.embedded) == (before, embedded)
