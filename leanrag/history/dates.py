"""Days and months that a text names."""

import re
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

_MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september"),
    *("october", "november", "december"),
)
_MONTH = r"(?P<month>[A-Z][a-z]{2,8})\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?P<year>\d{4})"
_FORMS = tuple(
    re.compile(rf"(?<![\w-]){form}(?!\w)")
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d\d)(?:-(?P<day>\d\d))?(?:T[\d:.]+(?:Z|[+-]\d\d:?\d\d)?)?",
        rf"{_DAY}(?:\s+of)?\s+{_MONTH},?\s+{_YEAR}",
        rf"{_MONTH}\s+{_DAY},?\s+{_YEAR}",
        rf"{_MONTH},?\s+(?:of\s+)?{_YEAR}",
        rf"{_DAY}(?:\s+of)?\s+{_MONTH}",
        rf"{_MONTH}\s+{_DAY}",
    )
)


@dataclass(frozen=True, slots=True)
class Named:
    """A date as a text names it; a month has no day, and a day may have no year."""

    month: int
    day: int | None = None
    year: int | None = None

    def in_year(self, year: int) -> date | None:
        """The day, or the first of the month, in its own year or else in ``year``."""
        try:
            return date(self.year or year, self.month, self.day or 1)
        except ValueError:  # there is no 29 February in that year
            return None


@lru_cache(maxsize=4096)
def named_date(text: str) -> Named | None:
    """The first date in ``text``: ISO 8601, or day, month and year in English words.

    >>> named_date("Where was Ann on May 3rd, 2023?")
    Named(month=5, day=3, year=2023)
    """
    for form in _FORMS:
        for match in form.finditer(text):
            found = match.groupdict()
            month = _month(found["month"])
            if month is None:
                continue
            year, day = found.get("year"), found.get("day")
            named = Named(month, int(day) if day else None, int(year) if year else None)
            if named.in_year(2024):
                return named
    return None


def _month(text: str) -> int | None:
    if text.isdigit():
        return int(text) if 1 <= int(text) <= 12 else None
    word = text.lower()
    return next((n for n, name in enumerate(_MONTHS, 1) if name.startswith(word)), None)
