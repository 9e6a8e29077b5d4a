"""Chooses which documents a prune deletes: those below the roots named now whose file is gone.

Documents of which it is not known what folder they came from (version 0.1 kept no more than the
path as typed) count as below a root where most of those beside them are found there unchanged.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from leanrag.errors import InputError, PruneError
from leanrag.ingest import fingerprint as prints
from leanrag.ingest.fingerprint import Fingerprint
from leanrag.ingest.known import origin_of
from leanrag.ingest.roots import Root, is_gone, is_named, real_origins
from leanrag.types import DocumentRecord

_FEW = 10
"""So many may always go; of more, at most half of what lies below a root."""

_Placed = tuple[DocumentRecord, Path]


@dataclass(frozen=True, slots=True)
class Doomed:
    """The documents to delete, ordered by source."""

    records: tuple[DocumentRecord, ...] = ()
    warnings: tuple[str, ...] = ()


def doomed(roots: Sequence[Root], records: Iterable[DocumentRecord], *, force: bool) -> Doomed:
    """The documents below ``roots`` of which the file is gone from all of those.

    Raises:
        InputError: a root is gone, and no document lies below it.
        PruneError: unless ``force``, a root holds no documents now, or more than half of what
            lies below it, and at least ten documents, would be deleted.
    """
    files = [record for record in records if _is_file(record)]
    warnings: list[str] = []
    below: list[tuple[Root, list[_Placed]]] = []
    for root in roots:
        placed = [*_below(root, files), *_below_as_typed(root, files, warnings)]
        if not root.there and not placed:
            raise InputError(
                f"{root.path}: no such file or folder, and the store holds nothing of it"
            )
        below.append((root, placed))
    there = {
        record.id
        for root, placed in below
        for record, path in placed
        if root.there and not is_gone(path)
    }
    chosen: dict[str, DocumentRecord] = {}
    for root, placed in below:
        missing = {record.id: record for record, _ in placed if record.id not in there}
        if not force:
            _check(root, len(missing), len(placed))
        chosen |= missing
    ordered = sorted(chosen.values(), key=lambda record: (record.source, record.origin))
    return Doomed(tuple(ordered), tuple(warnings))


def check_roots(roots: Iterable[Root]) -> None:
    """Raises ``PruneError`` where a root is gone: it may be mistyped, or not be mounted."""
    for root in roots:
        if not root.there:
            raise _refused(root, "there is no such file or folder")


def _check(root: Root, missing: int, below: int) -> None:
    if missing and not root.files:
        raise _refused(root, f"it holds no documents now, and the store holds {below:,} of it")
    if missing >= _FEW and 2 * missing > below:
        raise _refused(root, f"{missing:,} of the {below:,} documents below it are gone")


def _refused(root: Root, why: str) -> PruneError:
    return PruneError(
        f"{root.path}: not pruned: {why}. Nothing was changed; where this is meant, say so with "
        "--force (force=True)"
    )


def _below(root: Root, files: Iterable[DocumentRecord]) -> Iterator[_Placed]:
    """The documents that are known to come from below a root, and where their files would be."""
    starts = root.starts()
    origins = [(record, origin) for record in files if (origin := origin_of(record))]
    paths = [origin for _, origin in origins if not is_named(origin)]
    real = dict(zip(paths, real_origins(paths), strict=True))
    for record, origin in origins:
        for name in (origin, real.get(origin, origin)):
            start = next((start for start in starts if f"{name}/".startswith(start)), None)
            if start is not None:
                yield record, root.path / name[len(start) :]
                break


def _below_as_typed(
    root: Root, files: Iterable[DocumentRecord], warnings: list[str]
) -> list[_Placed]:
    """The documents of unknown origin that most likely come from below a root."""
    typed = PurePosixPath(root.source)
    placed = []
    for record in files:
        name = PurePosixPath(record.source)
        if origin_of(record) or ".." in name.parts[:1]:
            continue
        if str(typed) == "." or name.is_relative_to(typed):
            placed.append((record, root.path / name.relative_to(typed)))
    missing = sum(is_gone(path) for _, path in placed)
    if not missing or not root.there:
        return []
    if 2 * sum(_is_unchanged(record, path) for record, path in placed) > len(placed):
        return placed
    documents = "1 document" if missing == 1 else f"{missing:,} documents"
    warnings.append(
        f"{root.path}: kept {documents} of version 0.1 whose file is not there: from which folder "
        "they came is not known; leanrag delete --source deletes them"
    )
    return []


def _is_file(record: DocumentRecord) -> bool:
    known = Fingerprint.read(record.fingerprint)
    return known is not None and known.kind == prints.FILE


def _is_unchanged(record: DocumentRecord, path: Path) -> bool:
    known = Fingerprint.read(record.fingerprint)
    return known is not None and prints.digest_of(path) == known.digest != ""
