"""One ingest at work: parses what changed, cuts, embeds and writes it in windows.

Documents are written some hundred chunks at a time, each document whole: whatever ends the
process, a document is in the store as it was or as it is now.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from leanrag.errors import DocumentError, InputError
from leanrag.ingest import fingerprint as prints
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.describe import Beside, Describer
from leanrag.ingest.embed_once import EmbedOnce
from leanrag.ingest.fingerprint import Fingerprint
from leanrag.ingest.known import Known
from leanrag.ingest.load import SourceFile, SourceText
from leanrag.ingest.parse_pool import Limits, Parsed, parse_in_order
from leanrag.ingest.stored_vectors import Known as Vectors
from leanrag.ingest.stored_vectors import StoredVectors, Wanted
from leanrag.ingest.tally import Tally
from leanrag.ingest.unchanged import holds, holds_chunks, same_age
from leanrag.protocols import DocumentStore, Embedder, Parser
from leanrag.text.bm25 import term_counts
from leanrag.text.hashing import content_hash
from leanrag.text.languages import detect_language
from leanrag.text.sketch import sketch
from leanrag.text.terms import terms
from leanrag.types import (
    Block,
    Chunk,
    Document,
    DocumentRecord,
    EmbeddedChunk,
    Metadata,
    ParsedDocument,
)

WINDOW = 512
"""Chunks that are embedded and written at a time; a longer document is written alone."""


@dataclass(frozen=True, slots=True)
class Work:
    """A document that has to be parsed; ``record`` is what the store holds under its source."""

    item: SourceFile | SourceText
    fingerprint: Fingerprint
    record: DocumentRecord | None
    beside: Beside


@dataclass(frozen=True, slots=True)
class _Cut:
    """A document cut into chunks, with the texts to embed and the vectors known of them."""

    document: Document
    chunks: list[Chunk]
    texts: list[str]
    known: Vectors
    replaces: bool


class Run:
    """Takes documents in, one call of ``Ingestor.run`` long."""

    def __init__(
        self,
        store: DocumentStore,
        embedder: Embedder,
        *,
        parser: Parser,
        chunker: Chunker,
        recipe: str,
    ) -> None:
        self._store = store
        self._stored = StoredVectors(store, chunker, ())
        self._vectors = EmbedOnce(embedder)
        self._parser = parser
        self._chunker = chunker
        self._recipe = recipe
        self._describer = Describer()
        self._limits = Limits()
        self._known = Known()
        self._tally = Tally(0)
        self._window: list[_Cut] = []

    def start(
        self,
        tally: Tally,
        describer: Describer,
        *,
        limits: Limits,
        known: Known,
    ) -> None:
        """Begins to count in ``tally``; ``describer`` puts metadata together.

        ``known`` are the documents of the store.
        """
        self._known = known
        self._tally = tally
        self._describer = describer
        self._limits = limits
        self._stored = StoredVectors(self._store, self._chunker, known.records)

    def changed(
        self, item: SourceFile | SourceText, record: DocumentRecord | None, *, typed: str
    ) -> Work | None:
        """The work that a document needs; None where its bytes did not change.

        Metadata that was given anew is stored at once, since that needs no parsing. ``typed`` is
        the path as given now, which the stored document's source may differ from.
        """
        try:
            beside = self._describer.beside(item, typed)
        except DocumentError as error:
            self._tally.failed_one(error)
            return None
        now = _fingerprint(item, self._recipe)
        known = Fingerprint.read(record.fingerprint) if record is not None else None
        if record is None or known is None or not now.same_input(known):
            return Work(item, now, record, beside)
        if isinstance(item, SourceText):
            known = replace(known, declared=item.metadata)
        self._keep(record, known, self._describer.merged(known, beside))
        return None

    def process(self, work: Sequence[Work], workers: int | None) -> None:
        """Parses, cuts, embeds and writes, in order."""
        files = [item for one in work if isinstance(item := one.item, SourceFile)]
        count = 1 if workers is None else workers
        if work:
            self._tally.begin(work[0].item.source)
        parsed = parse_in_order(files, self._parser, workers=count, limits=self._limits)
        try:
            for one in work:
                item = one.item
                if isinstance(item, SourceFile):
                    one, result = self._settled(one, next(parsed), item, workers=count)
                else:
                    result = self._parse_text(item)
                try:
                    self._take(one, result)
                except DocumentError as error:
                    self._tally.failed_one(error)
            self._flush()
        finally:
            parsed.close()

    def _settled(
        self, work: Work, parsed: Parsed, file: SourceFile, *, workers: int
    ) -> tuple[Work, Parsed]:
        """A parsed file with the fingerprint of just the bytes that were parsed.

        The file may be another since its fingerprint was taken; then it is read once more.
        """
        before = prints.digest_of(file.path)
        if before == work.fingerprint.digest:
            return work, parsed
        again = list(
            parse_in_order([file], self._parser, workers=min(workers, 1), limits=self._limits)
        )
        work = replace(work, fingerprint=replace(work.fingerprint, digest=before))
        if prints.digest_of(file.path) != before:
            return work, DocumentError(file.source, "changes while it is read; read it again later")
        return work, again[0]

    def _parse_text(self, item: SourceText) -> Parsed:
        try:
            parsed = self._parser.parse_text(item.text, item.source)
        except DocumentError as error:
            return error
        return replace(parsed, title=item.title or parsed.title, metadata=item.metadata)

    def _take(self, work: Work, parsed: Parsed) -> None:
        """Cuts a parsed document and puts it into the window."""
        source = work.item.source
        if isinstance(parsed, DocumentError):
            raise parsed
        self._tally.warned(source, parsed.warnings)
        if not parsed.elements:
            if work.record is not None:
                self._store.delete([work.record.id])
                self._tally.deleted_one(work.record.source)
            self._tally.skipped_one(source)
            return
        now = same_age(self._describer.own(work.item, work.fingerprint, parsed), work.record)
        metadata = self._describer.merged(now, work.beside)
        document, blocks = self._draft(work, parsed)
        if work.record is not None and holds(self._store, work.record, document, self._recipe):
            self._keep(work.record, now, metadata)
            return
        document = replace(document, metadata=metadata, fingerprint=now.write())
        chunks = self._chunker.chunk(document, blocks)
        if not chunks:
            raise DocumentError(source, "holds no text")
        if work.record is not None and holds_chunks(
            self._store, work.record, document, now, chunks
        ):
            self._keep(work.record, now, metadata)
            return
        texts = [self._chunker.embedding_text(document.title, chunk) for chunk in chunks]
        known = self._stored.find(Wanted(document, chunks, texts, now, work.record))
        waiting = sum(len(one.chunks) for one in self._window)
        if waiting + len(chunks) > WINDOW:
            self._flush()
        self._window.append(_Cut(document, chunks, texts, known, work.record is not None))

    def _draft(self, work: Work, parsed: ParsedDocument) -> tuple[Document, tuple[Block, ...]]:
        """The document without its metadata, and the blocks of its text."""
        text, blocks = assemble(parsed)
        digest = content_hash(text)
        document = Document(
            id=self._known.id_of(work.item, digest, work.record),
            source=work.item.source,
            title=title_of(parsed),
            text=text,
            content_hash=digest,
            language=detect_language(text),
            ingested_at=datetime.now(UTC).isoformat(timespec="seconds"),
            sketch=sketch(text),
            origin=work.item.origin,
        )
        return document, blocks

    def _keep(self, record: DocumentRecord, known: Fingerprint, metadata: Metadata) -> None:
        """Leaves a stored document as it is, but for its metadata and fingerprint."""
        same = prints.same(metadata, record.metadata)
        fingerprint = known.write()
        if same and fingerprint == record.fingerprint:
            self._tally.unchanged_one(record.source)
            return
        try:
            self._store.update_metadata(record.id, metadata, fingerprint)
        except InputError as error:
            self._tally.failed_one(DocumentError(record.source, str(error)))
            return
        if same:
            self._tally.unchanged_one(record.source)
        else:
            self._tally.updated_one(record.source)

    def _flush(self) -> None:
        """Embeds and writes the documents of the window."""
        window, self._window = self._window, []
        if not window:
            return
        batch = self._embed(window)
        try:
            self._store.write(batch)
            refused: dict[str, DocumentError] = {}
        except DocumentError as error:
            refused = self._write_each(batch) if len(batch) > 1 else {batch[0][0].id: error}
        for one in window:
            error_of = refused.get(one.document.id)
            if error_of is None:
                self._tally.written_one(one.document.source, one.chunks, replaces=one.replaces)
            else:
                self._tally.failed_one(error_of)

    def _write_each(
        self, batch: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]
    ) -> dict[str, DocumentError]:
        """Writes the documents one by one, after the store refused one; the errors by id."""
        refused: dict[str, DocumentError] = {}
        for document, chunks in batch:
            try:
                self._store.write([(document, chunks)])
            except DocumentError as error:
                refused[document.id] = error
        return refused

    def _embed(self, window: Sequence[_Cut]) -> list[tuple[Document, list[EmbeddedChunk]]]:
        missing = [text for one in window for text in one.texts if text not in one.known]
        vectors = iter(self._vectors.embed(missing))
        return [
            (
                one.document,
                [
                    EmbeddedChunk(
                        chunk,
                        one.known[text] if text in one.known else next(vectors),
                        term_counts(terms(text, chunk.language)),
                    )
                    for chunk, text in zip(one.chunks, one.texts, strict=True)
                ],
            )
            for one in window
        ]


def _fingerprint(item: SourceFile | SourceText, recipe: str) -> Fingerprint:
    if isinstance(item, SourceText):
        return Fingerprint(prints.TEXT, content_hash(json.dumps([item.text, item.title])), recipe)
    # Of a file that cannot be read, the parser will say why.
    return Fingerprint(prints.FILE, prints.digest_of(item.path), recipe)
