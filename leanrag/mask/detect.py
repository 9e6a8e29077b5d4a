"""Finds what must not leave the machine, and says of what kind it is."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import ip_address

from leanrag.mask.numbers import find_cards, find_ibans, find_identity
from leanrag.mask.phones import find_phones
from leanrag.mask.plain import plain
from leanrag.mask.secrets import find_secrets
from leanrag.mask.words import compile_words
from leanrag.settings import MaskingSettings
from leanrag.types import Span

_LETTER = "A-Za-z0-9À-ɏͰ-ϿЀ-ӿ"
_LABEL = rf"[{_LETTER}](?:[{_LETTER}-]{{0,61}}[{_LETTER}])?"
_LOCAL = rf"(?<![{_LETTER}._%+-])[{_LETTER}](?:[{_LETTER}._%+'-]{{0,62}}[{_LETTER}_%+-])?"
_EMAIL = re.compile(
    rf"{_LOCAL}(?:@|\s?[\[(]at[\])]\s?)(?:{_LABEL}(?:\.|\s?[\[(]dot[\])]\s?)){{1,8}}"
    rf"[A-Za-z]{{2,24}}(?![{_LETTER}]|-[{_LETTER}])",
    re.IGNORECASE,
)
_IPV4 = re.compile(r"(?<![A-Za-z0-9_.-])(?:\d{1,3}\.){3}\d{1,3}(?![A-Za-z0-9_]|\.\d)")
_IPV6 = re.compile(
    r"(?<![A-Za-z0-9_:.])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![A-Za-z0-9_:])"
)


@dataclass(frozen=True, slots=True)
class Found:
    """A value at ``text[start:end]``; ``key`` is the same for the same value written otherwise."""

    kind: str
    start: int
    end: int
    key: str


def find_emails(text: str) -> Iterator[Span]:
    """Spans of e-mail addresses in a plain text."""
    return (match.span() for match in _EMAIL.finditer(text))


def find_addresses(text: str) -> Iterator[Span]:
    """Spans of IP addresses, but for those of every machine (loopback, unspecified)."""
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                address = ip_address(match.group())
            except ValueError:
                continue
            if not address.is_loopback and not address.is_unspecified:
                yield match.span()


_DIGITS = re.compile(r"\d(?:[ .\-/()]{0,3}\d){5,}|[A-Z]{6}\d\d")
_AT = re.compile(r"@|[\[(]at[\])]", re.IGNORECASE)
_BEFORE = 96
_AFTER = 320
_REMEMBERED = 2048

_FINDERS: Mapping[str, tuple[Callable[[str], Iterator[Span]], re.Pattern[str] | None]] = {
    "secret": (find_secrets, None),
    "email": (find_emails, _AT),
    "card": (find_cards, _DIGITS),
    "iban": (find_ibans, None),
    "identity": (find_identity, _DIGITS),
    "phone": (find_phones, _DIGITS),
    "ip": (find_addresses, None),
}
"""How each kind is found, and what every value of it holds, so that only its surroundings are
looked at. By precedence: where values overlap, the first kind names them.
"""


class Detector:
    """Finds values of the chosen kinds, and the caller's own words.

    ``keep`` are patterns like the caller's own words; a value that one of them fits whole stays.
    Values that overlap are found as one.
    """

    def __init__(self, kinds: Sequence[str], words: Sequence[str], keep: Sequence[str]) -> None:
        self._finders = [(kind, *finder) for kind, finder in _FINDERS.items() if kind in kinds]
        self._words = compile_words(words)
        self._keep = compile_words(keep)
        # The same texts are rendered again and again while a prompt is fitted to its budget.
        self._remembered = lru_cache(maxsize=_REMEMBERED)(self._find)

    def find(self, text: str) -> tuple[Found, ...]:
        """The values in a text in order; they do not overlap."""
        return self._remembered(text)

    def _find(self, text: str) -> tuple[Found, ...]:
        flat, positions = plain(text)
        spans = [
            (start, end, kind)
            for kind, find, sign in self._finders
            for start, end in _near(flat, find, sign)
            if end > start and not self._kept(flat[start:end])
        ]
        if self._words:
            spans += [(*match.span(), "word") for match in self._words.finditer(flat)]
        found = []
        for start, end, kind in _joined(spans):
            key = key_of(kind, flat[start:end])
            if positions is not None:
                start, end = positions[start], positions[end - 1] + 1
            found.append(Found(kind, start, end, key))
        return tuple(found)

    def _kept(self, value: str) -> bool:
        return self._keep is not None and self._keep.fullmatch(value) is not None


def _near(
    text: str, find: Callable[[str], Iterator[Span]], sign: re.Pattern[str] | None
) -> Iterator[Span]:
    """What is found around the places where ``sign`` is."""
    if sign is None:
        yield from find(text)
        return
    windows: list[list[int]] = []
    for match in sign.finditer(text):
        start, end = max(0, match.start() - _BEFORE), match.end() + _AFTER
        if windows and start <= windows[-1][1]:
            windows[-1][1] = end
        else:
            windows.append([start, end])
    for first, last in windows:
        for start, end in find(text[first:last]):
            yield first + start, first + end


@lru_cache(maxsize=8)
def detector_for(settings: MaskingSettings) -> Detector:
    """The detector for these settings."""
    return Detector(settings.kinds, settings.words, settings.keep)


def _joined(spans: Sequence[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """The spans in order, those that overlap as one of the first kind by precedence."""
    order = [*_FINDERS, "word"]
    end, group = 0, list[tuple[int, int, str]]()
    for span in sorted(spans):
        if group and span[0] >= end:
            yield group[0][0], end, min((kind for *_, kind in group), key=order.index)
            group = []
        end = max(end, span[1]) if group else span[1]
        group.append(span)
    if group:
        yield group[0][0], end, min((kind for *_, kind in group), key=order.index)


def key_of(kind: str, value: str) -> str:
    """What is left of a value without the ways of writing it."""
    if kind == "phone":
        digits = "".join(filter(str.isdigit, value))
        return digits.removeprefix("00").removeprefix("86") if len(digits) > 11 else digits
    if kind in ("card", "iban", "identity"):
        return "".join(filter(str.isalnum, value)).upper()
    return value.casefold() if kind in ("email", "word") else value
