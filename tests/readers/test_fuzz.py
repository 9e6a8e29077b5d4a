"""Mutants of real files: each is a document or a ``DocumentError``, in time and within memory.

They go through a parser process with limits, as in a real ingest, so that a crash, a hang or too
much memory cannot pass for an ordinary failure.
"""

import io
import random
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanrag.errors import DocumentError
from leanrag.ingest.load import SourceFile
from leanrag.ingest.parse_pool import Limits, parse_in_order
from leanrag.readers.formats import DocumentParser
from leanrag.types import ParsedDocument
from tests.format_samples import samples, zipped

LIMITS = Limits(timeout_s=60, memory_mb=1024)
GOLDEN = Path(__file__).parents[1] / "golden"
BREAKDOWNS = ("parser process ended", "took longer than", "more memory than")


def originals() -> dict[str, bytes]:
    """The samples of all formats, and the real pages and documents of the golden tests."""
    files = sorted(p for kind in ("*.html", "*.md", "*.rst", "*.pdf") for p in GOLDEN.rglob(kind))
    return {**samples(), **{path.name: path.read_bytes() for path in files}}


def mutants(seed: int, count: int) -> Iterator[tuple[str, bytes]]:
    """Names and bytes of mutants, all formats in turn."""
    chance = random.Random(seed)
    files = originals()
    names = sorted(files)
    for number in range(count):
        name = names[number % len(names)]
        data = files[name]
        inside = data.startswith(b"PK") and chance.random() < 0.6
        mutant = mutated_inside(data, chance) if inside else mutated(data, chance)
        path = Path(name)
        yield f"{path.stem}-{number}{path.suffix}", mutant


def mutated(data: bytes, chance: random.Random) -> bytes:
    """One to five changes at random places."""
    for _ in range(chance.randint(1, 5)):
        start = chance.randrange(len(data) + 1)
        end = min(len(data), start + chance.choice((1, 2, 8, 64, 512)))
        piece = data[start:end]
        other = chance.randrange(len(data) + 1)
        new = chance.choice((
            b"",
            bytes(byte ^ (1 << chance.randrange(8)) for byte in piece),
            chance.randbytes(len(piece)),
            piece * chance.choice((2, 50)),
            data[other : other + 64],
            chance.choice((b"\0", b"<", b">", b"&#x110000;", b"-1", b"99999999999", b'"', b"\n")),
        ))  # fmt: skip
        data = data[:start] + new + data[end:] if chance.random() < 0.95 else data[:start]
        if not data:
            break
    return data


def mutated_inside(data: bytes, chance: random.Random) -> bytes:
    """One part of an archive is mutated, the archive itself stays whole."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = chance.choice(sorted(parts))
    return zipped({**parts, name: mutated(parts[name], chance)})


def breakdowns(folder: Path, seed: int, count: int) -> tuple[list[str], int]:
    """What went wrong beyond a ``DocumentError``, and how many mutants were read all the same."""
    files = []
    for name, data in mutants(seed, count):
        (folder / name).write_bytes(data)
        files.append(SourceFile(folder / name, name))
    wrong: list[str] = []
    read = 0
    for result in parse_in_order(files, DocumentParser(), workers=1, limits=LIMITS):
        if isinstance(result, ParsedDocument):
            read += 1
            assert result.title
        else:
            assert isinstance(result, DocumentError)
            if any(sign in result.reason for sign in BREAKDOWNS):
                wrong.append(str(result))
    return wrong, read


def test_two_hundred_mutants(tmp_path: Path) -> None:
    wrong, read = breakdowns(tmp_path, seed=1, count=200)
    assert wrong == []
    assert 40 < read < 200, "mutants that are all refused, or all read, try nothing"


@pytest.mark.slow
def test_two_thousand_mutants(tmp_path: Path) -> None:
    wrong, read = breakdowns(tmp_path, seed=2, count=2000)
    assert wrong == []
    assert 400 < read < 2000
