"""Finds listings: lines in a typewriter font, which keep their line ends and indentation."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from leanrag.readers.pdf.rows import Row, is_figure

_MAX_INDENT = 60
_BLANK = 1.7
_MAX_SHARE = 0.5
"""Where more of a document is set so, it was typed on a typewriter."""

_MAX_STEP = 3.0


@dataclass(slots=True)
class Code:
    """A listing."""

    lines: list[str]
    page: int


def is_typed(pages: Iterable[Sequence[Row]]) -> bool:
    """Whether most of a document is set in a typewriter font, which then says nothing."""
    letters = typed = 0
    for rows in pages:
        for row in rows:
            for fragment in row.fragments:
                letters += len(fragment.text)
                typed += len(fragment.text) * fragment.mono
    return typed > _MAX_SHARE * letters


def split_code(rows: Sequence[Row]) -> list[Code | list[Row]]:
    """The rows of a column in order, those of a listing together as one."""
    out: list[Code | list[Row]] = []
    rest: list[Row] = []
    run: list[Row] = []

    def close() -> None:
        if run and _is_listing(run):
            if rest:
                out.append(list(rest))
                rest.clear()
            out.append(Code(_lines(run), run[0].page))
        else:
            rest.extend(run)
        run.clear()

    for row in rows:
        if run and run[-1].baseline - row.baseline > _MAX_STEP * row.size:
            close()
        if all(fragment.mono for fragment in row.fragments):
            run.append(row)
        else:
            close()
            rest.append(row)
    close()
    if rest:
        out.append(rest)
    return out


def _is_listing(rows: Sequence[Row]) -> bool:
    """Whether lines in a typewriter font are no cells of a table, or one word."""
    if all(is_figure(fragment.text) for row in rows for fragment in row.fragments):
        return False
    return not any(
        is_figure(fragment.text) for row in rows for fragment in row.fragments[1:]
    ) and any(len(row.text) > 3 for row in rows)


def _lines(rows: Sequence[Row]) -> list[str]:
    letters = sum(len(f.text) for row in rows for f in row.fragments)
    width = sum(f.width for row in rows for f in row.fragments) / letters
    left = min(row.left for row in rows)
    steps = [a.baseline - b.baseline for a, b in pairwise(rows)]
    step = median(steps) if steps else 0.0
    lines: list[str] = []
    for number, row in enumerate(rows):
        if number and rows[number - 1].baseline - row.baseline > _BLANK * step:
            lines.append("")
        line = ""
        for fragment in row.fragments:
            place = round((fragment.left - left) / width) if width > 0 else 0
            gap = min(place - len(line), _MAX_INDENT)
            line += " " * max(gap, 1 if line else 0) + fragment.text
        lines.append(line)
    return lines
