"""CSV and its kin: one table, its first row as column heads where it looks like them.

Lines of one field above the heads, as reports have them, are text."""

import csv
import io
from collections import Counter

from leanrag.readers import regions, tables
from leanrag.types import Element, ParsedDocument

DELIMITERS = ",;\t|"
_SAMPLE_LINES = 50
_MIN_LINES = 3
_MAX_TITLES = 20


def read(text: str, stem: str, *, delimiter: str | None = None) -> ParsedDocument:
    """The table in a delimited text; the delimiter is found where it is not given."""
    first, _, rest = text.partition("\n")
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiter, text = first.strip()[4], rest  # a hint for spreadsheet programs
    rows = _rows(text, delimiter or sniff(text) or ",")
    texts, body = _titled([[cell.strip() for cell in row] for row in rows[:_MAX_TITLES]])
    found = tables.table((*body, *rows[_MAX_TITLES:]))
    above = tuple(Element("prose", text) for text in texts)
    return ParsedDocument(stem, (*above, found) if found is not None else above)


def _titled(rows: list[list[str]]) -> tuple[list[str], list[list[str]]]:
    """The lines of one field above the heads, and the rows from these on."""
    texts, body = regions.split_title([row for row in rows if any(row)])
    width = max((len(row) for row in body), default=0)
    heads = sum(map(bool, body[0])) if body else 0
    if texts and heads == width and tables.looks_like_heads(body):
        return texts, body
    return [], rows


def sniff(text: str) -> str | None:
    """The delimiter that parts nearly all lines into equally many fields, None without one."""
    lines = [line for line in text[: 1 << 16].split("\n")[:_SAMPLE_LINES] if line.strip()]
    if not lines:
        return None
    best: tuple[float, int, str] | None = None
    for delimiter in DELIMITERS:
        widths = Counter(len(row) for row in _rows("\n".join(lines), delimiter) if row)
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]), default=(1, 0))
        if width > 1:
            candidate = (count / sum(widths.values()), width, delimiter)
            best = candidate if best is None or candidate[:2] > best[:2] else best
    return best[2] if best is not None and best[0] >= 0.6 else None


def is_table(text: str) -> bool:
    """Whether a text of no stated kind is a table: several lines of the same three fields or more.

    Commas alone also occur in prose, so that they must give short fields.
    """
    delimiter = sniff(text)
    if delimiter is None:
        return False
    sample = "\n".join(text[: 1 << 16].split("\n")[:_SAMPLE_LINES])
    rows = [row for row in _rows(sample, delimiter) if row]
    width = len(rows[0])
    if len(rows) < _MIN_LINES or width < (2 if delimiter == "\t" else 3):
        return False
    same = sum(len(row) == width for row in rows[:-1])
    short = sum(len(cell) <= 40 for row in rows for cell in row)
    # Of wrapped prose, lines have other numbers of commas, and blanks behind them.
    tight = f"{delimiter} " not in sample.split("\n", 1)[0]
    return same >= 0.95 * (len(rows) - 1) and short >= 0.8 * sum(map(len, rows)) and tight


def _rows(text: str, delimiter: str) -> list[list[str]]:
    lines = io.StringIO(text, newline="\n")
    try:
        return list(csv.reader(lines, delimiter=delimiter, skipinitialspace=True))
    except csv.Error:  # a quote that is never closed makes one field of the rest
        return [line.split(delimiter) for line in text.split("\n")]
