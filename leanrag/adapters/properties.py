"""What documents state about themselves, under the same names and types for every format.

``author`` (a text, or a list of several), ``date`` (written, published or sent), ``modified``,
``description``, ``keywords`` (a list), ``publisher`` and ``subject``. Dates are ISO 8601; a date
that cannot be read is left out, so that the field stays one that can be compared.
"""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from leanrag.metadata import parse_date
from leanrag.text.normalise import normalise
from leanrag.types import MetadataValue

_MAX_TEXT = 300
_MAX_ITEMS = 20
_COMPACT = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})?)?.*")
_YEAR_FIRST = re.compile(r"(\d{4})[/.](\d{1,2})[/.](\d{1,2})")
_SEPARATORS = re.compile(r"[;,，；、]")
_PROGRAMS = frozenset(
    ("python-docx", "openpyxl", "xlsxwriter", "python-pptx", "unknown", "user", "admin",
     "administrator", "microsoft office user", "windows user", "author"),
)  # fmt: skip
_JUNK_TITLES = re.compile(
    r"(?:untitled|document\d*|presentation\d*|powerpoint presentation|microsoft word - .*|"
    r"word document|book\d*|unbenannt\d*|无标题|文档\d*)(?:\.\w{2,4})?",
    re.IGNORECASE,
)


def collect(**values: object) -> dict[str, MetadataValue]:
    """The properties that have a value, each in its form; others are left out.

    ``date`` and ``modified`` take texts or ``datetime``; ``author`` a text or several;
    ``keywords`` a text with commas or semicolons, or several.
    """
    found: dict[str, MetadataValue] = {}
    for name, value in values.items():
        kept: MetadataValue | None
        if name in ("date", "modified"):
            kept = date_of(value)
        elif name == "keywords":
            given = _SEPARATORS.split(value) if isinstance(value, str) else _texts(value)
            kept = _distinct(given) or None
        else:
            texts = _distinct(_texts(value))
            kept = texts[0] if len(texts) == 1 else texts or None
        if kept is not None:
            found[name] = kept
    return found


def date_of(value: object) -> str | None:
    """A date or instant in ISO 8601 form, from the notations that documents use; else None."""
    if isinstance(value, datetime):
        return value.isoformat(timespec="seconds")
    if not isinstance(value, str):
        return None
    text = value.strip()
    if parse_date(text) is not None:
        return text
    for candidate in (_reordered(text), _mail_date(text)):
        if candidate is not None and parse_date(candidate) is not None:
            return candidate
    return None


def authors(text: str) -> list[str]:
    """The names in a creator property; the names that libraries write by themselves are none."""
    return [name for name in map(str.strip, text.split(";")) if name.lower() not in _PROGRAMS]


def usable_title(text: object) -> str:
    """A stated title on one line, "" where it is one that programs put there by themselves."""
    if not isinstance(text, str):
        return ""
    title = " ".join(normalise(text).split())
    return "" if _JUNK_TITLES.fullmatch(title) else title[:_MAX_TEXT]


def _reordered(text: str) -> str | None:
    if "T" in text and "-" in text:  # more precise than a store keeps: 2024-05-01T10:00:00.1234567Z
        return re.sub(r"(\.\d{6})\d+", r"\1", text)
    match = _YEAR_FIRST.match(text)
    if match:
        return f"{match[1]}-{int(match[2]):02}-{int(match[3]):02}"
    match = _COMPACT.fullmatch(text)
    if match:
        day = f"{match[1]}-{match[2]}-{match[3]}"
        return f"{day}T{match[4]}:{match[5]}:{match[6] or '00'}" if match[4] else day
    return None


def _mail_date(text: str) -> str | None:
    try:
        moment = parsedate_to_datetime(text)
        return (moment.astimezone(UTC) if moment.tzinfo else moment).isoformat(timespec="seconds")
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, Iterable):
        return [item for item in value if isinstance(item, str)]
    return []


def _distinct(texts: Iterable[str]) -> list[str]:
    kept: dict[str, None] = {}
    for text in texts:
        line = " ".join(normalise(text).split())
        if len(line) > _MAX_TEXT:
            line = line[: _MAX_TEXT - 1].rstrip() + "…"
        if line:
            kept.setdefault(line)
    return list(kept)[:_MAX_ITEMS]
