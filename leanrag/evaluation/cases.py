"""The cases of an evaluation: one format, in YAML or JSON Lines, validated row by row.

A row that cannot be used becomes a ``CaseProblem`` that names its file and line; the others run.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeAlias

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    WithJsonSchema,
    model_validator,
)

from leanrag.errors import EvaluationError
from leanrag.evaluation.rows import CaseProblem, json_lines, yaml_rows
from leanrag.types import Span

SCHEMA_ID = "leanrag/cases.schema.json"


def _as_text(value: Any) -> Any:
    """YAML reads 2022 and 2022-05-01 as a number and a date; in an answer both are text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    return value


def _as_list(value: Any) -> Any:
    """One value stands for a list of it."""
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


_SCALAR: dict[str, Any] = {"type": ["string", "number", "boolean"]}
Text: TypeAlias = Annotated[str, BeforeValidator(_as_text), WithJsonSchema(_SCALAR)]
NonEmpty: TypeAlias = Annotated[
    str, BeforeValidator(_as_text), Field(min_length=1), WithJsonSchema(_SCALAR)
]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Context(_Model):
    """A text that the case brings along, in the order in which a retriever gave them."""

    id: Text = Field("", description="numbered from 1 where it is left out")
    text: str
    title: str = ""

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value


class Evidence(_Model):
    """What supports the answer. At least one of text, span, page, turn, context and source.

    A ``span`` counts code points into the context of that id. A ``source`` is a file name or
    path that a document's source ends with.
    """

    text: str | None = Field(None, description="the passage itself")
    context: Text | None = Field(None, description="id of a context of this case")
    span: Span | None = Field(None, description="start and end in the context's text")
    source: str | None = Field(None, description="document of the corpus")
    page: int | None = Field(None, ge=1, description="page of the document, from 1")
    turn: Text | None = Field(None, description="id of a turn of the history")

    @model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        return {"text": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _is_complete(self) -> "Evidence":
        if not any((self.text, self.context, self.source, self.turn)):
            raise ValueError("give at least one of text, context, source and turn")
        if self.span is not None:
            if self.context is None:
                raise ValueError("a span needs the id of its context")
            if not 0 <= self.span[0] < self.span[1]:
                raise ValueError("a span is [start, end] with 0 <= start < end")
        if self.page is not None and self.source is None:
            raise ValueError("a page needs its source")
        return self


class Turn(_Model):
    """A message before the question, in the OpenAI form."""

    role: str = Field(pattern="^(system|user|assistant|tool)$")
    content: str
    id: Text | None = None
    name: str | None = None
    time: str | None = Field(None, description="when it was said; leanrag shows it")


class Case(_Model):
    """One question with what a good result holds.

    ``answers`` are alternatives: a result holds the answer where one of them stands in it; an
    alternative that is a list of parts needs all of its parts. A ``reference`` is an answer in
    the words of its writer, which no one expects to find in a source: it is compared with what
    a model answers, and never searched for.
    """

    id: Text = Field("", description="unique; taken from the row's place where it is left out")
    question: NonEmpty
    answers: Annotated[
        tuple[NonEmpty | Annotated[tuple[NonEmpty, ...], Field(min_length=1)], ...],
        BeforeValidator(_as_list),
    ] = ()
    reference: Text | None = None
    contexts: tuple[Context, ...] = Field((), description="left out where a corpus is searched")
    evidence: Annotated[tuple[Evidence, ...], BeforeValidator(_as_list)] = ()
    history: tuple[Turn, ...] = ()
    where: dict[str, Any] | str | list[str] | None = Field(
        None, description="a filter, as LeanRAG.prompt takes it"
    )
    budget: int | None = Field(None, ge=1, description="upper bound of the suite's budgets")
    tags: Annotated[tuple[Text, ...], BeforeValidator(_as_list)] = ()
    language: str = "en"
    document: Text = Field(
        "", description="source document; cases that share one are not independent"
    )
    answerable: bool = True

    @model_validator(mode="after")
    def _refers_to_what_is_there(self) -> "Case":
        ids = [context.id for context in self.contexts if context.id]
        if len(set(ids)) < len(ids):
            raise ValueError("two contexts have the same id")
        texts = {context.id: context.text for context in named_contexts(self.contexts)}
        turns = {turn.id for turn in self.history if turn.id}
        for number, item in enumerate(self.evidence, start=1):
            if item.context is not None and item.context not in texts:
                raise ValueError(f"evidence {number}: no context has the id {item.context!r}")
            if item.span is not None and item.span[1] > len(texts[item.context or ""]):
                raise ValueError(f"evidence {number}: the span ends after its context")
            if item.turn is not None and item.turn not in turns | texts.keys():
                raise ValueError(f"evidence {number}: no turn has the id {item.turn!r}")
        return self


def named_contexts(contexts: tuple[Context, ...]) -> tuple[Context, ...]:
    """The contexts, those without an id numbered by their place from 1."""
    return tuple(
        context if context.id else context.model_copy(update={"id": str(number)})
        for number, context in enumerate(contexts, start=1)
    )


Row: TypeAlias = Case | CaseProblem


@dataclass(frozen=True, slots=True)
class CaseSet:
    """The usable cases of a file, and the rows that are not."""

    cases: tuple[Case, ...]
    problems: tuple[CaseProblem, ...]


def load_cases(path: str | Path) -> CaseSet:
    """All cases of a YAML (``.yaml``, ``.yml``) or JSON Lines (``.jsonl``, ``.jsonl.gz``) file.

    Raises:
        EvaluationError: the file as a whole cannot be read.
    """
    cases: list[Case] = []
    problems: list[CaseProblem] = []
    for row in iter_cases(path):
        if isinstance(row, Case):
            cases.append(row)
        else:
            problems.append(row)
    return CaseSet(tuple(cases), tuple(problems))


def iter_cases(path: str | Path) -> Iterator[Row]:
    """The rows of a case file one at a time; JSON Lines in constant memory."""
    file = Path(path)
    name = file.name.removesuffix(".gz")
    if name.endswith((".yaml", ".yml")):
        rows = yaml_rows(file)
    elif name.endswith((".jsonl", ".ndjson")):
        rows = json_lines(file)
    else:
        raise EvaluationError(f"{file}: cases are read from .yaml, .yml, .jsonl and .jsonl.gz")
    yield from validated(rows, str(path))


def validated(rows: Iterable[tuple[int, Any]], source: str) -> Iterator[Row]:
    """Cases from numbered rows; a broken row or a repeated id becomes a problem."""
    lines: dict[str, int] = {}
    for line, value in rows:
        if isinstance(value, CaseProblem):
            yield value
            continue
        row = parse_case(value, source, line)
        if isinstance(row, Case):
            if row.id in lines:
                row = CaseProblem(source, line, f"id {row.id!r} is taken by line {lines[row.id]}")
            else:
                lines[row.id] = line
        yield row


def parse_case(value: Any, source: str, line: int) -> Row:
    """One validated case with all ids filled in, or the problem with it."""
    if not isinstance(value, dict):
        return CaseProblem(source, line, "expected a mapping with at least a question")
    try:
        case = Case.model_validate(value)
    except ValidationError as error:
        return CaseProblem(source, line, explain(error))
    return case.model_copy(
        update={
            "id": case.id or f"line-{line}",
            "contexts": named_contexts(case.contexts),
            "document": case.document or case.id or f"line-{line}",
        }
    )


def explain(error: ValidationError) -> str:
    """A validation error on one line, each field with what is wrong about it."""
    parts = []
    for item in error.errors(include_input=False, include_url=False):
        # Names in brackets are pydantic's own, for the branches of a union.
        field = ".".join(str(part) for part in item["loc"] if "[" not in str(part))
        message = item["msg"].removeprefix("Value error, ")
        parts.append(f"{field}: {message}" if field else message)
    return "; ".join(dict.fromkeys(parts))


# ── JSON Schema ─────────────────────────────────────────────────────────────────────────────────


def cases_schema() -> dict[str, Any]:
    """The JSON Schema of a case file: a list of cases, or a mapping with ``cases``.

    An editor checks a YAML file against it; one line of a JSON Lines file is ``#/$defs/Case``.
    """
    case = Case.model_json_schema(ref_template="#/$defs/{model}")
    definitions = case.pop("$defs")
    definitions["Case"] = case
    for name in ("Context", "Evidence"):
        definitions[name] = {"anyOf": [{"type": "string"}, definitions[name]]}
    # A single value stands for a list of it; pydantic's schema knows only the list.
    for name in ("answers", "evidence", "tags"):
        field = case["properties"][name]
        single = field.pop("items")
        field.pop("type")
        field["anyOf"] = [single, {"type": "array", "items": single}]
    case["properties"]["answers"]["description"] = "alternatives; a list in it needs all its parts"
    listed = {"type": "array", "items": {"$ref": "#/$defs/Case"}}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "leanrag evaluation cases",
        "anyOf": [
            listed,
            {"type": "object", "properties": {"cases": listed}, "required": ["cases"]},
        ],
        "$defs": definitions,
    }


def schema_text() -> str:
    """The JSON Schema as committed in ``eval/cases.schema.json``."""
    return json.dumps(cases_schema(), ensure_ascii=False, indent=2, sort_keys=True) + "\n"
