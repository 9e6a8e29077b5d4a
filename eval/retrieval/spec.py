"""A retrieval suite: what is searched, what counts as found, which stages are measured."""

from pathlib import Path
from typing import Any, Literal, TypeAlias

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import explain
from leanrag.evaluation.datasets import Split
from leanrag.evaluation.rows import open_text

Units: TypeAlias = Literal["passages", "turns", "pages", "answers"]
"""What is counted as found: a passage of the set, a turn of the case's meeting, a page of a
document, or a chunk that holds an answer."""

Stage: TypeAlias = Literal["bm25", "dense", "rrf", "fused", "reranked", "late"]
MODEL_STAGES: frozenset[Stage] = frozenset(("reranked", "late"))
STAGES: tuple[Stage, ...] = ("bm25", "dense", "rrf", "fused", "reranked")


class SourceSpec(BaseModel):
    """The set and the part of it whose questions are asked; the pool is always all of it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    loader: str
    path: str = Field(description="relative to the suite's data folder, or absolute")
    split: Split = "report"
    limit: int | None = Field(None, ge=1, description="draw so many cases, by a seeded hash")
    language: str | None = None


class RetrievalSpec(BaseModel):
    """The suite file; ``kind: retrieval`` tells it from others."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Literal["retrieval"]
    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    title: str = ""
    description: str = ""
    data: str = Field(".", description="data folder, relative to the suite; LEANRAG_DATA wins")
    dataset: SourceSpec | None = None
    suite: str | None = Field(None, description="a suite whose cases and corpus are taken")
    units: Units = "passages"
    where: list[str] = Field(
        default_factory=list,
        description="fields of the evidence's document, by ingest.path_templates, to filter by",
    )
    stages: list[Stage] = Field(default_factory=lambda: list(STAGES), min_length=1)
    read_limit: int | None = Field(
        None,
        ge=1,
        description="questions, drawn by a seeded hash, that the stages with a model are run on; "
        "they are compared with the better side over these",
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="of leanrag, by section")
    seed: int = 0


def with_split(spec: RetrievalSpec, split: Split) -> RetrievalSpec:
    """The suite with the questions of another part; one over cases of its own stays as it is."""
    if spec.dataset is None:
        return spec
    return spec.model_copy(update={"dataset": spec.dataset.model_copy(update={"split": split})})


def load_spec(path: Path) -> RetrievalSpec:
    """The suite at ``path``.

    Raises:
        EvaluationError: it is none of this kind.
    """
    try:
        spec = RetrievalSpec.model_validate(_read(path))
    except ValidationError as error:
        raise EvaluationError(f"{path}: {explain(error)}") from error
    if (spec.dataset is None) == (spec.suite is None):
        raise EvaluationError(f"{path}: give either 'dataset' or 'suite'")
    return spec


def _read(path: Path) -> dict[str, Any]:
    with open_text(path) as text:
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise EvaluationError(f"{path}: not valid YAML: {error}") from error
    return values if isinstance(values, dict) else {}
