"""Whether a sentence says anything: the one rule for what may be sent by itself."""


def speaks(text: str) -> bool:
    """Whether a letter or a digit stands in the text.

    Rules, bullets, brackets and dots alone say nothing. However short, ``No.``, ``不行。`` and the
    ``False`` below an example do: they may be the answer.
    """
    return any(map(str.isalnum, text))
