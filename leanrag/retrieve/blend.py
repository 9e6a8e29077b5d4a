"""Mixes the turns that a question follows into what is searched with: a vector, weighted terms."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import Embedder, TokenCounter
from leanrag.retrieve.followup import Wanted
from leanrag.retrieve.question import dense_share, query_terms
from leanrag.text.pointers import content_terms
from leanrag.trace import Stage
from leanrag.types import TraceEntry

DENSE = 0.7
"""Length of the turns' vector beside the question's, where they count in full."""
USER_TERMS = 0.3
ANSWER_TERMS = 0.1
"""Weights of terms that only a turn of the user, or the answer, holds; the question's have 1."""
LEAST = 0.2
"""How far the turns count for a question that neither leans on them nor is like them."""
UNLIKE, ALIKE = 0.1, 0.3
"""Cosine of question and turn up to which the subject has changed, and from which it has not."""
SHARED = 0.5
"""Share of the question's terms that stand in a turn, from which the subject is the same."""


_SHOWN = 80


@dataclass(frozen=True, slots=True)
class Blend:
    """What the store is asked for.

    ``strength``, 0 to 1, is how far earlier turns were mixed in, ``share``, 0 to 1, how far the
    embedder can be trusted with what is asked.
    """

    dense: NDArray[np.float32]
    terms: dict[int, float]
    strength: float = 0.0
    share: float = 1.0


def blend(wanted: Wanted, embedder: Embedder, languages: Sequence[str]) -> Blend:
    """The question's vector and terms with those of the carried turns mixed in.

    The mixture counts in full where the question leans on the turns or is about the same, and
    little where the subject has changed: then the question's wording must decide.

    Args:
        wanted: the question and what it follows.
        embedder: embeds them all at once.
        languages: those that the embedder understands; empty for a multilingual one.
    """
    texts = [wanted.question, *(one.text for one in wanted.carried)]
    own, *others = embedder.embed_queries(texts)
    counts: dict[int, float] = dict(query_terms(wanted.question, wanted.own_language))
    asked = dense_share(wanted.question, languages, wanted.own_language)
    share = asked if wanted.text == wanted.question else dense_share(wanted.text, languages)
    if not others:
        return Blend(own, counts, share=share)
    likeness = _likeness(wanted, own, others, fluent=asked == 1.0)
    strength = LEAST + (1 - LEAST) * max(wanted.leaning, likeness)
    turns = np.zeros_like(own)
    for one, vector in zip(wanted.carried, others, strict=True):
        turns += one.weight * vector
        part = strength * one.weight * (USER_TERMS if one.role == "user" else ANSWER_TERMS)
        for term, count in query_terms(one.text).items():
            weight = part * (count if one.role == "user" else 1)
            counts[term] = max(counts.get(term, 0.0), weight)
    return Blend(_unit(own + DENSE * strength * _unit(turns)), counts, strength, share)


def rewrite_entry(
    wanted: Wanted, mixed: Blend, counter: TokenCounter, stage: Stage
) -> list[TraceEntry]:
    """What the trace says of making a follow-up question searchable; nothing without a history."""
    if not wanted.turns:
        return []
    note = f'searched with "{_cut(wanted.question)}"'
    if wanted.carried:
        note += f", earlier turns mixed in by {mixed.strength:.0%}: "
        note += ", ".join(
            f'{"answer" if one.role == "assistant" else "turn"} "{_cut(one.text)}"'
            for one in wanted.carried
        )
    searched = [wanted.question, *(one.text for one in wanted.carried)]
    return [
        stage.entry(
            (wanted.turns + 1, len(searched)),
            (counter.count(wanted.asked), sum(map(counter.count, searched))),
            note=f"{wanted.note}; {note}" if wanted.note else note,
        )
    ]


def _cut(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _SHOWN else f"{line[:_SHOWN]}…"


def _likeness(
    wanted: Wanted, own: NDArray[np.float32], others: Sequence[NDArray[np.float32]], *, fluent: bool
) -> float:
    """How surely the question is about what the user's turns are about, 0 to 1."""
    terms = set(content_terms(wanted.question, wanted.language))
    best = 0.0
    for one, vector in zip(wanted.carried, others, strict=True):
        if one.role != "user":
            continue
        if fluent:
            best = max(best, (float(own @ vector) - UNLIKE) / (ALIKE - UNLIKE))
        elif terms:
            held = terms & set(content_terms(one.text, wanted.language))
            best = max(best, len(held) / len(terms) / SHARED)
    return min(1.0, best)


def _unit(vector: NDArray[np.float32]) -> NDArray[np.float32]:
    length = float(np.linalg.norm(vector))
    return (vector / length).astype(np.float32) if length > 0 else vector
