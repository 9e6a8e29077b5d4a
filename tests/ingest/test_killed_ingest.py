"""An ingest that is killed leaves whole documents, and the next one finishes it."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(sys.platform == "win32", reason="processes cannot be forked there")
@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_killed_ingest_ends_as_an_undisturbed_one(ram_path: Path, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.ingest.kill_ingest", ram_path / "k", str(count)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > count // 2
