"""Runs a command's work: streams kept apart, warnings in one line, errors as exit codes."""

import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass
from typing import IO, Any

from rich.console import Console

from leanrag.cli.console import messages, one_line, results
from leanrag.cli.output import dump, error_json
from leanrag.cli.streams import drop
from leanrag.errors import BackendError, BudgetError, LeanRAGError, MaskingError

DONE = 0
PARTLY_FAILED = 1
WRONG_USAGE = 2
NOT_DONE = 3
INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a command found: the JSON object, how to show it to people, and the exit code.

    Without an object, ``show`` is the command's own way to print, with ``--json`` too.
    """

    payload: Mapping[str, Any] | None
    show: Callable[[Console], None]
    code: int = DONE


def execute(work: Callable[[], Outcome], *, as_json: bool, quiet: bool) -> int:
    """Runs ``work``, prints its outcome and returns the exit code.

    While it runs, whatever else writes to stdout is sent to stderr, or nowhere if ``quiet``.
    """
    try:
        with own_streams(quiet):
            outcome = work()
    except (LeanRAGError, OSError) as error:
        return fail(error, as_json=as_json)
    except KeyboardInterrupt:
        _say("interrupted; what was finished before is kept")
        return INTERRUPTED
    try:
        if as_json and outcome.payload is not None:
            print_json(outcome.payload)
        else:
            with _own_warnings(quiet):
                outcome.show(results())
        sys.stdout.flush()
    except BrokenPipeError:
        drop("stdout")
    except (LeanRAGError, OSError) as error:  # where showing is part of the work, as with a stream
        return fail(error, as_json=as_json)
    except KeyboardInterrupt:
        _say("interrupted; what was finished before is kept")
        return INTERRUPTED
    return outcome.code


def fail(error: LeanRAGError | OSError, *, as_json: bool) -> int:
    """Reports an error in one line, as JSON on stdout if asked for; returns the exit code."""
    message = one_line(_words(error))
    try:
        if as_json:
            print_json(error_json(type(error).__name__, message))
            sys.stdout.flush()
        else:
            _say(f"error: {message}")
    except BrokenPipeError:
        drop("stdout")
    except OSError:  # such as a full disk, which may be the very error
        drop("stdout")
        _say(f"error: {message}")
    return exit_code(error)


def exit_code(error: Exception) -> int:
    """The exit code that stands for an error."""
    if isinstance(error, BudgetError | BackendError | MaskingError | OSError):
        return NOT_DONE
    return WRONG_USAGE


def warn(text: str, *, quiet: bool) -> None:
    """Says a warning in one line on stderr."""
    if not quiet:
        _say(f"warning: {one_line(text)}")


def _words(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error) or type(error).__name__


def _say(line: str) -> None:
    try:
        messages().print(line, soft_wrap=True)
    except OSError:  # nobody reads what is said; the work and its exit code stay what they are
        drop("stderr")


def print_json(payload: Mapping[str, Any]) -> None:
    """Prints one JSON object, on one line unless a person reads it."""
    stream = sys.stdout
    indent = 2 if stream.isatty() else None
    stream.write(dump(payload, encoding=stream.encoding or "utf-8", indent=indent) + "\n")


@contextmanager
def own_streams(quiet: bool) -> Iterator[None]:
    """While it lasts, whatever is written to stdout goes to stderr, or nowhere if ``quiet``."""
    # A stream of its own, since closing or flushing must not reach the real stderr.
    with open(os.devnull, "w", encoding="utf-8") as nowhere:
        sink: IO[str] = nowhere if quiet else sys.stderr
        root = logging.getLogger()
        silence = logging.NullHandler()
        root.addHandler(silence)
        try:
            with redirect_stdout(sink), _own_warnings(quiet):
                yield
        finally:
            root.removeHandler(silence)


@contextmanager
def _own_warnings(quiet: bool) -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("default")
        warnings.showwarning = _warning_printer(quiet)
        yield


def _warning_printer(quiet: bool) -> Callable[..., None]:
    """Shows the library's own warnings once each, and none of its dependencies'."""
    seen: set[str] = set()

    def show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
        text = str(message)
        if category.__module__.split(".")[0] == "leanrag" and text not in seen:
            seen.add(text)
            warn(text, quiet=quiet)

    return show
