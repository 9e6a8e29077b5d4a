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
_RUN = r"[A-Za-z0-9_\\]"
_BARE = rf"(?:{_ANY_NAME})\\?_\d{{1,{_DIGITS}}}"
_READ = re.compile(
    rf"{_OPEN}\s?(?P<name>(?i:{_ANY_NAME}))\s?\\?[_\s-]\s?(?P<number>\d{{1,{_DIGITS}}})\s?{_CLOSE}"
    rf"|(?<!{_RUN})(?P<bare>{_ANY_NAME})\\?_(?P<count>\d{{1,{_DIGITS}}})(?!{_RUN})"
)
_POSING = re.compile(
    rf"(?:{_OPEN}\s?(?P<name>(?i:{_ANY_NAME}))\s?\\?[_\s-]\s?(?P<number>\d+)"
    rf"|(?P<bare>{_ANY_NAME})\\?_(?P<count>\d+))(?:\s?{_CLOSE})?"
)
_LONGEST = 40
_OPENINGS = "<＜&"


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
    """How many characters at the end may be part of a stand-in, once more has come.

    Whatever comes, what stands before them can be read by itself, and they with what comes: the
    result is that of the whole.
    """
    end = len(text)
    for start in range(max(0, end - _LONGEST), end):
        if text[start] in _OPENINGS and _BEGUN.fullmatch(text, start):
            return 0 if _READ.fullmatch(text, start) else end - start
    match = _LAST_RUN.search(text)
    return _held_of(match.group()) if match else 0


def _held_of(run: str) -> int:
    """How much is held back of the letters, digits and the like that a text ends with.

    A stand-in without brackets is all of such a run. Of one that is none so much is held back
    that neither what is left nor what is held looks like one by itself.
    """
    if _BARE_BEGUN.fullmatch(run):
        return len(run)
    held = 1
    while held < len(run) and _BARE_BEGUN.fullmatch(run, len(run) - held):
        held += 1
    return len(run) if re.fullmatch(_BARE, run[:-held]) else held


def _name(match: re.Match[str]) -> str:
    name = match["name"] or match["bare"]
    return f"<{name.upper()}_{int(match['number'] or match['count'])}>"


def _beginnings(atoms: Sequence[tuple[str, bool]]) -> str:
    """Everything that a sequence of single characters, some of them optional, can begin with."""
    pattern = ""
    for atom, optional in reversed(atoms):
        pattern = f"(?:{atom})?{pattern}" if optional else f"(?:{atom}{pattern})?"
    return pattern


def _begun() -> re.Pattern[str]:
    """What a stand-in in brackets can begin with, up to all of it."""
    closing = [(r"\s", True), ("[>＞&]", False), ("g", False), ("t", False), (";", False)]
    digits = [(r"\d", False), *[(r"\d", True)] * (_DIGITS - 1)]
    between = [(r"\s", True), (r"\\", True), (r"[_\s-]", False), (r"\s", True)]
    choices = []
    for name in NAMES.values():
        letters = [(f"(?i:{mark})", False) for mark in name]
        inside = _beginnings([(r"\s", True), *letters, *between, *digits, *closing])
        choices += [f"[<＜]{inside}", f"&(?:l(?:t(?:;{inside})?)?)?"]
    return re.compile("|".join(choices))


def _bare_begun() -> re.Pattern[str]:
    digits = [(r"\d", False), *[(r"\d", True)] * (_DIGITS - 1)]
    names = (
        _beginnings([*((mark, False) for mark in name), (r"\\", True), ("_", False), *digits])
        for name in NAMES.values()
    )
    return re.compile("|".join(names))


_BEGUN = _begun()
_BARE_BEGUN = _bare_begun()
_LAST_RUN = re.compile(rf"(?<!{_RUN}){_RUN}+\Z")
