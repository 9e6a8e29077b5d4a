"""Which sentences are sent, and how much of them: puts selection, cutting and squeezing together.

Sentences come first. In ``auto`` they are cut to clauses where that brings in clearly more of the
evidence, else words go where that brings in a valuable sentence that would not fit otherwise. In
other modes words go where the settings ask for it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

from leanrag.api.prompting.clause_cutting import trimmed
from leanrag.api.prompting.evidence import Count, Evidence, Fitted, change, inside, kept_of
from leanrag.compress.antecedents import with_antecedents
from leanrag.compress.neighbours import lend_weight
from leanrag.compress.pieces import Piece, pieces_of, weight_left
from leanrag.compress.squeeze import squeeze
from leanrag.compress.unspaced import group_unspaced
from leanrag.pack.fit import fit, grouped
from leanrag.protocols import TokenCounter, WordScorer
from leanrag.settings import CompressionSettings
from leanrag.trace import Stage
from leanrag.types import Kept, Unit

HIGH_VALUE = 0.6
"""Share of the best sentence's value from which ``auto`` drops words to bring one in."""
_LEAST_OF_RATE = 0.5
"""A sentence keeps at least this share of the asked rate of its words, or goes whole."""


def fit_evidence(
    evidence: Evidence,
    settings: CompressionSettings,
    *,
    count: Count,
    budget: int,
    counter: TokenCounter,
    words: WordScorer,
) -> Fitted:
    """The evidence of greatest value that fits, whole sentences or cut ones by the mode.

    Args:
        evidence: sentences with their values.
        settings: mode, rate and protected patterns.
        count: tokens of everything that would be sent.
        budget: the most that ``count`` may reach.
        counter: counts what the trace says.
        words: says how much each word matters, where words have to go.

    Raises:
        ModelError: words have to go and the model that says which is not there.
    """

    fitted = _fitted(evidence, settings, count=count, budget=budget, counter=counter, words=words)
    if settings.mode in ("squeeze", "none"):
        return fitted
    return _readable(evidence, fitted, count=count, budget=budget, counter=counter)


def _readable(
    evidence: Evidence, fitted: Fitted, *, count: Count, budget: int, counter: TokenCounter
) -> Fitted:
    """With the sentences that say what the opening pronouns of others stand for."""
    stage = Stage("antecedents")
    kept = with_antecedents(
        fitted.kept,
        evidence.passages,
        fits=lambda wider: count(replace(fitted, kept=wider)) <= budget,
        count=counter.count,
        apart=evidence.whole,
    )
    before, after = (sum(map(len, chosen.values())) for chosen in (fitted.kept, kept))
    if before == after:
        return fitted
    tokens = [sum(map(counter.count, evidence.sentences(chosen))) for chosen in (fitted.kept, kept)]
    entry = stage.entry(
        (before, after),
        (tokens[0], tokens[1]),
        note="sentences that say what an opening pronoun stands for",
    )
    return replace(fitted, kept=kept, trace=(*fitted.trace, entry))


def _fitted(
    evidence: Evidence,
    settings: CompressionSettings,
    *,
    count: Count,
    budget: int,
    counter: TokenCounter,
    words: WordScorer,
) -> Fitted:
    if settings.mode in ("prune", "none"):
        return Fitted(fit(evidence.units, lambda kept: count(Fitted(kept)), budget))
    stage = Stage("squeeze")
    bare = count(Fitted({}))
    wide = bare + int((budget - bare) / settings.rate)
    if settings.mode == "auto":
        chosen = fit(evidence.units, lambda kept: count(Fitted(kept)), budget)
        cut = trimmed(
            evidence, chosen, settings.protect, count=count, budget=budget, counter=counter
        )
        if cut is not None:
            return cut
        wanted = _with_valuable(evidence.units, chosen, lambda kept: count(Fitted(kept)), wide)
        if wanted == chosen:
            return _traced(evidence, Fitted(chosen), counter, stage)
        fitted, worth = _squeezed(
            evidence,
            settings,
            wanted,
            count=count,
            counter=counter,
            words=words,
            target=budget,
            least=settings.rate,
        )
        if worth <= sum(unit.value for unit in inside(evidence.units, chosen)):
            return _traced(evidence, Fitted(chosen), counter, stage)
    else:
        wanted = grouped(evidence.units)
        if settings.mode == "both":
            wanted = fit(evidence.units, lambda kept: count(Fitted(kept)), wide)
        target = min(budget, bare + int((count(Fitted(wanted)) - bare) * settings.rate))
        least = settings.rate * _LEAST_OF_RATE
        fitted, _ = _squeezed(
            evidence,
            settings,
            wanted,
            count=count,
            counter=counter,
            words=words,
            target=target,
            least=least,
        )
    return _traced(evidence, fitted, counter, stage)


def _with_valuable(
    units: Sequence[Unit], chosen: Kept, count: Callable[[Kept], int], limit: int
) -> dict[int, list[int]]:
    """What is chosen and the sentences of high value that fit into a wider limit."""
    floor = HIGH_VALUE * max((unit.value for unit in units), default=0.0)
    there = inside(units, chosen)
    left = {unit for unit in units if unit.value >= floor}.difference(there)
    if not left:
        return grouped(there)
    wider = fit([*there, *left], count, limit)
    return wider if left.intersection(inside(units, wider)) else grouped(there)


def _squeezed(
    evidence: Evidence,
    settings: CompressionSettings,
    wanted: Kept,
    *,
    count: Count,
    counter: TokenCounter,
    words: WordScorer,
    target: int,
    least: float,
) -> tuple[Fitted, float]:
    """What fits of the wanted sentences, and the values of them that are left.

    A sentence that lost words counts by the share of its words' weights that it still has.
    """
    texts = [evidence.passages[index].text for index in sorted(wanted)]
    known = dict(zip(sorted(wanted), words.score(texts, evidence.question), strict=True))
    values: dict[int, dict[int, float]] = {}
    for unit in inside(evidence.units, wanted):
        values.setdefault(unit.candidate, {})[unit.sentence] = unit.value
    pieces: list[Piece] = []
    for index in sorted(values):
        text = evidence.passages[index].text
        pieces += pieces_of(
            index,
            evidence.passages[index],
            group_unspaced(text, lend_weight(text, known[index]), counter.count),
            values=values[index],
            patterns=settings.protect,
            rigid=index in evidence.whole,
        )
    found = squeeze(pieces, lambda cuts: count(Fitted(kept_of(cuts), cuts)), target, least=least)
    cut = {
        piece.key: found[piece.key]
        for piece in pieces
        if piece.key in found and found[piece.key] != (piece.span,)
    }
    worth = sum(
        piece.value * weight_left(piece, found[piece.key]) for piece in pieces if piece.key in found
    )
    return Fitted(kept_of(found), cut), worth


def _traced(evidence: Evidence, fitted: Fitted, counter: TokenCounter, stage: Stage) -> Fitted:
    """With the trace of how the sentences became the kept ones."""
    before, after, tokens_in, tokens_out = change(evidence, fitted, counter)
    entry = stage.entry(
        (before, after),
        (tokens_in, tokens_out),
        dropped={"over the budget": before - after},
        note=f"{len(fitted.cuts)} sentences lost words" if fitted.cuts else "no word had to go",
    )
    return Fitted(fitted.kept, fitted.cuts, (entry,))
