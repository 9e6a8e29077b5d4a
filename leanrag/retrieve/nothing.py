"""Whether a question is foreign to all that was found."""

from collections.abc import Sequence

from leanrag.types import Hit

UNLIKE = 0.33
"""Cosine of the built-in embedder below which the most similar hit is of another subject."""
UNSURE = -1.0
"""Logit of the selector below which its best sentence is a poor guess.

Both together held for 33 of 40 tune questions of NaturalQuestions put to technical documentation
(the selector alone told 8), and for none of 234 tune questions whose answer was there."""


def foreign(hits: Sequence[Hit]) -> bool:
    """Whether the selector doubts all that it read and no hit is like the question.

    Either alone is too little: a selector trained on good passages finds words to match in any
    text, and a short or odd question has no near vector.

    Args:
        hits: of the built-in embedder; where none was read or has a cosine, this is False.
    """
    logits = [
        float(hit.judged.sentences.max())
        for hit in hits
        if hit.judged is not None and len(hit.judged.sentences)
    ]
    cosines = [hit.dense for hit in hits if hit.dense is not None]
    return bool(logits and cosines) and max(logits) < UNSURE and max(cosines) < UNLIKE
