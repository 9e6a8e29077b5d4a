"""The leanrag command."""

import sys
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command line and returns the exit code.

    0 done; 1 some documents or cases failed; 2 wrong usage; 3 the work could not be done;
    130 interrupted.
    """
    from leanrag.cli.streams import prepare

    prepare()
    from leanrag.cli.app import run

    return run(list(sys.argv[1:] if arguments is None else arguments))
