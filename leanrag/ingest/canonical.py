"""Puts a parsed document into its canonical text, and says where each element stands in it."""

from leanrag.text.normalise import normalise
from leanrag.types import Block, Element, ElementKind, ParsedDocument, Span

_INDENT = "  "
_MAX_INDENTS = 8
_MAX_HEADING = 300
"""A longer heading is a paragraph that was marked up as one."""


def assemble(parsed: ParsedDocument) -> tuple[str, tuple[Block, ...]]:
    """The canonical text of a document and its blocks, in order.

    Elements are normalised and joined by blank lines; items of a list, turns of a talk, and an
    entry and its description, by line ends. Nested items and the further paragraphs of an item
    are indented. Headings are blocks of their own and give the blocks below them their heading
    path. The first heading, where it is the document's title, is left out of the paths, since the
    title goes with every chunk anyway.
    """
    parts: list[str] = []
    blocks: list[Block] = []
    path: list[tuple[int, str]] = []
    position = 0
    last: Element | None = None
    seen_heading = False
    head: Span | None = None
    for element in parsed.elements:
        text = _clean(element)
        if not text:
            continue
        kind: ElementKind = element.kind
        if kind == "heading":
            text = " ".join(text.split())
            if len(text) > _MAX_HEADING:
                kind = "prose"
        if kind == "heading":
            while path and path[-1][0] >= element.level:
                path.pop()
            if seen_heading or not _same(text, parsed.title):
                path.append((element.level, text))
            seen_heading = True
        joint = _joint(last, element) if last is not None else ""
        start = position + len(joint)
        position = start + len(text)
        parts += (joint, text)
        rows = min(element.head_rows, text.count("\n")) if kind == "table" else 0
        goes_on = kind == "table" and element.continues
        if not goes_on:
            head = (start, start + len("\n".join(text.split("\n")[:rows]))) if rows else None
        blocks.append(
            Block(
                kind,
                (start, position),
                tuple(heading for _, heading in path),
                level=element.level,
                page=element.page,
                head_rows=rows,
                depth=element.depth,
                head=head if goes_on else None,
            )
        )
        last = element
    return "".join(parts), tuple(blocks)


def title_of(parsed: ParsedDocument) -> str:
    """The document's title in canonical form, on one line."""
    return " ".join(normalise(parsed.title).split())


def _clean(element: Element) -> str:
    text = normalise(element.text)
    lines = [line.rstrip() for line in text.split("\n")]
    if element.kind == "table":
        lines = [line for line in lines if line]
    while lines and not lines[0]:
        del lines[0]
    while lines and not lines[-1]:
        lines.pop()
    if element.kind == "list_item":
        indent = _INDENT * (min(element.level, _MAX_INDENTS) + 1)
        return f"\n{indent}".join(line.strip() for line in lines if line)
    text = "\n".join(lines)
    return text if element.kind == "code" else text.strip()


def _joint(before: Element, after: Element) -> str:
    if before.kind == after.kind == "list_item":
        return "\n" + _INDENT * min(after.level, _MAX_INDENTS)
    if before.kind == after.kind == "turn":
        return "\n"
    described = before.kind == "entry" and after.depth > before.depth and after.kind == "prose"
    return "\n" if described else "\n\n"


def _same(heading: str, title: str) -> bool:
    return heading.casefold() == " ".join(normalise(title).split()).casefold()
