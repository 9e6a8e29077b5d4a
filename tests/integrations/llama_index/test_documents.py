"""Documents and collections of LlamaIndex as input."""

from itertools import pairwise
from pathlib import Path

import pytest
from llama_index.core import MockEmbedding, SimpleDirectoryReader, StorageContext, VectorStoreIndex
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.schema import Document, TextNode
from llama_index.vector_stores.qdrant import QdrantVectorStore
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

from leanrag import LeanRAG
from leanrag.errors import StoreError
from leanrag.integrations.llama_index import ingest_documents, read_collection
from tests.integrations.llama_index.conftest import documents


def test_documents_of_a_reader_go_in_once(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "a.txt").write_text("The bridge opened in 1937.", encoding="utf-8")
    (folder / "b.md").write_text("# Tolls\n\nTolls are paid by plate.", encoding="utf-8")
    with LeanRAG(tmp_path / "store") as rag:
        for added, unchanged in ((2, 0), (0, 2)):
            read = SimpleDirectoryReader(str(folder), filename_as_id=True).load_data()
            report = ingest_documents(rag, read, metadata={"team": "roads"})
            assert (report.added, report.unchanged) == (added, unchanged)
        (hit,) = rag.search("When did the bridge open?", top_k=1, where={"file_name": "a.txt"})
        assert hit.metadata["team"] == "roads"
        assert hit.text == "The bridge opened in 1937."


def test_metadata_that_cannot_be_stored_is_left_out(rag: LeanRAG) -> None:
    (hit,) = rag.search("try", top_k=1, where={"topic": "try"})
    assert hit.metadata["size"] == 3
    assert "odd" not in hit.metadata


@pytest.fixture
def client() -> QdrantClient:
    return QdrantClient(":memory:")


def index(client: QdrantClient, given: list[Document], splitter: SentenceSplitter) -> None:
    store = QdrantVectorStore(client=client, collection_name="theirs")
    VectorStoreIndex.from_documents(
        given,
        storage_context=StorageContext.from_defaults(vector_store=store),
        transformations=[splitter],
        embed_model=MockEmbedding(embed_dim=8),
    )


@pytest.mark.parametrize("overlap", [0, 30])
def test_a_collection_of_theirs_is_read_back(client: QdrantClient, overlap: int) -> None:
    given = documents()
    index(client, given, SentenceSplitter(chunk_size=120, chunk_overlap=overlap))
    read = read_collection(client, "theirs")
    assert {document.node_id for document in read} == {document.node_id for document in given}
    texts = {document.node_id: document.text for document in given}
    for document in read:
        assert document.text.split() == texts[document.node_id].split()
        assert document.metadata["topic"] == document.node_id


def test_what_was_read_can_be_ingested(client: QdrantClient, tmp_path: Path) -> None:
    index(client, documents()[:2], SentenceSplitter(chunk_size=120, chunk_overlap=30))
    with LeanRAG(tmp_path / "store") as rag:
        assert ingest_documents(rag, read_collection(client, "theirs")).added == 2
        (hit,) = rag.search("else clause of a try statement", top_k=1)
        assert hit.metadata["topic"] == "try"


def test_nodes_without_offsets_are_joined_in_order(client: QdrantClient) -> None:
    nodes = Linked.nodes(["One.", "Two.", "Three."])
    store = QdrantVectorStore(client=client, collection_name="theirs")
    for node in nodes:
        node.embedding = [0.1] * 8
    store.add(list(reversed(nodes)))
    (document,) = read_collection(client, "theirs")
    assert document.text == "One.\n\nTwo.\n\nThree."


def test_a_foreign_collection_is_refused(client: QdrantClient) -> None:
    client.create_collection("other", vectors_config=VectorParams(size=2, distance=Distance.DOT))
    client.upsert("other", [PointStruct(id=1, vector=[0.0, 1.0], payload={"text": "x"})])
    with pytest.raises(StoreError, match="LlamaIndex did not write it"):
        read_collection(client, "other")
    with pytest.raises(StoreError, match="missing"):
        read_collection(client, "missing")


class Linked:
    """Nodes that know their neighbours and their document, but not where they stand in it."""

    @staticmethod
    def nodes(texts: list[str]) -> list[TextNode]:
        from llama_index.core.schema import NodeRelationship as Link

        names = [f"00000000-0000-0000-0000-00000000000{9 - n}" for n in range(len(texts))]
        nodes = [TextNode(id_=name, text=text) for name, text in zip(names, texts, strict=True)]
        for before, after in pairwise(nodes):
            before.relationships[Link.NEXT] = after.as_related_node_info()
            after.relationships[Link.PREVIOUS] = before.as_related_node_info()
        for node in nodes:
            node.relationships[Link.SOURCE] = Document(id_="d", text="").as_related_node_info()
        return nodes
