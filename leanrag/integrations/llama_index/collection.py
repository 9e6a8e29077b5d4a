"""Reads a Qdrant collection that LlamaIndex's ``QdrantVectorStore`` wrote."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from llama_index.core.schema import BaseNode, Document, MetadataMode, TextNode
from llama_index.core.vector_stores.utils import metadata_dict_to_node

from leanrag.errors import StoreError

_PAGE = 256
_PARAGRAPH = 2
_MANY_LINES = re.compile(r"\n{3,}")


def read_collection(client: Any, collection_name: str) -> list[Document]:
    """The documents of a collection, put together again from their nodes.

    Nodes that know their offsets are laid over each other, so that overlaps are there once;
    others are joined by blank lines in the order in which they are linked. What was never
    indexed cannot be read back. The result can be given to ``ingest_documents``.

    Args:
        client: a ``qdrant_client.QdrantClient``.
        collection_name: the collection.

    Raises:
        StoreError: the collection cannot be read, or LlamaIndex did not write it.
    """
    by_document: dict[str, list[TextNode]] = {}
    for node in _nodes(client, collection_name):
        by_document.setdefault(node.ref_doc_id or node.node_id, []).append(node)
    return [_document(name, nodes) for name, nodes in sorted(by_document.items())]


def _nodes(client: Any, collection_name: str) -> Iterator[TextNode]:
    from qdrant_client.common.client_exceptions import QdrantException
    from qdrant_client.http.exceptions import ApiException

    offset = None
    while True:
        try:
            points, offset = client.scroll(
                collection_name, limit=_PAGE, offset=offset, with_payload=True, with_vectors=False
            )
        except (ApiException, QdrantException, ValueError, OSError) as error:
            raise StoreError(f"{collection_name}: cannot be read: {error}") from error
        for point in points:
            yield _node(point, collection_name)
        if offset is None:
            return


def _node(point: Any, collection_name: str) -> TextNode:
    payload = point.payload or {}
    if "_node_content" not in payload:
        raise StoreError(
            f"{collection_name}: point {point.id} has no _node_content: LlamaIndex did not write it"
        )
    try:
        node = metadata_dict_to_node(payload)
    except (ValueError, KeyError, TypeError, json.JSONDecodeError) as error:
        raise StoreError(f"{collection_name}: point {point.id}: {error}") from error
    if not isinstance(node, TextNode):
        raise StoreError(f"{collection_name}: point {point.id} is a {type(node).__name__}, no text")
    return node


def _document(name: str, nodes: list[TextNode]) -> Document:
    placed = [node for node in nodes if node.start_char_idx is not None]
    ordered = _linked(nodes)
    text = _laid(placed) if len(placed) == len(nodes) else None
    if text is None:
        text = "\n\n".join(map(_text, ordered))
    shared = dict(ordered[0].metadata)
    for node in ordered[1:]:
        shared = {k: v for k, v in shared.items() if node.metadata.get(k) == v}
    return Document(id_=name, text=text, metadata=shared)


def _laid(nodes: Iterable[TextNode]) -> str | None:
    """The text that nodes cover by their offsets; None where they contradict each other."""
    text = ""
    for node in sorted(nodes, key=lambda node: (node.start_char_idx, node.node_id)):
        start, own = node.start_char_idx or 0, _text(node)
        # what stood between two nodes was white space, or was never indexed
        gap = start - len(text)
        text += " " * gap if gap < _PARAGRAPH else "\n" * gap
        common = text[start : start + len(own)]
        if not own.startswith(common):
            return None
        text = text[:start] + own + text[start + len(own) :]
    return _MANY_LINES.sub("\n\n", text).strip()


def _linked(nodes: list[TextNode]) -> list[TextNode]:
    """In the order of their links, those without one in the order of their ids."""
    by_id = {node.node_id: node for node in sorted(nodes, key=lambda node: node.node_id)}
    ordered: list[TextNode] = []
    starts = [node for node in by_id.values() if _other(node.prev_node) not in by_id]
    for start in starts:
        here: TextNode | None = start
        while here is not None and here.node_id in by_id:
            ordered.append(by_id.pop(here.node_id))
            here = by_id.get(_other(here.next_node) or "")
    return [*ordered, *by_id.values()]


def _other(link: Any) -> str | None:
    return link.node_id if link is not None else None


def _text(node: BaseNode) -> str:
    return str(node.get_content(metadata_mode=MetadataMode.NONE))
