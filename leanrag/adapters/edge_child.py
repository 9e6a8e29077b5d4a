"""Optimises a shard in a process of its own, since the engine would stop all Python code here."""

import json
import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

from leanrag.adapters.edge_folder import sync_tree
from leanrag.adapters.edge_shard import EdgeShard
from leanrag.adapters.stored import Totals
from leanrag.errors import StoreError
from leanrag.settings import QdrantSettings

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from leanrag.adapters.edge_child import main; main()"
)
_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of Linux."""
_NICE = 5


class OptimizingChild:
    """Runs one process at a time; ``stop`` ends it from another thread."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(
        self, folder: Path, dimensions: int, settings: QdrantSettings, *, totals: Totals
    ) -> bool:
        """Brings weights and indexes of a shard that nobody has open up to date.

        Returns whether the engine found anything to do. Where no process can be started, this
        one does the work.

        Raises:
            StoreError: it failed, or was stopped; the folder is of no use then.
        """
        work = {
            "folder": str(folder.absolute()),
            "dimensions": dimensions,
            "settings": settings.model_dump(exclude={"api_key"}),
            "average_length": totals.average_length,
            "chunks": totals.chunks,
        }
        with self._guard:
            if self._stopped:
                raise _stopped(folder)
            self._process = process = _start()
        if process is None:
            return optimize(work)
        try:
            answer, complaint = process.communicate(json.dumps(work))
        finally:
            with self._guard:
                self._process = None
            process.kill()  # where Ctrl-C ended the waiting
        if process.returncode:
            if self._stopped:
                raise _stopped(folder)
            last = complaint.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
            raise StoreError(
                f"the store {folder.parent} could not be optimised ({last[0]}); all documents "
                "are in it. Make sure of enough memory and disk, and ingest again",
                service="store",
            )
        return bool(json.loads(answer))

    def stop(self) -> None:
        """Ends the process, and lets no other start."""
        with self._guard:
            self._stopped = True
            if self._process is not None:
                self._process.kill()


def optimize(work: dict[str, Any]) -> bool:
    """Does the work in this process. Raises ``StoreError``."""
    folder = Path(work["folder"])
    settings = QdrantSettings(**work["settings"])
    shard = EdgeShard.load(folder, work["dimensions"], settings, chunks=work["chunks"])
    try:
        shard.reweigh(work["average_length"])
        done = shard.optimize()
    finally:
        shard.close()
    sync_tree(folder)
    return done


def main() -> None:
    """The process: the work as JSON on stdin, whether anything was done as JSON on stdout."""
    _die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        done = optimize(json.loads(sys.stdin.read()))
    except StoreError as error:
        sys.exit(str(error))
    sys.stdout.write(json.dumps(done))


def _start() -> "subprocess.Popen[str] | None":
    if not sys.executable:
        return None
    with suppress(OSError):
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", _BOOT, json.dumps(sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
    return None


def _die_with_parent() -> None:
    """On Linux; elsewhere an orphan ends its work, which nobody looks at any more."""
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PARENT_DEATH, signal.SIGKILL)


def _stopped(folder: Path) -> StoreError:
    return StoreError(
        f"the store {folder.parent} was closed while it was optimised; all documents are in it",
        service="store",
    )
