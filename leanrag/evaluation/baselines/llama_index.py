"""LlamaIndex's default query engine: SentenceSplitter, the two nearest nodes, its own prompt."""

from collections.abc import Iterable, Sequence
from time import perf_counter
from typing import Any

from leanrag.evaluation.baselines.chunks import BaselineChunk, Selection, outcome_of
from leanrag.evaluation.baselines.offline import use_carried_vocabularies
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import SEPARATOR, Outcome
from leanrag.evaluation.pipelines.corpus import SourceDocument
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo
from leanrag.types import Message

OPTIONS: dict[str, Any] = {"chunk_size": 1024, "chunk_overlap": 200, "similarity_top_k": 2}
OPTIMIZER_OPTIONS: dict[str, Any] = {**OPTIONS, "percentile_cutoff": 0.5}


class LlamaIndexPipeline:
    """VectorStoreIndex with its own splitter, store and prompt, over leanrag's embedder."""

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._options = info.options
        self._index: Any = None
        self._optimizer: Any = None

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What the query engine would send; there is no budget to give."""
        from llama_index.core.schema import MetadataMode, QueryBundle

        index = self._index_for(case)
        if "percentile_cutoff" in self._options and self._optimizer is None:
            self._optimizer = self._make_optimizer()
        retriever = index.as_retriever(similarity_top_k=self._options["similarity_top_k"])
        started = perf_counter()
        query = QueryBundle(case.question)
        nodes = retriever.retrieve(query)
        found = [(_chunk(item.node), float(item.score or 0.0)) for item in nodes]
        if self._optimizer is not None:
            # The optimizer writes into the nodes that it is given.
            nodes = [item.model_copy(deep=True) for item in nodes]
            nodes = self._optimized(nodes, query)
        texts = [item.node.get_content(metadata_mode=MetadataMode.LLM) for item in nodes]
        seconds = perf_counter() - started
        messages = _messages(case.question, texts)
        return outcome_of(
            case, Selection(found, texts), self._bench, messages=messages, seconds=seconds
        )

    def close(self) -> None:
        """Forgets the index."""
        self._index = None

    def _make_optimizer(self) -> Any:
        """The post-processor; its sentence splitter is loaded here, before any time is taken."""
        from llama_index.core.postprocessor import SentenceEmbeddingOptimizer

        return SentenceEmbeddingOptimizer(
            embed_model=_embedding(self._bench, remember=False),
            percentile_cutoff=self._options["percentile_cutoff"],
        )

    def _optimized(self, nodes: list[Any], query: Any) -> list[Any]:
        done: list[Any] = []
        for item in nodes:
            try:
                done += self._optimizer.postprocess_nodes([item], query_bundle=query)
            except ValueError:
                # It raises where half of a node's sentences is none (a node of one sentence);
                # people catch that and send the node whole.
                done.append(item)
        return done

    def _index_for(self, case: Case) -> Any:
        if case.contexts:
            documents = [SourceDocument(c.id, c.title, c.text) for c in case.contexts]
            return self._build(documents)
        if self._index is None:
            self._index = self._build(self._bench.documents())
        return self._index

    def _build(self, documents: Iterable[SourceDocument]) -> Any:
        use_carried_vocabularies()
        from llama_index.core import Document, VectorStoreIndex
        from llama_index.core.node_parser import SentenceSplitter

        splitter = SentenceSplitter(
            chunk_size=self._options["chunk_size"], chunk_overlap=self._options["chunk_overlap"]
        )
        given = [
            Document(
                doc_id=document.source,
                text=document.text,
                metadata={"title": document.title},
                excluded_llm_metadata_keys=["title"],
                excluded_embed_metadata_keys=["title"],
            )
            for document in documents
        ]
        nodes = splitter.get_nodes_from_documents(given)
        return VectorStoreIndex(
            nodes, embed_model=_embedding(self._bench, remember=True), show_progress=False
        )


def _chunk(node: Any) -> BaselineChunk:
    start, end = node.start_char_idx, node.end_char_idx
    document = str(node.ref_doc_id)
    placed = start is not None and end is not None and end - start == len(node.text)
    return BaselineChunk(
        id=f"{document}#{start}",
        document=document,
        title=str(node.metadata.get("title", "")),
        text=node.text,
        span=(start, end) if placed else None,
    )


def _messages(question: str, texts: Sequence[str]) -> list[Message]:
    from llama_index.core.prompts.chat_prompts import CHAT_TEXT_QA_PROMPT

    context = SEPARATOR.join(text for text in texts if text)
    rendered = CHAT_TEXT_QA_PROMPT.format_messages(context_str=context, query_str=question)
    return [{"role": item.role.value, "content": item.content or ""} for item in rendered]


def _embedding(bench: Workbench, *, remember: bool) -> Any:
    """leanrag's embedder behind LlamaIndex's interface; passages may come from the cache."""
    from llama_index.core.base.embeddings.base import BaseEmbedding

    class Embedding(BaseEmbedding):  # type: ignore[misc]  # untyped here
        def _get_text_embedding(self, text: str) -> list[float]:
            return self._get_text_embeddings([text])[0]

        def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
            embed = bench.vectors.documents if remember else bench.embedder.embed_documents
            return [vector.tolist() for vector in embed(texts)]

        def _get_query_embedding(self, query: str) -> list[float]:
            vector: list[float] = bench.vectors.query(query).tolist()
            return vector

        async def _aget_query_embedding(self, query: str) -> list[float]:
            return self._get_query_embedding(query)

    return Embedding(model_name=bench.embedder.name, embed_batch_size=512)
