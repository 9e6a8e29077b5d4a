"""The shapes that lines of plain text take: headings, bullets, rules, terms, code, wrapping."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

ADORNMENT = re.compile(r"([=\-~^\"'`#*+.:_<>])\1{2,}")
BULLET = re.compile(
    r"(?![–-]\s+(?:[\"'„“”«»‚‘]|\d[\d.,]*\s?[°%‰]))"  # what somebody says, a value below zero
    r"(?:[*+•‣◦–-]|\d{1,3}[.)]|[a-z][.)]|\([a-z0-9]{1,3}\))(?=\s+\S)"
)
DIRECTIVE = re.compile(r"\.\.\s+(?:\|[^|]+\|\s+)?([\w:-]+?)::(?:\s+(.*))?")
TARGET = re.compile(r"\.\.\s+_.*:.*")
FENCE = re.compile(r"(?:```+|~~~+)\s*[\w+-]*$")
CODE_DIRECTIVES = frozenset(
    ("code", "code-block", "sourcecode", "parsed-literal", "doctest", "math", "productionlist")
)
OBJECT_DIRECTIVES = frozenset(
    ("function", "class", "method", "attribute", "data", "exception", "option", "envvar", "macro",
     "member", "type", "module", "staticmethod", "classmethod", "describe", "object"),
)  # fmt: skip
TABLE_DIRECTIVES = frozenset(("csv-table", "list-table"))
SILENT_DIRECTIVES = frozenset(
    ("image", "toctree", "contents", "index", "currentmodule", "include", "highlight", "raw",
     "sectionauthor", "moduleauthor", "role", "default-role", "meta", "testsetup"),
)  # fmt: skip
_LABELS = {
    "versionadded": "New in version",
    "versionchanged": "Changed in version",
    "deprecated": "Deprecated since version",
    "seealso": "See also",
}
_UNORDERED = "*+•‣◦–-"
_RULE = re.compile(r"(?:=+(?: +=+)+|\+(?:[-=]+\+)+)")
_OPTION = re.compile(r":[\w-]+:(?:\s.*)?")
_SIGNATURE = re.compile(r"(?:(?:class|exception|async|await|coroutine) )?[\w.]+\(.*\)(?: ->.*)?")
_CODE_LINE = re.compile(
    r">>>|::=|[{};\\]$|\s[=!<>+-]?=\s|^[$%#>]\s|->|=>|^[\w.]+\(.*\)$|^@\w"
    r"|^(?:def|class) \w+[(:]|^(?:from \S+ )?import [\w.*, ()]+$"
    r"|^(?:if|elif|else|for|while|try|with|except|finally)\b.*:|^(?:return|raise|pass)\b[^.]*$"
)
NOTE = re.compile(r"(?:Note|Warning|Tip|Caution|Important|Hint|See also):", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]{2,}")
_MIN_WORDS = 4
_MIN_WRAP = 24
_RAGGED = 0.85
_FULL_LINE = 60
_MAX_HEADING = 200
_CJK = "\u3000-\u9fff\uac00-\ud7a3\uff00-\uffef"
_CJK_SEAM = re.compile(f"[{_CJK}]\n[{_CJK}]")


class Line(NamedTuple):
    """A line of text and how far it is indented."""

    indent: int
    text: str


def heading_style(lines: Sequence[Line], at: int) -> str:
    """The adornment of a heading that starts here: one character, two if overlined, else ""."""
    first = lines[at].text
    if lines[at].indent and not ADORNMENT.fullmatch(first):
        return ""
    if ADORNMENT.fullmatch(first):
        if at + 2 >= len(lines):
            return ""
        title, under = lines[at + 1].text, lines[at + 2].text
        fits = 0 < len(title) <= len(first) and under == first and not ADORNMENT.fullmatch(title)
        return first[0] * 2 if fits else ""
    if at + 1 >= len(lines) or len(first) > _MAX_HEADING:
        return ""
    under = lines[at + 1].text
    if lines[at + 1].indent or not ADORNMENT.fullmatch(under):
        return ""
    return under[0] if len(under) > 0.8 * len(first) else ""


def is_rule(text: str) -> bool:
    """Whether the line is the border of a table drawn with characters."""
    return _RULE.fullmatch(text) is not None


def table_end(lines: Sequence[Line], at: int) -> int:
    """The line after a table drawn with characters: after its last rule before a blank line."""
    for end in range(at + 1, len(lines)):
        last = end + 1 == len(lines) or not lines[end + 1].text
        if last and (is_rule(lines[end].text) or not lines[end].text):
            return end + 1
    return len(lines)


def fence_end(lines: Sequence[Line], at: int) -> int:
    """The line after a fenced block; an open one goes on to the end."""
    fence = lines[at].text[:3]
    for end in range(at + 1, len(lines)):
        text = lines[end].text
        if text.startswith(fence) and not text.strip(fence[0]):
            return end + 1
    return len(lines) + 1


def block_end(lines: Sequence[Line], at: int) -> int:
    """The end of the indented block that starts here, blank lines inside it included."""
    end = at
    for number in range(at, len(lines)):
        if lines[number].text:
            if not lines[number].indent:
                break
            end = number + 1
    return end


def dedent(lines: Sequence[Line]) -> list[Line]:
    """The lines moved to the left as far as all of them can be."""
    least = min((line.indent for line in lines if line.text), default=0)
    return [Line(max(line.indent - least, 0), line.text) for line in lines]


def without_options(block: Sequence[Line]) -> list[Line]:
    """A directive's block after its ``:name: value`` lines."""
    start = 0
    while start < len(block) and _OPTION.fullmatch(block[start].text):
        start += 1
    return dedent(block[start:])


def label(name: str, argument: str | None) -> str:
    """How a directive is put into words."""
    words = _LABELS.get(name) or name.replace("-", " ").capitalize()
    if not argument:
        return f"{words}:"
    return f"{words} {argument}" if name in _LABELS else f"{words}: {argument}"


def paragraph_end(lines: Sequence[Line], at: int) -> int:
    """The line after the paragraph: a blank one, or one where something else starts."""
    for end in range(at + 1, len(lines)):
        line = lines[end]
        if not line.text or (not line.indent and heading_style(lines, end)):
            return end
        if BULLET.match(line.text) and line.text[0] in _UNORDERED:
            follows = end + 1 < len(lines) and lines[end + 1].text[:1] == line.text[0]
            if follows or lines[end - 1].text.endswith(":"):
                return end
    return len(lines)


def is_first_line_indent(lines: Sequence[Line], at: int) -> bool:
    """Whether only the first line of a paragraph is indented, as in print."""
    return at + 1 < len(lines) and bool(lines[at + 1].text) and not lines[at + 1].indent


def is_term(lines: Sequence[Line], at: int, end: int) -> bool:
    """Whether lines stand above their indented description, or are signatures with one."""
    line = lines[at].text
    if at + 1 < end and lines[at + 1].indent > lines[at].indent:
        return len(line) < _FULL_LINE or line.endswith(")")
    if not all(_SIGNATURE.fullmatch(line.text) for line in lines[at:end]):
        return False
    following = next((line for line in lines[end:] if line.text), None)
    return following is not None and following.indent > 0


def split_bullet(text: str) -> tuple[str, str]:
    """The marker to keep ("" for a bullet, the number with a blank) and the rest of the line."""
    match = BULLET.match(text)
    marker = match[0] if match else ""
    rest = text[len(marker) :].lstrip()
    return ("" if marker in _UNORDERED else f"{marker} "), rest


def item_end(lines: Sequence[Line], at: int) -> int:
    """The line after a list item: the next item, or a line that is not indented after a blank."""
    blank = False
    for end in range(at + 1, len(lines)):
        line = lines[end]
        if not line.text:
            blank = True
            continue
        if not line.indent and (blank or BULLET.match(line.text)):
            return end
        if not line.indent and heading_style(lines, end):
            return end
        blank = False
    return len(lines)


def looks_like_code(block: Sequence[Line]) -> bool:
    """Whether most lines of an indented block are not prose."""
    filled = [line for line in block if line.text]
    prose = sum(_is_prose(line.text) for line in filled)
    return prose * 2 <= len(filled)


def _is_prose(text: str) -> bool:
    if _CODE_LINE.search(text):
        return False
    if BULLET.match(text):
        return True
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    spaces = text.count(" ")
    wordy = len(words) >= _MIN_WORDS or not text.isascii() or text.endswith((".", "?", "!"))
    return bool(words) and wordy and letters + spaces > 0.7 * len(text)


def join(texts: Sequence[str]) -> str:
    """The lines of a paragraph as one text: breaks that only wrap become blanks, others stay.

    A break wraps where the next word would have come close to the longest line's end.
    """
    width = max(map(len, texts))
    if width < _MIN_WRAP:
        return "\n".join(texts)
    parts = [texts[0]]
    for before, after in pairwise(texts):
        word = after.split(maxsplit=1)[0]
        if len(before) + 1 + len(word) <= _RAGGED * width:
            parts.append("\n")
        elif not _CJK_SEAM.fullmatch(f"{before[-1]}\n{after[0]}"):
            parts.append(" ")
        parts.append(after)
    return "".join(parts)
