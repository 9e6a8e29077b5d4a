"""What people see: a console for results, one for messages, and text that is safe to show."""

import re
import sys
from typing import IO

from rich.console import Console

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")


class ResultConsole(Console):
    """A console whose reader may go away: the error reaches the caller, which ends in silence."""

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
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text.replace("\r\n", "\n"))


def one_line(text: str) -> str:
    """The text as one line that cannot steer a terminal."""
    return visible(" ".join(text.split()))
