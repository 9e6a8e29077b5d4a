"""One small store of real prose for the tests of the API."""

from collections.abc import Iterator
from pathlib import Path
from pydoc_data import topics

import pytest

from leanrag import LeanRAG

TOPICS = ("assignment", "dict", "import", "lambda", "numbers", "raise", "try", "while", "with")


def topic(name: str) -> str:
    """A topic of the Python language reference that every installation carries."""
    return str(topics.topics[name])


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The topics as files, one sub-folder each for two kinds."""
    home = tmp_path_factory.mktemp("documents")
    for name in TOPICS:
        place = home / ("statements" if name not in ("dict", "numbers") else "values")
        place.mkdir(exist_ok=True)
        (place / f"{name}.rst").write_text(topic(name), encoding="utf-8")
    return home


@pytest.fixture(scope="session")
def rag(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeanRAG]:
    """The topics ingested once, with metadata; tests only read it."""
    store = tmp_path_factory.mktemp("stores") / "store"
    with LeanRAG(store, collection="topics") as opened:
        statements = opened.ingest(
            [folder / "statements"], metadata={"kind_of": "statement", "year": 2022}
        )
        values = opened.ingest([folder / "values"], metadata={"kind_of": "value", "year": 2024})
        assert not statements.failures + values.failures
        yield opened
