"""``leanrag doctor``: what is there, what is missing, no secrets."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from leanrag.cli import checks
from leanrag.cli.checks import Check, cache_folder, model_present
from leanrag.errors import StoreError, StoreInUseError
from leanrag.settings import Settings
from tests.cli.conftest import Run
from tests.cli.fakes import FakeRAG


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """All models load; the model cache is empty."""

    def found() -> Iterator[Check]:
        yield Check("embedding model (built in)", True, "loads")
        yield Check("vocabulary o200k_base", True, "found offline")

    monkeypatch.setattr(checks, "models", found)
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def cached(model: str, *, weights: bool = True) -> None:
    folder = cache_folder() / f"models--{model.replace('/', '--')}" / "snapshots" / "abc"
    folder.mkdir(parents=True)
    (folder / "config.json").write_text("{}")
    if weights:
        (folder / "model.safetensors").write_bytes(b"x")


@pytest.mark.usefixtures("healthy")
def test_the_report_has_all_parts(run: Run, tmp_path: Path) -> None:
    ran = run("doctor", "--json", "--store", tmp_path / "nowhere")
    assert ran.code == 0
    report = json.loads(ran.out)
    assert report["ok"] is True
    assert report["packages"]["tiktoken"]
    assert report["cpu"]["cores"] >= 1
    assert report["store"]["detail"] == "not there yet; ingest makes it"
    assert not (tmp_path / "nowhere").exists()
    profiles = report["profiles"]
    assert set(profiles) == {"local", "hub", "server"}
    assert profiles["local"]["ready"]
    assert [text.split()[2] for text in profiles["hub"]["missing"]] == [
        "BAAI/bge-m3",
        "BAAI/bge-reranker-v2-m3",
        "microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank",
    ]
    assert len(profiles["server"]["missing"]) == 2


@pytest.mark.usefixtures("healthy")
def test_people_see_the_same(run: Run, tmp_path: Path) -> None:
    out = run("doctor", "--store", tmp_path / "nowhere").out
    for part in ("tiktoken", "found offline", "local (set)", "BAAI/bge-m3", "llm.base_url"):
        assert part in out


@pytest.mark.usefixtures("healthy")
def test_models_in_the_cache_are_not_missed(run: Run, tmp_path: Path) -> None:
    cached("BAAI/bge-m3")
    cached("BAAI/bge-reranker-v2-m3", weights=False)
    cached("microsoft/llmlingua-2-bert-base-multilingual-cased-meetingbank")
    hub = json.loads(run("doctor", "--json", "--store", tmp_path / "x").out)["profiles"]["hub"]
    assert not hub["ready"]
    assert len(hub["missing"]) == 1
    assert "bge-reranker-v2-m3" in hub["missing"][0]


@pytest.mark.usefixtures("healthy")
def test_a_profile_that_is_set_is_judged_by_its_own_models(run: Run, tmp_path: Path) -> None:
    cached("org/mine")
    file = tmp_path / "settings.yaml"
    file.write_text("profile: hub\nembedding: {model: org/mine}\nretrieval: {reranker: none}\n")
    report = json.loads(run("doctor", "--json", "--config", file).out)
    assert report["profiles"]["hub"]["ready"]
    assert report["ok"]


@pytest.mark.usefixtures("healthy")
def test_keys_are_never_shown(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEANRAG_QDRANT__API_KEY", "very-secret")
    monkeypatch.setenv("LEANRAG_LLM__API_KEY", "very-secret")
    store = "https://user:very-secret@qdrant.example:6333"
    for arguments in ((), ("--json",)):
        out = run("doctor", "--store", store, *arguments).out
        assert "very-secret" not in out
        assert "https://qdrant.example:6333" in out
        assert "qdrant.api_key is set" in out


@pytest.mark.usefixtures("healthy")
@pytest.mark.parametrize(
    ("error", "ok", "words"),
    [
        (None, True, "2 documents, 12 chunks"),
        (StoreInUseError("another process has it"), True, "in use"),
        (StoreError("the catalogue is damaged"), False, "damaged"),
    ],
)
def test_the_state_of_the_store(
    api: type[FakeRAG], store: Path, error: Exception | None, ok: bool, words: str
) -> None:
    api.error = error
    check = checks.store(Settings.create(store=str(store)))
    assert check.ok is ok
    assert words in check.detail


def test_what_does_not_load_is_a_problem(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def broken() -> Iterator[Check]:
        yield Check("embedding model (built in)", False, "the package is missing")

    monkeypatch.setattr(checks, "models", broken)
    ran = run("doctor", "--store", tmp_path / "x", "--json")
    report = json.loads(ran.out)
    assert (ran.code, report["ok"]) == (0, False)
    assert report["profiles"]["local"]["missing"] == ["the package is missing"]
    assert "PROBLEM: the package is missing" in run("doctor", "--store", tmp_path / "x").out


def test_the_built_in_models_are_found_and_load() -> None:
    found = {check.name: check for check in checks.models()}
    assert all(check.ok for check in found.values())
    assert "384 dimensions" in found["embedding model (built in)"].detail


@pytest.mark.parametrize(
    ("variables", "folder"),
    [
        ({"HF_HUB_CACHE": "/a"}, "/a"),
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c"}, "/c/huggingface/hub"),
    ],
)
def test_where_the_model_cache_is(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], folder: str
) -> None:
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert cache_folder() == Path(folder)


def test_a_folder_is_a_model(tmp_path: Path) -> None:
    assert not model_present(str(tmp_path))
    (tmp_path / "config.json").write_text("{}")
    assert model_present(str(tmp_path))
    assert model_present("builtin")


def test_every_model_that_ships_is_tried() -> None:
    found = {check.name: check for check in checks.models()}
    for kind in ("embedding model", "selector", "squeezer"):
        check = found[f"{kind} (built in)"]
        assert check.ok, check.detail
        assert check.detail.endswith("loads")
