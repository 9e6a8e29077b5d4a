"""The chunker as LlamaIndex sees it."""

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import NodeParser
from llama_index.core.schema import Document, NodeRelationship
from llama_index.core.utils import get_tokenizer

from leanrag.integrations.llama_index import LeanChunker
from tests.integrations.llama_index.conftest import documents


def solid(text: str) -> str:
    return "".join(text.split())


def test_nodes_stand_where_they_say() -> None:
    given = documents()
    nodes = LeanChunker(max_tokens=120).get_nodes_from_documents(given)
    assert len(nodes) > len(given)
    texts = {document.node_id: document.text for document in given}
    for node in nodes:
        place = texts[node.ref_doc_id][node.start_char_idx : node.end_char_idx]
        for line in node.text.split("\n"):
            assert solid(line) in solid(place)


def test_nodes_keep_metadata_headings_and_links() -> None:
    nodes = LeanChunker().get_nodes_from_documents(documents()[:1])
    assert all(node.metadata["topic"] == "try" for node in nodes)
    assert '"else" clause' in {n.metadata.get("headings") for n in nodes}
    assert nodes[0].relationships[NodeRelationship.NEXT].node_id == nodes[1].node_id
    assert all("kind" in node.excluded_llm_metadata_keys for node in nodes)


def test_no_node_is_over_the_limit() -> None:
    tokenize = get_tokenizer()
    for node in LeanChunker(max_tokens=64).get_nodes_from_documents(documents()):
        assert len(tokenize(node.text)) <= 64


def test_it_is_a_transformation_of_a_pipeline() -> None:
    chunker = LeanChunker(max_tokens=100)
    assert isinstance(chunker, NodeParser)
    nodes = IngestionPipeline(transformations=[chunker]).run(documents=documents())
    assert [n.text for n in nodes] == [n.text for n in chunker(documents())]


def test_empty_documents_have_no_nodes() -> None:
    assert LeanChunker().get_nodes_from_documents([Document(text=" \n")]) == []


def test_its_settings_are_stored() -> None:
    stored = LeanChunker(max_tokens=99).to_dict()
    assert (stored["class_name"], stored["max_tokens"]) == ("LeanChunker", 99)
