"""A small collection that the components are tried on."""

from collections.abc import Iterator
from pydoc_data.topics import topics

import pytest
from llama_index.core.schema import Document

from leanrag import LeanRAG
from leanrag.integrations.llama_index import ingest_documents

TOPICS = ("try", "with", "while", "dict")
QUESTION = "When is the else clause of a try statement executed?"


def documents() -> list[Document]:
    """Topics of the language reference as LlamaIndex documents."""
    return [
        Document(
            id_=name,
            text=topics[name],
            metadata={
                "file_name": f"{name}.txt",
                "topic": name,
                "size": len(name),
                "odd": {"a": 1},
            },
        )
        for name in TOPICS
    ]


@pytest.fixture(scope="session")
def rag(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LeanRAG]:
    with LeanRAG(tmp_path_factory.mktemp("llama") / "store") as opened:
        report = ingest_documents(opened, documents())
        assert (report.added, report.failed) == (len(TOPICS), 0)
        yield opened
