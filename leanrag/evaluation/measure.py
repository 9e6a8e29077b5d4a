"""Measures one outcome against its case: from texts and spans to numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from leanrag.evaluation.cases import Case, Evidence
from leanrag.evaluation.metrics import (
    AnswerFinder,
    Overlap,
    first_gold_rank,
    ndcg_at,
    recall_at,
    span_overlap,
    text_overlap,
)
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.records import KeptItem, OutcomeRecord, SourceText, TraceRow
from leanrag.evaluation.sentences import sentence_spans
from leanrag.types import Span

RECALL_AT = (1, 2, 5, 10, 20)
_MOST_SPANS = 300
"""Beyond this a drill-down shows nothing that a reader could follow (words deleted at random), and
the file would grow by ten times."""
_SAME_PASSAGE = 0.5
"""Share of an evidence text that a found text must hold, or of the found text that must lie in the
evidence, to count as the same passage."""


@dataclass(frozen=True)
class Measured:
    """A case with what all its outcomes are measured by."""

    case: Case

    @cached_property
    def finder(self) -> AnswerFinder:
        """Looks for the answers."""
        return AnswerFinder(self.case.answers, self.case.language)

    @cached_property
    def held(self) -> bool | None:
        """Whether all contexts together hold an answer; None without answers or contexts."""
        if not self.finder or not self.case.contexts:
            return None
        return self.finder.found_in("\n\n".join(context.text for context in self.case.contexts))

    @cached_property
    def texts(self) -> dict[str, str]:
        """The contexts' texts by id."""
        return {context.id: context.text for context in self.case.contexts}

    @cached_property
    def spans(self) -> dict[str, list[Span]] | None:
        """The evidence as spans by context; None where a part of it has no place there."""
        found: dict[str, list[Span]] = {}
        for item in self.case.evidence:
            name = item.context or item.turn
            if name is None or name not in self.texts:
                return None
            found.setdefault(name, []).append(item.span or (0, len(self.texts[name])))
        return found

    @cached_property
    def passages(self) -> list[str]:
        """The evidence as texts."""
        return [text for item in self.case.evidence if (text := self._text(item))]

    @cached_property
    def turns(self) -> dict[str, list[str]]:
        """The sentences of each evidence turn; none where the evidence is something else."""
        said = {turn.id: turn.content for turn in self.case.history if turn.id}
        named = [item.turn for item in self.case.evidence if item.turn in said]
        if len(named) < len(self.case.evidence):
            return {}
        return {
            turn: [said[turn][a:b].strip() for a, b in sentence_spans(said[turn])]
            for turn in named
            if turn
        }

    @staticmethod
    def _stands(turn: str, sentences: Sequence[str], outcome: Outcome) -> bool:
        """Whether the turn was kept and a whole sentence of it stands in the text."""
        kept = any(piece.id == turn for piece in outcome.kept)
        return kept and any(one and one in outcome.text for one in sentences)

    def _text(self, item: Evidence) -> str:
        if item.text:
            return item.text
        name = item.context or item.turn
        if name in self.texts:
            start, end = item.span or (0, len(self.texts[name]))
            return self.texts[name][start:end]
        turns = {turn.id: turn.content for turn in self.case.history if turn.id}
        return turns.get(name or "", "")

    # ── one outcome ─────────────────────────────────────────────────────────────────────────────

    def record(self, name: str, budget: int | None, outcome: Outcome) -> OutcomeRecord:
        """The record of ``outcome``, the result of pipeline ``name`` at ``budget``."""
        overlap = self._overlap(outcome)
        labels, gold = self._labels(outcome)
        limit = bound(self.case, budget)
        stand = [self._stands(turn, sentences, outcome) for turn, sentences in self.turns.items()]
        return OutcomeRecord(
            pipeline=name,
            budget=budget,
            tokens=outcome.tokens,
            context_tokens=outcome.context_tokens,
            prompt_tokens=outcome.prompt_tokens,
            tokens_in=outcome.tokens_in,
            seconds=round(outcome.seconds, 6),
            within_budget=limit is None or outcome.tokens <= limit,
            survived=self.finder.found_in(outcome.text) if self.finder else None,
            evidence_recall=_rounded(overlap.recall if overlap else None),
            evidence_precision=_rounded(overlap.precision if overlap else None),
            evidence_iou=_rounded(overlap.iou if overlap else None),
            any_evidence=any(stand) if stand else None,
            full_evidence=all(stand) if stand else None,
            first_gold_rank=first_gold_rank(labels, gold) if labels else None,
            recall_at={k: round(recall_at(labels, gold, k), 4) for k in RECALL_AT}
            if labels
            else None,
            ndcg_at_10=_rounded(ndcg_at(labels, dict.fromkeys(gold, 1.0), 10)) if labels else None,
            kept=tuple(_kept(outcome, self.texts)),
            dropped=dict(outcome.dropped),
            candidates=outcome.candidates,
            trace=tuple(
                TraceRow(
                    stage=entry.stage,
                    items_in=entry.items_in,
                    items_out=entry.items_out,
                    tokens_in=entry.tokens_in,
                    tokens_out=entry.tokens_out,
                    seconds=round(entry.seconds, 6),
                    dropped=dict(entry.dropped),
                    note=entry.note,
                )
                for entry in outcome.trace
            ),
        )

    def _overlap(self, outcome: Outcome) -> Overlap | None:
        if not self.passages:
            return None
        kept = _spans_by_text(outcome, self.texts)
        if self.spans is None or kept is None:
            return text_overlap(outcome.text, self.passages)
        named = {name: self.texts[name] for name in self.spans.keys() | kept.keys()}
        return span_overlap(named, kept, self.spans)

    def _labels(self, outcome: Outcome) -> tuple[list[str], list[str]]:
        """The ranking with every item named by the evidence that it is, and all such names."""
        if not outcome.ranking or not self.case.evidence:
            return [], []
        if self.texts:
            gold = {name for item in self.case.evidence if (name := item.context or item.turn)}
            return (list(outcome.ranking), sorted(gold)) if gold else ([], [])
        found = {candidate.id: candidate for candidate in outcome.candidates}
        open_items = dict(enumerate(self.case.evidence))
        labels = []
        for name in outcome.ranking:
            candidate = found.get(name)
            hit = next(
                (n for n, item in open_items.items() if candidate and is_evidence(candidate, item)),
                None,
            )
            labels.append(f"other {name}" if hit is None else str(hit))
            open_items.pop(-1 if hit is None else hit, None)
        return labels, [str(number) for number in range(len(self.case.evidence))]


def bound(case: Case, budget: int | None) -> int | None:
    """The budget that holds for a case: the smaller of its own and the suite's."""
    limits = [limit for limit in (case.budget, budget) if limit is not None]
    return min(limits) if limits and budget is not None else None


def is_evidence(found: SourceText, item: Evidence) -> bool:
    """Whether a text found in the corpus is what ``item`` names.

    It is where it stands on the page, and where it holds the passage or lies in it: a text may
    begin on the page before, and not every pipeline knows pages.
    """
    if item.source is not None and not same_source(found.source, item.source):
        return False
    if item.page is not None and item.page == found.page:
        return True
    if item.text:
        overlap = text_overlap(found.text, [item.text])
        return max(overlap.recall, overlap.precision) >= _SAME_PASSAGE
    return item.page is None and item.source is not None


def same_source(found: str, wanted: str) -> bool:
    """Whether a document's source is, or ends with the path of, ``wanted``."""
    return found == wanted or found.replace("\\", "/").endswith("/" + wanted.lstrip("/"))


def _spans_by_text(outcome: Outcome, texts: Mapping[str, str]) -> dict[str, Sequence[Span]] | None:
    spans: dict[str, Sequence[Span]] = {}
    for piece in outcome.kept:
        if piece.spans is None or piece.id not in texts:
            return None
        spans[piece.id] = [*spans.get(piece.id, ()), *piece.spans]
    return spans


def _kept(outcome: Outcome, texts: Mapping[str, str]) -> Iterable[KeptItem]:
    if sum(len(piece.spans or ()) for piece in outcome.kept) > _MOST_SPANS:
        return
    known = {candidate.id for candidate in outcome.candidates} | texts.keys()
    for piece in outcome.kept:
        placed = piece.spans is not None and piece.id in known
        yield KeptItem(
            id=piece.id,
            text=None if placed else piece.text,
            spans=piece.spans if placed else None,
            score=None if piece.score is None else round(float(piece.score), 6),
        )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
