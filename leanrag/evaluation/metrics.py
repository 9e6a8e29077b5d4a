"""Metrics without a model: pure functions over texts, spans, ranks and numbers."""

import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from leanrag.evaluation.words import content_words, word_spans, words
from leanrag.types import Span

Answer: TypeAlias = str | Sequence[str]
SHINGLE = 5
"""Words in a row that must agree before a stretch of text counts as the same."""


# ── answers ─────────────────────────────────────────────────────────────────────────────────────


class AnswerFinder:
    """Tells whether one of the answers stands in a text, over normalised words.

    Both sides lose case, punctuation, articles and white space, Chinese is compared character
    by character, numbers without thousands separators. Whole words only: "2" is not in "2016".
    """

    def __init__(self, answers: Iterable[Answer], language: str = "en") -> None:
        self._language = language
        self._needles = [
            [_joined(content_words(part, language)) for part in parts]
            for parts in ([answer] if isinstance(answer, str) else answer for answer in answers)
        ]
        self._needles = [
            parts for parts in self._needles if parts and all(part.strip() for part in parts)
        ]

    def __bool__(self) -> bool:
        """Whether there is anything to look for."""
        return bool(self._needles)

    def found_in(self, text: str) -> bool:
        """Whether an answer, or all parts of one, stand in ``text``."""
        hay = _joined(content_words(text, self._language))
        return any(all(part in hay for part in parts) for parts in self._needles)


def answer_survives(text: str, answers: Iterable[Answer], *, language: str = "en") -> bool:
    """Whether one of ``answers`` stands in ``text``; see ``AnswerFinder``."""
    return AnswerFinder(answers, language).found_in(text)


def exact_match(prediction: str, answers: Iterable[Answer], *, language: str = "en") -> bool:
    """Whether the normalised prediction equals one of the answers (SQuAD's EM)."""
    given = content_words(prediction, language)
    return any(given == content_words(_flat(answer), language) for answer in answers)


def token_f1(prediction: str, answers: Iterable[Answer], *, language: str = "en") -> float:
    """The best F1 over word overlap with one of the answers (SQuAD's F1).

    A word of Chinese is a character, as in CMRC 2018's own script.
    """
    given = Counter(content_words(prediction, language))
    best = 0.0
    for answer in answers:
        wanted = Counter(content_words(_flat(answer), language))
        shared = (given & wanted).total()
        if shared:
            precision, recall = shared / given.total(), shared / wanted.total()
            best = max(best, 2 * precision * recall / (precision + recall))
    return best


def _flat(answer: Answer) -> str:
    return answer if isinstance(answer, str) else " ".join(answer)


def _joined(parts: Sequence[str]) -> str:
    return f" {' '.join(parts)} "


# ── evidence ────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Overlap:
    """Shared, kept and evidence size in words."""

    shared: int
    kept: int
    evidence: int
    kept_shared: int = -1
    """Kept words that are evidence, where they are counted apart from ``shared``."""

    @property
    def recall(self) -> float:
        """Share of the evidence that was kept."""
        return self.shared / self.evidence if self.evidence else 0.0

    @property
    def precision(self) -> float:
        """Share of what was kept that is evidence; 0 where nothing was kept."""
        shared = self.shared if self.kept_shared < 0 else self.kept_shared
        return shared / self.kept if self.kept else 0.0

    @property
    def iou(self) -> float:
        """Shared over the union of both."""
        union = self.kept + self.evidence - self.shared
        return min(1.0, self.shared / union) if union else 0.0


def span_overlap(
    texts: Mapping[str, str],
    kept: Mapping[str, Sequence[Span]],
    evidence: Mapping[str, Sequence[Span]],
) -> Overlap:
    """Overlap of kept and evidence spans, by text id, in words that lie wholly inside.

    ``texts`` needs only the texts that are named in ``kept`` or ``evidence``.
    """
    shared = kept_words = evidence_words = 0
    for name in kept.keys() | evidence.keys():
        places = _places(texts[name])
        chosen = _inside(places, kept.get(name, ()))
        wanted = _inside(places, evidence.get(name, ()))
        shared += len(chosen & wanted)
        kept_words += len(chosen)
        evidence_words += len(wanted)
    return Overlap(shared, kept_words, evidence_words)


def text_overlap(kept: str, evidence: Sequence[str]) -> Overlap:
    """Overlap by text alone, for what comes without spans.

    A word counts as shared where it stands in a run of ``SHINGLE`` words (all of them, where
    the passage is shorter) that occurs on the other side too, so common words alone score 0.
    """
    hay = words(kept)
    covered = [False] * len(hay)
    shared = total = 0
    for passage in evidence:
        wanted = words(passage)
        size = min(SHINGLE, len(wanted))
        if not size:
            continue
        total += len(wanted)
        shared += sum(_covered(wanted, _shingles(hay, size), size))
        for place, hit in enumerate(_covered(hay, _shingles(wanted, size), size)):
            covered[place] = covered[place] or hit
    return Overlap(shared, len(hay), total, sum(covered))


@lru_cache(maxsize=256)
def _places(text: str) -> list[Span]:
    """Word spans, remembered: a text is measured at every budget of every pipeline."""
    return word_spans(text)


def _inside(places: Sequence[Span], spans: Sequence[Span]) -> set[int]:
    chosen: set[int] = set()
    for start, end in spans:
        chosen.update(i for i, (a, b) in enumerate(places) if start <= a and b <= end)
    return chosen


def _shingles(sequence: Sequence[str], size: int) -> set[tuple[str, ...]]:
    return {tuple(sequence[i : i + size]) for i in range(len(sequence) - size + 1)}


def _covered(sequence: Sequence[str], known: set[tuple[str, ...]], size: int) -> list[bool]:
    marks = [False] * len(sequence)
    for i in range(len(sequence) - size + 1):
        if tuple(sequence[i : i + size]) in known:
            marks[i : i + size] = [True] * size
    return marks


# ── ranking ─────────────────────────────────────────────────────────────────────────────────────


def recall_at(ranking: Sequence[str], gold: Collection[str], k: int) -> float:
    """Share of the gold items among the first ``k``; 0 where there is no gold."""
    wanted = set(gold)
    return len(wanted.intersection(ranking[:k])) / len(wanted) if wanted else 0.0


def ndcg_at(ranking: Sequence[str], gold: Mapping[str, float], k: int) -> float:
    """Normalised discounted cumulative gain with gains as given (Järvelin and Kekäläinen, 2002).

    A repeated item counts at its first place only.
    """
    seen: set[str] = set()
    gained = 0.0
    for place, item in enumerate(ranking[:k]):
        if item not in seen:
            gained += gold.get(item, 0.0) / math.log2(place + 2)
            seen.add(item)
    best = sorted(gold.values(), reverse=True)[:k]
    ideal = sum(gain / math.log2(place + 2) for place, gain in enumerate(best))
    return gained / ideal if ideal else 0.0


def first_gold_rank(ranking: Sequence[str], gold: Collection[str]) -> int | None:
    """Place of the first gold item, from 1."""
    return next((place for place, item in enumerate(ranking, start=1) if item in gold), None)


# ── numbers ─────────────────────────────────────────────────────────────────────────────────────


def compression_ratio(tokens_in: float, tokens_out: float) -> float | None:
    """How many tokens went in for each that came out; None where nothing came out."""
    return tokens_in / tokens_out if tokens_out else None


def percentile(values: Sequence[float], q: float) -> float:
    """The ``q`` percentile by the nearest rank: a value that was measured, never a mean of two."""
    return float(np.percentile(values, q, method="inverted_cdf")) if len(values) else 0.0
