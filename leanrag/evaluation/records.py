"""What a run did case by case, for the drill-down: ``cases.jsonl`` and ``texts.jsonl``.

A case's source texts are written once each to ``texts.jsonl``, however many cases share them;
``read_case_records`` puts them back in place.
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import Record
from leanrag.types import Span

CASES_FILE = "cases.jsonl"
TEXTS_FILE = "texts.jsonl"


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
    """What a model answered from the prompt, and how it was scored.

    A question without an answer is met by saying so, as in SQuAD 2.0. No score where the case
    brings nothing to compare with.
    """

    text: str
    exact_match: bool | None = None
    f1: float | None = None
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
    any_evidence: bool | None = Field(
        None, description="whether a whole sentence of one of the evidence turns was kept"
    )
    full_evidence: bool | None = Field(None, description="the same for each of them")
    first_gold_rank: int | None = Field(None, description="from 1; None where it was not ranked")
    recall_at: dict[int, float] | None = None
    ndcg_at_10: float | None = None
    kept: tuple[KeptItem, ...] = ()
    dropped: dict[str, tuple[str, ...]] = Field(
        default_factory=dict, description="ids of texts of which nothing was kept, by reason"
    )
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
    held: bool | None = Field(None, description="whether the full context holds an answer")
    contexts: tuple[SourceText, ...] = ()
    evidence: tuple[dict[str, Any], ...] = ()
    history: tuple[dict[str, Any], ...] = ()
    outcomes: tuple[OutcomeRecord, ...]


def text_key(text: SourceText) -> str:
    """The name of a source text in ``texts.jsonl``."""
    values = [text.id, text.title, text.text, text.source, text.page]
    return hashlib.sha256(json.dumps(values).encode()).hexdigest()[:20]


def pack(record: CaseRecord) -> tuple[str, dict[str, SourceText]]:
    """The line of a case with its texts replaced by their keys, and the texts by key."""
    texts: dict[str, SourceText] = {}

    def keys(sources: tuple[SourceText, ...]) -> list[str]:
        named = {text_key(source): source for source in sources}
        texts.update(named)
        return list(named)

    values = record.model_dump(mode="json", exclude_defaults=True)
    values["contexts"] = keys(record.contexts)
    for outcome, row in zip(record.outcomes, values["outcomes"], strict=True):
        row["candidates"] = keys(outcome.candidates)
    return json.dumps(values, ensure_ascii=False, separators=(",", ":")), texts


def pack_text(key: str, text: SourceText) -> str:
    """The line of a source text."""
    values = {"key": key, **text.model_dump(mode="json", exclude_defaults=True)}
    return json.dumps(values, ensure_ascii=False, separators=(",", ":"))


def read_case_records(out: Path) -> Iterator[CaseRecord]:
    """The cases of the run in ``out``, one at a time, in the order of the suite.

    Raises:
        EvaluationError: the files are missing or damaged.
    """
    texts = {
        str(row.pop("key")): SourceText.model_validate(row)
        for _, row in _lines(out / TEXTS_FILE)
        if "key" in row
    }
    file = out / CASES_FILE
    for number, row in _lines(file):
        try:
            row["contexts"] = [texts[key] for key in row["contexts"]]
            for outcome in row["outcomes"]:
                outcome["candidates"] = [texts[key] for key in outcome["candidates"]]
            yield CaseRecord.model_validate(row)
        except (KeyError, TypeError, ValidationError) as error:
            raise EvaluationError(f"{file}:{number}: not the record of a case: {error}") from error


def _lines(file: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, start=1):
                yield number, dict(json.loads(line))
    except OSError as error:
        raise EvaluationError(f"{file}: cannot be read: {error}") from error
    except ValueError as error:
        raise EvaluationError(f"{file}: damaged: {error}") from error
