"""Groups the blocks of a document into sections: heading lines, and the body below them."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from leanrag.types import Block


@dataclass(frozen=True, slots=True)
class Section:
    """Body blocks under one heading path. ``start`` is where its first chunk begins: at the
    heading lines, which the body does not include."""

    start: int
    headings: tuple[str, ...]
    body: tuple[Block, ...]


def split_sections(blocks: Sequence[Block]) -> list[Section]:
    """The sections in order; each block stands in one of them.

    A heading without a body of its own goes to the first section below it, the document's title
    to the first section at all. One that nothing below it can take is a section of which it is
    the body.
    """
    sections: list[Section] = []
    waiting: list[Block] = []
    body: list[Block] = []

    def close() -> None:
        if body:
            start = waiting[0].span[0] if waiting else body[0].span[0]
            sections.append(Section(start, body[0].headings, tuple(body)))
            waiting.clear()
            body.clear()

    for block in blocks:
        if block.kind == "heading":
            close()
            while waiting and not _takes(waiting[-1], block.headings):
                sections.append(_bare(waiting))
                waiting.clear()
            waiting.append(block)
            continue
        if body and block.headings != body[-1].headings:
            close()
        body.append(block)
    close()
    if waiting:
        sections.append(_bare(waiting))
    return sections


def _takes(heading: Block, path: tuple[str, ...]) -> bool:
    """Whether what stands under ``path`` stands below ``heading``; all does below the title."""
    own = heading.headings
    return path[: len(own)] == own


def _bare(headings: Sequence[Block]) -> Section:
    """The last of ``headings`` as a section whose body is the heading itself."""
    last = headings[-1]
    body = replace(last, kind="prose")
    return Section(headings[0].span[0], last.headings[:-1], (body,))
