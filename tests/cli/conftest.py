"""Runs the command line in this process, with the API replaced where a test asks for it."""

import io
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leanrag.cli import main
from tests.cli.fakes import FakeRAG, fake_compress


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str


Run = Callable[..., Ran]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs ``leanrag`` with arguments and stdin; gives exit code and streams."""
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("NO_COLOR", "1")

    def call(*arguments: object, stdin: bytes = b"") -> Ran:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        capsys.readouterr()
        code = main([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return Ran(code, out, err)

    return call


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> type[FakeRAG]:
    """An API that computes nothing and remembers what it was asked."""
    module = ModuleType("leanrag.api")
    fake: Any = type("LeanRAG", (FakeRAG,), {"calls": [], "error": None, "report": FakeRAG.report})
    module.LeanRAG = fake  # type: ignore[attr-defined]
    module.compress = fake_compress  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "leanrag.api", module)
    checked: type[FakeRAG] = fake
    return checked


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A folder where a store could be."""
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "leanrag.json").touch()
    return folder
