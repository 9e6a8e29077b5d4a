"""Chat messages in the OpenAI form, checked and taken apart into the texts that cost tokens."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leanrag.errors import InputError
from leanrag.types import Message

_TEXT_PARTS = {"text": "text", "refusal": "refusal"}
_JSON_FIELDS = ("tool_calls", "function_call")
_TEXT_FIELDS = ("refusal", "tool_call_id")


@dataclass(frozen=True, slots=True)
class MessageTexts:
    """The texts of one message that cost tokens.

    ``extras`` are what a message carries besides its content: calls of tools as JSON, a refusal,
    the id of the call that is answered.
    """

    role: str
    content: tuple[str, ...]
    name: str | None = None
    extras: tuple[str, ...] = ()


def read_messages(messages: Sequence[Message]) -> list[MessageTexts]:
    """The texts of each message.

    Content may be a string, ``None`` or a list of text parts. Tool calls are taken as their JSON
    text, which is longer than what a model is shown of them. Fields that are not sent as text
    (``id``) cost nothing.

    Raises:
        InputError: A message is malformed, or has a part that is not text, whose tokens depend
            on more than the tokenizer (images, audio, files).
    """
    if isinstance(messages, (str, bytes, Mapping)) or not isinstance(messages, Sequence):
        raise InputError(
            f"messages: expected a list of chat messages, got {type(messages).__name__}"
        )
    return [_read(message, f"message {number}") for number, message in enumerate(messages)]


def _read(message: Message, where: str) -> MessageTexts:
    if not isinstance(message, Mapping):
        raise InputError(
            f"{where}: expected a mapping with role and content, got {type(message).__name__}"
        )
    role = message.get("role")
    if not isinstance(role, str) or not role:
        raise InputError(f"{where}: role must be a text such as 'user', got {role!r}")
    name = message.get("name")
    if name is not None and not isinstance(name, str):
        raise InputError(f"{where}: name must be a text, got {type(name).__name__}")
    extras = [
        as_json(message[field], f"{where}: {field}")
        for field in _JSON_FIELDS
        if message.get(field) is not None
    ]
    for field in _TEXT_FIELDS:
        value = message.get(field)
        if value is None:
            continue
        if not isinstance(value, str):
            raise InputError(f"{where}: {field} must be a text, got {type(value).__name__}")
        extras.append(value)
    return MessageTexts(role, _content(message.get("content"), where), name, tuple(extras))


def _content(content: Any, where: str) -> tuple[str, ...]:
    if content is None:
        return ()
    if isinstance(content, str):
        return (content,)
    if isinstance(content, Mapping) or not isinstance(content, Sequence):
        raise InputError(
            f"{where}: content must be a text, null or a list of parts, "
            f"got {type(content).__name__}"
        )
    return tuple(
        _part(part, f"{where}: content part {number}") for number, part in enumerate(content)
    )


def _part(part: Any, where: str) -> str:
    if not isinstance(part, Mapping):
        raise InputError(
            f"{where}: expected a mapping with type and text, got {type(part).__name__}"
        )
    kind = part.get("type")
    field = _TEXT_PARTS.get(kind) if isinstance(kind, str) else None
    if field is None:
        raise InputError(
            f"{where} has the type {kind!r}; only text parts can be counted: count the others "
            "with the provider's own rule, lower the budget by that, and leave them out here"
        )
    text = part.get(field)
    if not isinstance(text, str):
        raise InputError(f"{where}: {field} must be a text, got {type(text).__name__}")
    return text


def as_json(value: Any, where: str) -> str:
    """Compact JSON of ``value``. Raises ``InputError`` where it has none."""
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"{where} cannot be written as JSON: {error}") from error
