"""What is kept of conversations."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section, only_with

_SUMMARISES = only_with("summary: extractive or model")


class HistorySettings(Section):
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
        2000,
        ge=200,
        description="tokens of turns without a summary from which on one is made",
        json_schema_extra=_SUMMARISES,
    )
    summary_tokens: int = Field(
        200,
        ge=40,
        description="the most of the running summary",
        json_schema_extra=_SUMMARISES,
    )
    notes_tokens: int = Field(
        320, ge=64, description="the most of summary and facts together in a prompt"
    )
    timeout_s: float = Field(
        60.0,
        gt=0,
        description="time that one summary may take the model",
        json_schema_extra=only_with("summary: model"),
    )
    share: float = Field(
        0.75,
        gt=0,
        le=1,
        description="the most that a conversation gets of the room that it and the documents have "
        "together in a prompt; how much of it, its nearness to the question says",
    )
    reader: Literal["auto", "selector", "none"] = Field(
        "auto",
        description="whether the selector reads the best pieces of older turns, which recalls "
        "more and takes some tenths of a second: 'auto' has it read lists of messages, but not "
        "stored conversations",
    )
