"""Reads how many tokens an application's own call took, in the forms that providers use."""

from collections.abc import Mapping
from typing import Any

from leanrag.errors import InputError
from leanrag.types import Usage

_FORMS = "prompt_tokens and completion_tokens, or input_tokens and output_tokens"


def read_usage(value: Any) -> Usage:
    """The usage of a reply: OpenAI's (chat or responses), Anthropic's, or a ``Usage``.

    Anthropic's ``input_tokens`` leave out what was read from or written to the cache; both are
    added here.

    Raises:
        InputError: there are no such counts in it.
    """
    if isinstance(value, Usage):
        return value
    written = _first(value, "completion_tokens", "output_tokens")
    spent = _first(value, "prompt_tokens", "input_tokens")
    if spent is None:
        raise InputError(f"usage: expected {_FORMS}, got {type(value).__name__}")
    details = _get(value, "prompt_tokens_details") or _get(value, "input_tokens_details")
    cached = _first(details, "cached_tokens") or _first(value, "prompt_cache_hit_tokens") or 0
    apart = _first(value, "cache_read_input_tokens")
    if apart is not None and not cached:
        cached = apart
        spent += apart + (_first(value, "cache_creation_input_tokens") or 0)
    thought = _get(value, "completion_tokens_details") or _get(value, "output_tokens_details")
    reasoning = _first(thought, "reasoning_tokens") or 0
    return Usage(spent, written or 0, min(cached, spent), reasoning)


def _first(value: Any, *names: str) -> int | None:
    for name in names:
        found = _get(value, name)
        if found is None:
            continue
        if isinstance(found, bool) or not isinstance(found, int) or found < 0:
            raise InputError(f"usage.{name}: expected a number of tokens from 0, got {found!r}")
        return found
    return None


def _get(value: Any, name: str) -> Any:
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)
