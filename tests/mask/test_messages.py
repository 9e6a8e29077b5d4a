"""Chat messages: every text that a model is shown is masked."""

from typing import Any

import pytest

from leanrag.errors import MaskingError
from leanrag.mask.detect import Detector
from leanrag.mask.masker import TextMasker
from leanrag.mask.messages import mask_messages


def masked(*messages: dict[str, Any]) -> list[dict[str, Any]]:
    return mask_messages(messages, TextMasker(Detector(("email",), (), ())).mask)


def test_texts_parts_and_tool_calls_are_masked() -> None:
    call = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "find", "arguments": '{"to": "a\\u0040b.com"}'},
    }
    assert masked(
        {"role": "user", "content": "I am a@b.com"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "a@b.com"}],
        },
        {"role": "user", "name": "a@b.com", "content": "c@d.org"},
    ) == [
        {"role": "user", "content": "I am <EMAIL_1>"},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {**call, "function": {"name": "find", "arguments": '{"to": "<EMAIL_1>"}'}}
            ],
        },
        {
            "role": "tool",
            "tool_call_id": "call_1",
            "content": [{"type": "text", "text": "<EMAIL_1>"}],
        },
        {"role": "user", "name": "EMAIL_1", "content": "<EMAIL_2>"},
    ]


@pytest.mark.parametrize(
    "content",
    [[{"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}], b"a@b.com"],
)
def test_what_cannot_be_masked_is_not_sent(content: Any) -> None:
    with pytest.raises(MaskingError, match="message 0"):
        masked({"role": "user", "content": content})
