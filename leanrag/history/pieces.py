"""Cuts a conversation into the pieces that are scored, and these into what is chosen."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from leanrag.history.hints import Heading, heading
from leanrag.history.messages import Group, Turn
from leanrag.protocols import TokenCounter
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.types import Passage, Span

WHOLE_TOKENS = 48
"""A turn of at most this many tokens is one piece."""
PIECE_TOKENS = 32
"""A longer turn is cut into runs of sentences of about this size."""
_FEWEST_LETTERS = 24
"""A shorter sentence is chosen or left out together with the one before it."""
_LETTERS_READ = 4_000
"""What is read of a sentence to judge it; longer ones are no sentences."""
_LANGUAGE_SAMPLE = 1_000


@dataclass(frozen=True, slots=True)
class Unit:
    """What is chosen or left out at once: a whole group, or a part of one turn's text."""

    group: int
    span: Span | None


@dataclass(frozen=True)
class Piece:
    """What is scored at once: a whole group, or some sentences of one turn.

    ``sentences`` are those of a part of a turn, as spans of the turn's text; ``more`` is what the
    other turns of a group say.
    """

    group: int
    span: Span | None
    turn: Turn
    heading: Heading
    sentences: tuple[Span, ...] = ()
    more: str = ""

    @property
    def unit(self) -> Unit:
        """The piece as a whole."""
        return Unit(self.group, self.span)

    @property
    def body(self) -> str:
        """What it says, verbatim."""
        return self.turn.text if self.span is None else self.turn.text[slice(*self.span)]

    @property
    def label(self) -> str:
        """Who speaks, where the text itself does not begin with that."""
        known = self.heading.length and (self.span is None or self.span[0] == 0)
        return f"{self.heading.speaker}: " if self.heading.speaker and not known else ""

    @property
    def text(self) -> str:
        """What it is found by: the time, who speaks and what is said."""
        time = f"{self.heading.time}: " if self.turn.time else ""
        return f"{time}{self.label}{self.body.strip()}{self.more}"

    @cached_property
    def parts(self) -> tuple[Span, ...]:
        """Runs of whole sentences that tile the piece, each long enough to say something."""
        text = self.turn.text
        if not self.turn.divisible or not text.strip():
            return ((0, len(text)),)
        runs: list[Span] = []
        for begin, end in self.sentences or split_sentences(text, _language(text)):
            before = text[slice(*runs[-1])] if runs else ""
            shortest = min(len(before.strip()), len(text[begin:end].strip()))
            if runs and shortest < _FEWEST_LETTERS:
                runs[-1] = (runs[-1][0], end)
            else:
                runs.append((begin, end))
        return tuple(runs)

    @property
    def units(self) -> list[Unit]:
        """What of it may be chosen by itself."""
        if not self.turn.divisible:
            return [self.unit]
        return [Unit(self.group, part) for part in self.parts]

    def passage(self) -> Passage:
        """The piece for a selector to read, its parts as sentences."""
        text = self.label
        spans: list[Span] = []
        for begin, end in self.parts:
            start = len(text) if spans else 0
            text += self.turn.text[begin : min(end, begin + _LETTERS_READ)]
            spans.append((start, len(text)))
        language = _language(text)
        # Pieces under one label are read together, those of one time with the time.
        return Passage(str(self.group), text, tuple(spans), self.heading.time or "…", language)


def pieces_of(number: int, members: Group, counter: TokenCounter) -> list[Piece]:
    """The pieces of a group, itself or runs of sentences; their texts are what is embedded."""
    turn = members[0]
    more = "".join(f"\n{member.text}" for member in members[1:])
    whole = Piece(number, None, turn, heading(turn), more=more)
    if not turn.divisible or counter.count(turn.text) <= WHOLE_TOKENS:
        return [whole]
    runs = _runs(turn.text, counter)
    if len(runs) == 1:
        return [whole]
    return [replace(whole, span=(run[0][0], run[-1][1]), sentences=tuple(run)) for run in runs]


def _runs(text: str, counter: TokenCounter) -> list[list[Span]]:
    runs: list[list[Span]] = []
    size = 0
    for begin, end in split_sentences(text, _language(text)):
        tokens = counter.count(text[begin:end])
        if runs and size + tokens <= PIECE_TOKENS:
            runs[-1].append((begin, end))
            size += tokens
        else:
            runs.append([(begin, end)])
            size = tokens
    return runs


def _language(text: str) -> str:
    return detect_language(text[:_LANGUAGE_SAMPLE])


def merged(spans: Sequence[Span]) -> list[Span]:
    """The spans in order, those that touch made one."""
    runs: list[Span] = []
    for begin, end in sorted(spans):
        if runs and begin <= runs[-1][1]:
            runs[-1] = (runs[-1][0], max(end, runs[-1][1]))
        else:
            runs.append((begin, end))
    return runs
