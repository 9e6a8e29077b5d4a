"""The caller's own words: literal text with ``*`` and ``?``, matched in linear time."""

import re
from collections.abc import Sequence

from leanrag.text.words import UNSPACED

_REACH = 64
"""The most characters that one ``*`` stands for."""
_EDGE = rf"[^\W{UNSPACED}]"
_ANY = rf"(?:{_EDGE}|[.@+%/-])"


def compile_words(patterns: Sequence[str]) -> re.Pattern[str] | None:
    """One pattern for all of them; None where there are none.

    ``*`` stands for up to 64 letters, digits and marks inside addresses (``. @ + % / - _``), but
    not for characters of scripts without spaces; ``?`` for one letter or digit. Upper and lower
    case are alike, white space stands for any white space. A pattern that begins or ends with a
    letter or digit does so at a word's edge, but for scripts without spaces.
    """
    ordered = sorted(patterns, key=lambda pattern: (-len(pattern), pattern))
    if not ordered:
        return None
    return re.compile("|".join(map(_pattern, ordered)), re.IGNORECASE)


def _pattern(pattern: str) -> str:
    parts = re.split(r"\*+", pattern.strip())
    text = _literal(parts[0])
    for part in parts[1:-1]:
        # The first place where the next part fits is as good as any: no way back is needed.
        text += rf"(?>{_ANY}{{0,{_REACH}}}?{_literal(part)})"
    if len(parts) > 1:
        last = _literal(parts[-1])
        end = rf"{_ANY}{{0,{_REACH}}}?{last}(?!{_EDGE})"
        text += f"(?>{end})" if last else rf"(?:{_ANY}{{0,{_REACH}}}{_EDGE})?"
    before = rf"(?<!{_EDGE})" if re.match(_EDGE, pattern.strip()) else ""
    after = rf"(?!{_EDGE})" if re.match(_EDGE, pattern.strip()[-1]) else ""
    return f"{before}{text}{after}"


def _literal(part: str) -> str:
    marks = re.sub(r"\s+", " ", part)
    escaped = (r"\s{1,4}" if mark == " " else re.escape(mark) for mark in marks)
    return "".join(escaped).replace(r"\?", r"\w")
