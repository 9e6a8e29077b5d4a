"""Which sentences are sent, and which words of them: puts selection and squeezing together.

Sentences come first. Words go only where the settings ask for it, or, in ``auto``, where that
brings in a valuable sentence that would not fit otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from functools import lru_cache
from time import perf_counter
from typing import TypeAlias

from leanrag.adapters.word_scorers import load_word_scorer
from leanrag.compress.antecedents import with_antecedents
from leanrag.compress.neighbours import lend_weight
from leanrag.compress.pieces import Piece, pieces_of, weight_left
from leanrag.compress.squeeze import Cuts, squeeze
from leanrag.compress.unspaced import group_unspaced
from leanrag.pack.fit import Unit, fit
from leanrag.protocols import TokenCounter, WordScorer
from leanrag.settings import CompressionSettings
from leanrag.types import Passage, TraceEntry, Word

Kept: TypeAlias = Mapping[int, Sequence[int]]
Count: TypeAlias = Callable[[Kept, Cuts], int]
"""Tokens of everything that would be sent with these sentences, some of them cut."""

HIGH_VALUE = 0.6
"""Share of the best sentence's value from which ``auto`` drops words to bring one in."""
_LEAST_OF_RATE = 0.5
"""A sentence keeps at least this share of the asked rate of its words, or goes whole."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Sentences with their values, in the passages that they stand in.

    ``whole`` are the passages of which no word may go, such as code and tables.
    """

    question: str
    passages: Sequence[Passage]
    units: Sequence[Unit]
    whole: AbstractSet[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Fitted:
    """Kept sentence numbers by passage, and what is left of those that lost words."""

    kept: Kept
    cuts: Cuts = field(default_factory=dict)
    trace: tuple[TraceEntry, ...] = ()


def fit_evidence(
    evidence: Evidence,
    settings: CompressionSettings,
    *,
    count: Count,
    budget: int,
    counter: TokenCounter,
) -> Fitted:
    """The evidence of greatest value that fits, whole sentences or cut ones by the mode.

    Args:
        evidence: sentences with their values.
        settings: mode, rate, model and protected patterns.
        count: tokens of everything that would be sent.
        budget: the most that ``count`` may reach.
        counter: counts what the trace says.

    Raises:
        ModelError: words have to go and the model that says which is not there.
    """

    fitted = _fitted(evidence, settings, count=count, budget=budget, counter=counter)
    if settings.mode in ("squeeze", "none"):
        return fitted
    return _readable(evidence, fitted, count=count, budget=budget, counter=counter)


def _readable(
    evidence: Evidence, fitted: Fitted, *, count: Count, budget: int, counter: TokenCounter
) -> Fitted:
    """With the sentences that say what the opening pronouns of others stand for."""
    start = perf_counter()
    kept = with_antecedents(
        fitted.kept,
        evidence.passages,
        fits=lambda wider: count(wider, fitted.cuts) <= budget,
        count=counter.count,
        apart=evidence.whole,
    )
    before, after = (sum(map(len, chosen.values())) for chosen in (fitted.kept, kept))
    if before == after:
        return fitted
    tokens = [
        sum(map(counter.count, _sentences(evidence, chosen))) for chosen in (fitted.kept, kept)
    ]
    entry = TraceEntry(
        "antecedents", before, after, tokens[0], tokens[1], perf_counter() - start,
        note="sentences that say what an opening pronoun stands for",
    )  # fmt: skip
    return Fitted(kept, fitted.cuts, (*fitted.trace, entry))


def _fitted(
    evidence: Evidence,
    settings: CompressionSettings,
    *,
    count: Count,
    budget: int,
    counter: TokenCounter,
) -> Fitted:
    if settings.mode in ("prune", "none"):
        return Fitted(fit(evidence.units, lambda kept: count(kept, {}), budget))
    start = perf_counter()
    bare = count({}, {})
    wide = bare + int((budget - bare) / settings.rate)
    if settings.mode == "auto":
        chosen = fit(evidence.units, lambda kept: count(kept, {}), budget)
        wanted = _with_valuable(evidence.units, chosen, lambda kept: count(kept, {}), wide)
        if wanted == chosen:
            return _traced(evidence, Fitted(chosen), counter, start)
        fitted, worth = _squeezed(
            evidence,
            settings,
            wanted,
            count=count,
            counter=counter,
            target=budget,
            least=settings.rate,
        )
        if worth <= sum(unit.value for unit in _inside(evidence.units, chosen)):
            return _traced(evidence, Fitted(chosen), counter, start)
    else:
        wanted = _group(evidence.units)
        if settings.mode == "both":
            wanted = fit(evidence.units, lambda kept: count(kept, {}), wide)
        target = min(budget, bare + int((count(wanted, {}) - bare) * settings.rate))
        least = settings.rate * _LEAST_OF_RATE
        fitted, _ = _squeezed(
            evidence, settings, wanted, count=count, counter=counter, target=target, least=least
        )
    return _traced(evidence, fitted, counter, start)


def _with_valuable(
    units: Sequence[Unit], chosen: Kept, count: Callable[[Kept], int], limit: int
) -> dict[int, list[int]]:
    """What is chosen and the sentences of high value that fit into a wider limit."""
    floor = HIGH_VALUE * max((unit.value for unit in units), default=0.0)
    inside = _inside(units, chosen)
    left = {unit for unit in units if unit.value >= floor}.difference(inside)
    if not left:
        return _group(inside)
    wider = fit([*inside, *left], count, limit)
    return wider if left.intersection(_inside(units, wider)) else _group(inside)


def _squeezed(
    evidence: Evidence,
    settings: CompressionSettings,
    wanted: Kept,
    *,
    count: Count,
    counter: TokenCounter,
    target: int,
    least: float,
) -> tuple[Fitted, float]:
    """What fits of the wanted sentences, and the values of them that are left.

    A sentence that lost words counts by the share of its words' weights that it still has.
    """
    texts = tuple(evidence.passages[index].text for index in sorted(wanted))
    words = dict(zip(sorted(wanted), _words(_key(settings), evidence.question, texts), strict=True))
    values: dict[int, dict[int, float]] = {}
    for unit in _inside(evidence.units, wanted):
        values.setdefault(unit.candidate, {})[unit.sentence] = unit.value
    pieces: list[Piece] = []
    for index in sorted(values):
        text = evidence.passages[index].text
        pieces += pieces_of(
            index,
            evidence.passages[index],
            group_unspaced(text, lend_weight(text, words[index]), counter.count),
            values=values[index],
            patterns=settings.protect,
            rigid=index in evidence.whole,
        )
    found = squeeze(pieces, lambda cuts: count(_kept_of(cuts), cuts), target, least=least)
    cut = {
        piece.key: found.cuts[piece.key]
        for piece in pieces
        if piece.key in found.cuts and found.cuts[piece.key] != (piece.span,)
    }
    worth = sum(
        piece.value * weight_left(piece, found.cuts[piece.key])
        for piece in pieces
        if piece.key in found.cuts
    )
    return Fitted(_kept_of(found.cuts), cut), worth


def _traced(evidence: Evidence, fitted: Fitted, counter: TokenCounter, start: float) -> Fitted:
    """With the trace of how the sentences became the kept ones."""
    before = _sentences(evidence, _group(evidence.units))
    after = [
        "".join(
            evidence.passages[index].text[a:b]
            for a, b in fitted.cuts.get(
                (index, number), (evidence.passages[index].sentences[number],)
            )
        )
        for index, numbers in fitted.kept.items()
        for number in numbers
    ]
    entry = TraceEntry(
        "squeeze", len(before), len(after),
        sum(map(counter.count, before)), sum(map(counter.count, after)), perf_counter() - start,
        {"over the budget": len(before) - len(after)} if len(before) > len(after) else {},
        f"{len(fitted.cuts)} sentences lost words" if fitted.cuts else "no word had to go",
    )  # fmt: skip
    return Fitted(fitted.kept, fitted.cuts, (entry,))


def _inside(units: Sequence[Unit], kept: Kept) -> list[Unit]:
    return [unit for unit in units if unit.sentence in kept.get(unit.candidate, ())]


def _group(units: Sequence[Unit]) -> dict[int, list[int]]:
    kept: dict[int, list[int]] = {}
    for unit in sorted(units, key=lambda unit: (unit.candidate, unit.sentence)):
        kept.setdefault(unit.candidate, []).append(unit.sentence)
    return kept


def _kept_of(cuts: Cuts) -> dict[int, list[int]]:
    kept: dict[int, list[int]] = {}
    for index, number in sorted(cuts):
        kept.setdefault(index, []).append(number)
    return kept


def _sentences(evidence: Evidence, kept: Kept) -> list[str]:
    return [
        evidence.passages[index].text[slice(*evidence.passages[index].sentences[number])]
        for index, numbers in kept.items()
        for number in numbers
    ]


def _key(settings: CompressionSettings) -> CompressionSettings:
    """The settings reduced to what the words' values depend on."""
    return CompressionSettings(squeezer=settings.squeezer, method=settings.method)


@lru_cache(maxsize=2)
def _scorer(settings: CompressionSettings) -> WordScorer:
    return load_word_scorer(settings)


@lru_cache(maxsize=8)
def _words(
    settings: CompressionSettings, question: str, texts: tuple[str, ...]
) -> tuple[tuple[Word, ...], ...]:
    """The words of the texts; kept, so that trying another budget costs next to nothing."""
    return tuple(_scorer(settings).score(texts, question))
