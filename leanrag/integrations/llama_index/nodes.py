"""Hits and sources as LlamaIndex nodes, and nodes as hits.

A node's ``start_char_idx`` and ``end_char_idx`` are those of its text in the document. What was
kept of it stands in the metadata as ``SPANS``: pairs of offsets into the document, or into the
node's own text where the node does not say where it stands in the document.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from llama_index.core.schema import (
    MetadataMode,
    NodeRelationship,
    NodeWithScore,
    RelatedNodeInfo,
    TextNode,
)

from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.types import Chunk, Hit, Source, Span

SPANS = "leanrag_spans"
HEADINGS = "headings"
_SHOWN = ("title", HEADINGS, "page")
"""The metadata that a model sees; everything else would only cost tokens."""


def node_of_hit(hit: Hit) -> NodeWithScore:
    """A chunk that was found, with its document's metadata, title, heading path and page."""
    node = _node(
        hit.id,
        hit.text,
        metadata=_metadata(hit.metadata, hit),
        span=hit.chunk.span,
        document_id=hit.chunk.document_id,
    )
    return NodeWithScore(node=node, score=hit.score)


def node_of_source(source: Source) -> NodeWithScore:
    """The part of a chunk that stands in a prompt."""
    metadata = _metadata(source.metadata, source)
    metadata[SPANS] = [list(span) for span in source.spans]
    span = (source.spans[0][0], source.spans[-1][1]) if source.spans else None
    node = _node(source.id, source.text, metadata=metadata, span=span)
    return NodeWithScore(node=node, score=source.score)


def hit_of_node(item: NodeWithScore) -> Hit:
    """A node as a chunk to judge; its sentences are found here."""
    node = item.node
    text = text_of(item)
    language = detect_language(text)
    title, *headings = [*label_of(node.metadata), ""]
    chunk = Chunk(
        id=node.node_id,
        document_id=node.ref_doc_id or node.node_id,
        ordinal=0,
        kind="prose",
        headings=tuple(filter(None, headings)),
        span=(0, len(text)),
        text=text,
        sentences=tuple(split_sentences(text, language)),
        language=language,
    )
    return Hit(chunk, source=node.ref_doc_id or "", title=title, score=float(item.score or 0.0))


def text_of(item: NodeWithScore) -> str:
    """The node's text without its metadata."""
    return str(item.node.get_content(metadata_mode=MetadataMode.NONE))


def shown(item: NodeWithScore) -> str:
    """The node as LlamaIndex's synthesizers put it before the model, metadata included."""
    return str(item.node.get_content(metadata_mode=MetadataMode.LLM))


def label_of(metadata: Mapping[str, Any]) -> list[str]:
    """Title and heading path, where the metadata has them under one of the usual names."""
    title = metadata.get("title") or metadata.get("file_name") or ""
    headings = metadata.get(HEADINGS) or metadata.get("header_path") or ""
    return [str(title), str(headings)] if headings else [str(title)]


def hide(node: TextNode, keys: Sequence[str]) -> None:
    """Keeps metadata from the model and from the embedder, where it would cost tokens."""
    for hidden in (node.excluded_llm_metadata_keys, node.excluded_embed_metadata_keys):
        hidden.extend(key for key in keys if key not in hidden)


def _metadata(own: Mapping[str, Any], found: Hit | Source) -> dict[str, Any]:
    metadata = {"source": found.source, "title": found.title}
    if found.headings:
        metadata[HEADINGS] = " > ".join(found.headings)
    if found.page is not None:
        metadata["page"] = str(found.page)
    return {**metadata, **own}


def _node(
    name: str,
    text: str,
    *,
    metadata: dict[str, Any],
    span: Span | None,
    document_id: str | None = None,
) -> TextNode:
    node = TextNode(id_=name, text=text, metadata=metadata)
    if span is not None:
        node.start_char_idx, node.end_char_idx = span
    if document_id is not None:
        node.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=document_id)
    hide(node, [key for key in metadata if key not in _SHOWN])
    return node
