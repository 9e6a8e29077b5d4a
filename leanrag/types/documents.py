"""Documents on their way into the store: elements, chunks, and what an ingest reports."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from leanrag.types.plain import Metadata, Span

ChunkKind: TypeAlias = Literal["prose", "table", "code", "list", "entry", "turn"]
ElementKind: TypeAlias = Literal["heading", "prose", "table", "code", "list_item", "entry", "turn"]


@dataclass(frozen=True, slots=True)
class Element:
    """One structural piece of a parsed document, in reading order.

    ``level`` is the heading depth from 1, or the nesting depth of a list item from 0. For a
    table, ``text`` has one row a line and ``head_rows`` says how many of them are column heads.
    ``depth`` is the number of entries (a signature or a term with its description) around the
    piece: an entry of depth 0 is described by the pieces of depth 1 and more that follow it.
    A ``turn`` is what one speaker says, the name in front. A table that ``continues`` goes on
    from the one before it, on another page, under the same column heads.
    """

    kind: ElementKind
    text: str
    level: int = 0
    page: int | None = None
    head_rows: int = 0
    depth: int = 0
    continues: bool = False


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of one file: boilerplate gone, structure kept.

    ``metadata`` is what the author declares as such (front matter); ``properties`` is what the
    file says of itself besides (HTML meta, office properties, mail headers), which what the
    caller gives goes before. ``warnings`` say what of the file could not be read or kept,
    without its source.
    """

    title: str
    elements: tuple[Element, ...]
    metadata: Metadata = field(default_factory=dict)
    language: str | None = None
    properties: Metadata = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """An element placed in the canonical text: ``canonical[span[0]:span[1]]``.

    ``headings`` is the path of the section that the block stands in, outermost first, without
    the document's title; a heading block's own text is the last entry of its path. ``head`` is
    where the column heads stand of a table that goes on from another block.
    """

    kind: ElementKind
    span: Span
    headings: tuple[str, ...] = ()
    level: int = 0
    page: int | None = None
    head_rows: int = 0
    depth: int = 0
    head: Span | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A document as stored. All offsets anywhere are code points into ``text``.

    ``fingerprint`` is opaque to the store: ingest recognises an unchanged input by it.
    ``sketch`` tells how alike two texts are, see ``leanrag.text.sketch``. ``origin`` is the root
    that a file was found below and its path there: files of one source may have several. A
    document that has none is known by its source alone.
    """

    id: str
    source: str
    title: str
    text: str
    content_hash: str
    metadata: Metadata = field(default_factory=dict)
    language: str = "en"
    ingested_at: str = ""
    generation: int = 0
    fingerprint: str = ""
    sketch: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What the store knows of a document without reading its text."""

    id: str
    source: str
    content_hash: str
    metadata: Metadata
    generation: int
    chunks: int
    tokens: int
    fingerprint: str = ""
    sketch: str = ""
    origin: str = ""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A logical piece of one document: ``text == canonical[span[0]:span[1]]``.

    ``sentences`` are absolute spans, in order, that tile the body: each runs up to the start of
    the next, white space included. The body starts at the first sentence; what stands before it
    in the span are the headings, which are also in ``headings`` (but for the document's title).
    A chunk that begins inside an entry has the entry's name at the end of its ``headings``.
    ``lead`` (the sentence that introduces a list, table or code, or a table's caption) and
    ``table_head`` may lie outside the span. ``page`` counts from 1, ``tokens`` are those of the
    embedding model for the text as embedded.
    """

    id: str
    document_id: str
    ordinal: int
    kind: ChunkKind
    headings: tuple[str, ...]
    span: Span
    text: str
    sentences: tuple[Span, ...]
    lead: Span | None = None
    table_head: Span | None = None
    page: int | None = None
    language: str = "en"
    tokens: int = 0
    metadata: Metadata = field(default_factory=dict)

    @property
    def body(self) -> str:
        """The text without the headings in front of it."""
        if not self.sentences:
            return self.text
        return self.text[self.sentences[0][0] - self.span[0] :]


@dataclass(frozen=True, slots=True)
class EmbeddedChunk:
    """A chunk with its dense vector (unit length) and its BM25 term counts by term id."""

    chunk: Chunk
    vector: Sequence[float]
    terms: Mapping[int, int]


@dataclass(frozen=True, slots=True)
class IngestFailure:
    """A document that was left out, and why."""

    source: str
    error: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What an ingest did. Counts are documents; ``tokens`` those of the chunks written.

    ``skipped`` are the sources that hold nothing but links or a form, which is no failure;
    ``deleted_sources`` those of every document that was deleted, for whatever reason.
    """

    added: int = 0
    updated: int = 0
    unchanged: int = 0
    deleted: int = 0
    chunks: int = 0
    tokens: int = 0
    seconds: float = 0.0
    failures: tuple[IngestFailure, ...] = ()
    warnings: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()
    deleted_sources: tuple[str, ...] = ()

    @property
    def failed(self) -> int:
        """How many documents were left out."""
        return len(self.failures)
