"""An endpoint for the examples that ask a model."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chat_server import ChatServer, answering, chat_server

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[ChatServer]:
    """Answers every question with a citation of the first source."""
    with chat_server() as server:
        server.respond = answering("By plate [1].")
        monkeypatch.setenv("LEANRAG_LLM__BASE_URL", server.url)
        monkeypatch.setenv("LEANRAG_LLM__API_KEY", "secret-key")
        monkeypatch.setenv("LEANRAG_LLM__MODEL", "gpt-4o-mini")
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two small documents."""
    home = tmp_path / "docs"
    home.mkdir()
    (home / "tolls.md").write_text(
        "# Tolls\n\nTolls are paid by plate, not in cash. A month's pass costs 90 dollars.",
        encoding="utf-8",
    )
    (home / "bridge.md").write_text(
        "# Bridge\n\nThe bridge opened to traffic in 1937. It is painted every ten years.",
        encoding="utf-8",
    )
    return home
