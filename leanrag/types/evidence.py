"""Searches, what they find, and what a selector reads of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from leanrag.types.documents import Chunk
from leanrag.types.filters import Filter
from leanrag.types.plain import Metadata, Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Places:
    """Where in a passage an answer seems to stand: token by token, in order of the text.

    ``starts`` are offsets into the passage's text and ``logits`` how much each token looks like
    a part of an answer; both have shape (tokens,).
    """

    starts: "NDArray[np.int32]"
    logits: "NDArray[np.float32]"


@dataclass(frozen=True, slots=True)
class Judged:
    """What a selector thinks of a passage; all values are logits on one scale.

    ``relevance`` is the passage's as a whole; ``sentences``, one a sentence, include it. Minus
    infinity stands for a text without words. ``prior`` is what was known of the passage before,
    0 to 1. ``places`` are None where the selector says nothing below the sentence.
    """

    relevance: float
    sentences: "NDArray[np.float64]"
    prior: float = 0.0
    places: Places | None = None


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
