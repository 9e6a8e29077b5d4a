"""Cuts sentences into clauses: the stretches of which some may go while the others stay."""

import re
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from leanrag.types import Span

_CLOSED = r"[\"'”’»)\]]*"
_WIDE_CLOSED = r"[”’」』）】》]*"
_AFTER = (
    rf"[,;:]{_CLOSED}\s+",  # a comma inside a number, or a colon inside a time, has no space
    rf"[，；：､]{_WIDE_CLOSED}\s*",
    r"[)\]]\s+|[）】]",
    r"\s[–—-]{1,2}\s|—+",
)
_BEFORE = r"(?<=\s)(?=[(\[])|(?=[（【])"
_OPENING: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "en": (
            "and", "but", "or", "which", "who", "whom", "whose", "that", "when", "where", "while",
            "whereas", "because", "since", "although", "though", "after", "before", "until",
            "unless", "if",
        ),
        "de": ("und", "oder", "aber", "sowie"),
        "es": ("y", "o", "pero", "que", "cuando", "donde", "porque", "aunque", "mientras"),
        "ru": ("и", "или", "но", "что"),
    }
)  # fmt: skip
"""Words that open a clause, punctuation or not."""
_ASIDES: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "en": re.compile(r"(?:which|who|whom|whose|that|where|when|while|whereas)\b"),
        "de": re.compile(r"(?:der|die|das|dem|den|dessen|deren|welche[mnrs]?|wo)\b"),
        "es": re.compile(r"(?:que|quien|quienes|cuyo|cuya|donde)\b"),
        "ru": re.compile(r"(?:котор\w+|что|где)\b"),
    }
)
"""How a clause begins that hangs on the one before it."""
_LEADS: Mapping[str, re.Pattern[str]] = MappingProxyType(
    {
        "en": re.compile(
            r"(?i:if|when|whenever|where|while|whereas|although|though|because|since|unless|until|once"
            r"|as|after|before)\b"
        ),
        "de": re.compile(r"(?i:wenn|falls|weil|obwohl|während|nachdem|bevor|als|sobald|da)\b"),
        "es": re.compile(r"(?i:si|cuando|aunque|porque|mientras|como|donde)\b"),
        "ru": re.compile(r"(?i:если|когда|хотя|пока|поскольку)\b"),
        "zh": re.compile(r"如果|若|当|虽然|尽管|因为|由于|只要|除非"),
    }
)
"""How a sentence begins whose first clause needs the second."""
_FEWEST_LETTERS = 12
"""A clause of fewer goes to the one before it; a letter outside ASCII counts thrice, as in
Chinese, or once where the script spells words out."""
_SPELT = frozenset({"de", "es", "ru"})


def split_clauses(text: str, span: Span, language: str) -> list[Span]:
    """Spans that tile ``span``, a sentence of ``text``; a single one where it has no joints.

    A clause ends behind a comma, semicolon, colon, dash or closing bracket, and before an opening
    bracket or a word that opens one, such as "which". Where that would leave less than two or three
    words, it does not.
    """
    start, end = span
    weight = 1 if language in _SPELT else 3
    clauses: list[Span] = []
    for joint in _joints(language).finditer(text, start, end):
        cut = joint.end()
        if cut >= end:
            break
        if _letters(text[start:cut], weight) >= _FEWEST_LETTERS:
            clauses.append((start, cut))
            start = cut
    if clauses and _letters(text[start:end], weight) < _FEWEST_LETTERS:
        start = clauses.pop()[0]
    return [*clauses, (start, end)] if start < end else clauses


def opens_aside(text: str, clause: Span, language: str) -> bool:
    """Whether a clause says more of the one before it and cannot stand alone, as "which ..."."""
    start, end = clause
    if text[start] in "([（【":
        return True
    words = _ASIDES.get(language)
    return bool(words and words.match(text, start, end))


def opens_main(text: str, clause: Span, language: str) -> bool:
    """Whether a clause at the start of a sentence only leads to the one behind it, as "if ..."."""
    words = _LEADS.get(language)
    return bool(words and words.match(text, *clause))


@lru_cache(maxsize=16)
def _joints(language: str) -> re.Pattern[str]:
    before = [_BEFORE]
    if words := _OPENING.get(language):
        before.append(rf"(?<=\s)(?=(?:{'|'.join(words)})\s)")
    return re.compile("|".join((*_AFTER, *before)))


def _letters(text: str, weight: int) -> int:
    return sum(1 if letter.isascii() else weight for letter in text if letter.isalnum())
