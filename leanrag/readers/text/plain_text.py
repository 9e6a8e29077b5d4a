"""Plain text into elements: underlined headings, paragraphs, lists, code and definitions.

The structure is that of reStructuredText, which is how people lay out plain text anyway:
underlined (and overlined) headings, blank lines between paragraphs, indented literal blocks,
terms above an indented description. Markup inside a line stays as it is.
"""

from collections.abc import Sequence
from dataclasses import replace

from leanrag.readers.text import text_lines as shape
from leanrag.readers.text import text_tables
from leanrag.readers.text.text_lines import Line
from leanrag.types import Element, ElementKind

_MAX_NESTING = 8
_MAX_TAB = 8


def read(text: str) -> list[Element]:
    """The elements of a plain text: every word once, but for the names of directives."""
    return _Reader().read([_line(raw) for raw in text.splitlines()], depth=0, nesting=0)


def _line(raw: str) -> Line:
    text = raw.expandtabs(_MAX_TAB).rstrip()
    body = text.lstrip()
    return Line(len(text) - len(body), body)


class _Reader:
    """Reads blocks from the top; what is indented is dedented and read by the same rules."""

    def __init__(self) -> None:
        self.styles: list[str] = []
        self.literal = False

    def read(self, lines: Sequence[Line], *, depth: int, nesting: int) -> list[Element]:
        """The elements of ``lines``, within ``depth`` entries and ``nesting`` indentations."""
        if nesting > _MAX_NESTING:
            return _verbatim(lines, depth)
        out: list[Element] = []
        at = 0
        while at < len(lines):
            line = lines[at]
            literal, self.literal = self.literal, False
            if not line.text:
                at, self.literal = at + 1, literal
            elif line.indent and not shape.is_first_line_indent(lines, at):
                at = self._indented(lines, at, out, depth=depth, nesting=nesting, literal=literal)
            elif nesting == 0 and (style := shape.heading_style(lines, at)):
                at = self._heading(lines, at, out, style)
            elif shape.is_rule(line.text):
                end = shape.table_end(lines, at)
                table = text_tables.drawn(lines[at:end])
                out.extend(_placed(table, depth) or _verbatim(lines[at:end], depth))
                at = end
            elif shape.FENCE.match(line.text):
                end = shape.fence_end(lines, at)
                out.extend(_verbatim(lines[at + 1 : end - 1], depth))
                at = end
            elif line.text.startswith(".. "):
                at = self._directive(lines, at, out, depth=depth, nesting=nesting)
            elif shape.ADORNMENT.fullmatch(line.text):
                at += 1
            elif shape.BULLET.match(line.text):
                at = self._item(lines, at, out, depth=depth, nesting=nesting)
            else:
                at = self._paragraph(lines, at, out, depth)
        return out

    def _heading(self, lines: Sequence[Line], at: int, out: list[Element], style: str) -> int:
        if style not in self.styles:
            self.styles.append(style)
        overlined = len(style) > 1
        title = lines[at + 1 if overlined else at].text
        out.append(Element("heading", title, level=self.styles.index(style) + 1))
        return at + (3 if overlined else 2)

    def _paragraph(self, lines: Sequence[Line], at: int, out: list[Element], depth: int) -> int:
        end = shape.paragraph_end(lines, at)
        if shape.is_term(lines, at, end):
            end = next((n for n in range(at, end) if lines[n].indent), end)
            out.append(Element("entry", "\n".join(x.text for x in lines[at:end]), depth=depth))
            return end
        text = shape.join([line.text for line in lines[at:end]])
        self.literal = text.endswith("::")
        if self.literal:
            text = text[:-2].rstrip() if text.endswith(" ::") else text[:-1]
        if text not in ("", ":"):
            out.append(Element("prose", text, depth=depth))
        return end

    def _indented(
        self,
        lines: Sequence[Line],
        at: int,
        out: list[Element],
        *,
        depth: int,
        nesting: int,
        literal: bool,
    ) -> int:
        end = shape.block_end(lines, at)
        block = shape.dedent(lines[at:end])
        if literal or shape.looks_like_code(block):
            out.extend(_verbatim(block, depth))
            return end
        described = bool(out) and out[-1].kind == "entry"
        parts = self.read(block, depth=depth + described, nesting=nesting + 1)
        if parts and parts[0].kind == "prose" and out and shape.NOTE.fullmatch(out[-1].text):
            parts[0] = replace(parts[0], text=f"{out.pop().text} {parts[0].text}")
        out.extend(parts)
        return end

    def _item(
        self, lines: Sequence[Line], at: int, out: list[Element], *, depth: int, nesting: int
    ) -> int:
        """One list item: its first paragraph makes it, what follows inside it comes after."""
        marker, rest = shape.split_bullet(lines[at].text)
        end = shape.item_end(lines, at)
        column = len(lines[at].text) - len(rest)
        inner = [Line(0, rest)]
        inner += [Line(max(line.indent - column, 0), line.text) for line in lines[at + 1 : end]]
        parts = self.read(inner, depth=depth, nesting=nesting + 1)
        start = len(out)
        for part in parts:
            here = len(out) - start
            if part.kind == "list_item":
                out.append(replace(part, level=part.level + 1))
            elif part.kind == "prose" and here == 0:
                out.append(replace(part, kind="list_item", text=marker + part.text))
            elif part.kind == "prose" and here == 1 and out[-1].kind == "list_item":
                out[-1] = replace(out[-1], text=f"{out[-1].text}\n{part.text}")
            else:
                out.append(part)
        return end

    def _directive(
        self, lines: Sequence[Line], at: int, out: list[Element], *, depth: int, nesting: int
    ) -> int:
        end = shape.block_end(lines, at + 1)
        block = shape.dedent(lines[at + 1 : end])
        match = shape.DIRECTIVE.fullmatch(lines[at].text)
        if match is None:
            if not shape.TARGET.fullmatch(lines[at].text):
                words = [lines[at].text.removeprefix(".. ")]
                text = shape.join(words + [line.text for line in block if line.text])
                out.append(Element("prose", text, depth=depth))
            return end
        name, argument = match[1].rpartition(":")[2].lower(), match[2]
        table = text_tables.directive(name, block) if name in shape.TABLE_DIRECTIVES else None
        if table is not None:
            if argument:
                out.append(Element("prose", argument, depth=depth))
            out.extend(_placed(table, depth))
            return end
        block = shape.without_options(block)
        if name in shape.CODE_DIRECTIVES:
            out.extend(_verbatim(block, depth))
        elif name in shape.OBJECT_DIRECTIVES:
            out.append(Element("entry", argument, depth=depth))
            out.extend(self.read(block, depth=depth + 1, nesting=nesting + 1))
        elif name not in shape.SILENT_DIRECTIVES:
            parts = self.read(block, depth=depth, nesting=nesting + 1)
            label = shape.label(name, argument)
            if parts and parts[0].kind == "prose":
                parts[0] = replace(parts[0], text=f"{label} {parts[0].text}")
            else:
                parts.insert(0, Element("prose", label, depth=depth))
            out.extend(parts)
        return end


def _placed(table: Element | None, depth: int) -> list[Element]:
    return [replace(table, depth=depth)] if table is not None else []


def _verbatim(lines: Sequence[Line], depth: int) -> list[Element]:
    text = "\n".join(" " * line.indent + line.text if line.text else "" for line in lines)
    kind: ElementKind = "code"
    return [Element(kind, text.strip("\n"), depth=depth)] if text.strip() else []
