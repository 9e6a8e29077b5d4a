"""The figures of a run, as ``results.json`` holds them.

The file is enough to compare two runs, since ``per_case`` holds what paired statistics need; the
texts are in ``leanrag.evaluation.records``. Everything is frozen and validated on reading;
``schema_version`` changes when a reader would break.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leanrag.errors import EvaluationError

SCHEMA_VERSION: Literal[1] = 1
RESULTS_FILE = "results.json"

PipelineRole: TypeAlias = Literal["leanrag", "baseline", "control", "reference"]
"""``reference`` is the full context; ``control`` is what no claim counts without."""

Quality: TypeAlias = Literal["survival", "evidence_recall"]
"""What a suite judges by: answers that stand in what was kept, or the share of the evidence."""

Verdict: TypeAlias = Literal["better", "worse", "no difference shown"]


class Record(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


# ── results.json ────────────────────────────────────────────────────────────────────────────────


class Estimate(Record):
    """A figure with its 95 % interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int


class DataFile(Record):
    """A file that the run read. ``path`` is as the suite names it, ``sha256`` of its bytes."""

    path: str
    sha256: str


class Problem(Record):
    """A row that could not be used, or a case that a pipeline failed on."""

    source: str
    line: int | None = None
    error: str


class RunInfo(Record):
    """What a reader needs to repeat the run."""

    name: str
    title: str = ""
    suite: str
    suite_sha256: str
    data: tuple[DataFile, ...] = ()
    split: str = "all"
    seed: int
    started_at: str
    seconds: float
    cases: int
    documents: int = Field(0, description="source documents behind the cases; the bootstrap's unit")
    problems: tuple[Problem, ...] = ()
    leanrag: str
    code_sha256: str = Field(description="hash of the package's source")
    python: str
    machine: str
    packages: dict[str, str] = Field(default_factory=dict)
    models: dict[str, str] = Field(default_factory=dict)
    settings: dict[str, Any] = Field(default_factory=dict, description="the suite as run")
    counter: str = Field(description="the tokenizer that all token figures use")
    budget_counts: Literal["context", "prompt"] = Field(
        description="what a budget bounds: the kept texts, or the whole rendered prompt"
    )
    quality: Quality = "survival"
    priced_model: str | None = None
    prices: str | None = Field(None, description="the price list and its version")
    workers: int = 1


class PipelineInfo(Record):
    """One pipeline of the run. ``budgeted`` is false where it has one fixed operating point."""

    name: str
    title: str
    role: PipelineRole
    description: str = ""
    options: dict[str, Any] = Field(default_factory=dict)
    budgeted: bool = True


class Cost(Record):
    """US dollars for the input tokens of a thousand questions.

    ``cached`` prices the part in front of the sources (the same in every prompt) as read from
    the provider's cache; None where the list has no such price.
    """

    standard: float
    cached: float | None = None
    batch: float | None = None


class StageRow(Record):
    """Means over the cases of one trace stage."""

    stage: str
    items_in: float
    items_out: float
    tokens_in: float
    tokens_out: float
    seconds: float
    dropped: dict[str, float] = Field(default_factory=dict)


class TagRow(Record):
    """The figures of the cases that carry a tag."""

    tag: str
    n: int
    survival: Estimate | None = None
    tokens: float
    evidence_recall: float | None = None


class EvidenceScores(Record):
    """Overlap of what was kept with the marked evidence, in word tokens; means over cases.

    Where the evidence are turns of a conversation, ``any_turn`` and ``all_turns`` are the shares
    of the cases that kept a whole sentence of one of them, and of each.
    """

    recall: Estimate
    precision: Estimate
    iou: Estimate
    any_turn: Estimate | None = None
    all_turns: Estimate | None = None


class RankingScores(Record):
    """How well the gold evidence was ranked, before anything was cut."""

    recall_at: dict[int, Estimate]
    ndcg_at_10: Estimate


class AnswerScores(Record):
    """Answers of a model, generated from each prompt."""

    model: str
    exact_match: Estimate
    f1: Estimate
    judged: Estimate | None = None
    judge: str | None = None
    judge_prompt: str | None = None
    abstained_answerable: Estimate | None = None
    abstained_unanswerable: Estimate | None = None


class Cell(Record):
    """One pipeline at one budget (None: its own operating point)."""

    pipeline: str
    budget: int | None
    n: int
    failures: int = 0
    survival: Estimate | None = Field(
        None, description="share of cases of which an answer stands in what was kept"
    )
    survival_of_full: Estimate | None = Field(
        None, description="the same, of the cases whose full context holds an answer"
    )
    tokens: Estimate = Field(description="mean tokens of what the budget bounds")
    context_tokens: float
    prompt_tokens: float
    tokens_in: float = Field(description="mean tokens of all the case's contexts, or candidates")
    ratio: float | None = Field(None, description="tokens in over context tokens")
    violations: int = Field(0, description="cases over their budget; must be 0")
    seconds_p50: float
    seconds_p95: float
    evidence: EvidenceScores | None = None
    ranking: RankingScores | None = None
    cost: Cost | None = None
    costs: dict[str, Cost] = Field(
        default_factory=dict, description="the same number of tokens by model, that of cost first"
    )
    answers: AnswerScores | None = None
    tags: tuple[TagRow, ...] = ()
    stages: tuple[StageRow, ...] = ()


class CurvePoint(Record):
    """One point of the curve of tokens against answers kept."""

    budget: int | None
    tokens: float = Field(description="mean tokens used")
    value: Estimate
    share_of_full: float = Field(description="value over that of the full context")


class Headline(Record):
    """Tokens at 95: the smallest budget that keeps 95 % of the answers the full context holds.

    Where the suite judges by evidence, read "of the evidence". ``tokens_at_95`` is interpolated
    between the budgets run, with a bootstrap interval; ``budget_at_95`` is the smallest budget
    run that reaches it. Both are None where none does.
    """

    pipeline: str
    quality: Quality
    tokens_at_95: Estimate | None = None
    budget_at_95: int | None = None
    full_tokens: float = Field(description="mean tokens of the full context")
    full_value: float = Field(description="the quality of the full context; 1 is 100 %")
    curve: tuple[CurvePoint, ...] = ()


class Comparison(Record):
    """A paired comparison: ``difference`` is a minus b over the same cases."""

    a: str
    b: str
    budget: int | None
    budget_b: int | None = Field(
        None, description="of b; None where b has one operating point, matched by mean tokens"
    )
    metric: str
    n: int
    difference: float
    low: float
    high: float
    verdict: Verdict


class CaseColumn(Record):
    """One cell's per-case values, aligned with ``PerCase.ids``.

    ``survived`` has one character a case: ``1``, ``0``, or ``-`` where the case has no answer or
    the pipeline failed. ``tokens`` is -1 where it failed; ``evidence_recall`` is in per mille, -1
    where there is none, and empty where no case has any.
    """

    pipeline: str
    budget: int | None
    survived: str
    tokens: tuple[int, ...]
    evidence_recall: tuple[int, ...] = ()


class PerCase(Record):
    """Per-case values in columns, which is what paired statistics need."""

    ids: tuple[str, ...]
    documents: tuple[int, ...] = Field(description="number of each case's source document")
    columns: tuple[CaseColumn, ...]


class Results(Record):
    """Everything that ``results.json`` holds."""

    schema_version: Literal[1] = SCHEMA_VERSION
    run: RunInfo
    pipelines: tuple[PipelineInfo, ...]
    budgets: tuple[int, ...]
    cells: tuple[Cell, ...]
    headline: tuple[Headline, ...] = ()
    comparisons: tuple[Comparison, ...] = ()
    per_case: PerCase

    def cell(self, pipeline: str, budget: int | None) -> Cell | None:
        """The cell of a pipeline at a budget, if it was run."""
        for cell in self.cells:
            if cell.pipeline == pipeline and cell.budget == budget:
                return cell
        return None


# ── reading and writing ─────────────────────────────────────────────────────────────────────────


def write_results(results: Results, out: Path) -> Path:
    """Writes ``results.json`` into ``out`` in one step; returns its path."""
    path = out / RESULTS_FILE
    values = results.model_dump(mode="json")
    columns = json.dumps(values.pop("per_case"), ensure_ascii=False, separators=(",", ":"))
    readable = json.dumps(values, ensure_ascii=False, indent=1)
    # The columns stand on one line: indented, they would be a million lines of one number.
    write_atomically(path, [readable.removesuffix("\n}"), ',\n "per_case": ', columns, "\n}\n"])
    return path


def read_results(path: Path) -> Results:
    """Reads a ``results.json``, given itself or its folder. Raises ``EvaluationError``."""
    file = path / RESULTS_FILE if path.is_dir() else path
    try:
        return Results.model_validate_json(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error}") from error
    except (ValidationError, UnicodeDecodeError) as error:
        raise EvaluationError(
            f"{file}: not the results of a run of schema version {SCHEMA_VERSION}: {error}"
        ) from error


def write_atomically(path: Path, parts: Iterable[str]) -> None:
    """Writes text to ``path`` so that a reader sees the old file or the new one, never half."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".partial")
    with partial.open("w", encoding="utf-8") as file:
        for part in parts:
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
