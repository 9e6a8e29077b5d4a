"""Brings LlamaIndex documents and nodes into a leanrag collection."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from llama_index.core.schema import BaseNode, MetadataMode

from leanrag.api import LeanRAG
from leanrag.types import IngestReport

_OWN = ("title",)


def ingest_documents(rag: LeanRAG, documents: Iterable[BaseNode], **options: Any) -> IngestReport:
    """Ingests what LlamaIndex's readers return, such as ``SimpleDirectoryReader().load_data()``.

    A document is known by its id, so that giving the same documents again changes nothing. Their
    metadata can be filtered by; nested entries get dotted names, and what is no text, number,
    truth value, date or list of those is left out with a warning in the report. leanrag cuts the
    documents itself: give documents, not nodes that were cut before.

    Args:
        rag: the collection.
        documents: LlamaIndex documents.
        options: those of ``LeanRAG.ingest``, such as ``metadata`` and ``progress``.

    Raises:
        InputError: two documents have the same id.
    """
    return rag.ingest(list(mappings(documents)), **options)


def mappings(documents: Iterable[BaseNode]) -> Iterator[Mapping[str, Any]]:
    """The documents in the form that ``LeanRAG.ingest`` takes."""
    for document in documents:
        metadata = document.metadata
        title = metadata.get("title") or metadata.get("file_name") or ""
        yield {
            "id": document.node_id,
            "text": document.get_content(metadata_mode=MetadataMode.NONE),
            "title": str(title),
            "metadata": {str(key): value for key, value in metadata.items() if key not in _OWN},
        }
