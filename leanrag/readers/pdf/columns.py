"""Finds the columns of a PDF page, so that each is read down before the next one.

A page is cut at a gutter only where what stands beside it reads on its own: lines of prose on both
sides, or a table beside something that does not share its baselines. The columns of a table are
not columns of a page.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from leanrag.readers.pdf.lines import Fragment
from leanrag.readers.pdf.rows import Row, is_figure, rows_of

_EDGE = 2.0
_GUTTER = 5.0
_MIN_SHARE = 0.18
"""A column takes at least this share of the page's text width."""

_MIN_LINES = 2
_MIN_TOTAL = 6
_MIN_TABLE = 3
_PROSE_WORDS, _PROSE_LETTERS = 3, 8
_PROSE_WIDTH = 0.45
_PROSE = 0.5
_OWN_LINES = 0.35
"""Share of baselines that a column must have for itself beside a table."""

_MAX_DEPTH = 3
_MAX_EDGES = 6


@dataclass(slots=True)
class _Part:
    """A stretch of the page from top to bottom, whether it is read in two columns."""

    left: list[Fragment]
    right: list[Fragment]
    accepted: bool


def regions(fragments: Sequence[Fragment], depth: int = 0) -> list[list[Fragment]]:
    """The fragments in groups in the order of reading; each group is one column."""
    if not fragments:
        return []
    if len(fragments) < _MIN_TOTAL or depth >= _MAX_DEPTH:
        return [list(fragments)]
    left = min(fragment.left for fragment in fragments)
    right = max(fragment.right for fragment in fragments)
    best: list[_Part] = []
    most = 0.0
    for edge in _edges(fragments, left, right):
        parts = _parts(fragments, edge, (left, right))
        covered = sum(_mass(part.left) + _mass(part.right) for part in parts if part.accepted)
        if covered > most:
            best, most = parts, covered
    if not best:
        return [list(fragments)]
    out: list[list[Fragment]] = []
    whole: list[Fragment] = []
    for part in best:
        if part.accepted:
            for group in (whole, part.left, part.right):
                out.extend(regions(group, depth + 1))
            whole = []
        else:
            whole.extend((*part.left, *part.right))
    out.extend(regions(whole, depth + 1))
    return out


def _edges(fragments: Sequence[Fragment], left: float, right: float) -> list[float]:
    """Where a further column may begin: where several long lines do."""
    width = right - left
    starts = sorted(
        (fragment.left, fragment.width)
        for fragment in fragments
        if left + _MIN_SHARE * width < fragment.left < right - _MIN_SHARE * width
        and fragment.width > 0.5 * _MIN_SHARE * width
    )
    groups: list[list[tuple[float, float]]] = []
    for start in starts:
        if groups and start[0] - groups[-1][0][0] <= _EDGE:
            groups[-1].append(start)
        else:
            groups.append([start])
    groups = [group for group in groups if len(group) >= _MIN_LINES]
    groups.sort(key=lambda group: (-sum(width for _, width in group), group[0]))
    return [group[0][0] for group in groups[:_MAX_EDGES]]


def _parts(fragments: Sequence[Fragment], edge: float, extent: tuple[float, float]) -> list[_Part]:
    """The page from top to bottom, cut at ``edge`` where that is a gutter."""
    parts: list[_Part] = []
    band: list[Row] = []
    rows = rows_of(fragments, 1)

    def close(in_table: tuple[bool, bool]) -> None:
        for section in _sections(band, edge, extent, in_table):
            left = [f for row in section for f in row.fragments if f.left < edge - _EDGE]
            right = [f for row in section for f in row.fragments if f.left >= edge - _EDGE]
            parts.append(_Part(left, right, _is_columns(left, right, edge, extent)))
        band.clear()

    above = False
    for row in rows:
        if any(f.left < edge - _EDGE and f.right > edge - _GUTTER for f in row.fragments):
            below = len(row.fragments) > 1 and is_figure(row.fragments[-1].text)
            close((above, below))
            above = below
            parts.append(_Part(row.fragments, [], False))
        else:
            band.append(row)
    close((above, False))
    return parts


def _sections(
    band: Sequence[Row], edge: float, extent: tuple[float, float], in_table: tuple[bool, bool]
) -> Iterator[Sequence[Row]]:
    """The band without the tables in it that reach across the gutter, and these tables.

    ``in_table`` says whether rows of a table cross the gutter above and below the band, of which
    those in it are the rest.
    """
    start = first = 0
    while first < len(band):
        end = first
        while end < len(band) and not _has_prose(band[end], edge, extent):
            end += 1
        table = [
            row
            for row in band[first:end]
            if row.left < edge <= row.right and len(row.fragments) > 1
        ]
        rest = (in_table[0] and first == 0) or (in_table[1] and end == len(band))
        if len(table) >= (1 if rest else _MIN_TABLE) and 2 * len(table) >= end - first - 2 * rest:
            while first > start and band[first - 1].bold and band[first - 1].right < edge:
                first -= 1  # the table's title
            yield band[start:first]
            yield band[first:end]
            start = end
        first = end + 1
    yield band[start:]


def _has_prose(row: Row, edge: float, extent: tuple[float, float]) -> bool:
    right = [f for f in row.fragments if f.left >= edge - _EDGE]
    if 0 < len(right) < len(row.fragments) and all(is_figure(f.text) for f in right):
        return False  # a long label with its amounts
    return any(
        _is_prose(f, edge - extent[0] if f.left < edge - _EDGE else extent[1] - edge)
        for f in row.fragments
    )


def _is_columns(
    left: Sequence[Fragment],
    right: Sequence[Fragment],
    edge: float,
    extent: tuple[float, float],
) -> bool:
    if min(len(left), len(right)) < _MIN_LINES or len(left) + len(right) < _MIN_TOTAL:
        return False
    sides = (left, edge - extent[0]), (right, extent[1] - edge)
    prose = [_prose_share(side, width) >= _PROSE for side, width in sides]
    if all(prose):
        return True
    if prose[0] and _are_columns(right):
        return True
    own = min(_own_lines(left, right), _own_lines(right, left))
    return own >= _OWN_LINES and all(
        is_prose or _is_table(side) for is_prose, (side, _) in zip(prose, sides, strict=True)
    )


def _are_columns(fragments: Sequence[Fragment]) -> bool:
    """Whether what stands right of a column are two more."""
    left = min(fragment.left for fragment in fragments)
    right = max(fragment.right for fragment in fragments)
    for edge in _edges(fragments, left, right):
        sides = (
            ([f for f in fragments if f.right < edge], edge - left),
            ([f for f in fragments if f.left >= edge - _EDGE], right - edge),
        )
        if sum(len(side) for side, _ in sides) == len(fragments) and all(
            _prose_share(side, width) >= _PROSE for side, width in sides
        ):
            return True
    return False


def _prose_share(fragments: Sequence[Fragment], width: float) -> float:
    """Share of the letters that stand in lines of prose."""
    prose = [len(fragment.text) for fragment in fragments if _is_prose(fragment, width)]
    if len(prose) < _MIN_LINES:
        return 0.0
    return sum(prose) / sum(len(fragment.text) for fragment in fragments)


def _is_prose(fragment: Fragment, width: float) -> bool:
    if fragment.width < _PROSE_WIDTH * width:
        return False
    text = fragment.text
    if text.upper() == text.lower():  # a script without capitals, perhaps without spaces
        return sum(letter.isalpha() for letter in text) >= _PROSE_LETTERS
    return sum(word[0].islower() for word in text.split()) >= _PROSE_WORDS


def _mass(fragments: Sequence[Fragment]) -> float:
    return sum(fragment.width for fragment in fragments)


def _is_table(fragments: Sequence[Fragment]) -> bool:
    rows = rows_of(fragments, 1)
    return sum(len(row.fragments) > 1 for row in rows) > _MIN_LINES


def _own_lines(fragments: Sequence[Fragment], others: Sequence[Fragment]) -> float:
    """Share of the baselines that are not baselines of ``others``."""
    rows = rows_of(fragments, 1)
    lines = sorted(fragment.baseline for fragment in others)
    low, high = lines[0], lines[-1]
    inside = [row for row in rows if low - row.size <= row.baseline <= high + row.size]
    if not inside:
        return 0.0
    own = sum(all(abs(row.baseline - line) > 1.0 for line in lines) for row in inside)
    return own / len(inside)
