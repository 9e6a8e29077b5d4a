"""Exact token counts of OpenAI models."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from leanrag.tokens.encodings import load_encoding
from leanrag.tokens.memory import remember, without_surrogates
from leanrag.tokens.messages import MessageTexts, read_messages
from leanrag.types import Message

if TYPE_CHECKING:
    from tiktoken import Encoding

LONG_RUN = 50_000
"""White-space runs from this length on are encoded apart; tiktoken's limit is near 1,000,000."""

_SPACES = "\\t\\x0b\\x0c \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000"
_NEWLINES = "\\n\\r"


@dataclass(frozen=True, slots=True)
class ChatFormat:
    """What a rendered chat costs besides the texts of its messages."""

    per_message: int
    per_name: int
    per_prompt: int
    exact: bool = True
    hint: str = ""


CHATML = ChatFormat(per_message=3, per_name=1, per_prompt=3)
"""The rule of the `OpenAI cookbook
<https://cookbook.openai.com/examples/how_to_count_tokens_with_tiktoken>`_: ``<|im_start|>``,
separator and ``<|im_end|>`` around role and content, and three tokens that prime the reply."""

HARMONY = ChatFormat(
    per_message=10,
    per_name=1,
    per_prompt=96,
    exact=False,
    hint=(
        "gpt-oss models add a system text and channel marks, for which an allowance is counted; "
        "set tokenizer (LEANRAG_TOKENIZER) to a folder with the model's tokenizer and chat "
        "template for an exact count"
    ),
)
"""gpt-oss: the marks of a message with its channel, and once the system text of about 70 tokens
(identity, dates, reasoning effort, channels), the frame of the developer message and the head of
the reply."""


class OpenAICounter:
    """Counts with a tiktoken encoding and the chat format of the models that use it.

    Text that looks like a special token (``<|endoftext|>``) is ordinary text, as the API treats
    it. Tool calls count as their JSON text, which is more than the API counts for them.
    """

    def __init__(self, encoding: str) -> None:
        self.name = encoding
        self._encoding = load_encoding(encoding)
        self._format = HARMONY if encoding == "o200k_harmony" else CHATML
        self.exact = self._format.exact
        self.hint = self._format.hint
        self.count = remember(lambda text: count_tokens(self._encoding, text))

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered chat with the priming of the reply. Raises ``InputError``."""
        total = sum(self._message(message) for message in read_messages(messages))
        return total + self._format.per_prompt

    def _message(self, message: MessageTexts) -> int:
        tokens = self._format.per_message + self.count(message.role)
        tokens += sum(map(self.count, message.content)) + sum(map(self.count, message.extras))
        if message.name is not None:
            tokens += self._format.per_name + self.count(message.name)
        return tokens


def count_tokens(encoding: "Encoding", text: str, *, long_run: int = LONG_RUN) -> int:
    """Tokens of ``text``, special tokens taken as text, white-space runs of any length.

    tiktoken splits a text by a pattern before it merges bytes. ``\\s+(?!\\S)`` in it goes back
    step by step, and fails with a full stack on runs of some 1,000,000 spaces. Such a run starts a
    piece wherever it stands, because what may stand before it either excludes spaces or ends with
    a line break, and the piece ends one character before the text that follows the run, or at
    the end of the text. Encoding that piece alone therefore changes no token. (Runs that lead up
    to a line break are taken by ``\\s*[\\r\\n]+``, which does not go back; the older patterns
    lack that part, so there line breaks belong to the run.)
    """
    if len(text) < long_run:
        return len(encoding.encode_ordinary(text))
    text = without_surrogates(text)
    tokens = start = 0
    for run in _long_runs(encoding, long_run).finditer(text):
        if text.startswith(("\n", "\r"), run.end()):
            continue
        end = run.end() if run.end() == len(text) else run.end() - 1
        tokens += len(encoding.encode_ordinary(text[start : run.start()]))
        tokens += len(encoding._encode_single_piece(text[run.start() : end]))
        start = end
    return tokens + len(encoding.encode_ordinary(text[start:]))


def _long_runs(encoding: "Encoding", length: int) -> re.Pattern[str]:
    """White space that one piece may cover; it is matched whole or not at all, in linear time."""
    breaks_apart = "[\\r\\n]" in encoding._pat_str
    spaces = f"[{_SPACES}]" if breaks_apart else f"[{_SPACES}{_NEWLINES}]"
    return re.compile(f"(?<!{spaces}){spaces}{{{length},}}+")
