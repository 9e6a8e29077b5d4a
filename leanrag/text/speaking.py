"""Whether a sentence says anything: the one rule for what may be sent by itself."""

import re

_LABEL = re.compile(r"\s*#{1,6}\s+[^\s#]+(?:\s+[^\s.!?。！？]+){0,3}\s*")
"""A heading of Markdown of up to four words: a name of what follows it."""


def speaks(text: str) -> bool:
    """Whether a letter or a digit stands in the text, and it is no short heading with its marks.

    Rules, bullets, brackets and dots alone say nothing, nor does ``## Food``. However short,
    ``No.``, ``不行。`` and the ``False`` below an example do: they may be the answer.
    """
    return any(map(str.isalnum, text)) and _LABEL.fullmatch(text) is None
