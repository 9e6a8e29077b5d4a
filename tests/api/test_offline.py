"""Ingest and query work with every socket to another machine refused."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.api.conftest import topic

REFUSE = """
import socket

def _refused(self, address, *rest):
    host = address[0] if isinstance(address, tuple) else ""
    if self.family == socket.AF_UNIX or host in ("127.0.0.1", "::1", "localhost"):
        return _connect(self, address, *rest)
    with open(LOG, "a") as log:
        log.write(f"{address}\\n")
    raise OSError(f"network refused: {address}")

def _no_lookup(host, *rest, **options):
    if host in (None, "", "127.0.0.1", "::1", "localhost"):
        return _lookup(host, *rest, **options)
    with open(LOG, "a") as log:
        log.write(f"lookup {host}\\n")
    raise socket.gaierror(f"network refused: {host}")

_connect, _lookup = socket.socket.connect, socket.getaddrinfo
socket.socket.connect = socket.socket.connect_ex = _refused
socket.getaddrinfo = _no_lookup
"""


@pytest.fixture
def offline(tmp_path: Path) -> dict[str, str]:
    """An environment whose Python processes refuse the network, with empty caches."""
    site = tmp_path / "site"
    site.mkdir()
    log = tmp_path / "attempts.log"
    (site / "sitecustomize.py").write_text(f"LOG = {str(log)!r}\n{REFUSE}", encoding="utf-8")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    kept.pop("TIKTOKEN_CACHE_DIR", None)
    home = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    return {**kept, **home, "PYTHONPATH": str(site), "HF_HOME": str(tmp_path / "hub")}


def run(offline: dict[str, str], *arguments: str, cwd: Path) -> dict[str, object]:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "leanrag"), *arguments, "--json"],
        env=offline,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_ingest_and_query_without_a_network(offline: dict[str, str], tmp_path: Path) -> None:
    documents = tmp_path / "documents"
    documents.mkdir()
    (documents / "import.rst").write_text(topic("import"), encoding="utf-8")
    (documents / "note.md").write_text("# Note\n\nThe depot closes at nine.\n", encoding="utf-8")
    page = "<html><body><nav>Home</nav><h1>Opening</h1><p>It opens at six.</p></body></html>"
    (documents / "page.html").write_text(page, encoding="utf-8")
    report = run(offline, "ingest", "documents", cwd=tmp_path)
    assert report["documents"]["added"] == 3  # type: ignore[index]
    prompt = run(offline, "query", "When does the depot close?", "--budget", "300", cwd=tmp_path)
    assert "nine" in prompt["messages"][-1]["content"]  # type: ignore[index]
    attempts = tmp_path / "attempts.log"
    assert not attempts.exists(), attempts.read_text(encoding="utf-8")
