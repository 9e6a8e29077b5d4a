"""The context of hits: the rest of a section that was mostly found, and the chunks beside a hit.

``completed`` adds what is missing, ``joined`` makes one hit of chunks that follow each other, so
that their text goes forward once, under one heading.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from itertools import groupby

from leanrag.types import Chunk, Hit

FEWEST = 2
"""Hits that a section needs before the rest of it goes along."""
MOST_ADDED = 4
"""Chunks that are added to one section at most; a long section is not completed."""
FIRST = 3
"""Hits whose neighbours go along."""

ChunksOf = Callable[[str], Sequence[Chunk]]
"""The chunks of a document by its id, in order, those that the question's filter lets pass."""


def completed(
    hits: Sequence[Hit], chunks_of: ChunksOf, *, share: float, neighbours: int
) -> list[Hit]:
    """The hits with what their sections lack and with their neighbours, each chunk once.

    An added chunk stands behind the hit that brought it in, with that hit's prior as its score,
    unread and without scores of its own.

    Args:
        hits: best first.
        chunks_of: reads a document's chunks.
        share: of a section's chunks among the hits from which the others are added.
        neighbours: chunks before and behind each of the first hits that are added.
    """
    behind: dict[str, list[Hit]] = {}
    taken = {hit.id for hit in hits}
    by_document = _by_document(hits)
    near = {hit.id for hit in hits[:FIRST]} if neighbours else set()
    for document, found in by_document.items():
        sections = share <= 1 and len(found) >= FEWEST
        if not sections and not any(hit.id in near for hit in found):
            continue
        chunks = chunks_of(document)
        wanted = _missing(chunks, found, share) if sections else {}
        for hit in found:
            if hit.id in near:
                at = hit.chunk.ordinal
                beside = [c for c in chunks if 0 < abs(c.ordinal - at) <= neighbours]
                wanted.setdefault(hit.id, []).extend(beside)
        for hit in found:
            for chunk in wanted.get(hit.id, ()):
                if chunk.id not in taken:
                    taken.add(chunk.id)
                    behind.setdefault(hit.id, []).append(_beside(hit, chunk))
    return [one for hit in hits for one in (hit, *behind.get(hit.id, ()))]


def joined(hits: Sequence[Hit]) -> list[tuple[int, ...]]:
    """The places of hits whose chunks follow each other in one section, each group in order.

    Groups stand in the order of their best hit; a hit without such a neighbour is a group alone.
    """
    groups: list[list[int]] = []
    places: dict[str, list[int]] = {}
    for number, hit in enumerate(hits):
        places.setdefault(hit.chunk.document_id, []).append(number)
    for found in places.values():
        run: list[int] = []
        for place in sorted(found, key=lambda number: (hits[number].chunk.ordinal, number)):
            if run and not _follows(hits[run[-1]].chunk, hits[place].chunk):
                groups.append(run)
                run = []
            run.append(place)
        groups.append(run)
    return [tuple(group) for group in sorted(groups, key=min)]


def merged(hits: Sequence[Hit], text: str) -> Hit:
    """One hit of hits whose chunks follow each other, in the order of the document.

    The id, the scores and the page are those of the best one; the span runs from the first to
    the last, and the sentences are those of all.

    Args:
        hits: one group of ``joined``.
        text: the document's canonical text.
    """
    best = max(hits, key=lambda hit: (hit.score, hit.id))
    if len(hits) == 1:
        return best
    chunks = [hit.chunk for hit in hits]
    span = (chunks[0].span[0], chunks[-1].span[1])
    starts = [start for chunk in chunks for start, _ in chunk.sentences]
    ends = [*starts[1:], chunks[-1].sentences[-1][1]]
    whole = replace(
        best.chunk,
        span=span,
        text=text[slice(*span)],
        sentences=tuple(zip(starts, ends, strict=True)),
        lead=chunks[0].lead,
        table_head=chunks[0].table_head,
        tokens=sum(chunk.tokens for chunk in chunks),
    )
    return replace(best, chunk=whole, judged=None)


def _by_document(hits: Sequence[Hit]) -> Mapping[str, list[Hit]]:
    found: dict[str, list[Hit]] = {}
    for hit in hits:
        found.setdefault(hit.chunk.document_id, []).append(hit)
    return found


def _missing(chunks: Sequence[Chunk], found: Sequence[Hit], share: float) -> dict[str, list[Chunk]]:
    """What sections that are mostly found lack, by the best hit of each section."""
    ids = {hit.id for hit in found}
    wanted: dict[str, list[Chunk]] = {}
    for _, run in groupby(chunks, key=lambda chunk: chunk.headings):
        section = list(run)
        held = [chunk for chunk in section if chunk.id in ids]
        lacking = [chunk for chunk in section if chunk.id not in ids]
        enough = len(held) >= max(FEWEST, share * len(section))
        if enough and 0 < len(lacking) <= MOST_ADDED:
            inside = {chunk.id for chunk in held}
            best = next(hit for hit in found if hit.id in inside)
            wanted[best.id] = lacking
    return wanted


def _beside(hit: Hit, chunk: Chunk) -> Hit:
    prior = hit.judged.prior if hit.judged is not None else hit.score
    return Hit(chunk, hit.source, hit.title, prior)


def _follows(first: Chunk, second: Chunk) -> bool:
    """Whether the second chunk goes on where the first one ends."""
    return (
        second.ordinal == first.ordinal + 1
        and second.headings == first.headings
        and second.kind == first.kind
        and second.span[0] >= first.span[1]
        and second.table_head in (None, first.table_head)
        and bool(first.sentences and second.sentences)
    )
