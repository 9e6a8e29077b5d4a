"""Parses files ahead of the one that is needed, in processes beside this one, in order."""

import json
import os
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Any

from leanrag.errors import DocumentError
from leanrag.ingest import worker
from leanrag.ingest.load import SourceFile
from leanrag.protocols import Parser
from leanrag.types import ParsedDocument

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from leanrag.ingest.worker import main; main()"
)
_AHEAD = 8
RENEWED_AFTER = 500
"""Files that one process parses: libraries that leak would meet the memory limit some day."""
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""Parsers compute nothing in parallel, and each thread would take memory."""
_PATIENCE_S = 5.0

Parsed = ParsedDocument | DocumentError


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take."""

    timeout_s: float = 120.0
    memory_mb: int = 2048


_DEFAULT = Limits()


def parse_in_order(
    files: Sequence[SourceFile], parser: Parser, *, workers: int, limits: Limits = _DEFAULT
) -> Generator[Parsed]:
    """The parsed document of each file, or the error that it raised, in the order of ``files``.

    With ``workers`` = 0 each is parsed here when it is asked for, without limits. Else that many
    processes, each with a parser like this one, work at most eight files ahead apiece; one that
    crashes or goes over the limits costs its file alone. Where no such process can be started,
    the parser itself does the work.
    """
    if workers == 0 or not files:
        for file in files:
            yield _parse(parser, file)
        return
    with _Pool(parser, min(workers, len(files)), limits) as pool:
        waiting: deque[Future[Parsed]] = deque()
        for file in files:
            if len(waiting) >= _AHEAD * workers:
                yield waiting.popleft().result()
            waiting.append(pool.submit(file))
        while waiting:
            yield waiting.popleft().result()


def _parse(parser: Parser, file: SourceFile) -> Parsed:
    try:
        return parser.parse(file.path, file.source)
    except DocumentError as error:
        return error


class _Pool:
    """As many threads as processes; each thread talks to its own."""

    def __init__(self, parser: Parser, workers: int, limits: Limits) -> None:
        self._parser = parser
        self._limits = limits
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="leanrag-parse")
        self._own = threading.local()
        self._guard = threading.Lock()
        self._processes: list[subprocess.Popen[str]] = []
        self._closed = False

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *exc: object) -> None:
        with self._guard:
            self._closed = True
            for process in self._processes:
                process.kill()  # it holds nothing that could be lost
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in self._processes:
            process.communicate(timeout=_PATIENCE_S)

    def submit(self, file: SourceFile) -> "Future[Parsed]":
        return self._threads.submit(self._work, file)

    def _work(self, file: SourceFile) -> Parsed:
        process = self._process()
        if process is None:
            return _parse(self._parser, file)
        clock = _Clock(process, self._limits.timeout_s)
        try:
            answer = _ask(process, {"path": str(file.path), "source": file.source})
        finally:
            late = clock.stop()
        if answer is None or late:
            code = self._retire(process)
            return DocumentError(file.source, self._reason(code, late=late))
        self._own.files += 1
        if self._own.files >= RENEWED_AFTER:
            process.kill()
            self._retire(process)
        try:
            return worker.decode(answer, file.source)
        except DocumentError as error:
            return error

    def _retire(self, process: "subprocess.Popen[str]") -> int:
        """Waits for the end of this thread's process; the next file gets a new one."""
        self._own.process = None
        try:
            code = process.wait(timeout=_PATIENCE_S)
        except subprocess.TimeoutExpired:  # it closed its output and lives on
            process.kill()
            code = process.wait()
        with self._guard:
            self._processes.remove(process)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                _close(pipe)
        return code

    def _reason(self, code: int, *, late: bool) -> str:
        """Why there was no answer."""
        if late:
            return (
                f"took longer than {self._limits.timeout_s:g} s to parse and was given up; "
                "raise ingest.timeout_s where it needs more"
            )
        return f"cannot be parsed: its parser process ended with code {code}"

    def _process(self) -> "subprocess.Popen[str] | None":
        """This thread's process, started where there is none; None where none can be."""
        process: subprocess.Popen[str] | None = getattr(self._own, "process", None)
        if process is not None or getattr(self._own, "failed", False):
            return process
        with self._guard:
            if not self._closed:
                process = _start(self._parser, self._limits)
            if process is not None:
                self._processes.append(process)
        if process is not None and _answer(process) == worker.READY:
            self._own.process = process
            self._own.files = 0
            return process
        self._own.failed = True
        return None


class _Clock:
    """Kills a process that does not answer in time."""

    def __init__(self, process: "subprocess.Popen[str]", timeout_s: float) -> None:
        self._process = process
        self._guard = threading.Lock()
        self._answered = self._late = False
        self._timer = threading.Timer(timeout_s, self._kill)
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> bool:
        """Ends the wait; whether the process was too late, and so is gone."""
        self._timer.cancel()
        with self._guard:
            self._answered = True
            return self._late

    def _kill(self) -> None:
        with self._guard:
            if not self._answered:
                self._late = True
                self._process.kill()


def _close(pipe: IO[str]) -> None:
    with suppress(OSError):  # what was not written yet has nobody to read it
        pipe.close()


def _start(parser: Parser, limits: Limits) -> "subprocess.Popen[str] | None":
    kind = type(parser)
    command = [sys.executable or "", "-c", _BOOT, json.dumps(sys.path)]
    command.append(f"{kind.__module__}:{kind.__qualname__}")
    command += [json.dumps(dict(parser.options)), str(limits.memory_mb)]
    try:
        # the command is this interpreter and our own module
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="ascii",
            env={**os.environ, **_ONE_THREAD},
        )
    except OSError:
        return None


def _ask(process: "subprocess.Popen[str]", request: dict[str, str]) -> Any:
    """The answer to a request, None where the process is gone."""
    if process.stdin is None:
        return None
    try:
        process.stdin.write(json.dumps(request) + "\n")
        process.stdin.flush()
    except OSError:
        return None
    return _answer(process)


def _answer(process: "subprocess.Popen[str]") -> Any:
    if process.stdout is None:
        return None
    try:
        line = process.stdout.readline()
        return json.loads(line) if line else None
    except ValueError:
        return None
