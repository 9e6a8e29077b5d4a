"""Writes entries as CSV or JSON Lines."""

import csv
import json
from collections.abc import Iterable
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from leanrag.errors import InputError
from leanrag.types import NANO, LedgerEntry

_MONEY = ("cost", "input_cost", "baseline_cost")
_NAMES = tuple(field.name for field in fields(LedgerEntry))
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def entry_json(entry: LedgerEntry) -> dict[str, Any]:
    """An entry with money in US dollars, as ``cost_usd`` and so on; None where not known."""
    values = asdict(entry)
    for name in _MONEY:
        amount = values.pop(name)
        values[f"{name}_usd"] = None if amount is None else amount / NANO
    return values


def export(entries: Iterable[LedgerEntry], file: Path) -> int:
    """Writes the entries to a ``.csv`` or ``.jsonl`` file and returns how many there were.

    In CSV, tags are joined by spaces and stages are JSON; a label that a spreadsheet would take
    for a formula gets an apostrophe in front.

    Raises:
        InputError: the file's name ends otherwise, or it cannot be written.
    """
    kind = file.suffix.lower()
    if kind not in (".csv", ".jsonl"):
        raise InputError(f"{file}: expected a name that ends in .csv or .jsonl")
    try:
        with file.open("w", encoding="utf-8", newline="") as stream:
            rows = (entry_json(entry) for entry in entries)
            if kind == ".jsonl":
                count = 0
                for row in rows:
                    stream.write(json.dumps(row, ensure_ascii=False) + "\n")
                    count += 1
                return count
            names = [f"{name}_usd" if name in _MONEY else name for name in _NAMES]
            writer = csv.DictWriter(stream, names)
            writer.writeheader()
            count = 0
            for row in rows:
                writer.writerow(_cells(row))
                count += 1
            return count
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error}") from error


def _cells(row: dict[str, Any]) -> dict[str, Any]:
    row["tags"] = " ".join(row["tags"])
    row["stages"] = json.dumps(row["stages"])
    return {
        name: f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for name, value in row.items()
    }
