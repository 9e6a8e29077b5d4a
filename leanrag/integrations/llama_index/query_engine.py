"""The whole way of a question as a LlamaIndex query engine."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from llama_index.core.base.base_query_engine import BaseQueryEngine
from llama_index.core.base.llms.types import ChatMessage
from llama_index.core.base.response.schema import (
    AsyncStreamingResponse,
    Response,
    StreamingResponse,
)
from llama_index.core.schema import NodeWithScore, QueryBundle

from leanrag.api import LeanRAG
from leanrag.integrations.llama_index.chat_messages import chat_message
from leanrag.integrations.llama_index.filters import filter_of
from leanrag.integrations.llama_index.nodes import node_of_hit, node_of_source
from leanrag.types import Prompt


class LeanQueryEngine(BaseQueryEngine):
    """Finds, compresses and packs the evidence under a hard budget, and asks the model.

    ``response.source_nodes`` are what stood in the prompt, each with its spans in the document;
    ``response.metadata`` has the tokens of every part of the prompt and the trace.
    """

    def __init__(
        self,
        rag: LeanRAG,
        llm: Any,
        *,
        budget: int | None = None,
        model: str | None = None,
        filters: Any = None,
        streaming: bool = False,
    ) -> None:
        """Takes the collection and the model.

        Args:
            rag: an open ``LeanRAG``; it stays yours to close.
            llm: a LlamaIndex LLM.
            budget: tokens of the whole prompt; by default the settings' one.
            model: the model whose tokens are counted; by default the settings' one.
            filters: LlamaIndex's ``MetadataFilters``.
            streaming: whether responses stream.

        Raises:
            FilterError: a filter has no counterpart.
        """
        self._rag = rag
        self._llm = llm
        self._options: dict[str, Any] = {
            "budget": budget,
            "model": model,
            "where": filter_of(filters),
        }
        self._streaming = streaming
        super().__init__(callback_manager=getattr(llm, "callback_manager", None))

    def _get_prompt_modules(self) -> dict[str, Any]:
        return {}

    def retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        """The chunks that the prompt would be made of, before compression."""
        hits = self._rag.search(query_bundle.query_str, where=self._options["where"])
        return [node_of_hit(hit) for hit in hits]

    def _query(self, query_bundle: QueryBundle) -> Response | StreamingResponse:
        prompt = self._rag.prompt(query_bundle.query_str, **self._options)
        messages = chat_messages(prompt)
        nodes, metadata = sources_of(prompt), account_of(prompt)
        if self._streaming:
            replies = self._llm.stream_chat(messages)
            return StreamingResponse(_deltas(replies), source_nodes=nodes, metadata=metadata)
        reply = self._llm.chat(messages)
        return Response(reply.message.content, source_nodes=nodes, metadata=metadata)

    async def _aquery(self, query_bundle: QueryBundle) -> Response | AsyncStreamingResponse:
        prompt = await self._rag.aprompt(query_bundle.query_str, **self._options)
        messages = chat_messages(prompt)
        nodes, metadata = sources_of(prompt), account_of(prompt)
        if self._streaming:
            replies = await self._llm.astream_chat(messages)
            return AsyncStreamingResponse(_adeltas(replies), source_nodes=nodes, metadata=metadata)
        reply = await self._llm.achat(messages)
        return Response(reply.message.content, source_nodes=nodes, metadata=metadata)


def chat_messages(prompt: Prompt) -> list[ChatMessage]:
    """The prompt in LlamaIndex's form."""
    return [chat_message(message) for message in prompt.messages]


def sources_of(prompt: Prompt) -> list[NodeWithScore]:
    """What stands in the prompt, as nodes."""
    return [node_of_source(source) for source in prompt.sources]


def account_of(prompt: Prompt) -> dict[str, Any]:
    """What the prompt costs, and how it came about."""
    trace = [
        {"stage": entry.stage, "tokens_in": entry.tokens_in, "tokens_out": entry.tokens_out}
        for entry in prompt.trace
    ]
    return {"tokens": dict(prompt.tokens), "trace": trace}


def _deltas(replies: Any) -> Iterator[str]:
    for reply in replies:
        yield reply.delta or ""


async def _adeltas(replies: Any) -> AsyncIterator[str]:
    async for reply in replies:
        yield reply.delta or ""
