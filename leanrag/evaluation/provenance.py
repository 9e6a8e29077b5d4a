"""What a reader needs to repeat a run: versions, hashes, the machine."""

import hashlib
import os
import platform
from collections.abc import Iterable, Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path

import leanrag
from leanrag.errors import EvaluationError
from leanrag.evaluation.results import DataFile

_PACKAGES = (
    "genai-prices",
    "langchain-text-splitters",
    "llama-index-core",
    "llmlingua",
    "numpy",
    "openai",
    "pydantic",
    "qdrant-client",
    "qdrant-edge-py",
    "rank-bm25",
    "sentence-transformers",
    "tiktoken",
    "tokenizers",
    "torch",
    "transformers",
    "unstructured",
)
_NOT_PART_OF_RESULTS = ("cli/", "evaluation/report/")


def package_versions() -> dict[str, str]:
    """Versions of the packages that can change a figure, where they are installed."""
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """Processor type and number of cores, without a name of the machine."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"


@lru_cache(maxsize=1)
def code_hash() -> str:
    """A hash of the package's source: what was computed by other code is not taken up again."""
    root = Path(leanrag.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        name = file.relative_to(root).as_posix()
        if not name.startswith(_NOT_PART_OF_RESULTS):
            digest.update(name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes. Raises ``EvaluationError``."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise EvaluationError(f"{path}: cannot be read: {error}") from error


def data_files(files: Sequence[Path], roots: Iterable[Path]) -> tuple[DataFile, ...]:
    """The files with their hashes, named from the first of ``roots`` that they lie under."""
    known = [root.resolve() for root in roots]
    named = []
    for file in files:
        place = file.resolve()
        root = next((root for root in known if place.is_relative_to(root)), None)
        name = place.relative_to(root).as_posix() if root else file.name
        named.append(DataFile(path=name, sha256=file_hash(file)))
    return tuple(named)
