"""What people see: a console for results, one for messages, and text that is safe to show."""

import re
import sys
from collections.abc import Iterable
from typing import IO

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

STEERING = re.compile(
    "["
    "\x00-\x08\x0b-\x1f\x7f-\x9f"  # controls but for tab and newline; U+009B begins a sequence
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks that turn the order of letters
    "\ud800-\udfff"  # bytes of a file's name that are no UTF-8: no terminal takes them
    "\U000e0000-\U000e007f"  # tags: a text that nobody sees
    "]"
)
"""Characters that could steer a terminal or hide what stands there."""


class ResultConsole(Console):
    """A console that shows text of others, for a reader that may go away.

    Whatever is printed passes ``visible``, in tables and rules too. Where the reader went away the
    error reaches the caller, which ends in silence.
    """

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """What is written; rich's own sequences stay, those of the texts do not."""
        for segment in super().render(renderable, options):
            if segment.control or not STEERING.search(segment.text):
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)

    def on_broken_pipe(self) -> None:
        """Passes the error on, where rich would end the process."""
        raise  # rich calls this while it handles the BrokenPipeError


def results() -> Console:
    """The console for results, on stdout."""
    return ResultConsole(file=sys.stdout, highlight=False, markup=False, emoji=False)


def messages(stream: IO[str] | None = None) -> Console:
    """The console for messages and progress, on stderr."""
    return ResultConsole(file=stream or sys.stderr, highlight=False, markup=False, emoji=False)


def visible(text: str) -> str:
    """The text without characters that could steer a terminal; documents are not trusted."""
    return STEERING.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text as one line that cannot steer a terminal."""
    return visible(" ".join(text.split()))
