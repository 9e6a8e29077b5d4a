"""How evidence is cut to what the question needs."""

from typing import Any, Literal

from pydantic import Field, model_validator

from leanrag.settings.section import Section, only_with

_READS = only_with("selector: builtin or a folder")
_SIMILARITY = only_with("selector: similarity")
_DROPS_WORDS = only_with("mode: auto, both or squeeze")


class CompressionSettings(Section):
    """How the evidence is cut to what the question needs."""

    mode: Literal["auto", "prune", "squeeze", "both", "none"] = Field(
        "auto",
        description="'prune' selects sentences; 'auto' also cuts them to the clauses that tell, or "
        "drops words, where that brings in clearly more; 'both' selects sentences and always drops "
        "words; 'squeeze' drops words without selecting first; 'none' sends whole chunks",
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
        json_schema_extra=_READS,
    )
    similarity_weight: float = Field(
        0.7,
        ge=0,
        le=1,
        description="share of the embedder in a sentence's value; BM25 has the rest",
        json_schema_extra=_SIMILARITY,
    )
    floor: float = Field(
        0.3,
        ge=0,
        le=1,
        description="sentences below this share of the best one's value go",
        json_schema_extra=_SIMILARITY,
    )
    rate: float = Field(
        0.65,
        gt=0,
        le=1,
        description="share of the tokens that dropping words leaves",
        json_schema_extra=_DROPS_WORDS,
    )
    squeezer: str = Field(
        "builtin",
        description="the model that says which words go: 'builtin', a folder, a hub name",
        json_schema_extra=_DROPS_WORDS,
    )
    method: Literal["llmlingua2", "llmlingua", "longllmlingua"] = Field(
        "llmlingua2",
        description="'llmlingua2' takes a token classifier; the others a causal language model, "
        "'longllmlingua' with the question",
        json_schema_extra=_DROPS_WORDS,
    )
    protect: tuple[str, ...] = Field(
        (),
        description="words that are never dropped, beside numbers, names of code and the like; "
        "* stands for any characters of a word, ? for one; no regular expressions",
        json_schema_extra=_DROPS_WORDS,
    )

    @model_validator(mode="before")
    @classmethod
    def _former_names(cls, values: Any) -> Any:
        if isinstance(values, dict) and "dense_weight" in values:
            raise ValueError(
                "dense_weight is now named similarity_weight; the share of the dense side in "
                "fusion is retrieval.dense_weight"
            )
        return values

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
