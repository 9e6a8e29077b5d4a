"""Chat messages between LlamaIndex's form and that of the OpenAI API."""

import json
from collections.abc import Mapping
from typing import Any

from llama_index.core.base.llms.types import ChatMessage, ImageBlock, TextBlock, ToolCallBlock

from leanrag.types import Message

_OWN = ("role", "content", "id", "time")
_TOOL_FIELDS = ("name", "tool_call_id")


def chat_message(message: Message) -> ChatMessage:
    """An OpenAI-style message in LlamaIndex's form; tool fields go into ``additional_kwargs``."""
    content = message.get("content") or ""
    if not isinstance(content, str):
        content = [TextBlock(text=str(part.get("text", ""))) for part in content]
    extra = {key: value for key, value in message.items() if key not in _OWN}
    return ChatMessage(role=message["role"], content=content, additional_kwargs=extra)


def openai_message(message: ChatMessage) -> dict[str, Any]:
    """A LlamaIndex message in the form of the OpenAI API; what is no text becomes a part of its
    kind, without its data."""
    found: dict[str, Any] = {"role": message.role.value}
    parts: list[dict[str, Any]] = []
    calls: list[dict[str, Any]] = [*map(_plain, message.additional_kwargs.get("tool_calls") or ())]
    for block in message.blocks:
        if isinstance(block, TextBlock):
            parts.append({"type": "text", "text": block.text})
        elif isinstance(block, ToolCallBlock):
            calls.append(_call(block))
        else:
            parts.append(_placeholder(block))
    if all(part["type"] == "text" for part in parts):
        found["content"] = "\n".join(part["text"] for part in parts)
    else:
        found["content"] = parts
    if calls:
        found["tool_calls"] = calls
        found["content"] = found["content"] or None
    for name in _TOOL_FIELDS:
        if isinstance(value := message.additional_kwargs.get(name), str):
            found[name] = value
    return found


def _call(block: ToolCallBlock) -> dict[str, Any]:
    arguments = block.tool_kwargs
    if not isinstance(arguments, str):
        arguments = json.dumps(arguments, ensure_ascii=False, default=str)
    function = {"name": block.tool_name, "arguments": arguments}
    return {"id": block.tool_call_id or block.tool_name, "type": "function", "function": function}


def _plain(call: Any) -> dict[str, Any]:
    """A tool call as plain values; some of LlamaIndex's models keep their client's objects."""
    if isinstance(call, Mapping):
        return dict(call)
    found: dict[str, Any] = call.model_dump(exclude_none=True)
    return found


def _placeholder(block: Any) -> dict[str, Any]:
    if isinstance(block, ImageBlock):
        return {"type": "image_url", "image_url": {"url": str(block.url or block.path or "")}}
    kind = str(getattr(block, "block_type", "part"))
    return {"type": kind, kind: {}}
