"""Streams, warnings, and exit codes."""

import errno
import json
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from leanrag import errors
from leanrag.cli.execute import Outcome, execute, exit_code
from leanrag.errors import InputError
from leanrag.tokens import InexactCountWarning

ROOT = Path(__file__).parents[2]
EXIT_CODES = {
    "ConfigError": 2,
    "MissingDependencyError": 2,
    "InputError": 2,
    "DocumentError": 2,
    "FilterError": 2,
    "EvaluationError": 2,
    "BudgetError": 3,
    "BackendError": 3,
    "StoreError": 3,
    "StoreInUseError": 3,
    "PruneError": 3,
    "ModelError": 3,
    "LLMError": 3,
    "LLMUnavailableError": 3,
    "LLMAccessError": 3,
    "LLMRateLimitError": 3,
    "LLMRefusedError": 3,
    "LLMResponseError": 3,
    "PromptTooLongError": 3,
    "SpendingError": 3,
    "MaskingError": 3,
}


def all_errors(root: type[Exception] = errors.LeanRAGError) -> Iterator[type[Exception]]:
    for kind in root.__subclasses__():
        if kind.__module__ == "leanrag.errors":
            yield kind
            yield from all_errors(kind)


def make(kind: type[Exception]) -> Exception:
    if kind is errors.BudgetError:
        return errors.BudgetError(90, 50)
    if kind is errors.SpendingError:
        return errors.SpendingError("a", tenant="b")
    if kind in (errors.DocumentError, errors.MissingDependencyError):
        return kind("a", "b")
    return kind("a")


def show(console: Console) -> None:
    console.print("shown to people")


def test_every_error_has_its_exit_code() -> None:
    assert {kind.__name__: exit_code(make(kind)) for kind in all_errors()} == EXIT_CODES


def test_an_error_is_one_line_on_stderr(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> Outcome:
        raise InputError("first\nsecond \x1b[31mred")

    assert execute(work, as_json=False, quiet=True) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == "error: first second \N{REPLACEMENT CHARACTER}[31mred\n"


def test_an_error_is_one_object_on_stdout_with_json(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> Outcome:
        raise errors.BudgetError(90, 50)

    assert execute(work, as_json=True, quiet=False) == 3
    out, err = capsys.readouterr()
    assert err == ""
    assert json.loads(out)["error"]["type"] == "BudgetError"
    assert "90" in json.loads(out)["error"]["message"]


def test_an_error_of_the_system_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> Outcome:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/full/disk")

    assert execute(work, as_json=False, quiet=False) == 3
    assert capsys.readouterr().err == "error: /full/disk: No space left on device\n"


def test_an_interrupt_ends_with_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> Outcome:
        raise KeyboardInterrupt

    assert execute(work, as_json=False, quiet=False) == 130
    out, err = capsys.readouterr()
    assert (out, err) == ("", "interrupted; what was finished before is kept\n")


@pytest.mark.parametrize("quiet", [False, True])
def test_nothing_but_the_result_reaches_stdout(
    capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    def work() -> Outcome:
        print("a vendor's banner")
        logging.getLogger("vendor").warning("a vendor's log line")
        warnings.warn("a vendor's warning", UserWarning, stacklevel=2)
        return Outcome({"answer": 42}, show)

    assert execute(work, as_json=True, quiet=quiet) == 0
    out, err = capsys.readouterr()
    assert json.loads(out) == {"answer": 42}
    assert err == ("" if quiet else "a vendor's banner\n")


@pytest.mark.parametrize("quiet", [False, True])
def test_own_warnings_are_one_line_each_once(
    capsys: pytest.CaptureFixture[str], quiet: bool
) -> None:
    def work() -> Outcome:
        for _ in range(3):
            warnings.warn("tokens are an\nupper bound", InexactCountWarning, stacklevel=2)
        return Outcome({}, show, 1)

    assert execute(work, as_json=False, quiet=quiet) == 1
    out, err = capsys.readouterr()
    assert out == "shown to people\n"
    assert err == ("" if quiet else "warning: tokens are an upper bound\n")


@pytest.mark.parametrize("as_json", [True, False])
def test_a_reader_that_goes_away_is_no_error(as_json: bool) -> None:
    program = (
        "import sys\n"
        "from leanrag.cli.execute import Outcome, execute\n"
        "lines = 'x' * 200_000\n"
        "show = lambda console: console.print(lines, soft_wrap=True)\n"
        "work = lambda: Outcome({'a': lines}, show, 1)\n"
        f"sys.exit(execute(work, as_json={as_json}, quiet=False))"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
    )
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.read(10)
    process.stdout.close()
    assert process.stderr.read() == b""
    assert process.wait(timeout=60) == 1
