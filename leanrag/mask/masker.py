"""Masks the texts of one conversation, and puts the values back into its answers."""

from collections.abc import Iterator, Mapping, Sequence
from threading import RLock

from leanrag.errors import InputError, MaskingError
from leanrag.mask.detect import Detector, Found, key_of
from leanrag.mask.standins import is_stand_in, kind_of, mentions, posing, stand_in, unfinished
from leanrag.types import Span

_LEAST_LITERAL = 7
"""A known value of so many characters is masked wherever it stands, also inside a longer word, if
it has a digit or an at sign: a password that is a common word must not mask that word everywhere.
"""
_LEAST_PART = 6
_NOT_LITERAL = frozenset({"word", "text"})

Replacement = tuple[int, int, str]
"""``text[start:end]`` and what stands in for it."""


class TextMasker:
    """Stand-ins for the values that a detector finds; the same value has the same stand-in.

    No stand-in that is given out occurs in a text otherwise: numbers that a text already uses are
    passed over, and what looks like a stand-in already given out is itself replaced by one. So no
    text can have the address of another put into an answer. Safe to use from several threads.

    Args:
        detector: finds the values.
        values: stand-ins with their values from earlier turns of the conversation.

    Raises:
        InputError: ``values`` are none.
    """

    def __init__(self, detector: Detector, values: Mapping[str, str] | None = None) -> None:
        self._detector = detector
        self._values: dict[str, str] = {}
        self._names: dict[tuple[str, str], str] = {}
        self._parts: dict[str, str] = {}
        self._taken: set[str] = set()
        self._last: dict[str, int] = {}
        self._lock = RLock()
        for name, value in (values or {}).items():
            if not isinstance(value, str) or not is_stand_in(name):
                raise InputError(
                    f"masks: {name!r} is no stand-in with a text as its value; give what an "
                    "earlier prompt of the conversation had in masks"
                )
            kind = kind_of(name)
            self._values[name] = value
            self._names.setdefault((kind, key_of(kind, value)), name)

    @property
    def values(self) -> dict[str, str]:
        """The value of each stand-in given out so far."""
        with self._lock:
            return dict(self._values)

    def learn(self, text: str, shown: Sequence[Span] | None = None) -> None:
        """Gives the values in a text their stand-ins, in order.

        Args:
            text: what will be masked, or what it is a part of.
            shown: the spans of ``text`` that may be masked and sent, some of them or all. What
                such a span holds of a value, as a line of a private key, is masked like the whole.
                Values outside are not looked at. None for the whole text.
        """
        with self._lock:
            self._taken.update(name for *_, names in posing(text) for name in names)
            for found in self._detector.find(text):
                inside = [
                    (max(start, found.start), min(end, found.end))
                    for start, end in shown or ()
                    if start < found.end and found.start < end
                ]
                if shown is None or inside:
                    name = self._name(found, text)
                    self._learn_parts([text[a:b].strip() for a, b in inside], name)

    def _learn_parts(self, parts: Sequence[str], name: str) -> None:
        for part in parts:
            if len(part) >= _LEAST_PART and part != self._values[name]:
                self._parts[part] = name

    def mask(self, text: str) -> str:
        """The text with every value replaced by its stand-in."""
        return replace(text, self.replacements(text))

    def replacements(self, text: str) -> list[Replacement]:
        """What ``mask`` puts in place of which spans, in order, not overlapping."""
        with self._lock:
            mimics = list(posing(text))
            self._taken.update(name for *_, names in mimics for name in names)
            spans = [
                (found.start, found.end, self._name(found, text))
                for found in self._detector.find(text)
            ]
            spans += self._known(text)
            spans += [
                (start, end, self._literal(text[start:end]))
                for start, end, names in mimics
                if any(name in self._values for name in names)
            ]
            return list(self._joined(spans, text))

    def check(self, texts: Sequence[str]) -> None:
        """Makes sure that no known value is left. Raises ``MaskingError``."""
        for text in texts:
            for start, end, name in self._known(text):
                raise MaskingError(
                    f"the value of {name} is still in the text at {start} to {end}; nothing is sent"
                )

    def unmask(self, text: str) -> str:
        """The text with every stand-in replaced by its value, in one pass."""
        with self._lock:
            return replace(
                text,
                [
                    (mention.start, mention.end, self._values[mention.name])
                    for mention in mentions(text)
                    if mention.name in self._values
                ],
            )

    def unfinished(self, text: str) -> int:
        """Characters at the end of ``text`` that may be the start of a stand-in."""
        return unfinished(text)

    def used(self, texts: Sequence[str]) -> dict[str, str]:
        """The stand-ins in the texts with their values; no others need be known to read a reply."""
        with self._lock:
            names = {mention.name for text in texts for mention in mentions(text)}
            return {name: value for name, value in self._values.items() if name in names}

    def _name(self, found: Found, text: str) -> str:
        return self._assign(found.kind, found.key, text[found.start : found.end])

    def _literal(self, literal: str) -> str:
        return self._assign("text", literal, literal)

    def _assign(self, kind: str, key: str, value: str) -> str:
        name = self._names.get((kind, key))
        if name is None:
            number = self._last.get(kind, 0) + 1
            name = stand_in(kind, number)
            while name in self._taken or name in self._values:
                number += 1
                name = stand_in(kind, number)
            self._last[kind] = number
            self._names[kind, key] = name
            self._values[name] = value
        return name

    def _known(self, text: str) -> Iterator[Replacement]:
        """Where values stand that are known, also where no detector would find them."""
        with self._lock:
            known = [
                (value, name)
                for name, value in self._values.items()
                if len(value) >= _LEAST_LITERAL
                and kind_of(name) not in _NOT_LITERAL
                and any(mark.isdigit() or mark == "@" for mark in value)
            ]
            known += self._parts.items()
        for value, name in known:
            start = text.find(value)
            while start >= 0:
                yield start, start + len(value), name
                start = text.find(value, start + len(value))

    def _joined(self, spans: Sequence[Replacement], text: str) -> Iterator[Replacement]:
        """The spans in order; those that overlap become one, of kind ``text`` if none is all."""
        group: list[Replacement] = []
        end = 0
        for span in [*sorted(spans, key=lambda span: (span[0], -span[1])), (len(text) + 1, 0, "")]:
            if group and span[0] >= end:
                start = group[0][0]
                whole = end == group[0][1]
                yield start, end, group[0][2] if whole else self._literal(text[start:end])
                group = []
            end = max(end, span[1]) if group else span[1]
            group.append(span)


def replace(text: str, replacements: Sequence[Replacement]) -> str:
    """The text with spans replaced; they are in order and do not overlap."""
    pieces = []
    position = 0
    for start, end, name in replacements:
        pieces += [text[position:start], name]
        position = end
    return "".join([*pieces, text[position:]])
