"""Rows of cells as a table element: one row a line, empty columns gone, column heads counted."""

import re
from collections.abc import Sequence

from leanrag.types import Element

SEPARATOR = " | "
_NUMBER = re.compile(r"[-+(]?[$€£¥]?\s?\d[\d.,\s]*[%)]?")
_MAX_HEAD = 200


def table(
    rows: Sequence[Sequence[str]], *, head_rows: int | None = None, page: int | None = None
) -> Element | None:
    """A table of the rows, None where they hold no text.

    Each cell is put on one line; rows and columns without any text go. Without ``head_rows`` the
    first row counts as column heads where it looks like them.
    """
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    head = cells[: head_rows or 0]
    used = sorted({column for row in cells for column, text in enumerate(row) if text})
    lines: list[list[str]] = []
    heads = 0
    for number, row in enumerate(cells):
        kept = [row[column] if column < len(row) else "" for column in used]
        if any(kept):
            lines.append(kept)
            heads += number < len(head)
    if not lines:
        return None
    if head_rows is None:
        heads = int(looks_like_heads(lines))
    text = "\n".join(SEPARATOR.join(line).rstrip(" |") or line[0] for line in lines)
    return Element("table", text, page=page, head_rows=heads if heads < len(lines) else 0)


def is_number(cell: str) -> bool:
    """Whether a cell holds a figure, an amount or a share."""
    return _NUMBER.fullmatch(cell) is not None


def looks_like_heads(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first of ``rows`` names the columns: short, different texts, no numbers."""
    if len(rows) < 2 or len(rows[0]) < 2:
        return False
    first = rows[0]
    named = [cell for cell in first if cell]
    if len(named) < len(first) - 1 or len(set(named)) < len(named):
        return False
    if any(_NUMBER.fullmatch(cell) or len(cell) > _MAX_HEAD for cell in named):
        # Years head the columns of statements: other cells of the row are texts or nothing.
        years = [cell for cell in named if re.fullmatch(r"(?:FY)?(?:19|20)\d\d", cell)]
        rest = [cell for cell in named if cell not in years]
        return bool(years) and not any(_NUMBER.fullmatch(cell) for cell in rest)
    return True
