"""Raised and lowered characters as text, where putting them on the line would change a value."""

import re

_POWER = re.compile(r"[-+−–]?(?:\d+(?:[.,]\d+)?|[a-z])")
_EXPRESSION = re.compile(r"(?=.*[-+−–*/·\d])[\w.()]+(?:\s?[-+−–*/·]\s?[\w.()]+)*")
_ORDINAL = re.compile(r"\d*(?:st|nd|rd|th)")
_SIDES = {"superscript": "\x11", "subscript": "\x12"}
_BACK = "\x13"
_ASIDE = re.compile("([\x11\x12])([^\x11-\x13]*)\x13")
_SPLIT = re.compile("([\x11\x12])([^\x11-\x13]*)\x13\\1")
_MAX_EXPRESSION = 20
_STROKES = ("/", "⁄", "∕")


def raised(text: str, *, before: str = "", after: str = "", note: bool = False) -> str:
    """A superscript: 10 and 6 give ``10^6``; a fraction stays one, an ordinal too.

    ``before`` and ``after`` are the characters next to it, "" for none; ``note`` says that it
    leads to a note, whose number must not become a part of one.
    """
    flat = " ".join(text.split())
    if not flat:
        return text
    if flat.isdecimal() and after in _STROKES and after:
        return f" {flat}" if before.isdecimal() else flat
    if note and flat[0].isdecimal() and before.isdecimal():
        return f"[{flat}]"
    if note and flat.isalpha():
        return text
    if _POWER.fullmatch(flat):
        return f"^{flat}"
    if not (before.isalnum() or (before and before in ")]}")):
        return text
    if len(flat) <= _MAX_EXPRESSION and _EXPRESSION.fullmatch(flat) and not _ORDINAL.match(flat):
        return f"^({flat})"
    return f"^{flat}" if before.isdecimal() and flat[0].isdecimal() else text


def lowered(text: str, *, before: str = "", after: str = "") -> str:
    """A subscript: H2O as it is read, ``101_2`` where a number would grow by it."""
    flat = " ".join(text.split())
    if not flat or not flat[-1].isdecimal():
        return text
    if after.isdecimal():
        return f"_{flat} "
    return f"_{flat}" if before.isdecimal() and flat[0].isdecimal() else text


def aside(side: str, text: str) -> str:
    """A ``superscript`` or ``subscript`` between marks, for ``on_the_line``; a note as it is."""
    sign = _SIDES.get(side, "")
    return f"{sign}{text}{_BACK}" if sign and text and not text.startswith("[") else text


def on_the_line(text: str) -> str:
    """The text without such marks, each raised and lowered part so that it keeps its value."""
    if _BACK not in text:
        return text
    while _SPLIT.search(text):  # of several runs is one superscript
        text = _SPLIT.sub(r"\1\2", text)
    parts = _ASIDE.split(text)
    out = parts[0]
    for sign, inner, following in zip(parts[1::3], parts[2::3], parts[3::3], strict=True):
        put = raised if sign == _SIDES["superscript"] else lowered
        out += put(inner, before=out[-1:], after=following[:1]) + following
    return out
