"""Removes running heads, footers and page numbers: what repeats at the edges of the pages.

A line goes where the same one, in the same look at the same height, stands at the edge of several
other pages, or where it differs from them only in a number that counts with the pages. Lines are
looked at from the edge inwards, and the first one that stays ends the edge. A page number alone
goes wherever it stands outermost; a line with words only in the margins: a clause that a contract
repeats, a heading that counts with the pages and the head of a table are body.
"""

import re
from collections import defaultdict
from collections.abc import Hashable, Iterator, Mapping, Sequence

from leanrag.readers.pdf.headings import body_style
from leanrag.readers.pdf.rows import Row, is_figure

_DEPTH = 5
"""Lines looked at, at each edge."""

_REACH = 0.22
"""Share of the page's height that an edge takes at most."""

_TOP_MARGIN, _BOTTOM_MARGIN = 0.135, 0.125
"""Shares of the page's height within which a line with words may be furniture."""

_MIN_PAGES = 3
_NUMBER_SHARE = 0.02
_LINE_SHARE = 0.06
_BOLD_SHARE = 0.1
"""For what may as well be the title of several exhibits."""

_COMMON_SHARE = 0.25
"""For what may as well be the head of a table, and for what stands at different heights."""

_NUMBER = re.compile(r"(?<![\d.,])\d{1,5}(?![.,]?\d)")
_LETTERS = re.compile(r"[^\W\d_]")
_FEW_LETTERS = 3
_PAGE_WORD = re.compile(
    r"\W*(?:page|seite|blatt|página|pagina|pág|sida|side|strona|strana|сторінка|стр|с|第|p)\W*"
    r"(?:of|von|de|di|av|af|sur|из|页|頁|ページ|/)?\W*",
    re.IGNORECASE,
)
_LARGER = 1.12
_SAME_EDGE = 2.0
_HEIGHTS = 8.0
_LONGEST = 160


def without_furniture(pages: Mapping[int, Sequence[Row]], height: float) -> dict[int, list[Row]]:
    """The rows of each page, from top to bottom, without those that repeat at its edges.

    ``height`` is that of a page; ``pages`` are by number, from 1. Where nothing would be left,
    nothing goes.
    """
    body = body_style(pages.values())
    edges = [
        (page, _edge(rows, height, top), top)
        for page, rows in pages.items()
        for top in (True, False)
    ]
    seen: defaultdict[Hashable, set[int]] = defaultdict(set)
    shares: dict[Hashable, float] = {}
    for page, edge, top in edges:
        for row in edge:
            for key, share in _keys(row, page, top, body):
                seen[key].add(page)
                shares[key] = share
    repeated = {
        key for key, at in seen.items() if len(at) >= max(_MIN_PAGES, shares[key] * len(pages))
    }
    gone: set[int] = set()
    for page, edge, top in edges:
        for row in edge:
            if repeated.isdisjoint(key for key, _ in _keys(row, page, top, body)):
                break
            gone.add(id(row))
    kept = {page: [row for row in rows if id(row) not in gone] for page, rows in pages.items()}
    return kept if any(kept.values()) else {page: list(rows) for page, rows in pages.items()}


def _edge(rows: Sequence[Row], height: float, top: bool) -> list[Row]:
    """The rows that may be furniture at one edge of a page, from outside in."""
    ordered = rows if top else rows[::-1]
    edge: list[Row] = []
    for place, row in enumerate(ordered[:_DEPTH]):
        if abs(row.baseline - ordered[0].baseline) > _REACH * height:
            break
        text = _NUMBER.sub("", row.text)
        if not _is_short(text):
            share = (height - row.baseline if top else row.baseline) / height
            if share > (_TOP_MARGIN if top else _BOTTOM_MARGIN):
                break
            if top and _heads_table(row, ordered[place + 1 : place + 3]):
                break
        edge.append(row)
    return edge


def _is_short(text: str) -> bool:
    """Whether nothing but the number makes the line: "12", "F-12", "Page 12 of 120"."""
    return (
        len(_LETTERS.findall(text)) <= _FEW_LETTERS
        or _PAGE_WORD.fullmatch(text.strip()) is not None
    )


def _heads_table(row: Row, below: Sequence[Row]) -> bool:
    """Whether the cells of ``row`` stand over those of the rows below it."""
    cells = row.fragments
    if len(cells) < 2 or len(below) < 2 or any(len(one.fragments) < 2 for one in below):
        return False
    for one in below:
        over = [
            any(
                abs(cell.left - other.left) < _SAME_EDGE
                or abs(cell.right - other.right) < _SAME_EDGE
                or abs(cell.left + cell.right - other.left - other.right) < 2 * _SAME_EDGE
                for other in one.fragments
            )
            for cell in cells
        ]
        if sum(over) < 2 or 2 * sum(over) < len(cells):
            return False
    return True


def _keys(
    row: Row, page: int, top: bool, body: tuple[float, bool]
) -> Iterator[tuple[Hashable, float]]:
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
    if _is_numbered_heading(row, body):
        return
    for number in _NUMBER.finditer(text):
        if number.start() == 0 or number.end() == len(text):  # beside the name of a chapter
            yield (*look[:3], "page", int(number[0]) - page), _COMMON_SHARE
        rest = text[: number.start()], text[number.end() :]
        yield (top, rest, int(number[0]) - page), _NUMBER_SHARE


def _is_numbered_heading(row: Row, body: tuple[float, bool]) -> bool:
    """Whether a line looks like a heading with its own number, which may count with the pages."""
    size, bold = body
    if not (row.size >= _LARGER * size or (row.bold and not bold)):
        return False
    if any(is_figure(fragment.text) for fragment in row.fragments):
        return False  # set apart from the words, it is the number of the page
    return not _is_short(_NUMBER.sub("", row.text))
