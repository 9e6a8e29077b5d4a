"""The frozen values that travel between the stages.

The module is long because it is the one place where all of them stand; it holds no logic of any
stage.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, TypeAlias
from uuid import uuid4

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Span: TypeAlias = tuple[int, int]
"""Half-open range of code points, ``text[start:end]``."""

Scalar: TypeAlias = str | int | float | bool
MetadataValue: TypeAlias = Scalar | Sequence[Scalar]
Metadata: TypeAlias = Mapping[str, MetadataValue]
Message: TypeAlias = Mapping[str, Any]
"""A chat message in the OpenAI form: at least ``role`` and ``content``."""

FieldType: TypeAlias = Literal["text", "integer", "number", "boolean", "date"]
ChunkKind: TypeAlias = Literal["prose", "table", "code", "list", "entry", "turn"]
ElementKind: TypeAlias = Literal["heading", "prose", "table", "code", "list_item", "entry", "turn"]


# ── ingest ──────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Element:
    """One structural piece of a parsed document, in reading order.

    ``level`` is the heading depth from 1, or the nesting depth of a list item from 0. For a
    table, ``text`` has one row a line and ``head_rows`` says how many of them are column heads.
    ``depth`` is the number of entries (a signature or a term with its description) around the
    piece: an entry of depth 0 is described by the pieces of depth 1 and more that follow it.
    A ``turn`` is what one speaker says, the name in front.
    """

    kind: ElementKind
    text: str
    level: int = 0
    page: int | None = None
    head_rows: int = 0
    depth: int = 0


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """What a parser makes of one file: boilerplate gone, structure kept.

    ``metadata`` is what the author declares as such (front matter); ``properties`` is what the
    file says of itself besides (HTML meta, office properties, mail headers), which what the
    caller gives goes before.
    """

    title: str
    elements: tuple[Element, ...]
    metadata: Metadata = field(default_factory=dict)
    language: str | None = None
    properties: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Block:
    """An element placed in the canonical text: ``canonical[span[0]:span[1]]``.

    ``headings`` is the path of the section that the block stands in, outermost first, without
    the document's title; a heading block's own text is the last entry of its path.
    """

    kind: ElementKind
    span: Span
    headings: tuple[str, ...] = ()
    level: int = 0
    page: int | None = None
    head_rows: int = 0
    depth: int = 0


@dataclass(frozen=True, slots=True)
class Document:
    """A document as stored. All offsets anywhere are code points into ``text``.

    ``fingerprint`` is opaque to the store: ingest recognises an unchanged input by it.
    ``sketch`` tells how alike two texts are, see ``leanrag.text.sketch``.
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

    ``skipped`` are the sources that hold nothing but links or a form, which is no failure.
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

    @property
    def failed(self) -> int:
        """How many documents were left out."""
        return len(self.failures)


# ── filters ─────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Match:
    """The field has one of the values (a list field: holds one of them)."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies between the bounds; numbers, or dates as ISO 8601 text."""

    field: str
    gt: float | str | None = None
    gte: float | str | None = None
    lt: float | str | None = None
    lte: float | str | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there (``present``) or missing."""

    field: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text field starts with ``value``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """The inner filter does not match."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple["Filter", ...]


Filter: TypeAlias = Match | Range | Exists | Prefix | Not | And | Or


# ── query ───────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Judged:
    """What a selector thinks of a passage; all values are logits on one scale.

    ``relevance`` is the passage's as a whole; ``sentences``, one a sentence, include it. Minus
    infinity stands for a text without words. ``prior`` is what was known of the passage before,
    0 to 1.
    """

    relevance: float
    sentences: "NDArray[np.float64]"
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Passage:
    """A text to select from. ``sentences`` tile ``text``; offsets are into ``text``.

    ``label`` is what a reader sees in front of it (title and heading path), ``score`` its
    relevance as a whole and ``judged`` what a selector said of it, where known.
    """

    id: str
    text: str
    sentences: tuple[Span, ...]
    label: str = ""
    language: str = "en"
    score: float | None = None
    judged: Judged | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Word:
    """A word, mark or unspaced character of a text, ``text[start:end]``.

    ``keep`` in 0..1 says how much it matters to what the text says; white space is no word.
    """

    start: int
    end: int
    keep: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found. ``score`` orders hits; ``dense`` (cosine) and ``lexical`` (BM25) stay raw.

    ``judged`` is what a selector said of the chunk while it reranked.
    """

    chunk: Chunk
    source: str
    title: str
    score: float
    dense: float | None = None
    lexical: float | None = None
    judged: Judged | None = field(default=None, compare=False, repr=False)

    @property
    def id(self) -> str:
        """The chunk's id, which also breaks ties."""
        return self.chunk.id

    @property
    def text(self) -> str:
        """The chunk's text."""
        return self.chunk.text

    @property
    def headings(self) -> tuple[str, ...]:
        """The path of the section that the chunk stands in."""
        return self.chunk.headings

    @property
    def page(self) -> int | None:
        """The page, from 1, where the document has pages."""
        return self.chunk.page

    @property
    def metadata(self) -> Metadata:
        """The metadata of the chunk's document."""
        return self.chunk.metadata

    @property
    def passage(self) -> Passage:
        """The chunk as a text to select from."""
        chunk = self.chunk
        start = chunk.span[0]
        return Passage(
            id=chunk.id,
            text=chunk.text,
            sentences=tuple((a - start, b - start) for a, b in chunk.sentences),
            label=" > ".join([self.title, *chunk.headings]),
            language=chunk.language,
            score=self.score,
            judged=self.judged,
        )


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """One hybrid search: unit dense vector, query term weights by term id, filter, list length.

    A term of the question weighs as often as the question says it; what is carried over from
    earlier turns weighs less. ``exact`` compares the vector with that of every chunk instead of
    following the engine's graph: slow in large collections, it shows what the graph misses.
    """

    dense: Sequence[float] | None
    terms: Mapping[int, float]
    where: Filter | None = None
    limit: int = 50
    exact: bool = False


@dataclass(frozen=True, slots=True)
class SearchResult:
    """The two ranked lists of one search, best first, each with raw scores."""

    dense: tuple[Hit, ...]
    lexical: tuple[Hit, ...]


@dataclass(frozen=True, slots=True)
class Source:
    """A piece of evidence in the prompt: ``text == "".join(canonical[a:b] for a, b in spans)``."""

    id: str
    source: str
    title: str
    headings: tuple[str, ...]
    page: int | None
    score: float
    text: str
    spans: tuple[Span, ...]
    metadata: Metadata = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TraceEntry:
    """What one stage did. ``dropped`` counts what was left out by reason."""

    stage: str
    items_in: int
    items_out: int
    tokens_in: int
    tokens_out: int
    seconds: float
    dropped: Mapping[str, int] = field(default_factory=dict)
    note: str = ""


class Tokens(dict[str, Any]):
    """Token counts by name, readable as ``tokens["out"]`` and as ``tokens.out``."""

    def __getattr__(self, name: str) -> Any:
        try:
            return self[name]
        except KeyError:
            raise AttributeError(name) from None


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that fits: ``tokens.prompt <= tokens.budget``, counted on ``messages``.

    The mark of the source at position n is ``[{mark_prefix}{n + 1}]``. Where masking is on,
    ``masks`` has the value of each stand-in in ``messages``; it stays on this side.
    """

    question: str
    messages: tuple[dict[str, Any], ...]
    tokens: Tokens
    sources: tuple[Source, ...]
    trace: tuple[TraceEntry, ...]
    mark_prefix: str = ""
    masks: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class KeptText:
    """What was kept of one input text: ``text == "".join(input[a:b] for a, b in spans)``."""

    id: str
    text: str
    spans: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Compressed:
    """The kept texts in input order, empty ones left out; ``tokens`` has in, out and budget."""

    texts: tuple[KeptText, ...]
    tokens: Tokens
    trace: tuple[TraceEntry, ...]


@dataclass(frozen=True, slots=True)
class Condensed:
    """A history that fits its budget.

    ``kept_ids`` are turns of which at least one whole sentence stands verbatim in ``messages``;
    ``covered_ids`` are turns that only a summary cites.
    """

    messages: tuple[dict[str, Any], ...]
    kept_ids: tuple[str, ...]
    covered_ids: tuple[str, ...]
    tokens: Tokens
    trace: tuple[TraceEntry, ...]


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Documents of nearly the same text; ``similarity`` (0 to 1) is that of the least alike."""

    sources: tuple[str, ...]
    similarity: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Groups of documents with the same text, by source, and of those with nearly the same."""

    copies: tuple[tuple[str, ...], ...] = ()
    near: tuple[NearDuplicates, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeWith:
    """The embedding model of a collection: name, variant and length of its vectors.

    Where it says what a collection is to have, None is satisfied by anything.
    """

    model: str | None = None
    variant: str | None = None
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """Figures of one collection; ``bytes`` on disk, 0 where the engine does not tell."""

    documents: int
    chunks: int
    tokens: int
    fields: Mapping[str, FieldType]
    model: str
    engine: str
    bytes: int


# ── conversations ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class StoredTurn:
    """One message of a stored conversation. ``position`` counts from 0, in the order of adding.

    ``time`` is when it was said, as given or as the clock showed it; the order does not depend on
    it. ``tokens`` are those of its text.
    """

    position: int
    id: str
    role: str
    time: str
    tokens: int
    message: Message


@dataclass(frozen=True, slots=True)
class IndexedTurn:
    """What a stored turn is found by: its term counts by term id, and keys of its vectors."""

    position: int
    terms: Mapping[int, int]
    vectors: tuple[bytes, ...]


FactKind: TypeAlias = Literal["name", "number", "date", "decision", "preference", "question"]


@dataclass(frozen=True, slots=True)
class Fact:
    """A short statement out of one turn. A newer one of the same subject supersedes it.

    ``subject`` is a normalised key; ``superseded_by`` the id of the turn that says otherwise or
    answers it, empty while the fact holds.
    """

    kind: FactKind
    subject: str
    statement: str
    turn_id: str
    position: int
    time: str = ""
    speaker: str = ""
    superseded_by: str = ""


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A statement of a summary; ``turn_id`` says where it is from, empty where a model wrote it."""

    text: str
    turn_id: str = ""


@dataclass(frozen=True, slots=True)
class Summary:
    """A summary of the turns from ``start`` to before ``end`` by position.

    ``level`` 1 covers turns, each level above several of the level below, and 0 is the whole
    conversation so far. ``maker`` is ``extractive`` or the model's name; ``note`` says why another
    maker stepped in.
    """

    level: int
    start: int
    end: int
    lines: tuple[SummaryLine, ...]
    turn_ids: tuple[str, ...]
    tokens: int
    maker: str = "extractive"
    note: str = ""

    @property
    def text(self) -> str:
        """The statements, one a line."""
        return "\n".join(line.text for line in self.lines)

    def __str__(self) -> str:
        return self.text


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """Figures of a stored conversation; ``first`` and ``last`` are the times of its ends."""

    id: str
    tenant: str
    turns: int
    tokens: int
    first: str = ""
    last: str = ""


# ── asking a model ──────────────────────────────────────────────────────────────────────────────

Purpose: TypeAlias = Literal["answer", "summary", "rewrite", "evaluation"]
"""What a call to a model is for; all but ``answer`` are leanrag's own."""


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of a call as the endpoint counts them.

    ``cached_tokens`` are the part of ``input_tokens`` that the endpoint had in its prompt cache;
    ``reasoning_tokens`` the part of ``output_tokens`` that no reader sees.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    reasoning_tokens: int = 0

    @property
    def uncached_tokens(self) -> int:
        """The input tokens that are paid in full."""
        return self.input_tokens - self.cached_tokens


@dataclass(frozen=True, slots=True)
class CallLabel:
    """Whom a call to a model is made for: what costs are told apart by, and budgets kept by."""

    tenant: str = ""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of an answer as it comes in."""

    text: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A model's whole answer.

    ``usage`` is None where the endpoint tells none. ``finish_reason`` is the endpoint's own, such
    as ``stop`` or ``length``; ``model`` the model that it says has answered; ``attempts`` how
    often it was asked.
    """

    text: str
    usage: Usage | None = None
    finish_reason: str = "stop"
    model: str = ""
    attempts: int = 1


@dataclass(frozen=True, slots=True)
class ModelCall:
    """One call to a model, as a recorder is told of it, whether it was answered or not.

    ``id`` is the same in the pending call and in the ended one, so that what was set aside for it
    is settled: make one from the other by ``dataclasses.replace``. ``at`` is the start in UTC as
    ISO 8601. ``prompt_tokens`` is leanrag's own count of what was sent and ``baseline_tokens``
    what would have been sent without leanrag (whole retrieved chunks, full history), 0 where that
    has no meaning. ``stages`` is the prompt's trace, which has the tokens before and after each
    stage. ``usage`` is the endpoint's count, None where it tells none; ``error`` the name of the
    error's class, empty where the call was answered. ``pending`` marks a call that is about to be
    made: then there is no usage yet and ``max_output_tokens`` bounds what it may cost.
    """

    purpose: Purpose
    model: str
    at: str
    service: str = ""
    prompt_tokens: int = 0
    baseline_tokens: int = 0
    max_output_tokens: int = 0
    stages: tuple[TraceEntry, ...] = ()
    usage: Usage | None = None
    seconds: float = 0.0
    attempts: int = 1
    finish_reason: str = ""
    error: str = ""
    tenant: str = ""
    tags: tuple[str, ...] = ()
    pending: bool = False
    id: str = field(default_factory=lambda: uuid4().hex)


@dataclass(frozen=True, slots=True)
class Citation:
    """A mark in an answer that stands for a source of its prompt.

    ``span`` is where the mark stands in the answer's text. ``number`` is the source's, from 1;
    ``source`` the piece of evidence with its source, page, spans and text.
    """

    number: int
    span: Span
    source: Source


@dataclass(frozen=True, slots=True)
class Answer:
    """What the model answered, with every citation resolved against the prompt's sources.

    ``unknown_marks`` are marks in the text for which the prompt has no source. ``called`` is
    false where no model was asked, since the store holds nothing for the question.
    ``baseline_tokens`` are those that whole chunks and the full history would have needed.
    """

    text: str
    citations: tuple[Citation, ...]
    prompt: Prompt
    usage: Usage | None
    finish_reason: str
    trace: tuple[TraceEntry, ...]
    model: str = ""
    unknown_marks: tuple[str, ...] = ()
    called: bool = True
    baseline_tokens: int = 0

    @property
    def cited(self) -> tuple[Source, ...]:
        """The sources that the text cites, each once, in the order of their marks."""
        found = {citation.number: citation.source for citation in self.citations}
        return tuple(found[number] for number in sorted(found))


# ── the ledger ──────────────────────────────────────────────────────────────────────────────────

NANO: int = 1_000_000_000
"""Money is kept in billionths of a US dollar, as whole numbers."""


@dataclass(frozen=True, slots=True)
class Price:
    """What some tokens cost, in billionths of a US dollar; ``source`` says by which list."""

    input: int
    output: int
    source: str


@dataclass(frozen=True, slots=True)
class StageFigures:
    """What a stage of a prompt did, in figures."""

    stage: str
    items_in: int
    items_out: int
    tokens_in: int
    tokens_out: int
    seconds: float


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A call as the ledger keeps it: figures and labels, no text of question, document or answer.

    ``reported`` is whether the endpoint itself counted the tokens; else they are leanrag's count.
    ``cost`` is input and output together and ``baseline_cost`` what the input would have cost
    without leanrag, in billionths of a US dollar; None where the price is not known.
    ``price_source`` says who set the price.
    """

    id: str
    at: str
    purpose: str
    model: str
    service: str = ""
    tenant: str = ""
    tags: tuple[str, ...] = ()
    prompt_tokens: int = 0
    baseline_tokens: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    reported: bool = False
    cost: int | None = None
    input_cost: int | None = None
    baseline_cost: int | None = None
    price_source: str = ""
    seconds: float = 0.0
    attempts: int = 1
    finish_reason: str = ""
    error: str = ""
    stages: tuple[StageFigures, ...] = ()

    @property
    def day(self) -> str:
        """The day of the call in UTC, as ``YYYY-MM-DD``."""
        return self.at[:10]


@dataclass(frozen=True, slots=True)
class LedgerQuery:
    """Which entries are wanted; days are ``YYYY-MM-DD`` in UTC, both ends included."""

    since: str = ""
    until: str = ""
    tenant: str | None = None
    tag: str | None = None
