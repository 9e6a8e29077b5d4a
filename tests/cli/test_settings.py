"""``leanrag settings``: the list that teaches what can be set."""

import json

import pytest

from leanrag.settings import Settings
from tests.cli.conftest import Run


def test_a_section_is_listed(run: Run) -> None:
    ran = run("settings", "retrieval")
    assert ran.code == 0
    assert "\nretrieval.candidates\n    whole number from 1; default 60\n" in ran.out
    assert "\n    LEANRAG_RETRIEVAL__CANDIDATES\n" in ran.out
    assert "compression.mode" not in ran.out
    assert not [line for line in ran.out.splitlines() if line.endswith(" ")]


def test_everything_is_listed(run: Run) -> None:
    ran = run("settings")
    assert ran.code == 0
    for name in Settings.model_fields:
        assert f"\n{name}" in ran.out


def test_one_setting_is_listed(run: Run) -> None:
    ran = run("settings", "compression.floor", "--json")
    (setting,) = json.loads(ran.out)["settings"]
    assert setting == {
        "name": "compression.floor",
        "section": "compression",
        "type": "number from 0 to 1",
        "default": 0.3,
        "required": False,
        "meaning": "sentences below this share of the best one's value go",
        "only_with": "selector: similarity",
        "environment": "LEANRAG_COMPRESSION__FLOOR",
    }
    (budget,) = json.loads(run("settings", "budget", "--json").out)["settings"]
    assert (budget["section"], budget["environment"]) == (None, "LEANRAG_BUDGET")


def test_an_unknown_section_is_a_usage_error_that_names_the_sections(run: Run) -> None:
    ran = run("settings", "retreival")
    assert (ran.code, ran.out) == (2, "")
    assert "'retreival'; the sections are embedding, ingest, chunking, retrieval" in ran.err
    shown = json.loads(run("settings", "retreival", "--json").out)
    assert shown["error"]["type"] == "InputError"


def test_a_broken_environment_does_not_hinder_the_list(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEANRAG_BUDGET", "many")
    assert run("settings", "budget").code == 0
