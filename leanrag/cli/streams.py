"""The standard streams as a command needs them: open, and able to take every character."""

import io
import os
import sys


def prepare() -> None:
    """Makes the streams usable whatever the caller's shell made of them.

    A closed stream becomes one that leads nowhere: else the next file that is opened, perhaps one
    of the store, would take its descriptor. Characters that stdout's encoding lacks are replaced.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115
    loose = ("strict", "surrogateescape")  # the latter in the locale C
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors in loose:
        sys.stdout.reconfigure(errors="replace")


def drop(name: str) -> None:
    """Points a stream to nowhere, so that the interpreter's last flush finds an open file."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), getattr(sys, name).fileno())
    except (OSError, ValueError):  # a stream without a descriptor needs nothing
        return
