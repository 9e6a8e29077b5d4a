"""Moves a collection from one engine to another: documents, chunks, vectors, metadata."""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

from leanrag.api.content import document_hash, same_vectors
from leanrag.api.wiring.stores import collection_names, is_url, open_made_with
from leanrag.errors import InputError, StoreError
from leanrag.protocols import Store, StoreReader, StoreWriter
from leanrag.settings import Settings
from leanrag.text.addresses import without_credentials
from leanrag.types import Document, DocumentRecord, EmbeddedChunk, MadeWith

_CHUNKS_AT_ONCE = 512
_NAMED = 3

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Migration:
    """What a migration did. ``hash`` is that of the contents, found the same on both sides.

    ``copied`` and ``present`` count documents: those written now, and those that an earlier run
    had written.
    """

    origin: str
    target: str
    collection: str
    copied: int
    present: int
    chunks: int
    hash: str
    seconds: float

    @property
    def documents(self) -> int:
        """All documents of the collection."""
        return self.copied + self.present


def migrate(
    settings: Settings, to: str, *, collection: str | None = None, progress: Progress | None = None
) -> Migration:
    """Copies the collection that the settings name into another store, and compares the two.

    Nothing is embedded anew. The origin stays as it is. A run that was ended, however that was,
    is continued by the next. In the end every document is read from both sides: number, texts,
    metadata and BM25 counts are the same, and vectors but for rounding.

    Args:
        settings: name the origin, and how a server is to keep vectors.
        to: folder or URL of the other store, which is made where it does not exist.
        collection: name of the collection there; by default the same.
        progress: called with documents done, documents in all, and the current source.

    Raises:
        InputError: both are the same place.
        StoreError: the target holds other documents or has another model, a side changed
            meanwhile, or the two are not the same in the end.
    """
    started = time.perf_counter()
    target_settings = settings.model_copy(
        update={"store": to, "collection": collection or settings.collection}
    )
    shown = without_credentials(to)
    if _place(settings) == _place(target_settings):
        raise InputError(
            f"migrate: origin and target are both {shown}; name another store with --to"
        )
    with ExitStack() as stack:
        origin = stack.enter_context(closing(open_made_with(settings, MadeWith(), create=False)))
        target = stack.enter_context(closing(_target(target_settings, origin.made_with)))
        records = list(origin.records())
        missing = _missing(records, list(target.records()), shown)
        report = progress or _silent
        for count, source in _copy(origin, target, missing):
            report(len(records) - len(missing) + count, len(records), source)
        target.optimize()
        digest = _verified(origin, target, records, report)
    return Migration(
        origin=without_credentials(settings.store),
        target=shown,
        collection=target_settings.collection,
        copied=len(missing),
        present=len(records) - len(missing),
        chunks=sum(record.chunks for record in records),
        hash=digest,
        seconds=time.perf_counter() - started,
    )


def _place(settings: Settings) -> tuple[str, str]:
    store = settings.store
    where = store.rstrip("/") if is_url(store) else str(Path(store).resolve())
    return where, settings.collection


def _target(settings: Settings, made_with: MadeWith) -> Store:
    if settings.collection not in collection_names(settings):
        return open_made_with(settings, made_with, create=True)
    target = open_made_with(settings, MadeWith(), create=False)
    if target.made_with != made_with:
        theirs = target.made_with
        target.close()
        raise StoreError(
            f"collection {settings.collection!r} of {without_credentials(settings.store)} was made "
            f"with {_words(theirs)}, the origin with {_words(made_with)}; vectors of the two "
            "cannot stand together: name another collection or store",
            service="store",
        )
    return target


def _words(made_with: MadeWith) -> str:
    return f"{made_with.model} ({made_with.variant}, {made_with.dimensions} dimensions)"


def _missing(
    records: Sequence[DocumentRecord], there: Sequence[DocumentRecord], to: str
) -> list[DocumentRecord]:
    """What is still to be copied, once it is known that nothing else is there."""
    known = {record.id: record for record in there}
    foreign = sorted(known[key].source for key in known.keys() - {record.id for record in records})
    if foreign:
        more = ", …" if len(foreign) > _NAMED else ""
        raise StoreError(
            f"{to} holds {len(foreign):,} documents that the origin has not "
            f"({', '.join(foreign[:_NAMED])}{more}); name an empty collection or another store, "
            "or delete them there if they were in the origin once",
            service="store",
        )
    return [record for record in records if not _same(record, known.get(record.id))]


def _same(record: DocumentRecord, there: DocumentRecord | None) -> bool:
    return there is not None and (
        record.source,
        record.content_hash,
        dict(record.metadata),
        record.chunks,
        record.tokens,
        record.fingerprint,
        record.sketch,
        record.origin,
    ) == (
        there.source,
        there.content_hash,
        dict(there.metadata),
        there.chunks,
        there.tokens,
        there.fingerprint,
        there.sketch,
        there.origin,
    )


def _copy(
    origin: StoreReader, target: StoreWriter, records: Sequence[DocumentRecord]
) -> Iterator[tuple[int, str]]:
    """Writes the documents, some at once; yields how many are there, and the last one's source."""
    batch: list[tuple[Document, list[EmbeddedChunk]]] = []
    waiting = 0
    for number, record in enumerate(records, 1):
        document, chunks = _read(origin, record, "the origin")
        batch.append((document, chunks))
        waiting += len(chunks)
        if waiting >= _CHUNKS_AT_ONCE or number == len(records):
            target.write(batch)
            batch, waiting = [], 0
            yield number, record.source


def _read(
    store: StoreReader, record: DocumentRecord, side: str
) -> tuple[Document, list[EmbeddedChunk]]:
    document = store.document(record.id)
    chunks = store.embedded(record.id)
    if document is None or len(chunks) != record.chunks:
        raise StoreError(
            f"{record.source} changed in {side} meanwhile; migrate again once nobody writes",
            service="store",
            retryable=True,
        )
    return document, chunks


def _verified(
    origin: Store, target: Store, records: Sequence[DocumentRecord], progress: Progress
) -> str:
    """The hash of the contents. Raises ``StoreError`` where the sides differ."""
    expected, found = origin.info(), target.info()
    if (found.documents, found.chunks) != (expected.documents, expected.chunks):
        raise StoreError(
            f"the target holds {found.documents:,} documents with {found.chunks:,} chunks, the "
            f"origin {expected.documents:,} with {expected.chunks:,}; migrate again once nobody "
            "writes",
            service="store",
        )
    whole = hashlib.sha256()
    for number, record in enumerate(records, 1):
        document, chunks = _read(origin, record, "the origin")
        copy, copies = _read(target, record, "the target")
        digest = document_hash(document, chunks)
        if digest != document_hash(copy, copies) or not same_vectors(chunks, copies):
            raise StoreError(
                f"{record.source} is not the same in the target; delete it there and migrate again",
                service="store",
            )
        whole.update(digest.encode())
        progress(number, len(records), f"compare {record.source}")
    return whole.hexdigest()


def _silent(done: int, total: int, source: str) -> None:
    """Nobody wants to know."""
