"""How documents are cut."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section


class StrategyRule(Section):
    """How the documents are cut whose source matches a pattern, such as ``faq/*.md``."""

    match: str = Field(min_length=1, description="of the whole source, or of its last parts")
    strategy: Literal["reference", "faq", "narrative", "tabular", "code", "transcript"] = Field(
        description="how they are cut"
    )


class ChunkingSettings(Section):
    """How documents are cut; tokens are those of the embedding model."""

    max_tokens: int = Field(256, ge=32, description="title and heading path included")
    strategies: tuple[StrategyRule, ...] = Field(
        (), description="the first that matches; else the document's structure decides"
    )
