"""The figures of a retrieval run, as ``results.json`` holds them."""

from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from leanrag.errors import EvaluationError
from leanrag.evaluation.results import RESULTS_FILE, DataFile, Estimate, Record, Verdict

SCHEMA: Literal["retrieval-1"] = "retrieval-1"


class Difference(Record):
    """A mean paired difference with its 95 % interval."""

    value: float
    low: float
    high: float
    verdict: Verdict


class StageFigures(Record):
    """What one stage reaches over all questions."""

    stage: str
    recall: dict[int, Estimate] = Field(description="share of the evidence among the first k")
    found: dict[int, Estimate] = Field(
        description="questions with some of the evidence among the first k"
    )
    ndcg_at_10: Estimate
    against_better_side: Difference | None = Field(
        None,
        description="recall@5 minus that of the better of bm25 and dense over these questions",
    )
    found_against_better_side: Difference | None = Field(
        None, description="the same of questions with some of the evidence among the first 5"
    )
    seconds_p50: float
    seconds_p95: float


class RetrievalResults(Record):
    """A retrieval run."""

    schema_version: Literal["retrieval-1"] = SCHEMA
    name: str
    title: str = ""
    suite_sha256: str
    data: tuple[DataFile, ...] = ()
    split: str
    units: str
    where: tuple[str, ...] = ()
    questions: int
    documents: int
    pool_documents: int
    pool_chunks: int
    better_side: str
    stages: tuple[StageFigures, ...]
    settings: dict[str, object]
    leanrag: str
    code_sha256: str
    started_at: str
    seconds: float
    machine: str
    packages: dict[str, str]
    models: dict[str, str]
    per_question: dict[str, dict[str, list[float]]] = Field(
        description="by question and stage: recall at 1, 5 and 20, and nDCG at 10"
    )


def read_retrieval(path: Path) -> RetrievalResults:
    """Reads a run, given its ``results.json`` or folder. Raises ``EvaluationError``."""
    file = path / RESULTS_FILE if path.is_dir() else path
    try:
        return RetrievalResults.model_validate_json(file.read_text(encoding="utf-8"))
    except (OSError, ValidationError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{file}: not the results of a retrieval run: {error}") from error
