"""Parses files ahead of the one that is needed, in processes beside this one, in order."""

import json
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

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
_PATIENCE_S = 5.0

Parsed = ParsedDocument | DocumentError


def parse_in_order(
    files: Sequence[SourceFile], parser: Parser, *, workers: int
) -> Generator[Parsed]:
    """The parsed document of each file, or the error that it raised, in the order of ``files``.

    With ``workers`` = 0 each is parsed when it is asked for. Else that many processes, each with
    a parser of the same class, work at most eight files ahead apiece. Where no such process can
    be started, the parser itself does the work.
    """
    if workers == 0:
        for file in files:
            yield _parse(parser, file)
        return
    with _Pool(parser, workers) as pool:
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

    def __init__(self, parser: Parser, workers: int) -> None:
        self._parser = parser
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
            processes = list(self._processes)
        for process in processes:
            process.kill()  # it holds nothing that could be lost
        self._threads.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.communicate(timeout=_PATIENCE_S)

    def submit(self, file: SourceFile) -> "Future[Parsed]":
        return self._threads.submit(self._work, file)

    def _work(self, file: SourceFile) -> Parsed:
        process = self._process()
        if process is None:
            return _parse(self._parser, file)
        answer = _ask(process, {"path": str(file.path), "source": file.source})
        if answer is None:
            self._own.process = None
            code = process.wait()
            return DocumentError(
                file.source, f"cannot be parsed: its parser process ended with code {code}"
            )
        try:
            return worker.decode(answer, file.source)
        except DocumentError as error:
            return error

    def _process(self) -> "subprocess.Popen[str] | None":
        """This thread's process, started where there is none; None where none can be."""
        process: subprocess.Popen[str] | None = getattr(self._own, "process", None)
        if process is not None or getattr(self._own, "failed", False):
            return process
        with self._guard:
            if not self._closed:
                process = _start(self._parser)
            if process is not None:
                self._processes.append(process)
        if process is not None and _answer(process) == worker.READY:
            self._own.process = process
            return process
        self._own.failed = True
        return None


def _start(parser: Parser) -> "subprocess.Popen[str] | None":
    kind = type(parser)
    command = [sys.executable or "", "-c", _BOOT, json.dumps(sys.path)]
    command.append(f"{kind.__module__}:{kind.__qualname__}")
    try:
        # the command is this interpreter and our own module
        return subprocess.Popen(  # noqa: S603
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="ascii",
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
