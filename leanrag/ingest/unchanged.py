"""Whether the store holds already what a document that was read again comes to."""

from collections.abc import Sequence
from dataclasses import replace

from leanrag.ingest.fingerprint import Fingerprint
from leanrag.protocols import StoreReader
from leanrag.types import Chunk, Document, DocumentRecord


def holds(store: StoreReader, record: DocumentRecord, document: Document, recipe: str) -> bool:
    """Whether it is this text, cut by this recipe, under this title."""
    known = Fingerprint.read(record.fingerprint)
    if known is None or known.recipe != recipe or record.content_hash != document.content_hash:
        return False
    stored = store.document(record.id)
    return stored is not None and stored.title == document.title


def holds_chunks(
    store: StoreReader,
    record: DocumentRecord,
    document: Document,
    now: Fingerprint,
    chunks: Sequence[Chunk],
) -> bool:
    """Whether it is this text in these chunks, embedded alike, whatever recipe made them."""
    known = Fingerprint.read(record.fingerprint)
    if known is None or not known.same_prefix(now):
        return False
    if record.content_hash != document.content_hash or record.chunks != len(chunks):
        return False
    stored = store.document(record.id)
    if stored is None or (stored.title, stored.language) != (document.title, document.language):
        return False
    return list(map(_alone, store.chunks(record.id))) == list(map(_alone, chunks))


def same_age(now: Fingerprint, record: DocumentRecord | None) -> Fingerprint:
    """``now`` with the stored time of the file where its bytes did not change since.

    A checkout gives all files new times.
    """
    known = Fingerprint.read(record.fingerprint) if record is not None else None
    if known is None or known.digest != now.digest:
        return now
    names = now.properties.keys() & known.properties.keys() & {"file_modified"}
    kept = {name: known.properties[name] for name in names}
    return replace(now, properties={**now.properties, **kept})


def _alone(chunk: Chunk) -> Chunk:
    """The chunk apart from the document that it belongs to."""
    return replace(chunk, id="", document_id="", metadata={})
