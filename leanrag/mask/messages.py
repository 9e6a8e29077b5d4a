"""Masks chat messages: every text of them that a model is shown."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from leanrag.errors import MaskingError
from leanrag.types import Message

_NAMES_AND_IDS = frozenset({"id", "type", "role", "tool_call_id"})
_TEXT_PARTS = frozenset({"text", "refusal"})


def mask_messages(messages: Sequence[Message], mask: Callable[[str], str]) -> list[dict[str, Any]]:
    """The messages with every text in them masked; ids, roles and types stay.

    Raises:
        MaskingError: a message has a part that is not text, such as an image, or a value that is
            no JSON; nobody can say what stands in it.
    """
    return [_masked(dict(message), mask, f"message {n}") for n, message in enumerate(messages)]


def texts_of(messages: Sequence[Message]) -> list[str]:
    """Every text in the messages that ``mask_messages`` would mask, in order."""
    found: list[str] = []

    def note(text: str) -> str:
        found.append(text)
        return text

    mask_messages(messages, note)
    return found


def _masked(value: Any, mask: Callable[[str], str], where: str) -> Any:
    if isinstance(value, str):
        return mask(value)
    if isinstance(value, Mapping):
        kind = value.get("type")
        if kind not in _TEXT_PARTS and kind is not None and "function" not in value:
            raise MaskingError(
                f"{where} has a part of the type {kind!r}, which cannot be masked; leave it out, "
                "or set masking.enabled to false"
            )
        return {name: _field(name, item, mask, where) for name, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_masked(item, mask, where) for item in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    raise MaskingError(f"{where} holds {type(value).__name__}, which cannot be masked")


def _field(name: str, value: Any, mask: Callable[[str], str], where: str) -> Any:
    if name in _NAMES_AND_IDS and isinstance(value, str):
        return value
    if name == "name" and isinstance(value, str):
        # Names of speakers and functions may have no brackets.
        masked = mask(value)
        return masked if masked == value else masked.strip("<>").replace("<", "").replace(">", "")
    if name == "arguments" and isinstance(value, str) and "\\u" in value:
        value = _without_escapes(value)
    return _masked(value, mask, where)


def _without_escapes(arguments: str) -> str:
    r"""JSON with its characters as they are, since ``\u0040`` hides an at sign."""
    try:
        return json.dumps(json.loads(arguments), ensure_ascii=False)
    except (ValueError, RecursionError):
        return arguments
