"""A progress bar on stderr, with rate and time left."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

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

from leanrag.cli.console import messages, one_line

ProgressCallback = Callable[[int, int, str], None]

_LABEL_WIDTH = 32


class _Rate(ProgressColumn):
    """Items a second, from the beginning on: they are done in windows, many at once."""

    def render(self, task: Task) -> Text:
        seconds = task.finished_time or task.elapsed
        if not seconds or not task.completed:
            return Text("")
        return Text(f"{task.completed / seconds:,.1f}/s", style="progress.data.speed")


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
