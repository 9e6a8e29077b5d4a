"""Tables that reStructuredText draws with characters or writes as directives."""

import csv
import re
from collections.abc import Sequence
from itertools import pairwise

from leanrag.readers import tables
from leanrag.readers.text.text_lines import Line
from leanrag.types import Element

_OPTION = re.compile(r":([\w-]+):(?:\s+(.*))?")
_EQUALS = re.compile(r"=+")


def drawn(lines: Sequence[Line]) -> Element | None:
    """The table between rules of ``=`` or in a grid of ``+`` and ``|``; None where it is neither.

    A table whose text does not keep to its columns is none, so that nothing of it is lost.
    """
    raw = [" " * line.indent + line.text for line in lines if line.text]
    if not raw:
        return None
    grid = raw[0].lstrip().startswith("+")
    found = _grid(raw) if grid else _simple(raw)
    return tables.table(found[0], head_rows=found[1]) if found is not None else None


def directive(name: str, block: Sequence[Line]) -> Element | None:
    """The table of a ``csv-table`` or ``list-table`` directive; None where it is malformed."""
    options: dict[str, str] = {}
    body = list(block)
    while body and (match := _OPTION.fullmatch(body[0].text)):
        options[match[1]] = match[2] or ""
        del body[0]
    raw = [" " * line.indent + line.text for line in body]
    heads = int(options["header-rows"]) if options.get("header-rows", "").isdecimal() else 0
    if name == "list-table":
        rows = _listed(raw)
    else:
        rows = _fields([line.strip() for line in raw if line.strip()])
        if options.get("header"):
            rows[:0] = _fields([options["header"]])
            heads += 1
    return tables.table(rows, head_rows=heads) if rows else None


def _simple(raw: list[str]) -> tuple[list[list[str]], int] | None:
    """Rows of a table between rules; a line without its first column continues the one above."""
    columns = [match.span() for match in _EQUALS.finditer(raw[0])]
    rules = [number for number, line in enumerate(raw) if not line.strip("= ")]
    if len(rules) < 2:
        return None
    heads = 0
    rows: list[list[str]] = []
    for number, line in enumerate(raw):
        if number in rules:
            if number == rules[1] and len(rules) > 2:
                heads = len(rows)
            continue
        if not line.strip("- "):
            continue  # a rule under a group of columns
        cells = _sliced(line, [start for start, _ in columns])
        if cells is None:
            return None
        if rows and not cells[0] and number - 1 not in rules:
            rows[-1] = [
                f"{above} {cell}".strip() for above, cell in zip(rows[-1], cells, strict=True)
            ]
        else:
            rows.append(cells)
    return rows, heads


def _grid(raw: list[str]) -> tuple[list[list[str]], int] | None:
    """Rows of a grid; cells that span columns stand in the first of them."""
    starts = [match.start() for match in re.finditer(r"\+", raw[0])]
    rows: list[list[str]] = []
    heads = 0
    open_row: list[str] | None = None
    for line in raw:
        text = line.strip()
        if text.startswith("+"):
            if open_row is not None:
                rows.append(open_row)
                open_row = None
            if set(text) <= set("+="):
                heads = len(rows)
            continue
        if not text.startswith("|") or len(line) <= starts[0]:
            return None
        cells = [""] * (len(starts) - 1)
        begun = 0
        for number, (start, end) in enumerate(pairwise(starts)):
            if number and line[start : start + 1] == "|":
                begun = number
            joint = line[start : start + 1] if number > begun else ""
            cells[begun] += joint + line[start + 1 : end]
        if line[starts[-1] : starts[-1] + 1] != "|":
            return None
        above = open_row or [""] * len(cells)
        open_row = [f"{a} {cell.strip()}".strip() for a, cell in zip(above, cells, strict=True)]
    return (rows, heads) if rows and open_row is None else None


def _sliced(line: str, starts: Sequence[int]) -> list[str] | None:
    """The cells of a line by the columns' starts; None where a text runs over a start."""
    if any(start and line[start - 1 : start].strip() for start in starts):
        return None
    return [line[a:b].strip() for a, b in pairwise([*starts, len(line) + 1])]


def _listed(raw: list[str]) -> list[list[str]]:
    """The rows of a list of lists."""
    rows: list[list[str]] = []
    for line in raw:
        text = line.strip()
        if text.startswith("* -"):
            rows.append([text[3:].strip()])
        elif text.startswith("- ") or text == "-":
            if not rows:
                return []
            rows[-1].append(text[1:].strip())
        elif text:
            if not rows:
                return []
            rows[-1][-1] = f"{rows[-1][-1]} {text}".strip()
    return rows


def _fields(lines: list[str]) -> list[list[str]]:
    try:
        return list(csv.reader(lines, skipinitialspace=True))
    except csv.Error:
        return [line.split(",") for line in lines]
