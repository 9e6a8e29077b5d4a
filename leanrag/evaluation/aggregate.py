"""From the records of all cases to the figures of a run."""

from collections import OrderedDict, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.answers import JUDGE_PROMPT
from leanrag.evaluation.cases import Case
from leanrag.evaluation.columns import RANKS, Column, numbers
from leanrag.evaluation.cost import Prices
from leanrag.evaluation.metrics import compression_ratio, percentile
from leanrag.evaluation.records import OutcomeRecord
from leanrag.evaluation.results import (
    AnswerScores,
    CaseColumn,
    Cell,
    Estimate,
    EvidenceScores,
    PerCase,
    RankingScores,
    TagRow,
)
from leanrag.evaluation.statistics import Resampler, mean_interval, proportion

Key = tuple[str, int | None]
MOST_TAGS = 40
_MASKS_REMEMBERED = 16


@dataclass
class Aggregate:
    """Takes the cases one by one; the figures are made once, at the end."""

    prices: Prices | None = None
    compared_prices: Sequence[Prices] = ()
    answer_models: tuple[str, str | None] | None = None
    ids: list[str] = field(default_factory=list)
    documents: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    answerable: list[bool] = field(default_factory=list)
    columns: dict[Key, Column] = field(default_factory=dict)
    tags: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    _numbers: dict[str, int] = field(default_factory=dict)
    _draws: "OrderedDict[bytes, Resampler]" = field(default_factory=OrderedDict)

    def add(self, case: Case, held: bool | None, records: Sequence[OutcomeRecord]) -> None:
        """Adds a case with its outcomes, the same pipelines and budgets for every case."""
        place = len(self.ids)
        self.ids.append(case.id)
        self.documents.append(self._numbers.setdefault(case.document, len(self._numbers)))
        self.held.append(-1 if held is None else int(held))
        self.answerable.append(case.answerable)
        for tag in case.tags:
            self.tags[tag].append(place)
        for record in records:
            self.columns.setdefault((record.pipeline, record.budget), Column()).add(record)

    def cell(self, key: Key) -> Cell:
        """The figures of one pipeline at one budget."""
        column = self.columns[key]
        tokens = numbers(column.tokens)
        done = tokens >= 0
        survived = numbers(column.survived)
        context, prompt = (
            float(numbers(values)[done].mean()) if done.any() else 0.0
            for values in (column.context_tokens, column.prompt_tokens)
        )
        tokens_in = float(numbers(column.tokens_in)[done].mean()) if done.any() else 0.0
        seconds = numbers(column.seconds)[done].tolist()
        asked = survived >= 0
        priced = [self.prices, *self.compared_prices] if self.prices and done.any() else []
        costs = {prices.model: prices.per_thousand(prompt, context) for prices in priced if prices}
        return Cell(
            pipeline=key[0],
            budget=key[1],
            n=int(done.sum()),
            failures=int((~done).sum()),
            survival=self._share(survived, asked),
            survival_of_full=self._share(survived, asked & (np.asarray(self.held) != 0)),
            tokens=self._mean(tokens, done) or Estimate(value=0, low=0, high=0, n=0),
            context_tokens=context,
            prompt_tokens=prompt,
            tokens_in=tokens_in,
            ratio=compression_ratio(tokens_in, context),
            violations=column.violations,
            seconds_p50=percentile(seconds, 50),
            seconds_p95=percentile(seconds, 95),
            evidence=self._evidence(column),
            ranking=self._ranking(column),
            cost=next(iter(costs.values()), None),
            costs=costs,
            answers=self._answers(column),
            tags=self._tags(column),
            stages=column.stages.rows(),
        )

    def per_case(self) -> PerCase:
        """The columns that paired statistics need."""
        return PerCase(
            ids=tuple(self.ids),
            documents=tuple(self.documents),
            columns=tuple(
                CaseColumn(
                    pipeline=name,
                    budget=budget,
                    survived="".join("-01"[flag + 1] for flag in column.survived),
                    tokens=tuple(column.tokens),
                    evidence_recall=_per_mille(numbers(column.recall)),
                )
                for (name, budget), column in self.columns.items()
            ),
        )

    # ── parts of a cell ─────────────────────────────────────────────────────────────────────────

    def _drawn(self, mask: NDArray[np.bool_]) -> Resampler:
        # Drawing is the dear part, and most cells have a value for the same cases.
        key = mask.tobytes()
        if key not in self._draws:
            self._draws[key] = Resampler(np.asarray(self.documents)[mask])
            if len(self._draws) > _MASKS_REMEMBERED:
                self._draws.popitem(last=False)
        self._draws.move_to_end(key)
        return self._draws[key]

    def _share(self, flags: NDArray[np.float64], mask: NDArray[np.bool_]) -> Estimate | None:
        if not mask.any():
            return None
        return proportion(flags[mask] > 0, self._drawn(mask))

    def _mean(self, values: NDArray[np.float64], mask: NDArray[np.bool_]) -> Estimate | None:
        return mean_interval(values[mask], self._drawn(mask)) if mask.any() else None

    def _known(self, values: Sequence[float]) -> Estimate | None:
        column = numbers(values)
        return self._mean(column, ~np.isnan(column))

    def _evidence(self, column: Column) -> EvidenceScores | None:
        recall, precision, iou = (
            self._known(values) for values in (column.recall, column.precision, column.iou)
        )
        if recall is None or precision is None or iou is None:
            return None
        return EvidenceScores(
            recall=recall,
            precision=precision,
            iou=iou,
            any_turn=self._known(column.any_turn),
            all_turns=self._known(column.all_turns),
        )

    def _ranking(self, column: Column) -> RankingScores | None:
        ndcg = self._known(column.ndcg)
        if ndcg is None:
            return None
        found = {k: self._known(column.recall_at[k]) for k in RANKS}
        return RankingScores(
            recall_at={k: value for k, value in found.items() if value is not None},
            ndcg_at_10=ndcg,
        )

    def _answers(self, column: Column) -> AnswerScores | None:
        exact, f1 = self._known(column.exact_match), self._known(column.f1)
        if exact is None or f1 is None or self.answer_models is None:
            return None
        model, judge = self.answer_models
        answerable = np.asarray(self.answerable)
        abstained = numbers(column.abstained)
        known = ~np.isnan(abstained)
        return AnswerScores(
            model=model,
            judge=judge,
            judge_prompt=JUDGE_PROMPT if judge else None,
            exact_match=exact,
            f1=f1,
            judged=self._known(column.judged),
            abstained_answerable=self._share(abstained, known & answerable),
            abstained_unanswerable=self._share(abstained, known & ~answerable),
        )

    def _tags(self, column: Column) -> tuple[TagRow, ...]:
        survived, recall = numbers(column.survived), numbers(column.recall)
        tokens = numbers(column.tokens)
        rows = []
        common = sorted(self.tags, key=lambda tag: (-len(self.tags[tag]), tag))[:MOST_TAGS]
        for tag in common:
            mask = np.zeros(len(self.ids), dtype=bool)
            mask[self.tags[tag]] = True
            done = mask & (tokens >= 0)
            marked = mask & ~np.isnan(recall)
            rows.append(
                TagRow(
                    tag=tag,
                    n=int(done.sum()),
                    survival=self._share(survived, mask & (survived >= 0)),
                    tokens=float(tokens[done].mean()) if done.any() else 0.0,
                    evidence_recall=float(recall[marked].mean()) if marked.any() else None,
                )
            )
        return tuple(rows)


def _per_mille(values: NDArray[np.float64]) -> tuple[int, ...]:
    if np.isnan(values).all():
        return ()
    return tuple(-1 if np.isnan(value) else round(1000 * value) for value in values.tolist())
