"""leanrag's rerankers as a LlamaIndex postprocessor."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle

from leanrag.api.wiring.models import shared_models
from leanrag.errors import InputError
from leanrag.integrations.llama_index.nodes import hit_of_node
from leanrag.settings import Settings
from leanrag.types import Hit


class LeanReranker(BaseNodePostprocessor):
    """Orders nodes by how well they answer, whatever retriever found them.

    The default model is the built-in one: nothing is downloaded. Nodes, ids and metadata stay
    as they are; only order and scores change.
    """

    top_n: int = Field(default=5, ge=1, description="how many nodes go on")
    model: str = Field(
        default="selector", description="'selector', 'scores', 'none', or a cross-encoder's name"
    )
    _reranker: Any = PrivateAttr(default=None)

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex stores."""
        return "LeanReranker"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        question = question_of(query_bundle, type(self).__name__)
        if not nodes:
            return []
        if self._reranker is None:
            retrieval = {"reranker": self.model}
            self._reranker = shared_models().reranker(Settings.create(retrieval=retrieval))
        hits = _scaled([hit_of_node(item) for item in nodes])
        by_id = {item.node.node_id: item for item in nodes}
        return [
            NodeWithScore(node=by_id[hit.id].node, score=hit.score)
            for hit in self._reranker.rerank(question, hits)[: self.top_n]
        ]


def question_of(query_bundle: QueryBundle | None, component: str) -> str:
    """The question's text. Raises ``InputError`` where there is none."""
    if query_bundle is None or not query_bundle.query_str.strip():
        raise InputError(f"{component}: it needs the question; pass query_str or query_bundle")
    return str(query_bundle.query_str)


def _scaled(hits: Sequence[Hit]) -> list[Hit]:
    """The hits with their scores scaled to 0..1, as those of leanrag's search are."""
    scores = [hit.score for hit in hits]
    low, width = min(scores), max(scores) - min(scores)
    return [replace(hit, score=(hit.score - low) / width if width else 1.0) for hit in hits]
