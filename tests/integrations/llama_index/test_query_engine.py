"""The query engine inside LlamaIndex."""

import asyncio

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.llms import MockLLM
from llama_index.core.tools import QueryEngineTool

from leanrag import LeanRAG
from leanrag.integrations.llama_index import LeanQueryEngine
from tests.integrations.llama_index.conftest import QUESTION


def test_the_model_gets_the_prompt_and_the_response_its_sources(rag: LeanRAG) -> None:
    engine = LeanQueryEngine(rag, MockLLM(), budget=300)
    response = engine.query(QUESTION)
    # MockLLM repeats what it was sent
    prompt = rag.prompt(QUESTION, budget=300)
    assert all(str(message["content"]) in str(response) for message in prompt.messages)
    assert response.metadata["tokens"] == dict(prompt.tokens)
    assert response.metadata["tokens"]["prompt"] <= 300
    assert [node.text for node in response.source_nodes] == [s.text for s in prompt.sources]
    for node in response.source_nodes:
        document = rag.document(node.node_id).text
        assert node.text == "".join(document[a:b] for a, b in node.metadata["leanrag_spans"])


def test_it_streams_and_awaits(rag: LeanRAG) -> None:
    whole = str(LeanQueryEngine(rag, MockLLM(), budget=200).query(QUESTION))
    streamed = LeanQueryEngine(rag, MockLLM(), budget=200, streaming=True).query(QUESTION)
    assert "".join(streamed.response_gen).strip() == whole.strip()
    awaited = asyncio.run(LeanQueryEngine(rag, MockLLM(), budget=200).aquery(QUESTION))
    assert str(awaited) == whole


def test_it_is_what_llama_index_expects(rag: LeanRAG) -> None:
    engine = LeanQueryEngine(rag, MockLLM(), budget=200)
    assert isinstance(engine, BaseQueryEngine)
    tool = QueryEngineTool.from_defaults(query_engine=engine, name="docs", description="docs")
    assert "try" in str(tool.call(QUESTION))
