"""Tells headings from paragraphs, by the outline and by size and weight, and their levels."""

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from leanrag.readers.pdf.paragraphs import Paragraph
from leanrag.readers.pdf.rows import Row, is_figure

_LARGER = 1.12
_MAX_LETTERS = 200
_MAX_ITALIC = 90
_MAX_PLAIN = 120
_MAX_LINES = 3
_MAX_LEVEL = 8
_MAX_TITLE_STEP = 2.4
_MAX_SHARE = 0.5
"""Where more of the paragraphs look like headings, weight says nothing."""

_PART = re.compile(r"(?:part|chapter|teil|kapitel|partie|parte|часть|глава)\s+[\divxlc]+\b", re.I)
_ITEM = re.compile(
    r"(?:item|article|section|appendix|annex|exhibit|abschnitt|第)\s*[\divxlc]+", re.I
)
_NOTE = re.compile(r"(?:note|anhang|nota|примечание)\s+\d+", re.I)
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,4}\.?\s+\S")
_NAMED = re.compile(
    r"(?:part|chapter|item|article|section|note)\s+[\divxlc]+[a-z]?\s*(?:[.:–—-]\s*\S.{2,90})?",
    re.I,
)
_SENTENCES = re.compile(r"[^\W\d]{3,}[.!?]\s+[^\W\d]")
_ENDS_LIKE_PROSE = re.compile(r"[,;:]\Z|[.。]\Z")
_WORD = re.compile(r"\w+")

Part = TypeVar("Part")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """A bookmark of the document; ``depth`` from 0, ``page`` from 1."""

    title: str
    depth: int
    page: int


def body_style(pages: Iterable[Sequence[Row]]) -> tuple[float, bool]:
    """Size and weight of most of the text."""
    letters: Counter[tuple[float, bool]] = Counter()
    for rows in pages:
        for row in rows:
            for fragment in row.fragments:
                letters[round(fragment.size * 2) / 2, fragment.bold] += len(fragment.text)
    return max(letters, key=lambda style: (letters[style], style), default=(10.0, False))


def heading_levels(
    found: Sequence[Paragraph], body: tuple[float, bool], outline: Sequence[OutlineEntry]
) -> dict[int, int]:
    """The level, from 1, of each of the paragraphs that is a heading, by its place.

    A bookmark gives its depth; other headings stand below the deepest bookmarks, in the order of
    their size, weight and numbering.
    """
    marked = _bookmarked(found, outline)
    looks: dict[int, tuple[float, ...]] = {}
    for place, paragraph in enumerate(found):
        if place not in marked and _is_heading(paragraph, body):
            looks[place] = _rank(paragraph, body)
    if len(looks) > _MAX_SHARE * len(found) > 10:
        looks = {place: look for place, look in looks.items() if -look[0] >= _LARGER}
    order = {look: number for number, look in enumerate(sorted(set(looks.values())), start=1)}
    below = max(marked.values(), default=0) if _covers(marked, looks) else 0
    ranks = {place: below + order[look] for place, look in looks.items()} | marked
    largest = max((found[place].size for place in marked), default=math.inf)
    for place in looks:
        if found[place].size > _LARGER * largest:
            ranks[place] = 0  # it stands above what the outline begins with
    return _nested(ranks)


def _nested(ranks: Mapping[int, int]) -> dict[int, int]:
    """Levels without gaps: how many headings of a higher rank are open above each."""
    levels: dict[int, int] = {}
    above: list[int] = []
    for place in sorted(ranks):
        while above and above[-1] >= ranks[place]:
            above.pop()
        above.append(ranks[place])
        levels[place] = min(len(above), _MAX_LEVEL)
    return levels


def _covers(marked: Mapping[int, int], looks: Mapping[int, object]) -> bool:
    """Whether the outline is more than a few marks."""
    return 10 * len(marked) >= len(looks)


def _bookmarked(found: Sequence[Paragraph], outline: Sequence[OutlineEntry]) -> dict[int, int]:
    """The levels of the paragraphs that bookmarks name, on their page."""
    by_page: defaultdict[int, list[int]] = defaultdict(list)
    for place, paragraph in enumerate(found):
        by_page[paragraph.rows[0].page].append(place)
    levels: dict[int, int] = {}
    for entry in outline:
        wanted = _plain(entry.title)
        if not wanted:
            continue
        for place in by_page[entry.page]:
            paragraph = found[place]
            if place not in levels and _fits(_plain(paragraph.text), wanted, paragraph):
                levels[place] = entry.depth + 1
                break
    return levels


def _fits(text: str, wanted: str, paragraph: Paragraph) -> bool:
    if len(paragraph.rows) > _MAX_LINES or len(text) > 2 * len(wanted) + 20:
        return False
    return wanted in (text, text.lstrip("0123456789 ")) or (
        min(len(wanted), len(text)) > 8 and (wanted in text or text in wanted)
    )


def _plain(text: str) -> str:
    return " ".join(_WORD.findall(text.casefold()))


def _is_heading(paragraph: Paragraph, body: tuple[float, bool]) -> bool:
    text = paragraph.text
    letters = sum(letter.isalpha() for letter in text)
    if letters < 2 or len(text) > _MAX_LETTERS or len(paragraph.rows) > _MAX_LINES:
        return False
    if paragraph.marker and not _NUMBERED.match(text):
        return False
    if is_figure(text) or text[0].islower() or text[0] in "(*†" or letters * 2 < len(text) - 3:
        return False
    numbered = _PART.match(text) or _ITEM.match(text) or _NOTE.match(text) or _NUMBERED.match(text)
    if _ENDS_LIKE_PROSE.search(text) and not (numbered and text[-1] not in ",;" and letters < 90):
        return False
    if paragraph.size >= _LARGER * body[0]:
        return paragraph.bold or (len(text) <= _MAX_PLAIN and not _SENTENCES.search(text))
    if paragraph.size < 0.85 * body[0]:
        return False
    if paragraph.bold:
        return not body[1]
    if _NAMED.fullmatch(text) and len(paragraph.rows) == 1:
        return True
    if paragraph.italic:
        return len(text) <= _MAX_ITALIC and len(paragraph.rows) == 1
    return _is_capitals(text) and letters >= 8 and len(paragraph.rows) <= 2


def _rank(paragraph: Paragraph, body: tuple[float, bool]) -> tuple[float, ...]:
    """What orders headings: the higher one is the smaller."""
    text = paragraph.text
    share = round(paragraph.size / body[0], 1)
    numbering = 3.0
    for number, pattern in enumerate((_PART, _ITEM, _NOTE)):
        if pattern.match(text):
            numbering = float(number)
            break
    depth = 0.0
    match = _NUMBERED.match(text)
    if match:
        depth = float(match[0].split()[0].rstrip(".").count("."))
    if numbering < 3:
        # named parts keep their order whatever their size
        return (-9.0 + numbering, 0.0, 0.0, 0.0, 0.0)
    return (
        -share, -float(paragraph.bold), -float(_is_capitals(text)), float(paragraph.italic), depth
    )  # fmt: skip


def _is_capitals(text: str) -> bool:
    return text.upper() == text != text.lower()


def with_joined_headings(
    parts: Iterable[Paragraph | Part], levels: Mapping[int, int]
) -> Iterator[Paragraph | Part]:
    """The parts with lines of one heading joined: the name of a statement above its date.

    ``levels`` are those of the headings by the identity of their paragraph.
    """
    last: Paragraph | None = None
    for part in parts:
        level = levels.get(id(part))
        if isinstance(part, Paragraph) and level is not None:
            if last is not None and level == levels[id(last)] and _is_title_line(last, part):
                last.text = f"{last.text} – {part.text}"
                last.rows = [*last.rows, *part.rows]
                continue
            last = part
        else:
            last = None
        yield part


def _is_title_line(above: Paragraph, paragraph: Paragraph) -> bool:
    first, last = paragraph.rows[0], above.rows[-1]
    if first.page != last.page or len(above.text) + len(paragraph.text) > _MAX_LETTERS:
        return False
    if not 0 < last.baseline - first.baseline <= _MAX_TITLE_STEP * max(first.size, last.size):
        return False
    if max(first.size, last.size) > _LARGER * min(first.size, last.size):
        return False
    return not any(pattern.match(paragraph.text) for pattern in (_PART, _ITEM, _NOTE, _NUMBERED))
