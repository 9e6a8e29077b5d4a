"""Metadata in a file beside a document: ``report.pdf.meta.yaml`` (or ``.yml``, ``.json``)."""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from leanrag.declared import Declared, flatten
from leanrag.errors import DocumentError
from leanrag.text import yaml_values

ENDINGS = (".meta.yaml", ".meta.yml", ".meta.json")
_NAME = re.compile(r"(.+)\.meta\.(?:yaml|yml|json)", re.DOTALL)
_MAX_BYTES = 1 << 18


def described_by(name: str) -> str | None:
    """The name of the file that a sidecar of this name describes, None for any other file."""
    match = _NAME.fullmatch(name)
    return match[1] if match else None


def beside(path: Path, names: Collection[str]) -> tuple[Path, ...]:
    """The sidecars of a file, of the ``names`` in its folder."""
    return tuple(
        path.with_name(path.name + ending) for ending in ENDINGS if path.name + ending in names
    )


def read(sidecars: Collection[Path], source: str) -> Declared:
    """What the sidecars of a document declare, nothing where it has none.

    Raises:
        DocumentError: there are two, or it cannot be read.
    """
    if not sidecars:
        return Declared()
    if len(sidecars) > 1:
        names = " and ".join(path.name for path in sidecars)
        raise DocumentError(source, f"has two sidecar files, {names}; keep one")
    (path,) = sidecars
    try:
        with path.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _wrong(source, path, f"cannot be read: {error.strerror or error}") from error
    if len(data) > _MAX_BYTES:
        raise _wrong(source, path, f"is over {_MAX_BYTES >> 10} KiB")
    try:
        declared = flatten(_mapping(data.decode("utf-8-sig"), path, source))
    except UnicodeDecodeError as error:
        raise _wrong(source, path, "is not UTF-8 text") from error
    told = (f"its sidecar {path.name}: {problem}" for problem in declared.problems)
    return Declared(declared.fields, tuple(told))


def _mapping(text: str, path: Path, source: str) -> dict[str, Any]:
    try:
        value = json.loads(text) if path.suffix == ".json" else yaml_values.load(text)
    except (ValueError, RecursionError) as error:
        problem = str(error).split("\n")[0]
        kind = "JSON" if path.suffix == ".json" else "YAML"
        raise _wrong(source, path, f"is not valid {kind}: {problem}") from error
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise _wrong(source, path, "does not hold a mapping of fields to values")
    return value


def _wrong(source: str, path: Path, problem: str) -> DocumentError:
    return DocumentError(source, f"its sidecar {path.name} {problem}")
