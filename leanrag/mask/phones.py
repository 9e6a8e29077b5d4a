"""Finds telephone numbers: international, Chinese, North American, European; others by a word.

A number in one of the shapes below counts by itself; any other one counts only behind a word such
as ``phone`` or ``电话``. Every pattern is bounded in its reach.
"""

import re
from collections.abc import Iterator

from leanrag.types import Span

_MOST_DIGITS = 15
"""Of a telephone number with its country code (ITU-T E.164)."""
_FEWEST_DIGITS = 7
_FEWEST_WITH_COUNTRY = 9
_ELEVEN_DIGITS = "17"
"""Country codes behind which there are always ten digits: North America, Russia, Kazakhstan."""
_WITH_TEN = 11

_COUNTRIES = re.compile(
    r"1|7|2(?:0|7|1[12368]|[2-6]\d|9[01789])|3(?:[0-4]|6|9|[578]\d)|4(?:[013-9]|2\d)|5(?:[1-8]|[09]\d)"
    r"|6(?:[0-6]|[7-9]\d)|8(?:[1246]|[05789]\d)|9(?:[0-58]|[679]\d)"
)
_BEFORE = r"(?<![A-Za-z0-9_.+])(?<!\d[-/])"
_AFTER = r"(?![A-Za-z0-9_]|[.\-/:]\d)"
_GROUPS = r"(?:[ .\-/]{0,3}(?:\(\d{1,5}+\)|\d{1,12}+)){1,6}"

_INTERNATIONAL = re.compile(rf"(?<![A-Za-z0-9_.+])\+[1-9]\d{{0,2}}{_GROUPS}(?![A-Za-z0-9_])")
_WITH_ZEROS = re.compile(rf"{_BEFORE}00[1-9]\d{{0,2}}[ .\-/]{_GROUPS}(?![A-Za-z0-9_])")
_SHAPES = re.compile(
    "|".join(
        f"{_BEFORE}{shape}{_AFTER}"
        for shape in (
            # Chinese mobile, landline and service numbers
            r"(?:\(?(?:\+|00)?86\)?[ -]?)?1[3-9]\d(?:[ -]?\d{4}){2}",
            r"(?:(?:\+|00)86[ -]?)?(?:\(0(?:10|2\d|[3-9]\d\d)\)[ -]?|0(?:10|2\d|[3-9]\d\d)[ -])"
            r"\d{3,4}[ -]?\d{4}(?: ?(?:转|ext\.?|x|-) ?\d{1,6})?",
            r"[48]00[ -]\d{3,4}[ -]\d{3,4}",
            # North America
            r"(?:\+?1[ .-])?(?:\([2-9]\d\d\) ?|[2-9]\d\d[-.])[2-9]\d\d[-. ]\d{4}",
            # France; Britain; Germany and its neighbours; Russia
            r"0[1-9](?:[ .]\d\d){4}",
            r"\(?0\d{2}\)? \d{4} \d{3,4}|\(?0\d{3,4}\)? \d{3,4} \d{3,4}|\(?0\d{4}\)? \d{6}",
            r"\(?0[1-9]\d{1,3}\)?(?: ?/ ?\d{2,9}|-\d{3,9})(?:[ -]\d{2,5}){0,4}",
            r"\(?0[1-9]\d{1,3}\)? \d{6,9}",
            r"8[ -]?\(?\d{3}\)?[ -]?\d{3}[ -]\d\d[ -]\d\d",
        )
    )
)
_SAID = re.compile(
    r"(?:(?<![A-Za-z])(?:tele)?(?:phone|fax)(?![a-z])|(?<![A-Za-z])(?:tel|mobile|handy|mobil|ph)"
    r"(?![a-z])|(?<![a-z])(?:telefonn?o?|tel[eé]fono|t[eé]l[eé]phone|m[oó]vil|rufnummer|whatsapp)"
    r"|тел(?:ефон)?|电话|電話|手机|手機|座机|传真|联系方式|热线|微信|拨打|致电"
    r"|(?<![a-z])(?:call (?:me|us|him|her|them)|ruf(?:en|t)? sie [a-zäöü]{2,4} an)"
    r"|(?<![a-z])ll[aá]m\w{2,5} al)"
    r"[^\d\n+(]{0,12}?(?P<number>[+(]?\d(?:[ .\-/()]{0,3}\d{1,12}+){1,7}\)?)(?![A-Za-z0-9_])",
    re.IGNORECASE,
)


def find_phones(text: str) -> Iterator[Span]:
    """Spans of the telephone numbers in a plain text; they may overlap."""
    for match in _INTERNATIONAL.finditer(text):
        span = _with_country(text, match.span(), 1)
        if span:
            yield span
    for match in _WITH_ZEROS.finditer(text):
        span = _with_country(text, match.span(), 2)
        if span:
            yield span
    for match in _SHAPES.finditer(text):
        if _digits(match.group()) >= _FEWEST_WITH_COUNTRY - 1:
            yield match.span()
    for match in _SAID.finditer(text):
        start, end = _trimmed(text, match.span("number"), _MOST_DIGITS)
        if _digits(text[start:end]) >= _FEWEST_DIGITS:
            yield start, end


def _with_country(text: str, span: Span, prefix: int) -> Span | None:
    """The number behind ``+`` or ``00`` where its country exists and its length is possible."""
    zeros = prefix if prefix > 1 else 0
    short = text[span[0] + prefix] in _ELEVEN_DIGITS
    start, end = _trimmed(text, span, zeros + (_WITH_TEN if short else _MOST_DIGITS))
    digits = "".join(filter(str.isdigit, text[start + prefix : end]))
    fewest = _WITH_TEN if short else _FEWEST_WITH_COUNTRY
    return (start, end) if len(digits) >= fewest and _COUNTRIES.match(digits) else None


def _trimmed(text: str, span: Span, most: int) -> Span:
    """The span without the last groups of digits that are too many for one number."""
    start, end = span
    while _digits(text[start:end]) > most:
        shorter = re.sub(r"\d+\D*\Z", "", text[start:end]).rstrip(" .-/(")
        end = start + len(shorter)
    return start, end


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))
