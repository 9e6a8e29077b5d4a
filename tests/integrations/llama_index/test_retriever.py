"""Search as LlamaIndex sees it."""

import asyncio

import pytest
from llama_index.core.schema import MetadataMode
from llama_index.core.vector_stores import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
)

from leanrag import LeanRAG
from leanrag.errors import FilterError
from leanrag.integrations.llama_index import LeanRetriever
from leanrag.integrations.llama_index.filters import filter_of
from leanrag.metadata import matches
from tests.integrations.llama_index.conftest import QUESTION


def one(key: str, value: object, operator: FilterOperator = FilterOperator.EQ) -> MetadataFilter:
    return MetadataFilter(key=key, value=value, operator=operator)


def test_nodes_are_chunks_of_their_document(rag: LeanRAG) -> None:
    nodes = LeanRetriever(rag, similarity_top_k=4).retrieve(QUESTION)
    assert len(nodes) == 4
    assert nodes[0].metadata["headings"].endswith('"else" clause')
    for item in nodes:
        text = rag.document(item.node.node_id).text
        assert item.node.text == text[item.node.start_char_idx : item.node.end_char_idx]
    assert [n.score for n in nodes] == sorted((n.score for n in nodes), reverse=True)


def test_the_model_sees_title_and_headings_alone(rag: LeanRAG) -> None:
    shown = LeanRetriever(rag).retrieve(QUESTION)[0].node.get_content(MetadataMode.LLM)
    assert shown.startswith("title: try.txt\nheadings: ")
    assert "topic:" not in shown
    assert "source:" not in shown


def test_filters_are_walls(rag: LeanRAG) -> None:
    filters = MetadataFilters(filters=[one("topic", "with")])
    nodes = LeanRetriever(rag, filters=filters).retrieve(QUESTION)
    assert nodes
    assert {node.metadata["topic"] for node in nodes} == {"with"}
    both = LeanRetriever(rag, filters=filters, where={"size": {"lt": 4}}).retrieve(QUESTION)
    assert both == []


def test_async_finds_the_same(rag: LeanRAG) -> None:
    retriever = LeanRetriever(rag, similarity_top_k=3)
    ids = [node.node_id for node in retriever.retrieve(QUESTION)]
    assert [node.node_id for node in asyncio.run(retriever.aretrieve(QUESTION))] == ids


@pytest.mark.parametrize(
    ("part", "kept"),
    [
        (one("n", 2), {"b"}),
        (one("n", 2, FilterOperator.NE), {"a", "c", "none"}),
        (one("n", 2, FilterOperator.GT), {"c"}),
        (one("n", 2, FilterOperator.LTE), {"a", "b"}),
        (one("n", [1, 3], FilterOperator.IN), {"a", "c"}),
        (one("n", [1, 3], FilterOperator.NIN), {"b", "none"}),
        (one("tags", ["x", "y"], FilterOperator.ANY), {"a", "b"}),
        (one("tags", ["x", "y"], FilterOperator.ALL), {"b"}),
        (one("tags", "x", FilterOperator.CONTAINS), {"a", "b"}),
        (one("n", None, FilterOperator.IS_EMPTY), {"none"}),
    ],
)
def test_every_operator_means_the_same(part: MetadataFilter, kept: set[str]) -> None:
    rows = {
        "a": {"n": 1, "tags": ["x"]},
        "b": {"n": 2, "tags": ["x", "y"]},
        "c": {"n": 3, "tags": ["z"]},
        "none": {"tags": ["z"]},
    }
    found = filter_of(MetadataFilters(filters=[part]))
    assert found is not None
    assert {name for name, metadata in rows.items() if matches(found, metadata)} == kept


def test_conditions_nest() -> None:
    inner = MetadataFilters(filters=[one("a", 1), one("b", 2)], condition=FilterCondition.OR)
    found = filter_of(MetadataFilters(filters=[inner, one("c", 3)]))
    assert found is not None
    assert matches(found, {"b": 2, "c": 3})
    assert not matches(found, {"a": 1, "c": 4})
    neither = filter_of(MetadataFilters(filters=inner.filters, condition=FilterCondition.NOT))
    assert neither is not None
    assert matches(neither, {"a": 2})
    assert not matches(neither, {"a": 2, "b": 2})


def test_what_has_no_counterpart_is_refused() -> None:
    with pytest.raises(FilterError, match="text_match"):
        filter_of(MetadataFilters(filters=[one("a", "x", FilterOperator.TEXT_MATCH)]))
    with pytest.raises(FilterError, match="list of values"):
        filter_of(MetadataFilters(filters=[one("a", "x", FilterOperator.IN)]))


def test_only_none_means_that_there_are_no_filters() -> None:
    assert filter_of(None) is None
    empty = MetadataFilters(filters=[])
    for filters in (empty, MetadataFilters(filters=[one("a", "x"), empty])):
        with pytest.raises(FilterError, match="the list is empty"):
            filter_of(filters)


def test_an_unknown_field_is_an_error(rag: LeanRAG) -> None:
    retriever = LeanRetriever(rag, filters=MetadataFilters(filters=[one("topc", "try")]))
    with pytest.raises(FilterError, match="topic"):
        retriever.retrieve(QUESTION)
