"""An upper bound on tokens that holds without knowing the tokenizer."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from leanrag.tokens.memory import remember
from leanrag.tokens.messages import MessageTexts, read_messages
from leanrag.types import Message

PREFIX = 1
"""The space or ``▁`` that a tokenizer may put in front of a text."""
PER_MESSAGE = 16
"""Allowance for the marks around one message, its role counted apart."""
PER_PROMPT = 96
"""Allowance for what a template writes once: the start, date lines, the head of the reply."""
LONGEST_FORM = 72
"""Cost of a code point that this Python's Unicode tables do not know: a newer table may give it
a decomposition. Twice the cost of the dearest known one (U+FDFA, 33 bytes)."""


class UpperBoundCounter:
    """Counts no fewer tokens than any byte-level or byte-fallback tokenizer.

    The count of a text is the sum over its characters of the most UTF-8 bytes that the character
    can turn into under NFC, NFD, NFKC, NFKD, lower-casing and case folding, plus one for a prefix.

    It bounds the tokens ``T(x)`` of a text ``x`` for every tokenizer of these kinds, whatever its
    vocabulary and merges:

    1. *Normalisation.* NFD and NFKD replace each character on its own and then only reorder;
       lower-casing and case folding replace each character on its own (the final sigma has as
       many bytes as the other). NFC and NFKC then compose pairs, and no composed character costs
       more than the two it is made of (tested over all of Unicode). So a normalised text has at
       most the summed bytes. Dropping characters (accents, controls, extra spaces) only lowers
       it.
    2. *Byte-level BPE* maps each byte to a symbol, cuts the symbols into pieces and merges within
       the pieces. Cutting adds no symbol, a merge removes one: ``T(x) <=`` bytes. A prefix space
       adds one.
    3. *SentencePiece with byte fallback*, BPE or unigram: each token stands for at least one
       character of the normalised text, or for one byte of a character that has no piece, so
       again ``T(x) <=`` bytes. Each space becomes one ``▁``, and one more stands in front. ``▁``
       is a piece of its own, as in each vocabulary trained with spaces escaped.
    4. *Added tokens* (``<|end|>`` written in a text) stand for at least one character each. Where
       the prefix is put again after an added token, that token has two characters or more.

    Not covered: tokenizers that write a prefix before every piece of a word, and normalisers
    that replace a character by a longer text of their own choosing.

    A chat adds the bytes of role and name, ``PER_MESSAGE`` for each message and ``PER_PROMPT``
    once. These are allowances, not proven: they cover the usual templates (ChatML, Llama,
    Mistral, Gemma, Granite, Harmony), but not a long system text that a template writes when the
    messages bring none.
    """

    exact = False

    def __init__(self, *, name: str = "upper-bound", hint: str = "") -> None:
        self.name = name
        self.hint = hint
        self.count = remember(_bound)

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Bound on the tokens of the rendered chat. Raises ``InputError``."""
        return PER_PROMPT + sum(self._message(message) for message in read_messages(messages))

    def _message(self, message: MessageTexts) -> int:
        texts = (message.role, message.name or "", *message.content, *message.extras)
        return PER_MESSAGE + sum(map(self.count, texts))


def _bound(text: str) -> int:
    if not text:
        return 0
    if text.isascii():
        return len(text) + PREFIX
    return sum(map(character_cost, text)) + PREFIX


@lru_cache(maxsize=65_536)
def character_cost(character: str) -> int:
    """The most UTF-8 bytes that one character can become under normalisation."""
    if unicodedata.category(character) == "Cn":
        return LONGEST_FORM
    forms = (
        character,
        unicodedata.normalize("NFD", character),
        unicodedata.normalize("NFKD", character),
        character.lower(),  # Ⱥ and Ⱦ grow; no folding of a decomposition does
    )
    return max(len(form.encode("utf-8", "surrogatepass")) for form in forms)
