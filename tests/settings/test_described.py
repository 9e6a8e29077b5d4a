"""What the settings say of themselves is what holds."""

import os

import pytest

from leanrag.errors import ConfigError
from leanrag.settings import DescribedSetting, Settings, describe_settings

SETTINGS = {one.name: one for section in describe_settings() for one in section.settings}
IN_ENVIRONMENT = [one for one in SETTINGS.values() if one.variable is not None]


@pytest.fixture(autouse=True)
def _no_settings_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("LEANRAG_"):
            monkeypatch.delenv(name)


def test_all_sections_are_there_in_order() -> None:
    names = [section.name for section in describe_settings()]
    assert names[:6] == ["", "embedding", "ingest", "chunking", "retrieval", "compression"]
    assert {name.partition(".")[0] for name in SETTINGS} == set(Settings.model_fields)


@pytest.mark.parametrize("setting", IN_ENVIRONMENT, ids=lambda setting: setting.name)
def test_the_default_is_that_of_the_settings(setting: DescribedSetting) -> None:
    value = Settings().model_dump(mode="json")
    for part in setting.name.split("."):
        value = value[part]
    assert value == setting.default
    assert not setting.required


@pytest.mark.parametrize("setting", IN_ENVIRONMENT, ids=lambda setting: setting.name)
def test_the_variable_reaches_its_setting(
    setting: DescribedSetting, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert setting.variable is not None
    before = Settings()
    monkeypatch.setenv(setting.variable, "surely-no-default")
    said = ""
    try:
        after = Settings.create()
    except ConfigError as error:  # it takes no text, or not any text
        said = str(error)
    assert setting.name in said or setting.variable in said if said else after != before


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("budget", "whole number"),
        ("tokenizer", "text or null"),
        ("retrieval.candidates", "whole number from 1"),
        ("retrieval.per_document", "whole number from 1 or null"),
        ("compression.rate", "number above 0, at most 1"),
        ("compression.mode", "auto, prune, squeeze, both or none"),
        ("prompt.show_headings", "true or false"),
        ("qdrant.api_key", "secret text or null"),
        ("embedding.languages", "list of text"),
        ("ledger.prices", "list of {model, input, output, cached, since}"),
        ("ledger.prices[].since", "date or null"),
        ("ledger.tenant_budgets", "names with number"),
    ],
)
def test_types_in_words(name: str, words: str) -> None:
    assert SETTINGS[name].type == words


def test_the_parts_of_a_lists_items_have_no_variable() -> None:
    part = SETTINGS["chunking.strategies[].match"]
    assert part.variable is None
    assert part.required


@pytest.mark.parametrize("name", ["compression.similarity_weight", "compression.floor"])
def test_what_holds_for_similarity_alone_is_marked(name: str) -> None:
    assert SETTINGS[name].only_with == "selector: similarity"
    assert SETTINGS["compression.keep"].only_with == "selector: builtin or a folder"


def test_the_former_name_is_an_error_that_names_the_new_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    message = "compression: dense_weight is now named similarity_weight"
    with pytest.raises(ConfigError, match=message):
        Settings.create(compression={"dense_weight": 0.5})
    monkeypatch.setenv("LEANRAG_COMPRESSION__DENSE_WEIGHT", "0.5")
    with pytest.raises(ConfigError, match=message):
        Settings.create()


def test_a_list_in_the_environment_that_is_no_json_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LEANRAG_EMBEDDING__LANGUAGES", "en,de")
    with pytest.raises(ConfigError, match=r"JSON.*LEANRAG_EMBEDDING__LANGUAGES"):
        Settings.create()
    monkeypatch.setenv("LEANRAG_EMBEDDING__LANGUAGES", '["en", "de"]')
    assert Settings.create().embedding.languages == ("en", "de")
