"""What every loader gives: cases to iterate, the files behind them, and perhaps a corpus."""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Row
from leanrag.evaluation.pool import seeded
from leanrag.evaluation.rows import CaseProblem

Split: TypeAlias = Literal["all", "train", "tune", "report"]
Shares: TypeAlias = Sequence[tuple[Split, float]]
THREE_WAY: Shares = (("train", 0.6), ("tune", 0.2), ("report", 0.2))
TWO_WAY: Shares = (("tune", 0.5), ("report", 0.5))
"""For sets that are too small, or not licensed, to learn from."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """What of a set is taken. ``contexts`` is the size of each case's closed pool."""

    split: Split = "all"
    limit: int | None = None
    contexts: int = 20
    seed: int = 0
    language: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents that pipelines search: files and folders, or mappings as ``ingest`` takes."""

    paths: tuple[Path, ...] = ()
    documents: Callable[[], Iterator[Mapping[str, Any]]] | None = None


@dataclass(frozen=True, slots=True)
class Dataset:
    """Cases that can be iterated again and again, with the files that they came from."""

    rows: Callable[[], Iterator[Row]]
    files: tuple[Path, ...]
    corpus: Corpus | None = None
    size: int | None = None
    """Number of cases, where it is known without producing them."""


class Loader(Protocol):
    """Reads one format."""

    def __call__(self, path: Path, options: LoadOptions) -> Dataset:
        """The set at ``path``. Raises ``EvaluationError`` where nothing can be read."""
        ...


def split_of(document: str, shares: Shares = THREE_WAY) -> Split:
    """The part that a source document belongs to, by a hash of its name alone.

    >>> split_of("Super_Bowl_50")
    'train'
    """
    digest = hashlib.sha256(document.encode()).digest()
    place = int.from_bytes(digest[:8], "big") / 2**64
    for split, share in shares:
        if place < share:
            return split
        place -= share
    return shares[-1][0]


def choose(
    items: Iterable[T],
    options: LoadOptions,
    *,
    key: Callable[[T], tuple[str, str]],
    shares: Shares = THREE_WAY,
) -> list[T]:
    """The items of the asked split, at most ``limit`` of them, in their order.

    ``key`` gives an item's document and id. A limit draws by a seeded hash of the ids, so that a
    sample is not the beginning of the file, and a larger one holds a smaller one.
    """
    if options.split != "all" and options.split not in dict(shares):
        parts = ", ".join(split for split, _ in shares)
        raise EvaluationError(f"this set has no split {options.split!r}, only {parts}")
    taken = [
        item
        for item in items
        if options.split == "all" or split_of(key(item)[0], shares) == options.split
    ]
    if options.limit is None or len(taken) <= options.limit:
        return taken
    order = sorted(range(len(taken)), key=lambda i: seeded(key(taken[i])[1], seed=options.seed))
    return [taken[i] for i in sorted(order[: options.limit])]


Convert: TypeAlias = Callable[[Mapping[str, Any]], T]


def converted(
    rows: Iterable[tuple[int, Any]], source: str, convert: Convert[T]
) -> Iterator[tuple[int, T | CaseProblem]]:
    """Rows of a foreign format through ``convert``; what it cannot read becomes a problem."""
    for line, value in rows:
        if isinstance(value, CaseProblem):
            yield line, value
            continue
        if not isinstance(value, dict):
            yield line, CaseProblem(source, line, "expected a mapping")
            continue
        try:
            yield line, convert(value)
        except KeyError as error:
            yield line, CaseProblem(source, line, f"the field {error} is missing")
        except (TypeError, ValueError, IndexError, AttributeError) as error:
            yield line, CaseProblem(source, line, f"not in the expected form: {error}")


def existing(path: Path, *, kind: Literal["file", "folder"] = "file") -> Path:
    """``path`` where it exists. Raises ``EvaluationError`` with what to do."""
    if path.is_file() if kind == "file" else path.is_dir():
        return path
    raise EvaluationError(
        f"{path}: no such {kind}; data of a suite is found relative to the suite file, or under "
        "the folder that LEANRAG_DATA names"
    )
