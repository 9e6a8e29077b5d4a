"""HTML tables as text: one row a line, cells in their columns, column heads counted."""

from typing import Any

from lxml import etree

from leanrag.readers.html.text import BLOCK_MARK, flat, length, names

_SEPARATOR = " | "
_STRUCTURED = ("table", "ul", "ol", "dl", "pre", "h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = names("p div li dt dd pre blockquote section ul ol dl")
_MAX_SPAN = 100


def is_layout(table: Any) -> bool:
    """Whether the table only places content: nested tables, or structure and no column heads.

    So is one with text outside its cells, which no row would hold.
    """
    if table.get("role") in ("presentation", "none"):
        return True
    if next(table.iterdescendants("table"), None) is not None:
        return True
    cells = [cell for row in table.iter("tr") for cell in _cells(row)]
    if sum(map(length, (*cells, *table.iterchildren("caption")))) != length(table):
        return True
    if next(table.iterdescendants("th"), None) is not None:
        return False
    return next(table.iterdescendants(*_STRUCTURED), None) is not None


def caption(table: Any) -> str:
    """The table's caption, or nothing."""
    return " ".join(_cell(part) for part in table.iterchildren("caption")).strip()


def rows(table: Any) -> tuple[list[str], int]:
    """The rows as lines and how many of them, from the first, are column heads.

    A cell that spans rows or columns stands in its first place and leaves the others empty, so
    that the columns below keep their places; a column without any text goes. In a table of one
    column the paragraphs of a cell are its columns, as in the function tables of DocBook.
    """
    table_rows = [row for row in table.iter("tr") if row.getparent().tag != "tfoot"]
    table_rows += [row for row in table.iter("tr") if row.getparent().tag == "tfoot"]
    single = all(len(_cells(row)) <= 1 for row in table_rows)
    held: dict[int, int] = {}
    cells = [_row(row, held, single) for row in table_rows]
    used = sorted({column for texts in cells for column, text in enumerate(texts) if text})
    lines: list[str] = []
    head_rows = 0
    for row, texts in zip(table_rows, cells, strict=True):
        kept = [texts[column] for column in used if column < len(texts)]
        while kept and not kept[-1]:
            kept.pop()
        if not kept:
            continue
        if head_rows == len(lines) and _is_head(row):
            head_rows += 1
        lines.append(_SEPARATOR.join(kept))
    return lines, head_rows if head_rows < len(lines) else 0


def is_plain_list(table: Any, head_rows: int) -> bool:
    """Whether a table of one column and no head is a list in disguise."""
    return head_rows == 0 and all(len(_cells(row)) <= 1 for row in table.iter("tr"))


def _cells(row: Any) -> list[Any]:
    return [cell for cell in row if cell.tag in ("td", "th")]


def _is_head(row: Any) -> bool:
    cells = _cells(row)
    return row.getparent().tag == "thead" or (
        bool(cells) and all(cell.tag == "th" for cell in cells)
    )


def _row(row: Any, held: dict[int, int], single: bool) -> list[str]:
    """The texts of one row by column. ``held`` maps a column to the rows still spanned there."""
    texts: list[str] = []

    def skip_held() -> None:
        while held.get(len(texts), 0) > 0:
            held[len(texts)] -= 1
            texts.append("")

    for cell in _cells(row):
        skip_held()
        width, height = _span(cell, "colspan"), _span(cell, "rowspan")
        for column in range(len(texts), len(texts) + width):
            held[column] = height - 1
        texts.append(_cell(cell, _SEPARATOR if single else " "))
        texts.extend([""] * (width - 1))
    skip_held()
    return texts


def _span(cell: Any, name: str) -> int:
    value = cell.get(name, "1").strip()
    if not value.isascii() or not value.isdigit():
        return 1
    return min(max(int(value[:6]), 1), _MAX_SPAN)


def _cell(cell: Any, joint: str = " ") -> str:
    """The text of a cell on one line; its inner blocks are set apart by ``joint``."""
    if len(cell) == 0:
        return flat(cell.text or "")
    pieces: list[str] = []
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        if element is not cell and element.tag in _BLOCKS:
            pieces.append(BLOCK_MARK)
        if event == "start":
            pieces.append(element.text or "")
        elif element is not cell:
            pieces.append(element.tail or "")
    blocks = (flat(block) for block in "".join(pieces).split(BLOCK_MARK))
    return joint.join(block for block in blocks if block)
