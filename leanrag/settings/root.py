"""All settings together: from arguments, the environment or a YAML file."""

import os
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError
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

DEFAULT_STORE = "./.leanrag"
DEFAULT_COLLECTION = "default"
_PREFIX = "LEANRAG_"


class Settings(BaseSettings):
    """All settings. Environment variables are ``LEANRAG_…``, sections joined by ``__``."""

    model_config = SettingsConfigDict(
        env_prefix=_PREFIX, env_nested_delimiter="__", extra="forbid", frozen=True
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

    @classmethod
    def create(cls, **values: Any) -> "Settings":
        """Settings from keyword values over the environment. Raises ``ConfigError``."""
        try:
            return cls(**values)
        except (ValidationError, SettingsError) as error:
            raise ConfigError(_explain(error, "settings")) from error

    @classmethod
    def load(cls, path: str | Path, **overrides: Any) -> "Settings":
        """Settings from a YAML file; ``overrides`` win over it. Raises ``ConfigError``."""
        file = Path(path)
        try:
            values = yaml.safe_load(file.read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise ConfigError(f"{file}: no such configuration file") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(f"{file}: cannot be read: {error}") from error
        except yaml.YAMLError as error:
            raise ConfigError(f"{file}: not valid YAML: {error}") from error
        if values is None:
            values = {}
        if not isinstance(values, dict):
            raise ConfigError(f"{file}: expected a mapping of settings at the top level")
        try:
            return cls(**{**values, **overrides})
        except (ValidationError, SettingsError, TypeError) as error:
            raise ConfigError(_explain(error, str(file))) from error


def _explain(error: Exception, where: str) -> str:
    if isinstance(error, SettingsError):  # knows the section of the environment, no variable
        found = sorted(name for name in os.environ if name.upper().startswith(_PREFIX))
        return (
            f"{where}: {error}; lists and mappings in the environment are JSON, such as "
            f'\'["en", "de"]\': look at {", ".join(found)}'
        )
    if not isinstance(error, ValidationError):
        return f"{where}: {error}"
    problems = []
    for item in error.errors(include_input=False, include_url=False):
        place = ".".join(str(part) for part in item["loc"]) or "value"
        problems.append(f"{place}: {item['msg'].removeprefix('Value error, ')}")
    return f"{where}: " + "; ".join(problems)
