"""Streams that are closed, full, or lack the characters of a text."""

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from leanrag.cli.streams import prepare

ROOT = Path(__file__).parents[2]
PROGRAM = """
import sys
from leanrag.cli.execute import Outcome, execute, warn
from leanrag.cli.streams import prepare
prepare()
def work():
    warn("told on stderr", quiet=False)
    text = "\\u4fdd\\u4fee \\u2713"
    return Outcome({"text": text}, lambda console: console.print(text), 1)
sys.exit(execute(work, as_json="--json" in sys.argv, quiet=False))
"""
AS = pytest.mark.parametrize("as_json", [[], ["--json"]], ids=["people", "json"])


def shell(redirect: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        ["sh", "-c", f'exec "$0" "$@" {redirect}', sys.executable, "-c", PROGRAM, *arguments],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **environment},
        check=False,
    )


@AS
@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "cp1252", "C"],
)
def test_what_the_terminal_lacks_is_replaced(
    as_json: list[str], environment: dict[str, str]
) -> None:
    ran = shell("", *as_json, **environment)
    assert ran.returncode == 1
    assert ran.stderr == b"warning: told on stderr\n"
    assert (b"\\u4fdd" if as_json else b"?? ?") in ran.stdout


@AS
@pytest.mark.parametrize("redirect", [">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_closed_stream_changes_no_exit_code(as_json: list[str], redirect: str) -> None:
    assert shell(redirect, *as_json).returncode == 1


@AS
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_stream_that_cannot_be_written(as_json: list[str]) -> None:
    ran = shell(">/dev/full", *as_json)
    assert ran.returncode == 3
    assert ran.stderr == b"warning: told on stderr\nerror: No space left on device\n"
    ran = shell("2>/dev/full", *as_json)
    assert ran.returncode == 1, "what is said beside the work does not decide it"
    assert ran.stdout.strip()


def test_a_choice_of_the_caller_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    for errors, then in (("strict", "replace"), ("backslashreplace", "backslashreplace")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors=errors)
        monkeypatch.setattr(sys, "stdout", stream)
        prepare()
        assert stream.errors == then
