"""Rows of text files with their line numbers, and what is wrong with them."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

from leanrag.errors import EvaluationError
from leanrag.text.yaml_problems import yaml_problem


@dataclass(frozen=True, slots=True)
class CaseProblem:
    """A row that cannot be used: where it stands, and what to mend."""

    source: str
    line: int
    error: str

    def __str__(self) -> str:
        return f"{self.source}:{self.line}: {self.error}"


def open_text(path: Path) -> IO[str]:
    """A text file, unpacked where it ends in ``.gz``. Raises ``EvaluationError``."""
    try:
        if path.suffix == ".gz":
            return gzip.open(path, "rt", encoding="utf-8")
        return path.open(encoding="utf-8-sig")
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read: {error.strerror or error}") from error


def json_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """Line numbers from 1 with the values; a line that is not JSON gives a ``CaseProblem``."""
    number = 0
    try:
        with open_text(path) as lines:
            for number, line in enumerate(lines, start=1):
                if not line.strip():
                    continue
                try:
                    yield number, json.loads(line)
                except (json.JSONDecodeError, RecursionError) as error:
                    yield number, CaseProblem(str(path), number, f"not JSON: {error}")
    except (OSError, EOFError, UnicodeDecodeError) as error:
        raise EvaluationError(f"{path}: unreadable after line {number}: {error}") from error


def yaml_rows(path: Path) -> Iterator[tuple[int, Any]]:
    """The items of a YAML list, or of ``cases:`` in a mapping, with their line numbers from 1."""
    with open_text(path) as file:
        try:
            loader = yaml.SafeLoader(file)
            node = loader.get_single_node()
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise EvaluationError(f"{path}: not valid YAML: {yaml_problem(error)}") from None
    if isinstance(node, yaml.MappingNode):
        node = next((value for key, value in node.value if key.value == "cases"), None)
    if not isinstance(node, yaml.SequenceNode):
        raise EvaluationError(f"{path}: expected a list of cases, or a mapping with 'cases:'")
    for item in node.value:
        line = item.start_mark.line + 1
        try:
            yield line, loader.construct_object(item, deep=True)
        except yaml.YAMLError as error:
            yield line, CaseProblem(str(path), line, f"not valid YAML: {yaml_problem(error)}")
