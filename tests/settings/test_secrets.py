"""A key or password that was given is shown by no error and no ``repr``."""

import os
import traceback
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG
from leanrag.errors import ConfigError
from leanrag.settings import LLMSettings, Settings

CANARY = "CANARY"


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LEANRAG_"):
            monkeypatch.delenv(name)


def everything(error: BaseException) -> str:
    """An error as a traceback shows it, with all that hangs on it and on what it stems from."""
    told = "".join(traceback.format_exception(error))
    left: list[BaseException | None] = [error]
    while left:
        one = left.pop()
        if one is not None:
            told += f"{one!r} {one} {vars(one)} {getattr(one, 'doc', '')}"
            told += str(getattr(one, "object", ""))
            left += [one.__cause__, one.__context__]
    return told


@pytest.mark.parametrize(
    "value",
    ['{"api_key": "CANARY', '{"CANARY-1": 1}', '["CANARY"]', '{"base_url": "CANARY"}', "CANARY"],
)
@pytest.mark.parametrize("make", [LeanRAG, Settings.create, Settings])
def test_malformed_json_in_the_environment(
    make: Any, value: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEANRAG_LLM", value)
    with pytest.raises(ConfigError, match="llm") as caught:
        make()
    assert "1" not in value or "CANARY…" in str(caught.value)
    assert CANARY not in everything(caught.value).replace("CANARY…", "")


@pytest.mark.parametrize(
    "text",
    [
        "llm:\n  api_key: sk-CANARY: oops\n",
        "llm:\n  api_key: *sk-CANARY\n",
        "llm:\n  api_key: !sk-CANARY\n",
        'llm:\n  api_key: "sk-CANARY\n',
        "llm: {api_key:sk-CANARY}\n",
        "llm:\n  api_key:sk-CANARY\n",
        "llm:\n  api_key: [sk-CANARY]\n",
        "llm: {api_key: sk-CANARY, timeout_s: sk-CANARY}\n",
        "llm: {base_url: 'ftp://a:CANARY@h'}\n",
        "llm: {base_url: 'http://a:CAN/CANARY@h'}\n",
        "store: http://a:CAN/CANARY@h\n",
        "qdrant: {api_key: CANARY, replicas: 1, write_consistency: 2}\n",
        "sk-CANARY\n",
        "- sk-CANARY\n",
        "? [CANARY]\n: x\n",
        "llm: {api_key: CANARY}\n3: x\n",
        "llm: {api_key: CANARY}\nbudget: 2024-99-99\n",
        "llm: {api_key: CANARY}\x07\n",
        "llm: {api_key: CANARY}\n" + "[" * 3000,
    ],
)
def test_a_malformed_file(text: str, tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"settings\.yaml: ") as caught:
        LeanRAG(file)
    assert CANARY not in everything(caught.value)


def test_a_file_that_is_not_utf_8_or_no_file(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_bytes(b"llm: {api_key: CANARY\xff}")
    for path in (file, tmp_path):
        with pytest.raises(ConfigError) as caught:
            Settings.load(path)
        assert CANARY not in everything(caught.value)


def test_a_part_of_the_settings_alone() -> None:
    with pytest.raises(ValueError, match="base_url") as caught:
        LLMSettings(base_url="ftp://a:CANARY@h")
    assert CANARY not in f"{caught.value} {caught.value!r}"


def test_names_that_are_misspelt_are_still_told(tmp_path: Path) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text("llm: {api_kye: x}\nbudgets: 5\n")
    with pytest.raises(ConfigError, match=r"llm\.api_kye: .*; budgets: "):
        Settings.load(file)


def test_settings_show_no_credentials() -> None:
    made = Settings.create(
        store="https://me:CANARY@host:6333?api-key=CANARY",
        llm={
            "base_url": "http://me:CANARY@host/v1?key=CANARY",
            "api_key": CANARY,
            "extra": {"api_key": CANARY, "headers": {"Authorization": CANARY}, "effort": "low"},
        },
        qdrant={"api_key": CANARY},
        history={"path": "postgres://me:CANARY@host"},
    )
    for one in (made, made.llm, made.qdrant, made.history):
        assert CANARY not in f"{one!r} {one} {[one]}"
    assert "https://host:6333" in repr(made)
    assert "'effort': 'low'" in repr(made)
    assert made.llm.base_url == "http://me:CANARY@host/v1?key=CANARY"  # what is used is as given
