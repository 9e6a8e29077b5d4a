"""Usage: help that teaches, options of every command, errors for wrong usage."""

import json
import re

import pytest

from leanrag import __version__
from leanrag.cli.app import app
from leanrag.cli.options import Common
from tests.cli.conftest import Run

COMMANDS = (
    "ingest",
    "query",
    "ask",
    "chat",
    "search",
    "compress",
    "delete",
    "info",
    "migrate",
    "ledger",
    "settings",
    "doctor",
    "eval",
)


def test_the_commands_are_those_documented() -> None:
    assert tuple(command.name for command in app.registered_commands) == COMMANDS


def test_the_version(run: Run) -> None:
    ran = run("--version")
    assert (ran.code, ran.out) == (0, f"leanrag {__version__}\n")


@pytest.mark.parametrize("arguments", [(), ("--help",), ("-h",)])
def test_help_is_shown(run: Run, arguments: tuple[str, ...]) -> None:
    ran = run(*arguments)
    assert ran.code == 0
    for name in COMMANDS:
        assert re.search(rf"^│ {name} ", ran.out, re.MULTILINE)


@pytest.mark.parametrize("name", COMMANDS)
def test_each_command_shows_examples_and_the_common_options(run: Run, name: str) -> None:
    ran = run(name, "--help")
    assert ran.code == 0
    assert f"  leanrag {name}" in ran.out
    for option in ("--config", "--store", "--collection", "--json", "--quiet"):
        assert option in ran.out


def test_the_help_of_where_keeps_its_brackets(run: Run) -> None:
    assert "tag in [a,b]" in run("query", "--help").out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("qurey", "x"), "No such command"),
        (("query",), "Missing argument"),
        (("query", "a", "b"), "unexpected extra argument"),
        (("query", "a", "--bugdet", "3"), "No such option"),
        (("query", "a", "--budget", "many"), "--budget"),
        (("compress", "--budget", "10"), "--question"),
        (("search", "a", "--top-k", "0"), "--top-k"),
        (("ingest",), "name a PATH"),
        (("ingest", ".", "--workers", "0"), "--workers"),
        (("eval",), "Missing argument"),
        (("--store", "x", "info"), "No such option"),
    ],
)
def test_wrong_usage_exits_2_with_one_line(
    run: Run, arguments: tuple[str, ...], words: str
) -> None:
    ran = run(*arguments)
    assert ran.code == 2
    assert ran.out == ""
    assert re.fullmatch(r"error: [^\n]+\n", ran.err)
    assert words in ran.err
    assert "--help" in ran.err


def test_wrong_usage_is_json_with_json(run: Run) -> None:
    ran = run("query", "--json", "a", "--bugdet", "3")
    assert (ran.code, ran.err) == (2, "")
    error = json.loads(ran.out)["error"]
    assert error["type"] == "InputError"
    assert "--bugdet" in error["message"]


def test_json_behind_two_dashes_is_an_argument(run: Run, store: object) -> None:
    ran = run("query", "--store", store, "--", "--json", "again")
    assert ran.code == 2
    assert ran.err.startswith("error: ")


@pytest.mark.parametrize("name", ["info", "doctor", "search x", "query x", "delete --source x"])
def test_a_wrong_configuration_is_named(run: Run, name: str) -> None:
    ran = run(*name.split(), "--config", "nowhere.yaml", "--json")
    assert ran.code == 2
    assert json.loads(ran.out)["error"] == {
        "type": "ConfigError",
        "message": "nowhere.yaml: no such configuration file",
    }


def test_options_win_over_the_configuration(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "settings.yaml"
    file.write_text("store: ./from-file\ncollection: from-file\nbudget: 77\n")
    settings = Common(config=file, store="./given").settings()
    assert (settings.store, settings.collection, settings.budget) == ("./given", "from-file", 77)
