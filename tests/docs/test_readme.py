"""Every code block of the README runs and prints what the README says."""

import contextlib
import io
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.chat_server import ChatServer, answering

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(\w*)\n(.*?)^```$", README, flags=re.MULTILINE | re.DOTALL)
UNSTABLE = re.compile(r"\d+\.\d+( s\b)?|\d+ s\b")


def masked(text: str) -> list[str]:
    """Lines without what differs from run to run: seconds and scores."""
    return [UNSTABLE.sub("#", line).rstrip() for line in text.strip().splitlines()]


def test_every_block_is_of_a_kind_that_is_run() -> None:
    assert BLOCKS
    assert {kind for kind, _ in BLOCKS} <= {"python", "console", "make", "yaml", "text"}


def test_make_targets_exist() -> None:
    for kind, block in BLOCKS:
        if kind == "make":
            for line in block.strip().splitlines():
                command = shlex.split(line, comments=True)
                done = subprocess.run(
                    ["make", "-n", *command[1:]], cwd=ROOT, capture_output=True, check=False
                )
                assert command[0] == "make"
                assert done.returncode == 0, line


def test_yaml_blocks_are_valid_settings(tmp_path: Path) -> None:
    from leanrag import Settings

    for number, (kind, block) in enumerate(BLOCKS):
        if kind == "yaml":
            file = tmp_path / f"{number}.yaml"
            file.write_text(block, encoding="utf-8")
            Settings.load(file)


def test_examples_print_what_the_readme_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, endpoint: ChatServer
) -> None:
    """Python and console blocks in one folder, in order; a text block is the output before it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEANRAG_LLM__BASE_URL", endpoint.url)
    monkeypatch.setenv("LEANRAG_LLM__MODEL", "gpt-4o")
    endpoint.respond = answering("The last value that is stored for the key prevails [1].")
    scope: dict[str, object] = {"__name__": "__readme__"}
    printed = ""
    for kind, block in BLOCKS:
        if kind == "python":
            stream = io.StringIO()
            with contextlib.redirect_stdout(stream):
                exec(compile(block, "README.md", "exec"), scope)  # our own README
            printed = stream.getvalue()
        elif kind == "console":
            check_session(block, tmp_path)
        elif kind == "text":
            assert masked(printed) == masked(block)


def check_session(block: str, folder: Path) -> None:
    """Runs each ``$ command`` and compares what follows it; ``...`` stands for any lines."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    for command, expected in re.findall(r"^\$ (.*?)\n((?:(?!\$ ).*\n?)*)", block, re.MULTILINE):
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env={**os.environ, "PATH": path, "COLUMNS": "100"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        wanted = masked(expected)
        found = masked(done.stdout)
        head = wanted[: wanted.index("...")] if "..." in wanted else wanted
        tail = wanted[len(head) + 1 :]
        assert found[: len(head)] == head
        assert found[len(found) - len(tail) :] == tail
        if "..." not in wanted:
            assert len(found) == len(wanted)
