"""What is already done: an append-only file of outcomes by key, so that a run can go on.

A line that a killed process left half written is cut off on opening.
"""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

from pydantic import TypeAdapter, ValidationError

from leanrag.errors import EvaluationError
from leanrag.evaluation.records import OutcomeRecord

_OUTCOMES = TypeAdapter(list[OutcomeRecord])


class Journal:
    """Outcomes on disk; in memory are only the keys and where each line starts."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._places: dict[bytes, int] = {}
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: BinaryIO = path.open("a+b")
        except OSError as error:
            raise EvaluationError(f"{path}: cannot be written: {error}") from error
        self._scan()

    def __len__(self) -> int:
        return len(self._places)

    def __contains__(self, key: str) -> bool:
        return bytes.fromhex(key) in self._places

    def get(self, key: str) -> list[OutcomeRecord]:
        """The outcomes under ``key``. Raises ``EvaluationError`` where they are damaged."""
        self._file.seek(self._places[bytes.fromhex(key)])
        try:
            return _OUTCOMES.validate_python(json.loads(self._file.readline())["outcomes"])
        except (ValueError, KeyError, ValidationError) as error:
            raise EvaluationError(
                f"{self._path}: damaged; delete it to run everything again: {error}"
            ) from error

    def add(self, key: str, outcomes: Sequence[OutcomeRecord]) -> None:
        """Appends outcomes; they outlive a kill of the process from here on."""
        values = [outcome.model_dump(mode="json", exclude_defaults=True) for outcome in outcomes]
        line = json.dumps({"key": key, "outcomes": values}, ensure_ascii=False)
        self._file.seek(0, os.SEEK_END)
        place = self._file.tell()
        self._file.write(line.encode() + b"\n")
        self._file.flush()
        self._places[bytes.fromhex(key)] = place

    def close(self) -> None:
        """Closes the file."""
        self._file.close()

    def _scan(self) -> None:
        self._file.seek(0)
        place = 0
        for line in self._file:
            if not line.endswith(b"\n"):
                break
            try:
                self._places[bytes.fromhex(str(json.loads(line)["key"]))] = place
            except (ValueError, KeyError, TypeError):
                break
            place += len(line)
        self._file.truncate(place)
