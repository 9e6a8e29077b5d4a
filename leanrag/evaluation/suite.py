"""A suite: which cases, which pipelines, which budgets; one YAML file."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case, Row, explain, validated
from leanrag.evaluation.corpora import CORPORA
from leanrag.evaluation.datasets import Corpus, Dataset, LoadOptions, Split
from leanrag.evaluation.extension import loader_names, loader_of
from leanrag.evaluation.results import Quality
from leanrag.evaluation.rows import open_text, yaml_rows
from leanrag.settings import Settings
from leanrag.text.yaml_problems import yaml_problem

DATA_VARIABLE = "LEANRAG_DATA"
LEANRAG_KEY = "LEANRAG_LLM__API_KEY"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DatasetSpec(_Section):
    """Cases from a file or folder of one of the known formats."""

    loader: str = Field(description="the format, by its name")
    path: str = Field(
        description="relative to the suite's data folder, or absolute; cases of another suite may "
        "also be named relative to this one"
    )
    split: Split = "all"
    limit: int | None = Field(None, ge=1, description="draw so many cases, by a seeded hash")
    contexts: int = Field(20, ge=1, description="passages of each case's closed pool")
    language: str | None = None
    columns: dict[str, str] = Field(default_factory=dict, description="CSV: field to column")


class PipelineSpec(_Section):
    """A pipeline by the name it is registered under, perhaps with options and a name of its own."""

    use: str
    name: str = ""
    options: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"use": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _named(self) -> "PipelineSpec":
        return self if self.name else self.model_copy(update={"name": self.use})


class AnswersSpec(_Section):
    """Answers of a model, generated from each prompt, where an endpoint is at hand.

    Without a ``base_url`` the endpoint is that of leanrag's settings (``LEANRAG_LLM__BASE_URL``);
    where none is set there either, no answers are generated and the rest is measured.
    """

    base_url: str = Field("", description="an OpenAI-compatible endpoint, often ending in /v1")
    model: str = Field("", description="none: that of leanrag's settings")
    judge: str | None = Field(None, description="model that judges equivalence; none: no judging")
    api_key_variable: str = "OPENAI_API_KEY"
    max_tokens: int = Field(200, ge=1)
    timeout_s: float = Field(60.0, gt=0)
    attempts: int = Field(4, ge=1)
    parallel: int = Field(8, ge=1, description="requests under way at once")
    cases: int | None = Field(None, ge=1, description="only the first so many cases")


class SuiteSpec(_Section):
    """The suite file. Either ``dataset`` or ``cases`` is given."""

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")
    title: str = ""
    description: str = ""
    data: str = Field(".", description="data folder, relative to the suite; LEANRAG_DATA wins")
    dataset: DatasetSpec | None = None
    cases: list[Any] | None = Field(None, description="cases in the suite itself")
    corpus: list[str] = Field(
        default_factory=list, description=f"folders and files to search, or {', '.join(CORPORA)}"
    )
    budgets: list[int] = Field(min_length=1)
    budget_counts: Literal["context", "prompt"] | None = None
    pipelines: list[PipelineSpec] | None = Field(None, description="none: the usual ones")
    subject: str | None = Field(None, description="pipeline that the others are compared with")
    quality: Quality | None = None
    model: str = Field("gpt-4o", description="model that prompts are for; its tokens are counted")
    tokenizer: str | None = None
    priced_model: str | None = Field(None, description="for the cost; none: as model")
    compared_prices: tuple[str, ...] = Field(
        (
            "gpt-4o-mini",
            "gpt-4.1",
            "gpt-5",
            "claude-sonnet-4-5",
            "gemini-2.5-flash",
            "deepseek-chat",
        ),
        description="further models whose price for the same tokens is shown",
    )
    settings: dict[str, Any] = Field(default_factory=dict, description="of leanrag, by section")
    answers: AnswersSpec | None = None
    seed: int = 0
    workers: int = Field(1, ge=1)

    @model_validator(mode="after")
    def _is_complete(self) -> "SuiteSpec":
        if (self.dataset is None) == (self.cases is None):
            raise ValueError("give either 'dataset' or 'cases'")
        if self.dataset and loader_of(self.dataset.loader) is None:
            raise ValueError(f"dataset.loader: one of {loader_names()}")
        names = [pipeline.name for pipeline in self.pipelines or ()]
        if len(set(names)) < len(names):
            raise ValueError("pipelines: two have the same name; give one a 'name' of its own")
        if any(budget < 1 for budget in self.budgets):
            raise ValueError("budgets: tokens, at least 1")
        return self


@dataclass(frozen=True)
class Suite:
    """A suite that was read, with its cases found."""

    spec: SuiteSpec
    path: Path
    dataset: Dataset
    corpus: Corpus | None

    def rows(self) -> Iterator[Row]:
        """Cases and problems, from the start."""
        return self.dataset.rows()

    @property
    def budgets(self) -> tuple[int, ...]:
        """Ascending, each once."""
        return tuple(sorted(set(self.spec.budgets)))

    @property
    def counts(self) -> Literal["context", "prompt"]:
        """What budgets bound: prompts where a corpus is searched, unless the suite says."""
        return self.spec.budget_counts or ("prompt" if self.corpus else "context")


def load_suite(path: str | Path, *, limit: int | None = None, split: Split | None = None) -> Suite:
    """Reads a suite. ``limit`` and ``split`` replace those of its dataset.

    Raises:
        EvaluationError: the file is not a suite, or its data is not there.
    """
    file = Path(path)
    values = _read(file)
    if limit is not None and isinstance(values.get("dataset"), dict):
        values["dataset"]["limit"] = limit
    if split is not None and isinstance(values.get("dataset"), dict):
        values["dataset"]["split"] = split
    try:
        spec = SuiteSpec.model_validate(values)
    except ValidationError as error:
        raise EvaluationError(f"{file}: {explain(error)}") from error
    if spec.answers is not None:
        spec = spec.model_copy(update={"answers": _at_hand(file, spec.answers)})
    root = data_folder(file, spec.data)
    dataset = _inline(file, limit) if spec.dataset is None else _dataset(file, spec, root)
    corpus = _corpus(file, spec, root) if spec.corpus else dataset.corpus
    files = [*dataset.files, *(CORPORA[name].file() for name in spec.corpus if name in CORPORA)]
    dataset = replace(dataset, corpus=corpus, files=tuple(files))
    return Suite(spec, file, dataset, corpus)


def _at_hand(file: Path, asked: AnswersSpec) -> AnswersSpec | None:
    """The answers with their endpoint; none where there is no endpoint."""
    llm = Settings.create().llm
    found = asked
    if not asked.base_url:
        if llm.base_url is None:
            return None
        found = asked.model_copy(update={"base_url": llm.base_url, "api_key_variable": LEANRAG_KEY})
    model = found.model or llm.model
    if not model:
        raise EvaluationError(
            f"{file}: answers.model: name the model that answers, here or in LEANRAG_LLM__MODEL"
        )
    return found.model_copy(update={"model": model})


def _read(file: Path) -> dict[str, Any]:
    with open_text(file) as text:
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise EvaluationError(f"{file}: not valid YAML: {yaml_problem(error)}") from None
    if not isinstance(values, dict):
        raise EvaluationError(f"{file}: expected a mapping with name, budgets and cases")
    return values


def data_folder(file: Path, data: str) -> Path:
    """The folder that data paths of a suite start at: ``LEANRAG_DATA``, or ``data`` beside it."""
    named = os.environ.get(DATA_VARIABLE)
    return Path(named) if named else file.parent / data


def _resolve(root: Path, item: str) -> Path:
    path = Path(item).expanduser()
    return path if path.is_absolute() else root / path


def _corpus(file: Path, spec: SuiteSpec, root: Path) -> Corpus:
    named = [CORPORA[name] for name in spec.corpus if name in CORPORA]
    paths = tuple(_resolve(root, item) for item in spec.corpus if item not in CORPORA)
    missing = [str(path) for path in paths if not path.exists()]
    if missing:
        raise EvaluationError(f"{file}: the corpus is not there: {', '.join(missing)}")
    if not named:
        return Corpus(paths=paths)
    return Corpus(paths, lambda: chain.from_iterable(item.documents() for item in named))


def _dataset(file: Path, spec: SuiteSpec, root: Path) -> Dataset:
    asked = spec.dataset
    loader = loader_of(asked.loader) if asked else None
    if asked is None or loader is None:
        raise EvaluationError(f"{file}: the suite has no dataset that can be loaded")
    options = LoadOptions(
        split=asked.split,
        limit=asked.limit,
        contexts=asked.contexts,
        seed=spec.seed,
        language=asked.language,
        columns=asked.columns,
    )
    beside = file.parent / asked.path
    own = asked.loader == "cases" and beside.is_file()
    return loader(beside if own else _resolve(root, asked.path), options)


def _inline(file: Path, limit: int | None) -> Dataset:
    def rows() -> Iterator[Row]:
        cases = 0
        for row in validated(yaml_rows(file), str(file)):
            if isinstance(row, Case):
                cases += 1
                if limit is not None and cases > limit:
                    return
            yield row

    return Dataset(rows, ())
