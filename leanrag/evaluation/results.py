"""What a run writes: ``results.json`` (figures) and ``cases.jsonl`` (one line a case).

``results.json`` is enough to compare two runs, since ``per_case`` holds what paired statistics
need. ``cases.jsonl`` beside it holds the texts, for the drill-down of the report. Everything is
frozen and validated on reading; ``schema_version`` changes when a reader would break.

The module is one long list of record types, which reads better in one place.
"""

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leanrag.errors import EvaluationError
from leanrag.types import Span

SCHEMA_VERSION: Literal[1] = 1
RESULTS_FILE = "results.json"
CASES_FILE = "cases.jsonl"

PipelineRole: TypeAlias = Literal["leanrag", "baseline", "control", "reference"]
"""``reference`` is the full context; ``control`` is what no claim counts without."""

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
    """Overlap of what was kept with the marked evidence, in word tokens; means over cases."""

    recall: Estimate
    precision: Estimate
    iou: Estimate


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
    answers: AnswerScores | None = None
    tags: tuple[TagRow, ...] = ()
    stages: tuple[StageRow, ...] = ()


class CurvePoint(Record):
    """One point of the curve of tokens against answers kept."""

    budget: int | None
    tokens: float
    survival: Estimate
    share_of_full: float


class Headline(Record):
    """Tokens at 95: the smallest budget that keeps 95 % of the answers the full context holds.

    ``tokens_at_95`` is interpolated between the budgets run, with a bootstrap interval;
    ``budget_at_95`` is the smallest budget run that reaches it. Both are None where none does.
    """

    pipeline: str
    tokens_at_95: Estimate | None = None
    budget_at_95: int | None = None
    full_tokens: float
    full_survival: float
    curve: tuple[CurvePoint, ...] = ()


class Comparison(Record):
    """A paired comparison: ``difference`` is a minus b over the same cases."""

    a: str
    b: str
    budget: int | None
    metric: str
    n: int
    difference: float
    low: float
    high: float
    verdict: Verdict


class CaseColumn(Record):
    """One cell's per-case values, aligned with ``PerCase.ids``.

    ``survived`` has one character a case: ``1``, ``0``, or ``-`` where the case has no answer or
    the pipeline failed. ``tokens`` is -1 where it failed.
    """

    pipeline: str
    budget: int | None
    survived: str
    tokens: tuple[int, ...]


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


# ── cases.jsonl ─────────────────────────────────────────────────────────────────────────────────


class SourceText(Record):
    """A text that a pipeline could choose from. Spans of kept items count from its start."""

    id: str
    title: str = ""
    text: str
    source: str = ""
    page: int | None = None


class KeptItem(Record):
    """A piece of the outcome. ``spans`` are into the source text of the same id; None where the
    pipeline does not say (it rewrote the text)."""

    id: str
    text: str | None = Field(None, description="given where spans are not")
    spans: tuple[Span, ...] | None = None
    score: float | None = None


class DroppedItem(Record):
    """A source text of which nothing was kept, and why."""

    id: str
    reason: str


class TraceRow(Record):
    """One trace entry of one case."""

    stage: str
    items_in: int
    items_out: int
    tokens_in: int
    tokens_out: int
    seconds: float
    dropped: dict[str, int] = Field(default_factory=dict)
    note: str = ""


class ModelAnswer(Record):
    """What a model answered from the prompt, and how it was scored."""

    text: str
    exact_match: bool
    f1: float
    judged: bool | None = None
    abstained: bool = False


class OutcomeRecord(Record):
    """One case through one pipeline at one budget."""

    pipeline: str
    budget: int | None
    tokens: int = Field(description="what the budget bounds")
    context_tokens: int
    prompt_tokens: int
    tokens_in: int
    seconds: float
    within_budget: bool = True
    survived: bool | None = None
    evidence_recall: float | None = None
    evidence_precision: float | None = None
    evidence_iou: float | None = None
    first_gold_rank: int | None = Field(None, description="from 1; None where it was not ranked")
    recall_at: dict[int, float] | None = None
    ndcg_at_10: float | None = None
    kept: tuple[KeptItem, ...] = ()
    dropped: tuple[DroppedItem, ...] = ()
    candidates: tuple[SourceText, ...] = Field(
        (), description="what was found, where the case brings no contexts of its own"
    )
    trace: tuple[TraceRow, ...] = ()
    answer: ModelAnswer | None = None
    error: str | None = None


class CaseRecord(Record):
    """One line of ``cases.jsonl``."""

    id: str
    question: str
    answers: tuple[str | tuple[str, ...], ...] = ()
    language: str = "en"
    tags: tuple[str, ...] = ()
    document: str = ""
    contexts: tuple[SourceText, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    outcomes: tuple[OutcomeRecord, ...]


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


def read_case_records(out: Path) -> Iterator[CaseRecord]:
    """The lines of ``cases.jsonl`` in ``out``, one at a time. Raises ``EvaluationError``."""
    file = out / CASES_FILE
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    yield CaseRecord.model_validate_json(line)
                except ValidationError as error:
                    raise EvaluationError(f"{file}:{number}: not a case record") from error
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error}") from error


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
