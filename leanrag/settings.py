"""Configuration: validated once, at the edge, from arguments, environment or a YAML file."""

import math
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_settings import BaseSettings, SettingsConfigDict

from leanrag.errors import ConfigError

DEFAULT_STORE = "./.leanrag"
DEFAULT_COLLECTION = "default"
_LEAST_OF_WORD = 2
"""Characters that a pattern of masking has beside its wildcards."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EmbeddingSettings(_Section):
    """The embedding model; ``builtin`` is all-MiniLM-L6-v2 from its registry package."""

    model: str = Field("builtin", description="'builtin', a folder, or a hub name")
    variant: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="how vectors are computed; auto takes bf16 where the CPU has it"
    )
    batch_tokens: int = Field(8192, ge=256, description="padded tokens in one batch")
    languages: tuple[str, ...] = Field(
        ("en",), description="languages that the model understands; empty for a multilingual one"
    )
    query_prefix: str = ""
    document_prefix: str = ""


class IngestSettings(_Section):
    """How files are taken in: limits of each, and where metadata comes from."""

    path_templates: tuple[str, ...] = Field(
        (),
        description="metadata from paths, such as '{company}_{year}_{form}.pdf'; the first that "
        "fits the end of a path holds",
    )
    file_fields: tuple[Literal["modified", "size", "hash"], ...] = Field(
        ("modified", "size", "hash"),
        description="what is stored of each file, as file_modified, file_size and file_hash",
    )
    timeout_s: float = Field(120.0, gt=0, description="time that one file may take to be parsed")
    memory_mb: int = Field(
        2048, ge=512, description="memory that the parser process may take; on Linux alone"
    )
    max_file_mb: int = Field(64, ge=1, le=1024, description="larger files are refused")
    pdf: Literal["fast", "hi_res"] = Field(
        "fast",
        description="'fast' reads the text that a PDF holds; 'hi_res' is unstructured's layout "
        "detection with text recognition for scans, and needs the extra of that name",
    )


class StrategyRule(_Section):
    """How the documents are cut whose source matches a pattern, such as ``faq/*.md``."""

    match: str = Field(min_length=1, description="of the whole source, or of its last parts")
    strategy: Literal["reference", "faq", "narrative", "tabular", "code", "transcript"]


class ChunkingSettings(_Section):
    """How documents are cut; tokens are those of the embedding model."""

    max_tokens: int = Field(256, ge=32, description="title and heading path included")
    strategies: tuple[StrategyRule, ...] = Field(
        (), description="the first that matches; else the document's structure decides"
    )


class RetrievalSettings(_Section):
    """How evidence is found."""

    candidates: int = Field(60, ge=1, description="length of the dense and of the BM25 list")
    rerank_to: int = Field(20, ge=1, description="hits that go on to compression")
    dense_weight: float = Field(
        0.65,
        ge=0,
        le=1,
        description="share of the dense side in fusion where the two lists say nothing; it moves "
        "with each question's lists and language, but 0 and 1 hold as they are",
    )
    reranker: str = Field(
        "selector",
        description="'selector' (the built-in model), 'late' (the embedder's token vectors), "
        "'scores' (no model), 'none', or a cross-encoder by name or folder",
    )
    rerank_depth: int = Field(
        24,
        ge=1,
        description="most hits that a model reads; fewer where the first scores are clear. The "
        "others keep their order behind them",
    )
    diversity: float = Field(
        0.3, ge=0, le=1, description="how far near copies of a hit fall behind it; 0: not at all"
    )
    per_document: int | None = Field(
        None, ge=1, description="most hits of one document; by default any number"
    )
    neighbours: int = Field(
        0, ge=0, le=10, description="chunks before and behind each of the first hits that go along"
    )
    sections: float = Field(
        0.75,
        gt=0,
        description="share of a section's chunks among the hits from which all of it goes along; "
        "above 1: never",
    )
    follow_up: Literal["auto", "rule", "model"] = Field(
        "auto",
        description="how a question with a history is made searchable: 'rule' mixes in earlier "
        "turns without a model call; 'model' has the endpoint of llm put it in other words first; "
        "'auto' does that where llm names an endpoint or a model, and the question leans on "
        "what was said",
    )


class CompressionSettings(_Section):
    """How the evidence is cut to what the question needs."""

    mode: Literal["auto", "prune", "squeeze", "both", "none"] = Field(
        "auto",
        description="'prune' selects sentences; 'auto' also cuts them to the clauses that tell, or "
        "drops words, where that brings in clearly more; 'both' selects sentences and always drops "
        "words; 'squeeze' drops words without selecting first; 'none' sends whole chunks",
    )
    rate: float = Field(
        0.65, gt=0, le=1, description="share of the tokens that dropping words leaves"
    )
    squeezer: str = Field(
        "builtin", description="the model that says which words go: 'builtin', a folder, a hub name"
    )
    method: Literal["llmlingua2", "llmlingua", "longllmlingua"] = Field(
        "llmlingua2",
        description="'llmlingua2' takes a token classifier; the others a causal language model, "
        "'longllmlingua' with the question",
    )
    protect: tuple[str, ...] = Field(
        (),
        description="words that are never dropped, beside numbers, names of code and the like; "
        "* stands for any characters of a word, ? for one; no regular expressions",
    )
    selector: str = Field(
        "builtin",
        description="what says which sentences are evidence: 'builtin' (the trained model), "
        "'similarity' (embedder and BM25), or a folder with such a model",
    )
    keep: Literal["cautious", "balanced", "lean"] = Field(
        "cautious",
        description="how much is kept of what the budget would hold, by the selector's "
        "probabilities: 'cautious' lost 0.5 % of the answers by it on tune rows, 'lean' 4.6 %",
    )
    dense_weight: float = Field(
        0.7, ge=0, le=1, description="share of the embedder in a sentence, for 'similarity'"
    )
    floor: float = Field(
        0.3, ge=0, le=1, description="sentences below this share of the best one's value go"
    )

    @model_validator(mode="after")
    def _method_has_its_model(self) -> "CompressionSettings":
        if self.squeezer == "builtin" and self.method != "llmlingua2":
            raise ValueError(
                f"method {self.method} needs a causal language model, and the built-in one is a "
                "token classifier; set squeezer to the folder or hub name of one"
            )
        if any(not pattern.strip(" *?") for pattern in self.protect):
            raise ValueError("protect: a pattern needs at least one character beside * and ?")
        return self


class PromptSettings(_Section):
    """How the prompt is laid out."""

    system: str | None = Field(None, description="replaces the built-in system text")
    show_headings: bool = True
    order: Literal["best_first", "best_last", "both_ends", "document"] = Field(
        "best_first",
        description="order of the evidence by its relevance; the parts of one document stay "
        "together in their own order; 'document' goes by source",
    )


class QdrantSettings(_Section):
    """How the engine keeps and searches vectors, and the server, where the store is a URL.

    What says how a collection is kept holds for those that are made from now on; a search obeys
    ``search_ef`` and ``oversampling`` at once, and ``quantization: none`` by leaving the
    quantized vectors aside.
    """

    api_key: SecretStr | None = None
    timeout_s: float = Field(30.0, gt=0)
    graph_from: int = Field(
        50_000,
        ge=1,
        description="chunks from which on vectors get a graph (HNSW); fewer are searched exactly",
    )
    hnsw_m: int = Field(16, ge=4, le=128, description="edges of each node of the graph")
    hnsw_ef_construct: int = Field(
        100, ge=8, le=4096, description="candidates looked at for each node while building"
    )
    search_ef: int = Field(
        256,
        ge=1,
        le=65_536,
        description="candidates looked at in a search of the graph; the embedded engine takes "
        "eight times as many under a filter",
    )
    quantization: Literal["none", "int8"] = Field(
        "int8",
        description="'int8' keeps a quarter of the vectors' size in memory beside the graph; what "
        "is found so is scored again with the vectors as they are",
    )
    oversampling: float = Field(
        2.0, ge=1, le=16, description="how many times the candidates are scored again"
    )
    on_disk_vectors: bool | None = Field(
        None,
        description="original vectors are read from the disk; by default where an embedded "
        "collection has quantized ones and a graph",
    )
    on_disk_payload: bool = Field(True, description="texts and metadata are read from the disk")
    shards: int | None = Field(
        None, ge=1, le=1024, description="parts of a new server collection; by default the server's"
    )
    replicas: int | None = Field(
        None, ge=1, le=64, description="copies of each part on different nodes of a cluster"
    )
    write_consistency: int | None = Field(
        None, ge=1, le=64, description="copies that must have taken a write before it counts"
    )

    @model_validator(mode="after")
    def _writes_can_succeed(self) -> "QdrantSettings":
        if (self.write_consistency or 1) > (self.replicas or 1):
            raise ValueError(
                f"write_consistency {self.write_consistency} is more than the replicas "
                f"({self.replicas or 1}), so that no write would ever succeed; raise replicas or "
                "lower it"
            )
        return self


class HistorySettings(_Section):
    """What is kept of conversations, and how."""

    path: str | None = Field(
        None,
        description="SQLite file of the conversations, or ':memory:'; by default beside the "
        "collection of an embedded store, while a server's needs one named here",
    )
    summary: Literal["extractive", "model", "none"] = Field(
        "extractive",
        description="who summarises older turns: 'extractive' chooses sentences without a model, "
        "'model' asks the endpoint of the section llm",
    )
    summary_after: int = Field(
        2000, ge=200, description="tokens of turns without a summary from which on one is made"
    )
    summary_tokens: int = Field(200, ge=40, description="the most of the running summary")
    notes_tokens: int = Field(
        320, ge=64, description="the most of summary and facts together in a prompt"
    )
    timeout_s: float = Field(60.0, gt=0, description="time that one summary may take the model")
    reader: Literal["auto", "selector", "none"] = Field(
        "auto",
        description="whether the selector reads the best pieces of older turns, which recalls "
        "more and takes some tenths of a second: 'auto' has it read lists of messages, but not "
        "stored conversations",
    )


class LLMSettings(_Section):
    """An OpenAI-compatible endpoint."""

    base_url: str | None = Field(None, description="often ends in /v1; None is api.openai.com")
    api_key: SecretStr | None = Field(
        None, description="None: OPENAI_API_KEY for api.openai.com, and no key for other endpoints"
    )
    model: str | None = Field(None, description="None: the model that the prompt is for")
    timeout_s: float = Field(60.0, gt=0, description="the longest silence of the endpoint")
    attempts: int = Field(4, ge=1, le=20, description="of one call, where it fails in passing")
    temperature: float | None = Field(0.0, ge=0, le=2, description="None sends none")
    extra: dict[str, Any] = Field(
        {}, description="further fields of the request, such as reasoning_effort"
    )
    parallel: int = Field(8, ge=1, le=256, description="calls at once where many are asked")
    when_empty: Literal["ask", "skip"] = Field(
        "ask",
        description="where the store holds nothing for a question and there is no history: ask "
        "the model all the same, which is told to say so, or skip the call and say so",
    )

    @field_validator("base_url")
    @classmethod
    def _is_a_web_address(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("expected an address that starts with http:// or https://")
        return value


class MaskingSettings(_Section):
    """What is replaced by stand-ins in everything that is sent to a model, and put back after."""

    enabled: bool = False
    kinds: tuple[Literal["email", "phone", "card", "iban", "identity", "secret", "ip"], ...] = (
        Field(
            ("email", "phone", "card", "iban", "identity", "secret"),
            description="what is looked for; 'secret' are keys, tokens and passwords",
        )
    )
    words: tuple[str, ...] = Field(
        (),
        description="further words that are masked; * stands for any characters of a word, ? for "
        "one; no regular expressions",
    )
    keep: tuple[str, ...] = Field(
        (), description="values that are never masked, such as *@example.com, in the same form"
    )

    @field_validator("words", "keep")
    @classmethod
    def _can_be_matched(cls, patterns: tuple[str, ...]) -> tuple[str, ...]:
        for pattern in patterns:
            if len(pattern.replace("*", "").replace("?", "").strip()) < _LEAST_OF_WORD:
                raise ValueError(
                    f"{pattern!r} needs at least {_LEAST_OF_WORD} characters beside * and ?"
                )
        return patterns


class ModelPrice(_Section):
    """What a model costs, in US dollars for a million tokens; wins over the price list."""

    model: str = Field(min_length=1, description="a name; * stands for any characters, ? for one")
    input: float = Field(ge=0)
    output: float = Field(ge=0)
    cached: float | None = Field(
        None, ge=0, description="of input from the provider's cache; None: as other input"
    )
    since: date | None = Field(
        None, description="the first day of this price; the latest that has come holds"
    )


class LedgerSettings(_Section):
    """The record of what calls to models cost, without any text of them, and budgets in money."""

    enabled: bool = True
    path: str | None = Field(
        None,
        description="the file; None: ledger.sqlite3 in the store's folder, or "
        ".leanrag-ledger.sqlite3 in the working directory where the store is a server",
    )
    prompts: bool = Field(
        False,
        description="also record the prompts that an application makes without asking by leanrag, "
        "priced by leanrag's own count of their input",
    )
    prices: tuple[ModelPrice, ...] = Field((), description="own prices, before the price list")
    daily_budget: float | None = Field(
        None, ge=0, description="US dollars that each tenant may spend a day (UTC)"
    )
    tenant_budgets: dict[str, float] = Field(
        {}, description="US dollars a day by tenant, instead of daily_budget"
    )
    baseline_chunks: int | None = Field(
        None,
        ge=1,
        description="whole chunks that would be sent without leanrag; None: all that were "
        "retrieved for compression",
    )
    otel: bool = Field(
        False, description="also make an OpenTelemetry span of each call; needs the extra 'otel'"
    )

    @model_validator(mode="after")
    def _budgets_have_a_ledger(self) -> "LedgerSettings":
        if any(not math.isfinite(budget) or budget < 0 for budget in self.tenant_budgets.values()):
            raise ValueError("tenant_budgets: expected US dollars from 0 for each tenant")
        if not self.enabled and (self.daily_budget is not None or self.tenant_budgets):
            raise ValueError("a budget is kept by the ledger; set enabled to true")
        return self


class Settings(BaseSettings):
    """All settings. Environment variables are ``LEANRAG_…``, sections joined by ``__``."""

    model_config = SettingsConfigDict(
        env_prefix="LEANRAG_", env_nested_delimiter="__", extra="forbid", frozen=True
    )

    profile: Literal["local", "hub", "server"] = "local"
    store: str = Field(DEFAULT_STORE, description="folder of the embedded store, or a server's URL")
    collection: str = Field(DEFAULT_COLLECTION, pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")
    model: str = Field("gpt-4o", description="the model that the prompt is for")
    tokenizer: str | None = Field(
        None, description="a tiktoken encoding or a tokenizer folder; overrides the model's own"
    )
    budget: int = Field(2000, description="tokens of the prompt, without the reply")
    reply_tokens: int = Field(1000, ge=0, description="room that the application keeps for reply")
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
        except ValidationError as error:
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
        except (ValidationError, TypeError) as error:
            raise ConfigError(_explain(error, str(file))) from error


def _explain(error: Exception, where: str) -> str:
    if not isinstance(error, ValidationError):
        return f"{where}: {error}"
    problems = [
        f"{'.'.join(str(part) for part in item['loc']) or 'value'}: {item['msg']}"
        for item in error.errors(include_input=False, include_url=False)
    ]
    return f"{where}: " + "; ".join(problems)
