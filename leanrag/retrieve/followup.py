"""Makes a follow-up question searchable by what was asked before it."""

import re
from collections.abc import Sequence

from leanrag.text.terms import terms
from leanrag.types import Message

_FEW_TERMS = 3
_POINTERS = re.compile(
    r"\b(it|its|they|them|their|this|that|these|those|he|she|him|her|his|one|ones|there|then"
    r"|same|such|former|latter|er|sie|es|das|dies\w*|ello|eso|esto|это|его|она|они|там)\b"
    r"|[它他她这那其此]",
    re.IGNORECASE,
)


def standalone(question: str, history: Sequence[Message] | None) -> str:
    """The text to search with: the question, behind the user's last one where it leans on that.

    A question leans on what came before when it is very short or points back with a pronoun.
    """
    if not history:
        return question
    if len(set(terms(question))) > _FEW_TERMS and not _POINTERS.search(question):
        return question
    earlier = [
        message["content"]
        for message in history
        if message.get("role") == "user" and isinstance(message.get("content"), str)
    ]
    return f"{earlier[-1].strip()}\n{question}" if earlier and earlier[-1].strip() else question
