"""What is kept from leaving the machine."""

from typing import Literal

from pydantic import Field, field_validator

from leanrag.settings.section import Section, only_with

_ENABLED = only_with("enabled: true")
_LEAST_OF_WORD = 2
"""Characters that a pattern has beside its wildcards."""


class MaskingSettings(Section):
    """What is replaced by stand-ins in everything that is sent to a model, and put back after."""

    enabled: bool = Field(
        False, description="mask before anything is counted or sent, and unmask the answer"
    )
    kinds: tuple[Literal["email", "phone", "card", "iban", "identity", "secret", "ip"], ...] = (
        Field(
            ("email", "phone", "card", "iban", "identity", "secret"),
            description="what is looked for; 'secret' are keys, tokens and passwords",
            json_schema_extra=_ENABLED,
        )
    )
    words: tuple[str, ...] = Field(
        (),
        description="further words that are masked; * stands for any characters of a word, ? for "
        "one; no regular expressions",
        json_schema_extra=_ENABLED,
    )
    keep: tuple[str, ...] = Field(
        (),
        description="values that are never masked, such as *@example.com, in the same form",
        json_schema_extra=_ENABLED,
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
