"""How evidence is found."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section, only_with


class RetrievalSettings(Section):
    """How evidence is found."""

    candidates: int = Field(60, ge=1, description="length of the dense and of the BM25 list")
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
        json_schema_extra=only_with("reranker: selector, late or a cross-encoder"),
    )
    rerank_to: int = Field(20, ge=1, description="hits that go on to compression")
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
        json_schema_extra=only_with("a history"),
    )
