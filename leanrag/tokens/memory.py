"""A bounded memory of the counts of short texts."""

from collections.abc import Callable
from functools import lru_cache

SHORT = 1_000
"""Longest text, in characters, whose count is remembered: a sentence, not a document."""
ENTRIES = 16_384
"""Counts remembered by one counter; at most some 20 MB of text in the worst case."""


def remember(count: Callable[[str], int]) -> Callable[[str], int]:
    """``count`` with the newest short texts remembered.

    Packing counts the same sentences again and again: a remembered count takes 0.05 µs where
    tiktoken takes 6 µs and a Hugging Face tokenizer 45 µs for a sentence.
    """
    short = lru_cache(maxsize=ENTRIES)(count)

    def counted(text: str) -> int:
        return short(text) if len(text) <= SHORT else count(text)

    return counted


def without_surrogates(text: str) -> str:
    """``text`` with lone surrogates, which no tokenizer takes, replaced by U+FFFD.

    Surrogate pairs become the character that they stand for, as tiktoken does it.
    """
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
