"""Cuts sentences to the clauses that tell, where that brings in clearly more of the evidence."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from leanrag.api.prompting.evidence import Count, Evidence, Fitted, change, inside, kept_of
from leanrag.compress.clauses import Clause, Step, clauses_of, left_of, steps
from leanrag.compress.protect import Protected, protect
from leanrag.pack.knapsack import Part, knapsack
from leanrag.protocols import TokenCounter
from leanrag.trace import Stage
from leanrag.types import Cuts, Kept, Span, Unit

SHARPNESS = 4.0
"""The power of a sentence's value that its part of the expected evidence grows with. On the tune
rows 3 to 6 keep as many answers."""
LEAST_GAIN = 0.03
"""Part of the expected evidence that cutting must bring in; below, sentences stay whole."""
_ENOUGH = 0.9
"""Part of the evidence in the sentences at hand beyond which no clause is taken by itself."""
_LOOKED_AT = 0.999
"""Part of the expected evidence in the sentences that are thought of being cut."""
_MOST_SENTENCES = 200
_TRIES = 12


@dataclass(frozen=True)
class _Row:
    """A sentence that may be cut."""

    unit: Unit
    text: str
    clauses: Sequence[Clause]
    steps: Sequence[Step]
    mass: float

    @property
    def key(self) -> tuple[int, int]:
        return self.unit.candidate, self.unit.sentence

    @cached_property
    def parts(self) -> list[Part]:
        return [Part(self.mass * step.share, step.size) for step in self.steps]

    def spans(self, taken: int) -> tuple[Span, ...]:
        """What is left with so many steps."""
        kept = frozenset().union(*(step.clauses for step in self.steps[:taken]))
        return left_of(self.text, self.clauses, kept)


def trimmed(
    evidence: Evidence,
    chosen: Kept,
    patterns: Sequence[str],
    *,
    count: Count,
    budget: int,
    counter: TokenCounter,
) -> Fitted | None:
    """The evidence cut to clauses; None where whole sentences bring about as much.

    What a sentence brings is its part of the expected evidence, ``value`` to the power
    ``SHARPNESS`` over the sum of those of all; what a clause brings is its share of that.

    Args:
        evidence: sentences with their values and the shares of their clauses.
        chosen: the whole sentences that would be sent otherwise.
        patterns: what no cut may go through, as ``protect`` takes it.
        count: tokens of everything that would be sent.
        budget: the most that ``count`` may reach.
        counter: counts the sizes of the clauses.
    """
    stage = Stage("trim")
    units = sorted(evidence.units, key=lambda u: (-u.value, u.candidate, u.sentence))
    total = sum(unit.value**SHARPNESS for unit in units)
    if not total or not any(len(unit.shares) > 1 for unit in units):
        return None
    before = sum(unit.value**SHARPNESS for unit in inside(units, chosen)) / total
    if before + LEAST_GAIN > 1:
        return None
    rows = _rows(evidence, units, patterns, total=total, counter=counter)

    def cuts(taken: Mapping[int, int]) -> dict[tuple[int, int], tuple[Span, ...]]:
        return {rows[row].key: rows[row].spans(number) for row, number in taken.items()}

    taken = knapsack(
        _telling([row.parts for row in rows]),
        lambda taken: count(_fitted(cuts(taken))),
        budget,
    )
    after = sum(part.worth for row, number in taken.items() for part in rows[row].parts[:number])
    if after < before + LEAST_GAIN:
        return None
    fitted = _completed(evidence, rows, taken, count=count, budget=budget)
    return _traced(evidence, fitted, (before, after), counter, stage)


def _rows(
    evidence: Evidence,
    units: Sequence[Unit],
    patterns: Sequence[str],
    *,
    total: float,
    counter: TokenCounter,
) -> list[_Row]:
    """The sentences in which nearly all of the expected evidence stands."""
    items: dict[int, list[Protected]] = {}
    rows: list[_Row] = []
    seen = 0.0
    for unit in units[:_MOST_SENTENCES]:
        passage = evidence.passages[unit.candidate]
        clauses = [Clause(passage.sentences[unit.sentence], 1.0)]
        if len(unit.shares) > 1 and unit.candidate not in evidence.whole:
            if unit.candidate not in items:
                items[unit.candidate] = protect(passage.text, patterns)
            clauses = clauses_of(passage, unit.sentence, unit.shares, items[unit.candidate])
        sizes = [max(1, counter.count(passage.text[slice(*clause.span)])) for clause in clauses]
        mass = unit.value**SHARPNESS / total
        rows.append(_Row(unit, passage.text, clauses, steps(clauses, sizes), mass))
        seen += mass
        if seen >= _LOOKED_AT:
            break
    return rows


def _fitted(cuts: Cuts) -> Fitted:
    return Fitted(kept_of(cuts), cuts, by_clause=True)


def _telling(rows: Sequence[Sequence[Part]]) -> list[list[Part]]:
    """The steps that bring most for their size, up to nearly all of what there is.

    What is left of the room makes sentences whole rather than adding scraps of others.
    """
    ratios = sorted((part.worth / part.size, part.worth) for row in rows for part in row)
    left = (1 - _ENOUGH) * sum(worth for _, worth in ratios)
    least = 0.0
    for ratio, worth in ratios:
        left -= worth
        if left < 0:
            least = ratio
            break
    return [[part for part in row if part.worth / part.size >= least] for row in rows]


def _completed(
    evidence: Evidence,
    rows: Sequence[_Row],
    taken: Mapping[int, int],
    *,
    count: Count,
    budget: int,
) -> Fitted:
    """With sentences made whole, and others brought in, while there is room; by falling value."""
    left = {rows[row].key: rows[row].spans(number) for row, number in taken.items()}
    cut = {rows[row].key for row, number in taken.items() if number < len(rows[row].steps)}
    others = [
        (unit.candidate, unit.sentence)
        for unit in sorted(evidence.units, key=lambda u: (-u.value, u.candidate, u.sentence))
        if (unit.candidate, unit.sentence) not in left
    ]
    for key in (*[row.key for row in rows if row.key in cut][:_TRIES], *others[:_TRIES]):
        wider = {**left, key: (evidence.passages[key[0]].sentences[key[1]],)}
        if count(_fitted(wider)) <= budget:
            left = wider
            cut.discard(key)
    return replace(_fitted(left), cuts={key: left[key] for key in left if key in cut})


def _traced(
    evidence: Evidence,
    fitted: Fitted,
    expected: tuple[float, float],
    counter: TokenCounter,
    stage: Stage,
) -> Fitted:
    before, after, tokens_in, tokens_out = change(evidence, fitted, counter)
    entry = stage.entry(
        (before, after),
        (tokens_in, tokens_out),
        dropped={"over the budget": before - after},
        note=f"{len(fitted.cuts)} sentences cut to the clauses that tell: {expected[1]:.0%} "
        f"instead of {expected[0]:.0%} of the evidence expected",
    )
    return replace(fitted, trace=(entry,))
