"""What people see: a console for results, one for messages, a progress bar."""

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO

from rich.console import Console
from rich.markup import escape
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

ProgressCallback = Callable[[int, int, str], None]

_CONTROL = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_LABEL_WIDTH = 32


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


class _Rate(ProgressColumn):
    """Items a second."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text("" if speed is None else f"{speed:,.1f}/s", style="progress.data.speed")


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[ProgressCallback]:
    """A bar on stderr with rate and time left, and the function that moves it.

    The function takes how many items are done, how many there are (0: not known) and a label.
    """
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        _Rate(),
        TimeRemainingColumn(compact=True),
        console=messages(),
        disable=quiet,
    )
    task = progress.add_task("", total=None)

    def move(done: int, total: int, label: str) -> None:
        text = one_line(label)
        if len(text) > _LABEL_WIDTH:
            text = "…" + text[1 - _LABEL_WIDTH :]
        # Started by the first step: work without steps leaves no empty bar behind.
        progress.start()
        progress.update(task, completed=done, total=total or None, description=escape(text))

    try:
        yield move
    finally:
        if progress.live.is_started:
            progress.stop()
