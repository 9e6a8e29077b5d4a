"""Parses documents in a process of its own: requests on stdin, results on stdout, as JSON lines.

A process rather than a pool of the standard library: it does not run the caller's main module
again, nothing is unpickled, and a document that kills its parser costs that document alone.
"""

import importlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any, TextIO

from leanrag.errors import DocumentError
from leanrag.protocols import Parser
from leanrag.types import Element, ParsedDocument

READY = "ready"


def main() -> None:
    """Serves requests until stdin ends.

    The last arguments are the parser's class, its options in JSON, and the memory in MiB.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent process decides
    answers = os.fdopen(os.dup(1), "w", encoding="ascii", newline="\n")
    os.dup2(2, 1)  # what libraries print must not mix with the answers
    kind, options, memory_mb = sys.argv[-3:]
    module, _, name = kind.partition(":")
    parser = getattr(importlib.import_module(module), name)(**json.loads(options))
    _limit_memory(int(memory_mb) << 20)
    serve(parser, sys.stdin, answers)


def _limit_memory(size: int) -> None:
    """Lets allocations over ``size`` bytes fail, where the system can do that."""
    if sys.platform != "linux":
        return
    import resource

    # Not the address space: libraries reserve more of that than they use.
    hard = resource.getrlimit(resource.RLIMIT_DATA)[1]
    limit = size if hard == resource.RLIM_INFINITY else min(size, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))


def serve(parser: Parser, requests: TextIO, answers: TextIO) -> None:
    """Answers each request line with one line."""
    print(json.dumps(READY), file=answers, flush=True)
    for line in requests:
        request = json.loads(line)
        try:
            answer = encode(parser.parse(Path(request["path"]), request["source"]))
        except DocumentError as error:
            answer = {"error": error.reason}
        print(json.dumps(answer), file=answers, flush=True)


def encode(document: ParsedDocument) -> dict[str, Any]:
    """A parsed document as JSON values."""
    return {
        "title": document.title,
        "language": document.language,
        "metadata": dict(document.metadata),
        "properties": dict(document.properties),
        "warnings": list(document.warnings),
        "elements": [
            [e.kind, e.text, e.level, e.page, e.head_rows, e.depth, e.continues]
            for e in document.elements
        ],
    }


def decode(answer: dict[str, Any], source: str) -> ParsedDocument:
    """The parsed document of an answer. Raises ``DocumentError`` where it says so."""
    if "error" in answer:
        raise DocumentError(source, answer["error"])
    elements = tuple(Element(kind, text, *more) for kind, text, *more in answer["elements"])
    return ParsedDocument(
        answer["title"],
        elements,
        answer["metadata"],
        answer["language"],
        answer["properties"],
        tuple(answer["warnings"]),
    )
