"""Numbers, dates and times as a spreadsheet shows them, by the format codes of its cells.

ECMA-376 part 1, 18.8.31. What is not understood, and what depends on the reader's own settings,
gives None: colours and conditions between brackets, fractions, digits with signs in between,
names of months in other languages, the short date of the system.
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

_TOKEN = re.compile(
    r'"([^"]*)"|\\(.)|_.|\*.|\[\$([^\]-]*)(?:-[^\]]*)?\]|\[([^\]]*)\]'
    r"|(General|AM/PM|am/pm|A/P)|([yYmMdDhHsS]+)|([0#?,]*\.?[0#?]+,*(?:E[+-]0+)?)|(.)",
    re.DOTALL,
)
_COLOURS = frozenset(("black", "white", "red", "green", "blue", "yellow", "magenta", "cyan"))
_OF_SYSTEM = frozenset(("mm-dd-yy", "m/d/yy h:mm", "m/d/yyyy", "m/d/yyyy h:mm"))
"""The codes that files have for "short date", which each reader sees in the own way."""
_ENGLISH = frozenset(("", "409", "0409", "809", "0809", "c09", "1009"))
_LOCALE = re.compile(r"\[\$[^\]-]*-([0-9A-Fa-f]+)[^\]]*\]")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September",
    "October", "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_PATTERN = re.compile(r"([0#?,]*)(?:\.([0#?]*))?(,*)(?:E([+-])(0+))?")
_MAX_CODE = 200
_MAX_DECIMALS = 30


def number(value: float, code: str) -> str | None:
    """A number as shown; None where the code says nothing about it, or is not understood."""
    if not code or code == "General" or len(code) > _MAX_CODE:
        return None
    sections = _sections(code)
    own_sign = False
    section = sections[0]
    if value < 0 and len(sections) > 1:
        section, own_sign = sections[1], True
    elif value == 0 and len(sections) > 2:
        section = sections[2]
    try:
        amount = Decimal(repr(value))
    except InvalidOperation:
        return None
    if not amount.is_finite():
        return None
    parts = list(_tokens(section))
    patterns = [text for kind, text in parts if kind == "digits"]
    if len(patterns) > 1 or any(kind in ("other", "date") for kind, _ in parts):
        return None
    if any(kind == "text" and text in "/@" for kind, text in parts):
        return None
    amount = abs(amount).scaleb(2 * sum(text == "%" for kind, text in parts if kind == "text"))
    figure = _figure(amount, patterns[0]) if patterns else ""
    if figure is None:
        return None
    shown = "".join(figure if kind == "digits" else text for kind, text in parts)
    minus = (
        "-" if value < 0 and not own_sign and any(sign in "123456789" for sign in figure) else ""
    )
    return minus + " ".join(shown.split()) or None


def moment(value: datetime | date | time | timedelta, code: str) -> str | None:
    """A date or time as shown; None where the reader's settings decide, or names another tongue."""
    section = _sections(code or "")[0]
    plain = re.sub(r"\[\$[^\]]*\]", "", section)
    if not code or len(code) > _MAX_CODE or plain.lower() in _OF_SYSTEM:
        return None
    if isinstance(value, timedelta):
        return _elapsed(value, section)
    locale = _LOCALE.search(code)
    english = locale is None or locale[1].lower().lstrip("0") in _ENGLISH
    parts = list(_tokens(section))
    noon = any(kind == "noon" for kind, _ in parts)
    shown: list[str] = []
    last = ""
    for at, (kind, text) in enumerate(parts):
        if kind == "noon":
            shown.append("AM" if getattr(value, "hour", 0) < 12 else "PM")
        elif kind == "date":
            unit = text.lower()
            following = next((t.lower() for k, t in parts[at + 1 :] if k == "date"), "")
            if unit[0] == "m" and (last[:1] == "h" or following[:1] == "s"):
                unit = "i" * len(unit)
            last = unit
            piece = _unit(value, unit, noon=noon, english=english)
            if piece is None:
                return None
            shown.append(piece)
        elif kind == "text":
            shown.append(text)
        else:
            return None
    return " ".join("".join(shown).split()) or None


def _sections(code: str) -> list[str]:
    """The parts between semicolons, quoted ones left whole."""
    sections = [""]
    for match in _TOKEN.finditer(code):
        if match[8] == ";":
            sections.append("")
        else:
            sections[-1] += match[0]
    return sections


def _tokens(section: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(section):
        quoted, escaped, currency, bracket, word, date_unit, digits, sign = match.groups()
        if quoted is not None or escaped is not None:
            yield "text", quoted if quoted is not None else escaped
        elif currency is not None:
            yield "text", currency
        elif bracket is not None:
            if bracket.lower() not in _COLOURS and not bracket.lower().startswith("color"):
                yield "other", bracket
        elif word is not None:
            yield "other" if word == "General" else "noon", word
        elif date_unit is not None:
            yield "date", date_unit
        elif digits is not None:
            yield "digits", digits
        elif sign is not None:
            yield "text", sign


def _figure(amount: Decimal, pattern: str) -> str | None:
    """The digits of an amount in a pattern such as ``#,##0.00``."""
    match = _PATTERN.fullmatch(pattern)
    if match is None:
        return None
    whole, decimals, thousands, sign, exponent = match.groups()
    decimals = decimals or ""
    if not decimals and whole.endswith(","):
        thousands += "," * (len(whole) - len(whole.rstrip(",")))
        whole = whole.rstrip(",")
    if len(decimals) > _MAX_DECIMALS or abs(amount.adjusted()) > 2 * _MAX_DECIMALS:
        return None
    if exponent:
        text = f"{amount:.{len(decimals)}E}"
        mantissa, _, power = text.partition("E")
        size = abs(int(power))
        shown_sign = "-" if int(power) < 0 else "+" if sign == "+" else ""
        return f"{mantissa}E{shown_sign}{size:0{len(exponent)}d}"
    amount = amount.scaleb(-3 * len(thousands))
    rounded = amount.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    left, _, right = f"{rounded:f}".partition(".")
    least = whole.count("0")
    left = left.lstrip("0").rjust(least, "0")
    if "," in whole and left:
        left = f"{int(left):,}".rjust(least, "0")
    kept = max(decimals.rfind("0") + 1, len(right.rstrip("0")))
    right = right[:kept]
    return f"{left}.{right}" if right else left


def _unit(value: datetime | date | time, unit: str, *, noon: bool, english: bool) -> str | None:
    size = len(unit)
    if unit[0] in "ymd" and not isinstance(value, date):
        return None
    if unit[0] in "his" and isinstance(value, date) and not isinstance(value, datetime):
        return None
    if unit[0] in "md" and size > 2:
        if not english:
            return None
        names = _MONTHS[value.month - 1] if unit[0] == "m" else _DAYS[value.weekday()]  # type: ignore[union-attr]
        return names[:3] if size == 3 else names if size == 4 else names[:1]
    if unit[0] == "y":
        return f"{value.year % 100:02d}" if size <= 2 else f"{value.year:04d}"  # type: ignore[union-attr]
    fields = {"m": "month", "d": "day", "h": "hour", "i": "minute", "s": "second"}
    count = int(getattr(value, fields[unit[0]]))
    if unit[0] == "h" and noon:
        count = (count + 11) % 12 + 1
    return f"{count:02d}" if size >= 2 else str(count)


def _elapsed(value: timedelta, section: str) -> str | None:
    match = re.fullmatch(r"\[(h+)\]:mm(:ss)?(?:\.0+)?", section, re.IGNORECASE)
    if match is None or value < timedelta(0):
        return None
    seconds = int(value.total_seconds())
    shown = f"{seconds // 3600:0{len(match[1])}d}:{seconds // 60 % 60:02d}"
    return f"{shown}:{seconds % 60:02d}" if match[2] else shown
