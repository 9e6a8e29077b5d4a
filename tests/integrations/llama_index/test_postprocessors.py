"""Reranking and compression as LlamaIndex sees them."""

import pytest
from llama_index.core.schema import MetadataMode, NodeWithScore, TextNode

from leanrag import LeanRAG
from leanrag.errors import InputError
from leanrag.integrations.llama_index import LeanCompressor, LeanReranker, LeanRetriever
from leanrag.tokens import counter_for
from tests.integrations.llama_index.conftest import QUESTION


@pytest.fixture(scope="module")
def nodes(rag: LeanRAG) -> list[NodeWithScore]:
    return LeanRetriever(rag, similarity_top_k=8).retrieve(QUESTION)


def rendered(nodes: list[NodeWithScore]) -> int:
    shown = "\n\n".join(item.node.get_content(metadata_mode=MetadataMode.LLM) for item in nodes)
    return counter_for("gpt-4o").count(shown)


@pytest.mark.parametrize("budget", [1, 20, 60, 150, 400, 4000])
def test_the_budget_holds_for_what_the_model_sees(nodes: list[NodeWithScore], budget: int) -> None:
    kept = LeanCompressor(budget=budget).postprocess_nodes(nodes, query_str=QUESTION)
    assert rendered(kept) <= budget
    if budget >= 150:
        assert "else" in kept[0].text


def test_kept_text_is_verbatim_and_traceable(rag: LeanRAG, nodes: list[NodeWithScore]) -> None:
    before = [(item.node.node_id, item.text, dict(item.metadata)) for item in nodes]
    kept = LeanCompressor(budget=200).postprocess_nodes(nodes, query_str=QUESTION)
    assert kept
    assert before == [(item.node.node_id, item.text, dict(item.metadata)) for item in nodes]
    by_id = {item.node.node_id: item for item in nodes}
    for item in kept:
        document = rag.document(item.node.node_id).text
        assert item.text == "".join(document[a:b] for a, b in item.metadata["leanrag_spans"])
        assert "leanrag_spans" not in item.node.get_content(metadata_mode=MetadataMode.LLM)
        former = by_id[item.node.node_id]
        assert item.score == former.score
        assert item.node.ref_doc_id == former.node.ref_doc_id
        assert {**former.metadata, **item.metadata} == item.metadata


def test_nodes_of_other_retrievers_work_as_well() -> None:
    text = "The bridge opened in 1937. Tickets are sold online. Dogs must wait outside."
    node = NodeWithScore(node=TextNode(id_="n", text=text, metadata={"team": "x"}), score=0.3)
    (kept,) = LeanCompressor(budget=30).postprocess_nodes([node], query_str="When did it open?")
    assert "1937" in kept.text
    assert kept.text == "".join(text[a:b] for a, b in kept.metadata["leanrag_spans"])
    assert kept.metadata["team"] == "x"


def test_reranking_changes_order_and_scores_alone(nodes: list[NodeWithScore]) -> None:
    turned = [NodeWithScore(node=item.node) for item in reversed(nodes)]
    ranked = LeanReranker(top_n=3).postprocess_nodes(turned, query_str=QUESTION)
    assert len(ranked) == 3
    assert ranked[0].node.node_id == nodes[0].node.node_id
    known = {item.node.node_id: item.text for item in nodes}
    assert all(known[item.node.node_id] == item.text for item in ranked)
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)


def test_nothing_gives_nothing_and_a_missing_question_is_named() -> None:
    assert LeanReranker().postprocess_nodes([], query_str="Why?") == []
    assert LeanCompressor().postprocess_nodes([], query_str="Why?") == []
    with pytest.raises(InputError, match="question"):
        LeanCompressor().postprocess_nodes([])


def test_wrong_settings_are_named() -> None:
    with pytest.raises(InputError, match="settings"):
        LeanCompressor(settings={"budget": 3}).postprocess_nodes([], query_str="Why?")
