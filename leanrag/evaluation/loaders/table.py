"""CSV and TSV: one case a row, the columns by their usual names or as the suite says."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Row, parse_case
from leanrag.evaluation.datasets import Dataset, LoadOptions, choose, existing
from leanrag.evaluation.rows import CaseProblem, open_text

_NAMES = {
    "id": ("id",),
    "question": ("question", "query", "input"),
    "answers": ("answers", "answer"),
    "reference": ("reference", "ground_truth", "expected"),
    "contexts": ("contexts", "context", "passage", "text"),
    "evidence": ("evidence",),
    "tags": ("tags", "tag", "category"),
    "language": ("language", "lang"),
    "document": ("document", "title", "source"),
}
_LISTS = frozenset({"answers", "contexts", "evidence", "tags"})
SEPARATOR = "||"
_CELL_LIMIT = 10_000_000


def load_table(path: Path, options: LoadOptions) -> Dataset:
    """Cells with several answers, contexts, passages of evidence or tags part them by ``||``.

    ``options.columns`` names the column of a field where it is not one of the usual names.
    """
    existing(path)
    columns = _columns(path, options.columns)

    def rows() -> Iterator[Row]:
        good: list[tuple[int, dict[str, Any]]] = []
        for line, cells in _records(path):
            if isinstance(cells, CaseProblem):
                yield cells
                continue
            values: dict[str, Any] = {"id": f"line-{line}"}
            for name, column in columns.items():
                text = (cells.get(column) or "").strip()
                if text:
                    parts = [part.strip() for part in text.split(SEPARATOR) if part.strip()]
                    values[name] = parts if name in _LISTS else text
            good.append((line, values))
        key_of = choose(
            good, options, key=lambda row: (str(row[1].get("document", row[1]["id"])), row[1]["id"])
        )
        seen: dict[str, int] = {}
        for line, values in key_of:
            first = seen.setdefault(values["id"], line)
            if first != line:
                problem = f"id {values['id']!r} is taken by line {first}"
                yield CaseProblem(str(path), line, problem)
            else:
                yield parse_case(values, str(path), line)

    return Dataset(rows, (path,))


def _columns(path: Path, given: Mapping[str, str]) -> dict[str, str]:
    unknown = set(given) - set(_NAMES)
    if unknown:
        raise EvaluationError(
            f"{path}: columns for {', '.join(sorted(unknown))} mean nothing; the fields are "
            f"{', '.join(_NAMES)}"
        )
    with open_text(path) as file:
        header = next(csv.reader(file, delimiter=_delimiter(path)), [])
    missing = sorted(set(given.values()) - set(header))
    if missing:
        raise EvaluationError(f"{path}: there is no column {', '.join(missing)}")
    lower = {name.strip().lower(): name for name in header}
    found = {
        field: next((lower[name] for name in names if name in lower), "")
        for field, names in _NAMES.items()
    }
    columns = {field: name for field, name in {**found, **given}.items() if name}
    if "question" not in columns:
        raise EvaluationError(f"{path}: there is no column 'question'; its columns are {header}")
    return columns


def _records(path: Path) -> Iterator[tuple[int, dict[str, str] | CaseProblem]]:
    """Each row by column name, with the line that it starts on."""
    csv.field_size_limit(_CELL_LIMIT)
    with open_text(path) as file:
        reader = csv.reader(file, delimiter=_delimiter(path))
        header = next(reader, [])
        while True:
            line = reader.line_num + 1
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield line, CaseProblem(str(path), line, f"not readable as a row: {error}")
                continue
            if len(cells) > len(header):
                yield line, CaseProblem(str(path), line, "more cells than the head has columns")
            elif cells:
                yield line, dict(zip(header, cells, strict=False))


def _delimiter(path: Path) -> str:
    return "\t" if path.name.removesuffix(".gz").endswith(".tsv") else ","
