import sys
import time
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import DocumentError
from leanrag.ingest import parse_pool
from leanrag.ingest.load import SourceFile
from leanrag.ingest.parse_pool import Limits, parse_in_order
from leanrag.types import ParsedDocument
from tests.ingest.fakes import LineParser


class FatalParser(LineParser):
    """Ends its process at a document that says so."""

    def parse(self, path: Path, source: str) -> ParsedDocument:
        if path.read_text() == "die":
            sys.stdout.write("what a library prints is no answer\n")
            sys.exit(3)
        return super().parse(path, source)


class HungryParser(LineParser):
    """Waits, takes memory, or says how it was made, at documents that say so."""

    def __init__(self, *, name: str = "") -> None:
        super().__init__()
        self.name = name

    @property
    def options(self) -> dict[str, Any]:  # type: ignore[override]
        return {"name": self.name}

    def parse(self, path: Path, source: str) -> ParsedDocument:
        text = path.read_text()
        if text == "wait":
            time.sleep(3600)
        if text == "eat":
            try:
                return self.parse_text("x" * (1 << 31), source)
            except MemoryError as error:
                raise DocumentError(source, "needs more memory than it may have") from error
        if text == "name":
            return self.parse_text(self.name, source)
        return super().parse(path, source)


@pytest.fixture
def files(tmp_path: Path) -> list[SourceFile]:
    found = []
    for number in range(40):
        path = tmp_path / f"{number}.txt"
        path.write_text(
            "!"
            if number % 7 == 3
            else f"team: t{number}\nText — {number} \ud83d".encode("utf-8", "replace").decode()
        )
        found.append(SourceFile(path, f"docs/{number}.txt"))
    return found


def plain(results: list[ParsedDocument | DocumentError]) -> list[object]:
    return [str(r) if isinstance(r, DocumentError) else r for r in results]


@pytest.mark.parametrize("workers", [1, 2])
def test_any_number_of_processes_gives_the_same(files: list[SourceFile], workers: int) -> None:
    expected = plain(list(parse_in_order(files, LineParser(), workers=0)))
    parser = LineParser()
    assert plain(list(parse_in_order(files, parser, workers=workers))) == expected
    assert parser.parsed == [], "the work was done in other processes"


def test_a_document_that_kills_its_process_fails_alone(files: list[SourceFile]) -> None:
    files[5].path.write_text("die")
    results = list(parse_in_order(files, FatalParser(), workers=1))
    assert isinstance(results[5], DocumentError)
    assert "ended with code 3" in str(results[5])
    assert [r.title for r in results[6:10] if isinstance(r, ParsedDocument)] == ["6", "7", "8", "9"]


def test_a_document_that_takes_too_long_fails_alone(files: list[SourceFile]) -> None:
    files[5].path.write_text("wait")
    limits = Limits(timeout_s=1.5)
    results = list(parse_in_order(files[:9], HungryParser(), workers=1, limits=limits))
    assert isinstance(results[5], DocumentError)
    assert "took longer than 1.5 s" in str(results[5])
    assert [r.title for r in results[6:9] if isinstance(r, ParsedDocument)] == ["6", "7", "8"]


@pytest.mark.skipif(sys.platform != "linux", reason="memory is limited on Linux alone")
def test_a_document_that_takes_too_much_memory_fails_alone(files: list[SourceFile]) -> None:
    files[5].path.write_text("eat")
    limits = Limits(memory_mb=512)
    results = list(parse_in_order(files[:8], HungryParser(), workers=1, limits=limits))
    assert "needs more memory" in str(results[5])
    assert [r.title for r in results[6:8] if isinstance(r, ParsedDocument)] == ["6", "7"]


def test_the_other_process_makes_the_same_parser(files: list[SourceFile]) -> None:
    files[0].path.write_text("name")
    (result, *_) = parse_in_order(files[:2], HungryParser(name="Ann"), workers=1)
    assert isinstance(result, ParsedDocument)
    assert result.elements[0].text == "Ann"


def test_a_parser_that_no_other_process_can_make_works_here(files: list[SourceFile]) -> None:
    class LocalParser(LineParser):
        pass

    parser = LocalParser()
    assert len(list(parse_in_order(files[:5], parser, workers=1))) == 5
    assert len(parser.parsed) == 5


def test_processes_are_renewed(files: list[SourceFile], monkeypatch: pytest.MonkeyPatch) -> None:
    expected = plain(list(parse_in_order(files, LineParser(), workers=0)))
    monkeypatch.setattr(parse_pool, "RENEWED_AFTER", 15)
    started: list[object] = []
    start = parse_pool._start

    def counted(*given: object) -> object:
        started.append(given)
        return start(*given)  # type: ignore[arg-type]

    monkeypatch.setattr(parse_pool, "_start", counted)
    assert plain(list(parse_in_order(files, LineParser(), workers=1))) == expected
    assert len(started) == 3


def test_leaving_early_ends_the_processes(files: list[SourceFile]) -> None:
    results = parse_in_order(files, LineParser(), workers=2)
    next(results)
    results.close()
    with pytest.raises(StopIteration):
        next(results)
