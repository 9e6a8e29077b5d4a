"""Writes what is recalled of older turns: as one message of excerpts, verbatim and in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from leanrag.history.dates import named_date
from leanrag.history.hints import Heading
from leanrag.history.messages import Turn
from leanrag.types import Span

GAP = "…"
HEAD = "Excerpts from earlier in this conversation:"
FEWEST = 3
"""Turns in a row that are written as excerpts; fewer stay messages of their own."""
_FORGES = re.compile(
    r"[\r\n\v\f\x1c-\x1e\x85\u2028\u2029][ \t\u00a0\u3000]*(?:\[|[^\s:：][^\n:：]{0,80}[:：])"
)
"""A line within a turn that could be taken for the beginning of another turn."""
_LONGEST_LABEL = 48


@dataclass(frozen=True, slots=True)
class Quoted:
    """Parts of a turn's text, in order; touching ones are joined already."""

    turn: Turn
    heading: Heading
    spans: tuple[Span, ...]


def quotable(turn: Turn) -> bool:
    """Whether a turn can stand among others without being taken for more than one."""
    return turn.divisible and bool(turn.text.strip()) and not _FORGES.search(turn.text)


def write_excerpts(quotes: Sequence[Quoted]) -> str:
    """The quotes, one a line, each with who speaks and the day where it changes."""
    lines, shown = [HEAD], ""
    for quote in quotes:
        opens = quote.spans[0][0] == 0
        stated = bool(quote.heading.length) and opens
        day = "" if stated and not quote.turn.time else day_of(quote.heading.time)
        if day and day != shown:
            lines.append(f"[{day}]")
            shown = day
        name = quote.heading.speaker or quote.turn.role
        label = "" if stated and quote.heading.speaker else f"{_plain(name)}: "
        lines.append(label + cut(quote.turn.text, quote.spans).strip())
    return "\n".join(lines)


def cut(text: str, spans: Sequence[Span]) -> str:
    """The spans of ``text`` with a mark in each gap between them."""
    parts: list[str] = []
    for number, (start, end) in enumerate(spans):
        piece = text[start:end]
        body = piece.rstrip()
        if number + 1 < len(spans):
            body += f"\n{GAP}\n" if "\n" in piece[len(body) :] else f" {GAP} "
        parts.append(body)
    return "".join(parts)


def day_of(time: str) -> str:
    """The day as ISO 8601 where one can be read, else the time as it was given."""
    named = named_date(time) if time else None
    if named and named.day and named.year:
        return f"{named.year}-{named.month:02}-{named.day:02}"
    return _plain(time)


def _plain(text: str) -> str:
    return " ".join(text.replace("[", "(").replace("]", ")").split())[:_LONGEST_LABEL]
