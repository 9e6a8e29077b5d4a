"""The embedding model."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section


class EmbeddingSettings(Section):
    """The embedding model; ``builtin`` is all-MiniLM-L6-v2 from its registry package."""

    model: str = Field("builtin", description="'builtin', a folder, or a hub name")
    variant: Literal["auto", "fp32", "bf16"] = Field(
        "auto", description="how vectors are computed; auto takes bf16 where the CPU has it"
    )
    batch_tokens: int = Field(8192, ge=256, description="padded tokens in one batch")
    languages: tuple[str, ...] = Field(
        ("en",), description="languages that the model understands; empty for a multilingual one"
    )
    query_prefix: str = Field(
        "", description="what some models want in front of a question, such as 'query: '"
    )
    document_prefix: str = Field("", description="the same for the texts of documents")
