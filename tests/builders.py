"""Small values for tests."""

from leanrag.text.hashing import stable_id
from leanrag.text.sentences import split_sentences
from leanrag.types import Chunk, Hit, Span


def chunk(
    text: str,
    *,
    document: str = "",
    ordinal: int = 0,
    headings: tuple[str, ...] = (),
    lead: Span | None = None,
    table_head: Span | None = None,
    owner: str = "document",
) -> Chunk:
    """A chunk that stands behind ``document`` in its canonical text."""
    start = len(document)
    split = split_sentences(text) if "|" not in text else _lines(text)
    return Chunk(
        id=stable_id(owner, str(ordinal), text),
        document_id=stable_id(owner),
        ordinal=ordinal,
        kind="prose",
        headings=headings,
        span=(start, start + len(text)),
        text=text,
        sentences=tuple((a + start, b + start) for a, b in split),
        lead=lead,
        table_head=table_head,
        tokens=len(text.split()),
    )


def hit(
    text: str,
    *,
    source: str | None = None,
    title: str = "",
    score: float = 1.0,
    dense: float | None = None,
    lexical: float | None = None,
    **parts: object,
) -> Hit:
    """A hit on such a chunk, of a document of its own unless ``source`` names one."""
    name = source if source is not None else text
    found = chunk(text, owner=name, **parts)  # type: ignore[arg-type]
    return Hit(found, name, title, score, dense, lexical)


def _lines(text: str) -> list[Span]:
    spans, start = [], 0
    for line in text.splitlines(keepends=True):
        spans.append((start, start + len(line)))
        start += len(line)
    return spans
