"""Which statements of a text stand for it: by meaning, place, and the names and numbers in them."""

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from leanrag.protocols import Embedder, TokenCounter
from leanrag.text.languages import detect_language
from leanrag.text.questions import is_question
from leanrag.text.sentences import split_sentences
from leanrag.text.terms import terms
from leanrag.types import SummaryLine

EMBEDDED = 32
"""Candidates that are embedded; the others fall by what can be seen without a model."""
_LONGEST_TOKENS = 60
_LEAST_LETTERS = 16
_REPEATED = 0.9
"""Cosine from which on two statements say the same."""
_CENTRAL = 0.6
_SCANNED = 20_000
_NAME = re.compile(r"(?<![.!?…:;\n] )(?<!^)\b[^\W\d_a-zа-я][\w'’-]+")
_FEWEST_TERMS = 4
_TO_SOMEBODY = re.compile(
    r"!|\b(?:you|your|thanks|thank|congrats|wow|hey|hi|hello)\b", re.IGNORECASE
)
"""Replies and greetings, which say little to somebody who was not there."""
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")


def statements(lines: Sequence[SummaryLine], counter: TokenCounter) -> list[SummaryLine]:
    """The sentences of the lines that could stand alone, each with what its line had in front.

    What is in front of the first colon (a speaker) stands before each sentence of its line.
    """
    found: list[SummaryLine] = []
    for line in lines:
        label, _, said = line.text.partition(": ")
        if not said or len(label) > _LEAST_LETTERS * 4 or "\n" in label:
            label, said = "", line.text
        said = said[:_SCANNED]
        for a, b in split_sentences(said, detect_language(said)):
            sentence = " ".join(said[a:b].split())
            if sum(map(str.isalnum, sentence)) < _LEAST_LETTERS and not _NUMBER.search(sentence):
                continue
            text = f"{label}: {sentence}" if label else sentence
            if counter.count(text) <= _LONGEST_TOKENS:
                found.append(SummaryLine(text, line.turn_id))
    return found


def salient(
    lines: Sequence[SummaryLine],
    max_tokens: int,
    *,
    counter: TokenCounter,
    embedder: Embedder,
) -> tuple[SummaryLine, ...]:
    """The statements that say most in at most ``max_tokens`` (one a line), in their order.

    A statement is worth its nearness to the middle of all (a centroid, after Radev et al.,
    Centroid-based summarization, 2004, https://doi.org/10.1016/j.ipm.2003.10.006), its names and
    numbers, and its place; each choice lowers the worth of what says the same (maximal marginal
    relevance).
    """
    candidates = statements(lines, counter)
    if not candidates:
        return ()
    seen = _visible_worth(candidates)
    if len(candidates) > EMBEDDED:
        best = sorted(np.argsort(-seen, kind="stable")[:EMBEDDED].tolist())
        candidates = [candidates[index] for index in best]
        seen = seen[best]
    vectors = embedder.embed_documents([candidate.text for candidate in candidates])
    middle = vectors.mean(axis=0)
    central = vectors @ (middle / max(1e-9, float(np.linalg.norm(middle))))
    worth = seen + _CENTRAL * central
    return _choose(candidates, worth, vectors @ vectors.T, counter, max_tokens)


def _choose(
    candidates: Sequence[SummaryLine],
    worth: NDArray[np.float64],
    alike: NDArray[np.float32],
    counter: TokenCounter,
    max_tokens: int,
) -> tuple[SummaryLine, ...]:
    chosen: list[int] = []
    left = np.ones(len(candidates), dtype=bool)
    repeated = np.zeros(len(candidates))
    while left.any():
        best = int(np.argmax(np.where(left, worth - repeated, -np.inf)))
        left[best] = False
        together = sorted([*chosen, best])
        fits = counter.count("\n".join(candidates[index].text for index in together)) <= max_tokens
        if fits and repeated[best] <= _REPEATED:
            chosen = together
            repeated = np.maximum(repeated, alike[best])
    return tuple(candidates[index] for index in sorted(chosen))


def _visible_worth(candidates: Sequence[SummaryLine]) -> NDArray[np.float64]:
    """What can be seen of each without a model: names and numbers, content, place, tone."""
    worth = np.zeros(len(candidates))
    labels = " ".join({candidate.text.partition(": ")[0] for candidate in candidates})
    speakers = set(labels.split())
    turn = ""
    for index, candidate in enumerate(candidates):
        said = candidate.text.partition(": ")[2] or candidate.text
        names = [name for name in _NAME.findall(said) if name not in speakers]
        content = set(terms(said))
        worth[index] = 0.12 * min(len(names) + len(_NUMBER.findall(said)), 4)
        worth[index] += 0.03 * min(len(content), 10)
        if candidate.turn_id != turn:  # the first sentence of a turn says what it is about
            worth[index] += 0.05
        if len(content) < _FEWEST_TERMS:
            worth[index] -= 0.4
        if is_question(said):
            worth[index] -= 0.3
        if _TO_SOMEBODY.search(said):
            worth[index] -= 0.25
        turn = candidate.turn_id
    return worth
