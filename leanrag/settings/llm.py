"""The endpoint that questions go to."""

from typing import Any, Literal

from pydantic import Field, SecretStr, field_validator

from leanrag.settings.section import NO_ADDRESS, Section
from leanrag.text.addresses import is_address


class LLMSettings(Section):
    """An OpenAI-compatible endpoint."""

    base_url: str | None = Field(
        None, description="the address, often with /v1 at its end; null: api.openai.com"
    )
    api_key: SecretStr | None = Field(
        None,
        description="the endpoint's key; belongs in the environment. null: OPENAI_API_KEY for "
        "api.openai.com, and no key for other endpoints",
    )
    model: str | None = Field(
        None, description="the model's name at the endpoint; null: the model that the prompt is for"
    )
    timeout_s: float = Field(60.0, gt=0, description="the longest silence of the endpoint")
    attempts: int = Field(
        4, ge=1, le=20, description="how often one call is tried, where it fails in passing"
    )
    temperature: float | None = Field(0.0, ge=0, le=2, description="of the answer; null sends none")
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
        if value is not None and not is_address(value):
            raise ValueError(NO_ADDRESS)
        return value
