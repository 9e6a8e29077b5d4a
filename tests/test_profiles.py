"""The profiles under pipelines/ load, tell the truth and hold no secrets."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel

from leanrag.cli.checks import HUB_MODELS
from leanrag.errors import ConfigError
from leanrag.settings import Settings

PIPELINES = Path(__file__).parents[1] / "pipelines"
PROFILES = ("local", "hub", "server")


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in list(os.environ):
        if name.startswith("LEANRAG_"):
            monkeypatch.delenv(name)


def load(name: str, **overrides: Any) -> Settings:
    return Settings.load(PIPELINES / f"{name}.yaml", **overrides)


def fields(model: type[BaseModel], prefix: str = "") -> Iterator[str]:
    for name, field in model.model_fields.items():
        yield prefix + name
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from fields(field.annotation, f"{prefix}{name}.")


def names(values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for name, value in values.items():
        yield prefix + name
        if isinstance(value, dict):
            yield from names(value, f"{prefix}{name}.")


def documented() -> dict[str, Any]:
    """local.yaml with the marks before its settings taken away."""
    text = (PIPELINES / "local.yaml").read_text(encoding="utf-8")
    values = yaml.safe_load(re.sub(r"(?m)^#(?=[a-z]|  \w+:)", "", text))
    assert isinstance(values, dict)
    return values


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_loads_under_its_name(name: str) -> None:
    assert load(name).profile == name


def test_there_are_no_other_profiles() -> None:
    assert sorted(file.stem for file in PIPELINES.glob("*.yaml")) == sorted(PROFILES)


def test_local_changes_nothing() -> None:
    assert load("local") == Settings()


def test_local_documents_every_setting_with_its_default() -> None:
    values = documented()
    assert sorted(names(values)) == sorted(fields(Settings))
    assert Settings.create(**values) == Settings()


def test_hub_names_the_models_that_doctor_looks_for() -> None:
    settings = load("hub")
    assert settings.embedding.model == HUB_MODELS["embedding"]
    assert settings.retrieval.reranker == HUB_MODELS["reranker"]
    assert settings.compression.squeezer == HUB_MODELS["squeezer"]
    assert settings.embedding.languages == ()


def test_server_takes_its_keys_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert load("server").qdrant.api_key is None
    monkeypatch.setenv("LEANRAG_QDRANT__API_KEY", "hunter-one")
    monkeypatch.setenv("LEANRAG_LLM__API_KEY", "hunter-two")
    settings = load("server")
    assert settings.store.startswith("http://")
    assert settings.qdrant.api_key is not None
    assert settings.qdrant.api_key.get_secret_value() == "hunter-one"
    assert settings.llm.api_key is not None
    assert settings.llm.api_key.get_secret_value() == "hunter-two"
    assert settings.llm.base_url == "http://localhost:8000/v1"
    assert "hunter" not in repr(settings)


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_holds_a_secret(name: str) -> None:
    values = yaml.safe_load((PIPELINES / f"{name}.yaml").read_text(encoding="utf-8"))
    assert not [setting for setting in names(values) if setting.endswith("api_key")]


def test_options_win_over_the_file() -> None:
    assert load("server", store="./mine", collection="docs").store == "./mine"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bugdet: 3", "bugdet"),
        ("embedding: {modle: x}", "embedding.modle"),
        ("budget: many", "budget"),
        ("collection: ../../etc", "collection"),
        ("- a\n- b", "mapping"),
        ("a: [", "not valid YAML"),
        ("!!python/object/apply:os.system [ls]", "not valid YAML"),
    ],
)
def test_a_wrong_file_is_named_with_its_field(tmp_path: Path, text: str, words: str) -> None:
    file = tmp_path / "settings.yaml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=f"settings.yaml: .*{words}"):
        Settings.load(file)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: no such configuration file"):
        Settings.load(tmp_path / "nowhere.yaml")
