"""A text as detectors read it: full-width digits, odd dashes and spaces made plain."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

_UNSEEN = "\u00ad\u200b\u200c\u200d\u2060\ufeff"
_DASHES = "\u2010\u2011\u2012\u2013\u2014\u2212\ufe63"
_SPACES = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u3000"


@lru_cache(maxsize=1)
def _table() -> dict[int, str | None]:
    table: dict[int, str | None] = {
        point: str(unicodedata.decimal(chr(point)))
        for point in (*range(128, 0x10000), *range(0x1D7CE, 0x1D800))
        if unicodedata.category(chr(point)) == "Nd"
    }
    table |= {point: chr(point - 0xFEE0) for point in range(0xFF01, 0xFF5F)}
    table |= {ord(dash): "-" for dash in _DASHES}
    table |= {ord(space): " " for space in _SPACES}
    return table


def plain(text: str) -> tuple[str, Sequence[int] | None]:
    """The text in plain characters, and where each of them stands in ``text``.

    None instead of positions means that they are the same. Characters that nobody sees, which
    could tear a number apart, are left out.
    """
    if text.isascii():
        return text, None
    translated = text.translate(_table())
    if not any(mark in translated for mark in _UNSEEN):
        return translated, None
    positions = [number for number, mark in enumerate(translated) if mark not in _UNSEEN]
    kept = "".join(translated[number] for number in positions)
    return kept, [*positions, len(text)]
