"""leanrag's compression as a LlamaIndex postprocessor."""

from typing import Any

from llama_index.core.bridge.pydantic import Field, PrivateAttr
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from leanrag.api import compress
from leanrag.errors import InputError
from leanrag.integrations.llama_index.nodes import SPANS, hide, label_of, shown, text_of
from leanrag.integrations.llama_index.reranker import question_of
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.types import KeptText

_ROUNDS = 6


class LeanCompressor(BaseNodePostprocessor):
    """Cuts nodes to the sentences that the question needs, in at most ``budget`` tokens.

    The budget holds for the nodes as LlamaIndex's synthesizers show them to the model, metadata
    included, joined by blank lines. Every node that is left keeps its id, score, relationships
    and metadata; its text is verbatim, and ``metadata["leanrag_spans"]`` says where it stands:
    in the document where the node knows its ``start_char_idx``, else in the node's former text.
    Nodes that hold nothing of use go.
    """

    budget: int = Field(default=1000, ge=1, description="tokens of all nodes together")
    model: str = Field(default="gpt-4o", description="the model whose tokens are counted")
    settings: Any = Field(default=None, exclude=True, description="leanrag's Settings")
    _settings: Settings | None = PrivateAttr(default=None)

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex stores."""
        return "LeanCompressor"

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        question = question_of(query_bundle, type(self).__name__)
        settings = self._chosen()
        counter = counter_for(self.model, tokenizer=settings.tokenizer)
        texts = [
            {
                "id": str(position),
                "title": " > ".join(filter(None, label_of(item.node.metadata))),
                "text": text_of(item),
            }
            for position, item in enumerate(nodes)
        ]
        limit, best = self.budget, list[NodeWithScore]()
        for _ in range(_ROUNDS):
            if limit < 1:
                break
            kept = compress(question, texts, budget=limit, model=self.model, settings=settings)
            best = [_cut(nodes[int(text.id)], text) for text in kept.texts]
            total = counter.count("\n\n".join(map(shown, best)))
            if total <= self.budget:
                return best
            limit = min(limit, kept.tokens["out"]) - (total - self.budget)
        while best and counter.count("\n\n".join(map(shown, best))) > self.budget:
            best.remove(min(best, key=lambda item: item.score or 0.0))
        return best

    def _chosen(self) -> Settings:
        if self._settings is None:
            if self.settings is not None and not isinstance(self.settings, Settings):
                raise InputError(
                    f"settings: expected leanrag's Settings, got {type(self.settings).__name__}"
                )
            self._settings = self.settings or Settings()
        return self._settings


def _cut(item: NodeWithScore, kept: KeptText) -> NodeWithScore:
    """The node with the kept text in place of its own; the given node is not touched."""
    former = item.node
    start = getattr(former, "start_char_idx", None)
    offset = start or 0
    spans = [[a + offset, b + offset] for a, b in kept.spans]
    node = TextNode(
        id_=former.node_id,
        text=kept.text,
        metadata={**former.metadata, SPANS: spans},
        relationships=dict(former.relationships),
        excluded_llm_metadata_keys=list(former.excluded_llm_metadata_keys),
        excluded_embed_metadata_keys=list(former.excluded_embed_metadata_keys),
    )
    for name in ("text_template", "metadata_template", "metadata_separator"):
        if hasattr(former, name):
            setattr(node, name, getattr(former, name))
    if start is not None and spans:
        node.start_char_idx, node.end_char_idx = spans[0][0], spans[-1][1]
    hide(node, [SPANS])
    return NodeWithScore(node=node, score=item.score)
