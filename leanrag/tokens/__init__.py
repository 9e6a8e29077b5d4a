"""Token counting: exact for known tokenizers, an upper bound for unknown ones."""

from leanrag.tokens.bound import UpperBoundCounter
from leanrag.tokens.choose import Counter, InexactCountWarning, counter_for
from leanrag.tokens.folder import FolderCounter
from leanrag.tokens.openai import OpenAICounter

__all__ = [
    "Counter",
    "FolderCounter",
    "InexactCountWarning",
    "OpenAICounter",
    "UpperBoundCounter",
    "counter_for",
]
