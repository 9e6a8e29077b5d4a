import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from leanrag.errors import ConfigError, ModelError
from leanrag.tokens import (
    FolderCounter,
    InexactCountWarning,
    OpenAICounter,
    UpperBoundCounter,
    counter_for,
)


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4o", "o200k_base"),
        ("gpt-4o-2024-08-06", "o200k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("gpt-4.1-nano-2025-04-14", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("gpt-5-mini", "o200k_base"),
        ("o1", "o200k_base"),
        ("o3-mini", "o200k_base"),
        ("o4-mini-2025-04-16", "o200k_base"),
        ("gpt-4", "cl100k_base"),
        ("gpt-4-turbo", "cl100k_base"),
        ("gpt-3.5-turbo-0125", "cl100k_base"),
        ("ft:gpt-4o-mini-2024-07-18:acme::abc123", "o200k_base"),
        ("ft:gpt-4.1-2025-04-14:acme::abc123", "o200k_base"),
        ("ft:gpt-3.5-turbo-0125:acme::abc123", "cl100k_base"),
        ("openai/gpt-4o", "o200k_base"),
        ("azure/gpt-4", "cl100k_base"),
    ],
)
def test_openai_models_have_their_encoding_and_are_exact(model: str, encoding: str) -> None:
    counter = counter_for(model)
    assert isinstance(counter, OpenAICounter)
    assert (counter.name, counter.exact, counter.hint) == (encoding, True, "")


def test_the_tokenizer_overrides_the_model(make_folder: Callable[..., Path]) -> None:
    assert counter_for("gpt-4o", tokenizer="cl100k_base").name == "cl100k_base"
    assert counter_for("my-deployment", tokenizer=" o200k_base ").exact
    folder = make_folder()
    assert counter_for("gpt-4o", tokenizer=str(folder)).name == folder.name


def test_an_empty_tokenizer_is_none() -> None:
    assert counter_for("gpt-4o", tokenizer="").name == "o200k_base"


def test_a_model_may_be_a_folder(
    make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = make_folder(name="gpt2")
    assert isinstance(counter_for(str(folder)), FolderCounter)
    monkeypatch.chdir(folder.parent)
    assert counter_for("./gpt2") is counter_for(str(folder))


def test_a_name_that_is_also_a_folder_without_tokenizer_stays_a_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mistral").mkdir()
    monkeypatch.chdir(tmp_path)
    with pytest.warns(InexactCountWarning, match="'mistral'"):
        assert isinstance(counter_for("mistral"), UpperBoundCounter)


def test_a_relative_folder_is_that_of_the_working_folder(
    make_folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = make_folder(name="one")
    second = make_folder(name="two")
    (first / "tok").mkdir()
    (second / "tok").mkdir()
    for folder, inner in ((first, first / "tok"), (second, second / "tok")):
        for file in ("tokenizer.json", "chat_template.jinja"):
            (inner / file).write_text((folder / file).read_text())
    monkeypatch.chdir(first)
    of_first = counter_for("x", tokenizer="tok")
    monkeypatch.chdir(second)
    assert counter_for("x", tokenizer="tok") is not of_first


def test_counters_are_made_once() -> None:
    assert counter_for("gpt-4o") is counter_for("gpt-4o-mini")
    with pytest.warns(InexactCountWarning):
        unknown = counter_for("made-once")
    assert counter_for("made-once") is unknown


def test_an_unknown_model_is_announced_once_with_the_setting_that_helps() -> None:
    with pytest.warns(InexactCountWarning, match="LEANRAG_TOKENIZER") as caught:
        counter = counter_for("some-vendor/some-model-7b")
    assert caught[0].filename == __file__
    assert not counter.exact
    assert "some-vendor/some-model-7b" in counter.hint
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counter_for("some-vendor/some-model-7b")


def test_exact_counters_are_not_announced() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        counter_for("gpt-4o-2024-11-20")


@pytest.mark.parametrize("setting", ["nope", "y" * 5000, "a\0b", "~nobody-here/x"])
def test_a_wrong_tokenizer_is_a_config_error_with_the_values_that_work(setting: str) -> None:
    with pytest.raises(ConfigError, match="o200k_base") as caught:
        counter_for("gpt-4o", tokenizer=setting)
    assert "folder" in str(caught.value)
    assert len(str(caught.value)) < 500


def test_a_model_given_as_tokenizer_is_told_its_encoding() -> None:
    with pytest.raises(ConfigError, match="whose encoding is o200k_base"):
        counter_for("x", tokenizer="gpt-4o")


def test_a_file_given_as_tokenizer_is_told_to_give_the_folder(
    make_folder: Callable[..., Path],
) -> None:
    with pytest.raises(ConfigError, match="give the folder"):
        counter_for("x", tokenizer=str(make_folder() / "tokenizer.json"))


@pytest.mark.parametrize("model", ["", "  ", "./no-such-folder", "/no/such/folder"])
def test_models_that_cannot_be(model: str) -> None:
    with pytest.raises(ConfigError, match="model"):
        counter_for(model)


@pytest.mark.parametrize(("model", "tokenizer"), [("davinci", None), ("x", "p50k_base")])
def test_a_vocabulary_that_is_not_here_is_a_model_error(
    model: str, tokenizer: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    with pytest.raises(ModelError, match=r"not on this machine.*TIKTOKEN_CACHE_DIR"):
        counter_for(model, tokenizer=tokenizer)
