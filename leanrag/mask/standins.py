"""Stand-ins such as ``<EMAIL_1>``: how they are written, and how they are read again.

Models alter what they copy: other case, white space, an escaped underscore, brackets left out or
turned into entities. All of that is read; ``email_1`` in small letters and without brackets is
not, since that is how people name columns.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NAMES = {
    "email": "EMAIL",
    "phone": "PHONE",
    "card": "CARD",
    "iban": "IBAN",
    "identity": "IDNUMBER",
    "secret": "SECRET",
    "ip": "IP",
    "word": "WORD",
    "text": "TEXT",
}
"""The name of each kind; ``text`` is what only looked like a stand-in."""

_DIGITS = 6
_ANY_NAME = "|".join(NAMES.values())
_OPEN = r"(?:[<＜]|&lt;)"
_CLOSE = r"(?:[>＞]|&gt;)"
_READ = re.compile(
    rf"{_OPEN}\s?(?P<name>(?i:{_ANY_NAME}))\s?\\?[_\s-]\s?(?P<number>\d{{1,{_DIGITS}}})\s?{_CLOSE}"
    rf"|{_OPEN}?(?<![A-Za-z0-9_])(?P<bare>{_ANY_NAME})\\?_(?P<count>\d{{1,{_DIGITS}}})"
    rf"(?![A-Za-z0-9_]){_CLOSE}?",
)
_POSING = re.compile(
    rf"(?:{_OPEN}\s?(?P<name>(?i:{_ANY_NAME}))\s?\\?[_\s-]\s?(?P<number>\d+)"
    rf"|(?P<bare>{_ANY_NAME})\\?_(?P<count>\d+))(?:\s?{_CLOSE})?"
)
_LONGEST = 40
_STARTS = frozenset("<＜&" + "".join(name[0] for name in NAMES.values()))


@dataclass(frozen=True, slots=True)
class Mention:
    """A stand-in at ``text[start:end]``; ``name`` is its normal form."""

    start: int
    end: int
    name: str


def stand_in(kind: str, number: int) -> str:
    """The stand-in of the value of a kind with this number, from 1."""
    return f"<{NAMES[kind]}_{number}>"


def kind_of(name: str) -> str:
    """The kind that a stand-in in its normal form is of."""
    word = name[1 : name.index("_")]
    return next(kind for kind, known in NAMES.items() if known == word)


def is_stand_in(text: str) -> bool:
    """Whether a text is a stand-in in its normal form."""
    match = _READ.fullmatch(text)
    return match is not None and _name(match) == text


def mentions(text: str) -> Iterator[Mention]:
    """The stand-ins that can be read in a text, in order."""
    if "_" in text or "<" in text or "＜" in text or "&" in text:
        for match in _READ.finditer(text):
            yield Mention(match.start(), match.end(), _name(match))


def posing(text: str) -> Iterator[tuple[int, int, tuple[str, ...]]]:
    """What in a text from elsewhere could be read as a stand-in, alone or beside others.

    Gives start, end and the names that it could be read as: what stands around it, and so where
    its number ends, may change when other values are replaced.
    """
    for match in _POSING.finditer(text) if "_" in text or "<" in text or "&" in text else ():
        word = (match["name"] or match["bare"]).upper()
        digits = (match["number"] or match["count"])[:_DIGITS]
        numbers = {int(digits[:length]) for length in range(1, len(digits) + 1)}
        yield match.start(), match.end(), tuple(f"<{word}_{n}>" for n in sorted(numbers))


def unfinished(text: str) -> int:
    """How many characters at the end may be the start of a stand-in, once more has come.

    The last letter or digit always counts, since what follows it decides whether it begins one.
    """
    end = len(text)
    for start in range(max(0, end - _LONGEST), end):
        mark = text[start]
        if mark not in _STARTS:
            continue
        if mark.isalpha() and start and _wordlike(text[start - 1]):
            continue
        if _PARTIAL.fullmatch(text, start) and not _closed(text, start):
            return end - start
    return 1 if text and _wordlike(text[-1]) else 0


def _closed(text: str, start: int) -> bool:
    match = _READ.fullmatch(text, start)
    return match is not None and match.group().endswith((">", "＞", "&gt;"))


def _wordlike(mark: str) -> bool:
    return mark == "_" or (mark.isascii() and mark.isalnum())


def _name(match: re.Match[str]) -> str:
    name = match["name"] or match["bare"]
    return f"<{name.upper()}_{int(match['number'] or match['count'])}>"


def _beginnings(atoms: Sequence[tuple[str, bool]]) -> str:
    """Everything that a sequence of single characters, some of them optional, can begin with."""
    pattern = ""
    for atom, optional in reversed(atoms):
        pattern = f"(?:{atom})?{pattern}" if optional else f"(?:{atom}{pattern})?"
    return pattern


def _required(text: str) -> list[tuple[str, bool]]:
    return [(re.escape(mark), False) for mark in text]


def _partial() -> re.Pattern[str]:
    closing = [(r"\s", True), ("[>＞&]", False), ("g", False), ("t", False), (";", False)]
    digits = [(r"\d", False), *[(r"\d", True)] * (_DIGITS - 1)]
    choices = []
    for name in NAMES.values():
        tail = [(r"\s", True), (r"\\", True), (r"[_\s-]", False), (r"\s", True), *digits, *closing]
        inside = _beginnings([(r"\s", True), *((f"(?i:{mark})", False) for mark in name), *tail])
        choices += [f"[<＜]{inside}", f"&(?:l(?:t(?:;{inside})?)?)?"]
        choices.append(
            _beginnings([*_required(name), (r"\\", True), ("_", False), *digits, *closing])
        )
    return re.compile("|".join(choices))


_PARTIAL = _partial()
