"""Whatever an endpoint sends, the result is an answer or an error of ours."""

import json
from contextlib import suppress
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from leanrag.adapters.openai.replies import Assembly
from leanrag.errors import LLMError
from leanrag.types import Completion

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
NAMES = st.sampled_from(
    ["choices", "message", "delta", "content", "usage", "prompt_tokens", "completion_tokens",
     "prompt_tokens_details", "cached_tokens", "finish_reason", "refusal", "error", "text", "model"]
)  # fmt: skip
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
SAID = st.fixed_dictionaries(
    {"choices": st.lists(st.fixed_dictionaries({"delta": JSON, "finish_reason": JSON}), max_size=2)}
)


@given(st.lists(JSON | SAID, max_size=5), st.booleans())
def test_any_json_is_an_answer_or_an_error_of_ours(replies: list[Any], streamed: bool) -> None:
    assembly = Assembly("service", "m", clean=str)
    texts = []
    with suppress(LLMError):
        texts.extend(assembly.take(reply) for reply in replies)
        answer = assembly.done(attempts=1, streamed=streamed)
        assert isinstance(answer, Completion)
        assert answer.text == "".join(texts)
        assert answer.text.strip()
        assert answer.usage is None or 0 <= answer.usage.cached_tokens <= answer.usage.input_tokens


@given(st.lists(st.text(max_size=8), min_size=1, max_size=8).filter(lambda t: "".join(t).strip()))
def test_a_stream_is_the_sum_of_its_pieces(texts: list[str]) -> None:
    assembly = Assembly("service", "m", clean=str)
    for text in texts:
        piece = {"choices": [{"delta": {"content": text}, "finish_reason": None}]}
        assert assembly.take(json.loads(json.dumps(piece))) == text
    assembly.take({"choices": [{"delta": {}, "finish_reason": "stop"}]})

    assert assembly.done(attempts=1, streamed=True).text == "".join(texts)
