"""Rows of a PDF page: the fragments that stand on one baseline, and the columns of the page."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from leanrag.readers.pdf.lines import SMALLER, SUPERSCRIPTS, Fragment

_SAME_BASELINE = 0.3
_TEXT_GAP = 0.95
_FIGURE_GAP = 0.55
"""Between two figures, which do not stand in a sentence one after the other."""

_MARKER_GAP = 5.0
_NOTE_GAP = 1.5
_MAX_NOTE = 6
_MAX_HOSTS = 500
_MARKER = re.compile(
    r"[•▪■◦●○➢✓□–—*·‣§-]|o|\((?:[a-zA-Z]{1,2}|[ivxIVX]{1,5}|\d{1,2})\)|(?:\d{1,2}|[a-zA-Z]|[ivx]{1,5})[.)]"
)
"""What stands in front of a list item or a footnote."""
NUMBERING = re.compile(
    r"(?:§+\s?|(?:art(?:icle|\.)?|section|clause|item|no\.?|nr\.?|abs\.?)\s)?"
    r"(?:\(?(?:\d{1,3}|[a-zA-Z]{1,2}|[ivxlIVXL]{1,6})[.)]{1,2}|[A-Z]?\d{1,3}(?:\.\d{1,3}){1,5}\.?\)?"
    r"|(?<=\s)\d{1,3}[a-z]?|(?<=§)\d{1,3}[a-z]?)",
    re.IGNORECASE,
)
"""What stands in front of a numbered paragraph: "1.", "(a)", "3.1.2", "§ 4", "Article 5"."""

_WORDS = re.compile(r"(?!N/?[AM]\b)[^\W\d_]", re.IGNORECASE)
_FIGURE = re.compile(
    r"(?:(?:US|C|A|HK)?[$€£¥]|[+~<>-])?\s*\(?\s*(?:[$€£¥]\s*)?[+−–-]?(?:\d(?:[\d,.’]*\d)?|\.\d+)"
    r"[⁰-⁹]*\s*(?:\)|%|x|bps?|pts?|million|billion|\s)*(?:\([a-z]\)|[*†])?"
    r"|[$€£¥]?\s*[-–—−]+\s*%?|[$€£¥%)]|N/?[AM]|n/?[am]|nm\*?|\*"
)


@dataclass(slots=True)
class Row:
    """Fragments on one baseline from left to right, at least one. ``page`` counts from 1."""

    fragments: list[Fragment]
    page: int

    @property
    def text(self) -> str:
        """The whole row."""
        return " ".join(fragment.text for fragment in self.fragments)

    @property
    def baseline(self) -> float:
        """That of the first fragment."""
        return self.fragments[0].baseline

    @property
    def left(self) -> float:
        """Where the row begins."""
        return self.fragments[0].left

    @property
    def right(self) -> float:
        """Where the row ends."""
        return self.fragments[-1].right

    @property
    def bold(self) -> bool:
        """Whether all of it is bold."""
        return all(fragment.bold for fragment in self.fragments)

    @property
    def size(self) -> float:
        """The largest font size."""
        return max(fragment.size for fragment in self.fragments)


def rows_of(fragments: Iterable[Fragment], page: int) -> list[Row]:
    """The rows from top to bottom, neighbours in a row joined where no gap parts them."""
    rows: list[list[Fragment]] = []
    for fragment in sorted(_with_notes(fragments), key=lambda f: (-f.baseline, f.left, f.right)):
        if rows and _same_row(rows[-1], fragment):
            rows[-1].append(fragment)
        else:
            rows.append([fragment])
    return [Row(_joined(row), page) for row in rows]


def _with_notes(fragments: Iterable[Fragment]) -> list[Fragment]:
    """The fragments, those that are note marks above the end of another one joined to it."""
    out: list[Fragment] = []
    marks: list[Fragment] = []
    for fragment in fragments:
        (marks if len(fragment.text) <= _MAX_NOTE else out).append(fragment)
    hosts = sorted((*out, *marks), key=lambda f: f.baseline)
    lines = [host.baseline for host in hosts]
    for mark in marks:
        low = bisect_left(lines, mark.baseline - 2 * mark.size)
        high = bisect_left(lines, mark.baseline - 0.1 * mark.size)
        near = hosts[low : min(high, low + _MAX_HOSTS)]
        host = next((one for one in near if _is_note(mark, one)), None)
        if host is None:
            out.append(mark)
        else:
            host.text += mark.text.translate(SUPERSCRIPTS)
            host.right = max(host.right, mark.right)
    return out


def _is_note(mark: Fragment, host: Fragment) -> bool:
    if mark.size > SMALLER * host.size or mark.direction != host.direction:
        return False
    raised = mark.baseline - host.baseline < 0.7 * host.size
    return raised and -0.3 * host.size <= mark.left - host.right <= _NOTE_GAP * host.size


def _widest_gap(before: str, after: str) -> float:
    """The widest gap, in font sizes, across which two texts are still one."""
    figures = before[-1].isdigit() or before[-1] in ")%" or is_figure(before)
    return _FIGURE_GAP if figures and (is_figure(after) or after[0] in "($") else _TEXT_GAP


def is_figure(text: str) -> bool:
    """Whether a cell holds an amount, or what stands for one: "$ (1,234)", "12 %", "—", "NM"."""
    return _FIGURE.fullmatch(text) is not None


def _same_row(row: Sequence[Fragment], fragment: Fragment) -> bool:
    largest = max(row, key=lambda f: f.size)
    reach = _SAME_BASELINE * min(largest.size, fragment.size)
    return abs(largest.baseline - fragment.baseline) <= reach


def _joined(row: list[Fragment]) -> list[Fragment]:
    out: list[Fragment] = []
    row = sorted(row, key=lambda f: (f.left, f.right))
    for fragment in row:
        last = out[-1] if out else None
        if last is not None and _is_copy(last, fragment):
            continue
        before = out[-2] if len(out) > 1 else None
        if last is not None and _belongs(before, last, fragment, row[-1]):
            out[-1] = _join(last, fragment)
        else:
            out.append(fragment)
    return out


def _is_copy(last: Fragment, fragment: Fragment) -> bool:
    """Whether the same text was drawn twice, a little apart, to look bold or shadowed."""
    return last.text == fragment.text and abs(last.left - fragment.left) < 0.3 * last.size


def _belongs(before: Fragment | None, last: Fragment, fragment: Fragment, end: Fragment) -> bool:
    """Whether no gap parts ``last`` from ``fragment``; ``before`` stands before them, ``end`` at
    the end of the row."""
    gap = (fragment.left - last.right) / max(last.size, fragment.size)
    if _MARKER.fullmatch(last.text) and _WORDS.match(fragment.text):
        in_table = before is not None and is_figure(before.text)  # "(7)" is a loss
        if (
            end is not fragment and last.text[-2:-1].isalnum()
        ):  # the number of a row, not of a clause
            in_table = in_table or is_figure(end.text)
        return gap <= (_MARKER_GAP if not in_table else _widest_gap(last.text, fragment.text))
    return gap <= _widest_gap(last.text, fragment.text)


def _join(first: Fragment, second: Fragment) -> Fragment:
    longer = first if len(first.text) >= len(second.text) else second
    touching = second.left - first.right < 0.12 * longer.size
    return replace(
        longer,
        text=first.text + ("" if touching else " ") + second.text,
        left=first.left,
        right=max(first.right, second.right),
        mono=first.mono and second.mono,
        opens_bold=first.opens_bold,
    )
