"""Reads a conversation: checks OpenAI-style messages and groups tool calls with their results."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leanrag.errors import InputError
from leanrag.types import Message

ROLES = ("system", "developer", "user", "assistant", "tool")
INSTRUCTION_ROLES = ("system", "developer")
UNANSWERED = "tool call without its result"
ORPHAN = "tool result without its call"
_TEXT_PARTS = {"text": "text", "refusal": "refusal"}
"""Content parts that are text, and the field that has it."""
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of a conversation, checked.

    ``message`` is what can be sent: role, content, name and the tool fields, nothing else.
    ``text`` is its readable text, ``calls`` the ids of the tool calls that it makes and
    ``answers`` that of the call whose result it is.
    """

    id: str
    role: str
    text: str
    message: Mapping[str, Any]
    speaker: str = ""
    time: str = ""
    calls: tuple[str, ...] = ()
    answers: str = ""

    @property
    def divisible(self) -> bool:
        """Whether single sentences of it may be sent: plain text of a person or a model."""
        return (
            self.role in ("user", "assistant")
            and not self.calls
            and isinstance(self.message["content"], str)
        )


Group = tuple[Turn, ...]
"""Turns that are sent together or not at all."""


def validate(history: Sequence[Message] | None) -> list[Turn]:
    """The turns of a conversation in order.

    A message has a ``role`` and a ``content`` (text, a list of content parts, or None beside tool
    calls), and may have an ``id``, a ``name`` and a ``time``. A message without an id is
    ``turn-N``, with its position from 0. A placeholder stands for images, audio and files.

    Raises:
        InputError: a message is malformed; the error names its position and field.
    """
    if history is None:
        return []
    if isinstance(history, str | bytes | Mapping) or not isinstance(history, Sequence):
        raise InputError(
            f"history: expected a list of messages, got {type(history).__name__}; give messages "
            'such as {"role": "user", "content": "…"}'
        )
    turns: list[Turn] = []
    positions: dict[str, int] = {}
    for position, message in enumerate(history):
        turn = _turn(message, position)
        if turn.id in positions:
            raise InputError(
                f"history[{position}].id: {turn.id!r} is also the id of message "
                f"{positions[turn.id]}; give each message its own"
            )
        positions[turn.id] = position
        turns.append(turn)
    return turns


def group(turns: Sequence[Turn]) -> tuple[list[Group], dict[str, int]]:
    """Tool calls together with all of their results, every other turn by itself.

    Returns:
        The groups in order, and how many turns belong to no sendable group, by reason: a call
        that lacks a result, and a result that does not follow its call.
    """
    groups: list[Group] = []
    dropped: dict[str, int] = {}
    position = 0
    while position < len(turns):
        turn = turns[position]
        members = [turn]
        position += 1
        waiting = set(turn.calls)
        while position < len(turns) and turns[position].answers in waiting:
            waiting.remove(turns[position].answers)
            members.append(turns[position])
            position += 1
        if turn.role == "tool":
            dropped[ORPHAN] = dropped.get(ORPHAN, 0) + 1
        elif waiting:
            dropped[UNANSWERED] = dropped.get(UNANSWERED, 0) + len(members)
        else:
            groups.append(tuple(members))
    return groups, dropped


def _turn(message: Any, position: int) -> Turn:
    where = f"history[{position}]"
    if not isinstance(message, Mapping):
        raise InputError(f"{where}: expected a message, got {type(message).__name__}")
    role = message.get("role")
    if role not in ROLES:
        raise InputError(f"{where}.role: {role!r} is not one of {', '.join(ROLES)}")
    calls = _calls(message, role, where)
    content, text = _content(message, calls, where)
    sendable: dict[str, Any] = {"role": role, "content": content}
    speaker = _optional_text(message, "name", where)
    if speaker:
        sendable["name"] = speaker
    if calls:
        sendable["tool_calls"] = message["tool_calls"]
    answers = ""
    if role == "tool":
        answers = _optional_text(message, "tool_call_id", where)
        if not answers:
            raise InputError(f"{where}.tool_call_id: missing; it names the call that is answered")
        sendable["tool_call_id"] = answers
    return Turn(
        id=_id(message, position, where),
        role=role,
        text=text,
        message=sendable,
        speaker=speaker,
        time=_optional_text(message, "time", where),
        calls=calls,
        answers=answers,
    )


def _id(message: Mapping[str, Any], position: int, where: str) -> str:
    value = message.get("id")
    if value is None:
        return f"turn-{position}"
    if isinstance(value, bool) or not isinstance(value, str | int) or value == "":
        raise InputError(f"{where}.id: expected a text or an integer, got {value!r}")
    return str(value)


def _content(message: Mapping[str, Any], calls: Sequence[str], where: str) -> tuple[Any, str]:
    """The content as it is sent, and its text."""
    content = message.get("content")
    if content is None:
        refusal = message.get("refusal")
        if isinstance(refusal, str):
            return refusal, refusal
        if not calls:
            raise InputError(f"{where}.content: missing; give a text or a list of content parts")
        return None, _called(message["tool_calls"])
    if isinstance(content, str):
        return content, "\n".join(filter(None, [content, _called(message.get("tool_calls"))]))
    if not isinstance(content, Sequence) or isinstance(content, bytes):
        raise InputError(
            f"{where}.content: expected a text or a list of content parts, "
            f"got {type(content).__name__}"
        )
    parts: list[Mapping[str, Any]] = []
    for number, part in enumerate(content):
        if not isinstance(part, Mapping) or not isinstance(part.get("type"), str):
            raise InputError(f"{where}.content[{number}]: expected a content part with a type")
        if part["type"] not in _TEXT_PARTS:
            part = {"type": "text", "text": placeholder(part)}
        field = _TEXT_PARTS[part["type"]]
        if not isinstance(part.get(field), str):
            raise InputError(f"{where}.content[{number}].{field}: expected a text")
        parts.append(part)
    texts = [part[_TEXT_PARTS[part["type"]]] for part in parts]
    return parts, "\n".join([*texts, _called(message.get("tool_calls"))]).strip()


def placeholder(part: Mapping[str, Any]) -> str:
    """What stands for a content part that is no text: its kind, and its name or address.

    Images and the like cost tokens by rules of each provider that no tokenizer knows, and their
    data would fill the history.
    """
    kind = part["type"].removeprefix("input_").removesuffix("_url")
    value = part.get(part["type"])
    if isinstance(value, Mapping):
        value = next((value[name] for name in ("filename", "url") if name in value), None)
    if not isinstance(value, str):
        return f"[{kind}]"
    if value.startswith("data:"):
        value = value[len("data:") :].partition(",")[0].partition(";")[0]
    shown = " ".join(value[:_LONGEST_NAME].split())
    return f"[{kind}: {shown}]" if shown else f"[{kind}]"


def _calls(message: Mapping[str, Any], role: str, where: str) -> tuple[str, ...]:
    calls = message.get("tool_calls")
    if not calls:
        return ()
    if role != "assistant":
        raise InputError(f"{where}.tool_calls: only an assistant message calls tools")
    if not isinstance(calls, Sequence) or isinstance(calls, str | bytes):
        raise InputError(f"{where}.tool_calls: expected a list of calls")
    ids: list[str] = []
    for number, call in enumerate(calls):
        if not isinstance(call, Mapping) or not isinstance(call.get("id"), str) or not call["id"]:
            raise InputError(f"{where}.tool_calls[{number}]: expected a call with an id")
        function = call.get("function")
        if function is not None and not isinstance(function, Mapping):
            raise InputError(f"{where}.tool_calls[{number}].function: expected a mapping")
        ids.append(call["id"])
    return tuple(ids)


def _called(calls: Any) -> str:
    """The names and arguments of tool calls, to find them by."""
    functions = (call.get("function") or {} for call in calls or ())
    return "\n".join(
        f"{function.get('name', '')} {function.get('arguments', '')}".strip()
        for function in functions
    ).strip()


def _optional_text(message: Mapping[str, Any], field: str, where: str) -> str:
    value = message.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InputError(f"{where}.{field}: expected a text, got {type(value).__name__}")
    return value
