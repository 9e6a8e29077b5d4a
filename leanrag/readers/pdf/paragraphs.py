"""Joins the lines of a column to paragraphs and list items, and words that were hyphenated."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import median

from leanrag.readers.pdf.lines import UNSPACED
from leanrag.readers.pdf.rows import NUMBERING, Row

_BULLET = re.compile(r"[•▪■◦●○➢✓□‣·]\s*(?=\S)|o\s+(?=[A-Z])")
_DASH = re.compile(r"[-–—*]\s+(?=\S)")
_NUMBERED = re.compile(
    r"(?:\((?:[a-zA-Z]{1,2}|[ivxIVX]{1,5}|\d{1,2})\)|(?:\d{1,2}|[a-zA-Z]|[ivx]{1,5})[.)])\s+(?=\S)"
)
_ENDED = re.compile(r"(?:[.:;!?。！？；：]|\b(?:and|or))[\"”’)\]]?\s*\Z")
_SENTENCE_END = re.compile(r"[.:;!?。！？；：][\"”’)\]⁰-⁹]*\s*\Z")
_HYPHENATED = re.compile(r"([^\W\d_]+)-\Z")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
_TORN = re.compile(r"([^\W\d_]{2,}) ([^\W\d_]{1,3})(?=[.:,;]?\Z)")
_LETTER_WORDS = frozenset("aAIoyeuкияосвуBCDEFGHX")
_RARE = 2
_LEADING = 1.3
_SAME_SIZE = 0.08
_NEXT_LINE = 1.2
_LONG_LINE = 0.7
_NEXT_COLUMN_LINE = 1.6


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together. ``left`` and ``right`` are the edges of their column."""

    rows: list[Row]
    left: float
    right: float
    text: str = ""
    marker: str = ""
    level: int = 0
    pages: list[int] = field(default_factory=list)

    @property
    def size(self) -> float:
        """The font size of the first line."""
        return self.rows[0].size

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(row.bold for row in self.rows)

    @property
    def italic(self) -> bool:
        """Whether all of it is italic."""
        return all(f.italic for row in self.rows for f in row.fragments)

    @property
    def is_open(self) -> bool:
        """Whether its last sentence has not ended."""
        return _SENTENCE_END.search(self.text) is None


class Vocabulary:
    """The words of a document, which tell a hyphen of a word from one at the end of a line."""

    def __init__(self, pages: Iterable[Sequence[Row]]) -> None:
        words: Counter[str] = Counter()
        ends: list[tuple[str, str]] = []
        for rows in pages:
            for row in rows:
                words.update(word.lower() for word in _WORD.findall(row.text))
            for row, below in pairwise(rows):
                end, start = _HYPHENATED.search(row.text), _WORD.match(below.text)
                if end and start and below.text[0].islower():
                    ends.append((end[1].lower(), start[0].lower()))
        self._words = words
        broken = sum(words[first + second] > 0 for first, second in ends)
        kept = sum(words[f"{first}-{second}"] > 0 for first, second in ends)
        self._breaks = broken > kept

    def mended(self, text: str) -> str:
        """A line without a gap before its last letters: some programs set them apart.

        The two parts are one word where the document has that and not the first part, or where
        the last part is a single small letter.
        """
        match = _TORN.search(text)
        if match is None:
            return text
        first, last = match[1].lower(), match[2].lower()
        whole = self._words[first + last]
        alone = len(last) == 1 and match[2] not in _LETTER_WORDS and whole > 0
        if not alone and (self._words[first] > _RARE or whole <= self._words[first]):
            return text
        return text[: match.end(1)] + text[match.start(2) :]

    def join(self, before: str, after: str) -> str:
        """Two lines of a paragraph as one text.

        A hyphen at the end goes where the document has the word without it more often than
        with it; where it has neither, as most of its hyphens at line ends do.
        """
        end = _HYPHENATED.search(before)
        start = _WORD.match(after)
        if end is None or start is None or not after[0].islower():
            if UNSPACED.search(before[-1:]) and UNSPACED.match(after):
                return before + after
            dash = before.endswith(("-", "–", "/")) and before[-2:-1].strip() != ""
            return before + after if dash else f"{before} {after}"
        first, second = end[1].lower(), start[0].lower()
        plain, hyphened = self._words[first + second], self._words[f"{first}-{second}"]
        drop = plain > hyphened or (plain == hyphened and self._breaks)
        return (before[:-1] if drop else before) + after


def paragraphs(
    rows: Sequence[Row], extent: tuple[float, float], words: Vocabulary
) -> list[Paragraph]:
    """The paragraphs that the lines of a column form; ``extent`` are the column's edges."""
    leading = _leading(rows)
    groups: list[list[Row]] = []
    for row in rows:
        if groups and _goes_on(groups[-1], row, extent, leading):
            groups[-1].append(row)
        else:
            groups.append([row])
    out = [_paragraph(group, extent, words) for group in groups]
    _set_levels(out)
    return out


def _leading(rows: Sequence[Row]) -> float:
    """The distance of two lines of a paragraph, in font sizes."""
    steps = [
        step
        for a, b in pairwise(rows)
        if 0.9 <= (step := (a.baseline - b.baseline) / max(a.size, b.size)) <= 2.2
    ]
    return min(median(steps), 1.8) if steps else _LEADING


def _goes_on(group: Sequence[Row], row: Row, extent: tuple[float, float], leading: float) -> bool:
    """Whether ``row`` is a further line of the paragraph."""
    last, first = group[-1], group[0]
    size = max(last.size, row.size)
    step = last.baseline - row.baseline
    if step > _NEXT_LINE * leading * size or abs(last.size - row.size) > _SAME_SIZE * size:
        return False
    full = _is_full(last, row, extent)
    if last.bold != row.bold and not (full and (len(group) == 1 or row.text[0].islower())):
        return False
    text = row.text
    if _BULLET.match(text):
        return False
    numbered = _is_numbered(row)
    if _is_next_number(first, row):
        return False
    ended_sentence = _SENTENCE_END.search(last.text) is not None
    ended = not full or _ENDED.search(last.text) is not None
    if ended and (numbered or _DASH.match(text) or _NUMBERED.match(text)):
        return False
    if row.fragments[0].opens_bold and ended_sentence and not last.bold:
        return False
    long = last.right - extent[0] > _LONG_LINE * (extent[1] - extent[0]) and not last.bold
    if not full and (ended_sentence or not (long or text[0].islower())):
        return False
    indent = row.left - last.left
    hanging = _marker(first.text) is not None or _is_numbered(first)
    if indent > 0.8 * size and not (hanging and len(group) == 1):
        return False
    return not (indent < -0.8 * size and len(group) > 1)


def _is_numbered(row: Row) -> bool:
    """Whether a number of a paragraph stands in front of the line, set apart from it."""
    return len(row.fragments) > 1 and NUMBERING.fullmatch(row.fragments[0].text) is not None


def _is_next_number(first: Row, row: Row) -> bool:
    """Whether the number in front of a line stands below that of the paragraph before it."""
    if len(first.fragments) == 1 or len(row.fragments) == 1 or abs(first.left - row.left) > 1:
        return False
    if first.fragments[0].text.isdecimal() and row.fragments[0].text.isdecimal():
        return int(row.fragments[0].text) == int(first.fragments[0].text) + 1
    return _is_numbered(first) and _is_numbered(row)


def _is_full(row: Row, below: Row, extent: tuple[float, float]) -> bool:
    """Whether the first word of the line below would not have fitted into ``row``."""
    first = below.fragments[0]
    word = first.text.split()[0]
    if UNSPACED.match(word):
        word = word[:1]
    width = first.width * (len(word) + 1) / max(1, len(first.text))
    return row.right + width > extent[1] - 0.5 * row.size


def _paragraph(group: list[Row], extent: tuple[float, float], words: Vocabulary) -> Paragraph:
    text = group[0].text
    for row in group[1:]:
        text = words.join(text, row.text)
    out = Paragraph(group, *extent, pages=[group[0].page])
    marker = _marker(text)
    if marker is not None:
        out.marker = text[: marker.end()].strip()
        if not _NUMBERED.match(text):
            text = text[marker.end() :]
    out.text = text
    return out


def _marker(text: str) -> re.Match[str] | None:
    return _BULLET.match(text) or _DASH.match(text) or _NUMBERED.match(text)


def _set_levels(found: Sequence[Paragraph]) -> None:
    """The nesting of list items by their indentation, within each run of items."""
    edges: list[float] = []
    for paragraph in found:
        if not paragraph.marker:
            edges.clear()
            continue
        left = paragraph.rows[0].left
        while edges and edges[-1] > left + 1:
            edges.pop()
        if not edges or left > edges[-1] + 0.5 * paragraph.size:
            edges.append(left)
        paragraph.level = len(edges) - 1


def joined_across(found: Sequence[Paragraph], words: Vocabulary) -> Iterator[Paragraph]:
    """Paragraphs of which the sentence goes on in the next column or page, joined with it."""
    open_one: Paragraph | None = None
    for paragraph in found:
        if open_one is not None and _is_rest(open_one, paragraph):
            open_one.text = words.join(open_one.text, paragraph.text)
            open_one.rows = [*open_one.rows, *paragraph.rows]
            continue
        if open_one is not None:
            yield open_one
        open_one = paragraph
    if open_one is not None:
        yield open_one


def _is_rest(open_one: Paragraph, paragraph: Paragraph) -> bool:
    """Whether a paragraph goes on with the sentence of the one before it."""
    if paragraph.marker or not open_one.is_open or not paragraph.text:
        return False
    if abs(open_one.rows[-1].size - paragraph.size) > _SAME_SIZE * paragraph.size:
        return False
    if open_one.bold or paragraph.bold:
        return False
    last, first = open_one.rows[-1], paragraph.rows[0]
    moved = last.page != first.page or first.baseline > last.baseline
    below = 0 < last.baseline - first.baseline <= _NEXT_COLUMN_LINE * first.size
    full = _is_full(last, first, (open_one.left, open_one.right))
    if not moved and not (below and full):
        return False
    start = paragraph.text[0]
    return start.islower() or (
        full and open_one.text[-1] == "," and not _NUMBERED.match(paragraph.text)
    )
