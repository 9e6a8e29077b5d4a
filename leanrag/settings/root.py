"""All settings together: from arguments, the environment or a YAML file."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from leanrag.errors import ConfigError
from leanrag.settings.chunking import ChunkingSettings
from leanrag.settings.compression import CompressionSettings
from leanrag.settings.embedding import EmbeddingSettings
from leanrag.settings.history import HistorySettings
from leanrag.settings.ingest import IngestSettings
from leanrag.settings.ledger import LedgerSettings
from leanrag.settings.llm import LLMSettings
from leanrag.settings.masking import MaskingSettings
from leanrag.settings.prompt import PromptSettings
from leanrag.settings.qdrant import QdrantSettings
from leanrag.settings.retrieval import RetrievalSettings
from leanrag.settings.section import NO_ADDRESS
from leanrag.text.addresses import is_address, shown
from leanrag.text.yaml_problems import yaml_problem

DEFAULT_STORE = "./.leanrag"
DEFAULT_COLLECTION = "default"
_PREFIX = "LEANRAG_"
_HERE = "settings"
_NAME = re.compile(r"[A-Za-z0-9_]{0,60}")


class Settings(BaseSettings):
    """All settings. Environment variables are ``LEANRAG_…``, sections joined by ``__``."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX,
        env_nested_delimiter="__",
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    store: str = Field(DEFAULT_STORE, description="folder of the embedded store, or a server's URL")
    collection: str = Field(
        DEFAULT_COLLECTION,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$",
        description="name of the collection in the store: letters, digits, - and _",
    )
    model: str = Field("gpt-4o", description="the model that the prompt is for")
    tokenizer: str | None = Field(
        None, description="a tiktoken encoding or a tokenizer folder; overrides the model's own"
    )
    budget: int = Field(2000, description="tokens of the prompt, without the reply")
    reply_tokens: int = Field(1000, ge=0, description="room that the application keeps for reply")
    profile: Literal["local", "hub", "server"] = Field(
        "local",
        description="what leanrag doctor looks for on this machine; it sets nothing, which the "
        "files under pipelines/ do",
    )
    embedding: EmbeddingSettings = EmbeddingSettings()
    ingest: IngestSettings = IngestSettings()
    chunking: ChunkingSettings = ChunkingSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    compression: CompressionSettings = CompressionSettings()
    prompt: PromptSettings = PromptSettings()
    qdrant: QdrantSettings = QdrantSettings()
    llm: LLMSettings = LLMSettings()
    history: HistorySettings = HistorySettings()
    masking: MaskingSettings = MaskingSettings()
    ledger: LedgerSettings = LedgerSettings()

    def __init__(self, **values: Any) -> None:
        problem = ""
        try:
            super().__init__(**values)
        except (ValidationError, SettingsError) as error:
            problem = _explain(error)
        if problem:  # raised here, since the errors above hold what was given, keys among it
            raise ConfigError(f"{_HERE}: {problem}")

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return ((name, shown(value, name or "")) for name, value in super().__repr_args__())

    @field_validator("store")
    @classmethod
    def _is_a_folder_or_an_address(cls, value: str) -> str:
        if value.startswith(("http://", "https://")) and not is_address(value):
            raise ValueError(NO_ADDRESS)
        return value

    @classmethod
    def create(cls, **values: Any) -> "Settings":
        """Settings from keyword values over the environment. Raises ``ConfigError``."""
        return cls(**values)

    @classmethod
    def load(cls, path: str | Path, **overrides: Any) -> "Settings":
        """Settings from a YAML file; ``overrides`` win over it.

        Raises:
            ConfigError: the file cannot be read or a setting is wrong; no value is quoted.
        """
        file = Path(path)
        values = _mapping(file)
        problem = ""
        try:
            return cls(**{**values, **overrides})
        except ConfigError as error:
            problem = str(error).removeprefix(f"{_HERE}: ")
        raise ConfigError(f"{file}: {problem}")


def _mapping(file: Path) -> dict[str, Any]:
    """What a configuration file holds. Its errors quote nothing and stem from none that does."""
    problem = ""
    values: Any = None
    try:
        values = yaml.safe_load(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        problem = "no such configuration file"
    except OSError as error:
        problem = f"cannot be read: {error.strerror or type(error).__name__}"
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        problem = f"not valid YAML: {yaml_problem(error)}"
    if values is None:
        values = {}
    if not problem and not isinstance(values, dict):
        problem = "expected a mapping of settings at the top level"
    elif not problem and not all(isinstance(name, str) for name in values):
        problem = "the name of a setting is a text"
    if problem:
        raise ConfigError(f"{file}: {problem}")
    found: dict[str, Any] = values
    return found


def _explain(error: ValidationError | SettingsError) -> str:
    if isinstance(error, SettingsError):  # knows the section of the environment, no variable
        found = sorted(name for name in os.environ if name.upper().startswith(_PREFIX))
        return (
            f"{error}; lists and mappings in the environment are JSON, such as "
            f'\'["en", "de"]\': look at {", ".join(found)}'
        )
    problems = []
    for item in error.errors(include_input=False, include_url=False):
        place = ".".join(_part(part) for part in item["loc"]) or "value"
        problems.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    return "; ".join(problems)


def _part(part: str | int) -> str:
    """A name as it may be shown; where a colon's space is missing, a key stands in the name."""
    name = _NAME.match(str(part))
    return str(part) if name is None or name[0] == str(part) else f"{name[0]}…"
