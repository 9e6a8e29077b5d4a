"""Removes running heads, footers and page numbers: what repeats at the edges of the pages.

A line goes where the same one, in the same look at the same height, stands at the edge of several
other pages, or where it differs from them only in a number that counts with the pages. Lines are
looked at from the edge inwards, and the first one that stays ends the edge.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

from leanrag.readers.pdf.rows import Row

_DEPTH = 5
"""Lines looked at, at each edge."""

_REACH = 0.22
"""Share of the page's height that an edge takes at most."""

_MIN_PAGES = 3
_NUMBER_SHARE = 0.02
_LINE_SHARE = 0.06
_BOLD_SHARE = 0.1
"""For what may as well be the title of several exhibits."""

_COMMON_SHARE = 0.25
"""For what may as well be the head of a table, and for what stands at different heights."""

_NUMBER = re.compile(r"(?<![\d.,])\d{1,5}(?![.,]?\d)")
_HEIGHTS = 8.0
_LONGEST = 160


def without_furniture(pages: Mapping[int, Sequence[Row]], height: float) -> dict[int, list[Row]]:
    """The rows of each page, from top to bottom, without those that repeat at its edges.

    ``height`` is that of a page; ``pages`` are by number, from 1. Where nothing would be left,
    nothing goes.
    """
    seen: defaultdict[Hashable, set[int]] = defaultdict(set)
    shares: dict[Hashable, float] = {}
    for page, rows in pages.items():
        for top in (True, False):
            for row in _edge(rows, height, top):
                for key, share in _keys(row, page, top):
                    seen[key].add(page)
                    shares[key] = share
    repeated = {
        key for key, at in seen.items() if len(at) >= max(_MIN_PAGES, shares[key] * len(pages))
    }
    kept = {page: _kept(page, rows, height, repeated) for page, rows in pages.items()}
    return kept if any(kept.values()) else {page: list(rows) for page, rows in pages.items()}


def _kept(page: int, rows: Sequence[Row], height: float, repeated: set[Hashable]) -> list[Row]:
    gone: set[int] = set()
    for top in (True, False):
        for row in _edge(rows, height, top):
            if repeated.isdisjoint(key for key, _ in _keys(row, page, top)):
                break
            gone.add(id(row))
    return [row for row in rows if id(row) not in gone]


def _edge(rows: Sequence[Row], height: float, top: bool) -> Iterator[Row]:
    """The rows at one edge of a page, from outside in."""
    ordered = rows if top else rows[::-1]
    for row in ordered[:_DEPTH]:
        if abs(row.baseline - ordered[0].baseline) > _REACH * height:
            return
        yield row


def _keys(row: Row, page: int, top: bool) -> Iterator[tuple[Hashable, float]]:
    """What two rows share that are the same piece of furniture, and the share of the pages that
    must have it."""
    text = " ".join(row.text.split())
    if len(text) > _LONGEST:
        return
    look = top, round(row.size, 1), row.fragments[0].bold, text
    share = _BOLD_SHARE if row.fragments[0].bold else _LINE_SHARE
    if len(row.fragments) > 1:
        share = _COMMON_SHARE
    yield (*look, "at", round(row.baseline / _HEIGHTS)), share
    yield (*look, "near", round(row.baseline / _HEIGHTS + 0.5)), share
    yield look, _COMMON_SHARE
    for number in _NUMBER.finditer(text):
        if number.start() == 0 or number.end() == len(text):  # beside the name of a chapter
            yield (*look[:3], "page", int(number[0]) - page), _COMMON_SHARE
        rest = text[: number.start()], text[number.end() :]
        yield (top, rest, int(number[0]) - page), _NUMBER_SHARE
