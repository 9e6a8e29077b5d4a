"""Optimises a shard in a process of its own, since the engine would stop all Python code here."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from threading import Lock

from leanrag.adapters.qdrant.edge.folder import sync_tree
from leanrag.adapters.qdrant.edge.shard import EdgeShard
from leanrag.adapters.qdrant.stored import Totals
from leanrag.errors import StoreError
from leanrag.settings import QdrantSettings
from leanrag.types import FieldType

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from leanrag.adapters.qdrant.edge.child import main; main()"
)
_PARENT_DEATH = 1
"""PR_SET_PDEATHSIG of Linux."""
_NICE = 5


@dataclass(frozen=True, slots=True)
class Work:
    """What is to be done: to bring a shard that nobody has open up to date."""

    folder: Path
    dimensions: int
    settings: QdrantSettings
    totals: Totals
    fields: Mapping[str, FieldType]

    def write(self) -> str:
        """The work as JSON."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        values["folder"] = str(self.folder.absolute())
        values["settings"] = self.settings.model_dump(exclude={"api_key"})
        values["totals"] = asdict(self.totals)
        return json.dumps(values)

    @classmethod
    def read(cls, text: str) -> "Work":
        """The work that ``write`` made the text of."""
        values = json.loads(text)
        return cls(
            folder=Path(values["folder"]),
            dimensions=values["dimensions"],
            settings=QdrantSettings(**values["settings"]),
            totals=Totals(**values["totals"]),
            fields=values["fields"],
        )


class OptimizingChild:
    """Runs one process at a time; ``stop`` ends it from another thread."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._process: subprocess.Popen[str] | None = None
        self._stopped = False

    def run(self, work: Work) -> bool:
        """Does the work; returns whether the engine found anything to optimise.

        Where no process can be started, this one does it.

        Raises:
            StoreError: it failed, or was stopped; the folder is of no use then.
        """
        with self._guard:
            if self._stopped:
                raise _stopped(work.folder)
            self._process = process = _start()
        if process is None:
            return optimize(work)
        try:
            answer, complaint = process.communicate(work.write())
        finally:
            with self._guard:
                self._process = None
            process.kill()  # where Ctrl-C ended the waiting
            process.wait()
        if process.returncode:
            if self._stopped:
                raise _stopped(work.folder)
            last = complaint.strip().splitlines()[-1:] or [f"it ended with {process.returncode}"]
            raise StoreError(
                f"the store {work.folder.parent} could not be optimised ({last[0]}); all documents "
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


def optimize(work: Work) -> bool:
    """Does the work in this process. Raises ``StoreError``."""
    chunks = work.totals.chunks
    shard = EdgeShard.load(work.folder, work.dimensions, work.settings, chunks=chunks)
    try:
        shard.index_fields(work.fields, at_once=True)
        shard.reweigh(work.totals.average_length)
        done = shard.optimize()
    finally:
        shard.close()
    sync_tree(work.folder)
    return done


def main() -> None:
    """The process: the work as JSON on stdin, whether anything was done as JSON on stdout."""
    _die_with_parent()
    if hasattr(os, "nice"):
        os.nice(_NICE)
    try:
        done = optimize(Work.read(sys.stdin.read()))
    except StoreError as error:
        raise SystemExit(str(error)) from error
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
