"""A case as the page's script reads it: short keys, texts by number, spans relative.

``templates/run.js`` lists the keys on its side.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from leanrag.evaluation.records import CaseRecord, OutcomeRecord, SourceText
from leanrag.evaluation.report.places import Gaps, answer_spans, gaps, literal_spans
from leanrag.evaluation.report.texts import TextTable
from leanrag.types import Span

CellNumbers: TypeAlias = Mapping[tuple[str, int | None], int]
Pool: TypeAlias = dict[str, tuple[int, SourceText]]
"""Texts that an outcome could choose from, by id, with their numbers."""

MOST_LETTERS = 20_000
"""Of a question or a turn: hostile input must not fill the page."""


@dataclass(frozen=True, slots=True)
class EmbeddedCase:
    """A case as JSON, and the numbers of the texts that it shows."""

    json: str
    texts: tuple[int, ...]


def embedded(record: CaseRecord, table: TextTable, cells: CellNumbers) -> EmbeddedCase:
    """The case for the page; its texts go to ``table``. Outcomes of unknown cells are left out."""
    pools = [_pool(record.contexts, table)]
    outcomes = []
    for outcome in record.outcomes:
        cell = cells.get((outcome.pipeline, outcome.budget))
        if cell is None:
            continue
        place = 0
        if outcome.candidates:
            pool = _pool(outcome.candidates, table)
            place = pools.index(pool) if pool in pools else len(pools)
            pools += [pool] if place == len(pools) else []
        outcomes.append(_outcome(record, outcome, pools[place]) | {"c": cell, "p": place})
    texts = {number: text for pool in pools for number, text in pool.values()}

    def answers(text: SourceText) -> list[Span]:
        return answer_spans(text.text, record.answers, record.language)

    values = {
        "i": record.id,
        "q": record.question[:MOST_LETTERS],
        "a": [item if isinstance(item, str) else " … ".join(item) for item in record.answers],
        "l": record.language,
        "g": record.tags,
        "d": record.document,
        "h": record.held,
        "y": [_turn(turn) for turn in record.history],
        "p": [[number for number, _ in pool.values()] for pool in pools],
        "m": _marks(texts, answers),
        "e": _marks(texts, lambda text: _evidence(record.evidence, text)),
        "o": [_without_defaults(outcome) for outcome in outcomes],
    }
    line = json.dumps(_without_defaults(values), ensure_ascii=False, separators=(",", ":"))
    return EmbeddedCase(line, tuple(sorted(texts)))


def _pool(sources: Sequence[SourceText], table: TextTable) -> Pool:
    return {source.id: (table.number(source), source) for source in sources}


def _turn(turn: Mapping[str, Any]) -> list[str]:
    return [str(turn.get("role", "")), str(turn.get("content", ""))[:MOST_LETTERS]]


def _marks(
    texts: Mapping[int, SourceText], spans: Callable[[SourceText], list[Span]]
) -> dict[str, Gaps]:
    found = {str(number): gaps(text.text, spans(text)) for number, text in sorted(texts.items())}
    return {number: marks for number, marks in found.items() if marks}


def _evidence(items: Iterable[Mapping[str, Any]], text: SourceText) -> list[Span]:
    found: list[Span] = []
    for item in items:
        named = item.get("context") or item.get("turn")
        if named is not None and named != text.id:
            continue
        if named is not None and item.get("span"):
            start, end = item["span"]
            found.append((int(start), int(end)))
        elif item.get("text"):
            found += literal_spans(text.text, str(item["text"]))
        elif named is not None:
            found.append((0, len(text.text)))
    return found


# ── outcomes ────────────────────────────────────────────────────────────────────────────────────


def _outcome(record: CaseRecord, outcome: OutcomeRecord, pool: Pool) -> dict[str, Any]:
    answer = outcome.answer
    return {
        "t": outcome.tokens,
        "n": outcome.tokens_in,
        "u": outcome.prompt_tokens,
        "s": round(1000 * outcome.seconds, 2),
        "v": None if outcome.survived is None else int(outcome.survived),
        "r": outcome.evidence_recall,
        "w": int(not outcome.within_budget),
        "k": [_kept(record, outcome, pool, place) for place in range(len(outcome.kept))],
        "z": int(not outcome.kept and outcome.context_tokens > 0),
        "D": _dropped(outcome, pool),
        "x": [
            [
                entry.stage,
                entry.items_in,
                entry.items_out,
                entry.tokens_in,
                entry.tokens_out,
                entry.dropped,
                entry.note,
            ]
            for entry in outcome.trace
        ],
        "A": answer and [answer.text[:MOST_LETTERS], answer.exact_match, answer.f1, answer.judged],
        "f": outcome.error,
    }


def _kept(record: CaseRecord, outcome: OutcomeRecord, pool: Pool, place: int) -> Any:
    """``[number]`` of a whole text, ``[number, gaps…]`` of parts, or what was rewritten."""
    item = outcome.kept[place]
    number, source = pool.get(item.id, (None, None))
    if item.spans is not None and source is not None:
        spans = gaps(source.text, item.spans)
        return [number] if spans == gaps(source.text, [(0, len(source.text))]) else [number, *spans]
    text = item.text or ""
    marks = gaps(text, answer_spans(text, record.answers, record.language))
    return _without_defaults({"i": item.id, "n": number, "x": text, "m": marks})


def _dropped(outcome: OutcomeRecord, pool: Pool) -> list[list[Any]]:
    """``[reason, text numbers]``; the reason alone where it holds for all that were not kept."""
    chosen = {item.id for item in outcome.kept}
    others = {number for name, (number, _) in pool.items() if name not in chosen}
    found: list[list[Any]] = []
    for reason, names in sorted(outcome.dropped.items()):
        numbers = {pool[name][0] for name in names if name in pool}
        found.append([reason] if numbers == others else [reason, sorted(numbers)])
    return found


def _without_defaults(values: Mapping[str, Any]) -> dict[str, Any]:
    """Without what is empty or 0, except a flag that tells 0 from nothing."""
    telling = {"v", "r", "h", "c", "n"}
    return {
        key: value
        for key, value in values.items()
        if value is not None and (key in telling or value not in ("", 0, [], (), {}, False))
    }
