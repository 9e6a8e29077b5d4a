"""What a store keeps of a document, read from a row whose values have names.

Both engines keep the same values under the same names: the embedded one as the columns of a
query, the server as a payload. Here alone they become a record, a document or an owner.
"""

import json
from typing import Any, Protocol

from leanrag.adapters.qdrant.stored import Owner
from leanrag.types import Document, DocumentRecord

EXACT_METADATA = "metadata_json"
"""The name of the metadata as they were given, dumped as one text."""


class Row(Protocol):
    """Values by name: a mapping, or a ``sqlite3.Row``."""

    def __getitem__(self, name: str, /) -> Any:
        """The value of a name."""
        ...


def record_of(row: Row) -> DocumentRecord:
    """The record of a document."""
    return DocumentRecord(
        id=row["document_id"],
        source=row["source"],
        content_hash=row["content_hash"],
        metadata=json.loads(row[EXACT_METADATA]),
        generation=row["generation"],
        chunks=row["chunks"],
        tokens=row["tokens"],
        fingerprint=row["fingerprint"],
        sketch=row["sketch"],
        origin=row["origin"],
    )


def document_of(row: Row) -> Document:
    """The document itself."""
    return Document(
        id=row["document_id"],
        source=row["source"],
        title=row["title"],
        text=row["text"],
        content_hash=row["content_hash"],
        metadata=json.loads(row[EXACT_METADATA]),
        language=row["language"],
        ingested_at=row["ingested_at"],
        generation=row["generation"],
        fingerprint=row["fingerprint"],
        sketch=row["sketch"],
        origin=row["origin"],
    )


def holder_of(row: Row) -> Owner:
    """What hits need to know of the document."""
    return Owner(
        generation=row["generation"],
        id=row["document_id"],
        source=row["source"],
        title=row["title"],
        language=row["language"],
        content_hash=row["content_hash"],
        metadata=json.loads(row[EXACT_METADATA]),
        chunks=row["chunks"],
        tokens=row["tokens"],
        terms=row["terms"],
    )
