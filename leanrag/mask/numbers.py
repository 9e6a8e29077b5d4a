"""Finds numbers of cards, accounts and people, confirmed by check digits where they have any."""

import re
from collections.abc import Callable, Iterator

from leanrag.mask import checks
from leanrag.types import Span

_BEFORE = r"(?<![A-Za-z0-9_])(?<!\d[.\-])"
_AFTER = r"(?![A-Za-z0-9_]|[.\-]\d)"

_DIGIT_RUNS = re.compile(r"(?<![A-Za-z0-9_.])\d(?:[ -]?\d){12,400}+(?![A-Za-z_])")
_GROUPINGS = {
    (4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 1), (4, 4, 4, 4, 2), (4, 4, 4, 4, 3),
    (4, 4, 4, 1), (4, 4, 4, 3), (6, 13), (6, 10), (6, 12), (8, 8), (4, 12),
}  # fmt: skip
_LONGEST_CARD = 19

_IBAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{2}\d\d(?:[ -]?[A-Za-z0-9]){11,40}+")
_IBAN_LENGTHS = {
    "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22,
    "BR": 29, "BY": 28, "CH": 21, "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28,
    "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27, "GB": 22, "GE": 22, "GI": 23,
    "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
    "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20,
    "LV": 21, "LY": 25, "MC": 27, "MD": 24, "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30,
    "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29, "RO": 24, "RS": 22,
    "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23,
    "TN": 24, "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
}  # fmt: skip

_DAY = r"(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_NO_SSN = r"(?!000|666|9\d\d)\d{3}"
_ITIN = r"9\d\d-(?:5\d|6[0-5]|7\d|8[0-8]|9[0-24-9])"


def _always(_: str) -> bool:
    return True


_IDENTITY: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(f"{_BEFORE}{pattern}{_AFTER}"), check)
    for pattern, check in (
        # China, Taiwan, Hong Kong
        (rf"[1-9]\d{{5}} ?(?:18|19|20)\d\d{_DAY} ?\d{{3}}[\dXx]", checks.chinese_id),
        (r"[A-Z][1289]\d{8}", checks.taiwan_id),
        (r"[A-Z]{1,2}\d{6} ?\([0-9A]\)", checks.hong_kong_id),
        # United States: social security and taxpayer numbers
        (rf"{_NO_SSN}-(?!00)\d\d-(?!0000)\d{{4}}|{_ITIN}-\d{{4}}", _always),
        # Spain, Germany, Britain, France, Italy
        (r"(?:\d{8}|\d{2}\.\d{3}\.\d{3})[ -]?[A-Z]|[XYZ][ -]?\d{7}[ -]?[A-Z]", checks.dni),
        (r"[1-9]\d(?: ?\d{3}){3}", checks.german_tax_id),
        (
            r"(?!BG|GB|KN|NK|NT|TN|ZZ)[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z](?: ?\d\d){3} ?[A-D]",
            _always,
        ),
        (
            r"[12] ?\d\d ?(?:0[1-9]|1[0-2]|[2-9]\d) ?(?:\d\d|2[AB]) ?\d{3} ?\d{3} ?\d\d",
            checks.french_nir,
        ),
        (r"[A-Z]{6}\d\d[A-EHLMPRST]\d\d[A-Z]\d{3}[A-Z]", checks.codice_fiscale),
    )
)  # fmt: skip
_SAID = re.compile(
    rf"(?:(?:身份证|身份證)[^\d\n]{{0,8}}(?P<old>[1-9]\d{{5}} ?\d\d{_DAY} ?\d{{3}})"
    r"|护照[^A-Za-z0-9\n]{0,8}(?P<passport>[A-Za-z]{1,2}\d{7,8})"
    rf"|(?:SSN|social security)[^\d\n]{{0,12}}(?P<ssn>{_NO_SSN}[ -]?\d\d[ -]?\d{{4}}))"
    r"(?![A-Za-z0-9_])",
    re.IGNORECASE,
)


def find_cards(text: str) -> Iterator[Span]:
    """Spans of payment card numbers in a plain text."""
    for match in _DIGIT_RUNS.finditer(text):
        runs = [
            (match.start() + run.start(), match.start() + run.end())
            for run in re.finditer(r"\d+", match.group())
        ]
        first = 0
        while first < len(runs):
            last = _card_from(text, runs, first)
            if last is not None:
                yield runs[first][0], runs[last][1]
            first = first + 1 if last is None else last + 1


def _card_from(text: str, runs: list[Span], first: int) -> int | None:
    """The last group of the card number that starts with this group of digits, if one does."""
    sizes: list[int] = []
    for last in range(first, len(runs)):
        sizes.append(runs[last][1] - runs[last][0])
        if sum(sizes) > _LONGEST_CARD:
            return None
        if len(sizes) == 1 or tuple(sizes) in _GROUPINGS:
            digits = "".join(text[start:end] for start, end in runs[first : last + 1])
            if checks.card(digits):
                return last
    return None


def find_ibans(text: str) -> Iterator[Span]:
    """Spans of international bank account numbers in a plain text."""
    for match in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(match.group()[:2].upper(), 0)
        places = [match.start() + n for n, mark in enumerate(match.group()) if mark.isalnum()]
        if not length or len(places) < length:
            continue
        end = places[length - 1] + 1
        joined = "".join(text[place] for place in places[:length])
        if not re.match("[A-Za-z0-9]", text[end:]) and checks.iban(joined):
            yield match.start(), end


def find_identity(text: str) -> Iterator[Span]:
    """Spans of identity, tax and social security numbers in a plain text."""
    for pattern, check in _IDENTITY:
        for match in pattern.finditer(text):
            if check("".join(filter(str.isalnum, match.group()))):
                yield match.span()
    for match in _SAID.finditer(text):
        if match.lastgroup:
            yield match.span(match.lastgroup)
