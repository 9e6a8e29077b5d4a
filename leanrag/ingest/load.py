"""Finds what there is to ingest: files under paths, and texts given as mappings."""

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from leanrag.declared import flatten
from leanrag.errors import InputError
from leanrag.ingest.roots import Root, check_names, is_named, named_root, origins_of_file
from leanrag.ingest.sidecar import ENDINGS, beside, described_by
from leanrag.ingest.walk import folders_of, leads_out, may_be_file
from leanrag.types import Metadata

_FIELDS = ("id", "text", "title", "metadata")
_SPHINX_MARKS = frozenset(("objects.inv", "searchindex.js"))
_SPHINX_COPIES = frozenset(("_sources", "_static", "_images", "_downloads", "_modules"))
_GENERATED = re.compile(
    r"searchindex\.js|.*\.min\.js|.*[.-](?:bundle|chunk)\.js|package-lock\.json|yarn\.lock"
    r"|pnpm-lock\.yaml|composer\.lock|.*\.map"
)
_DOCUMENT_SIGNS = (b"%PDF-", b"[Content_Types].xml", b"mimetypeapplication/epub", b"\xff\xfe")
_SNIFFED = 1024
_END = 100


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to ingest. ``source`` is its path as given: the root as typed, then the rest.

    ``sidecars`` are the files beside it that hold metadata of it. ``origins`` say where it is,
    see ``leanrag.ingest.roots``: the one that it is known by from now on first, then others that
    it may be known by, that of its real folder last.
    """

    path: Path
    source: str
    sidecars: tuple[Path, ...] = ()
    origins: tuple[str, ...] = ()

    @property
    def origin(self) -> str:
        """What it is known by, or nothing where only its source is."""
        return self.origins[0] if self.origins else ""


@dataclass(frozen=True, slots=True)
class SourceText:
    """A text to ingest that is no file."""

    source: str
    text: str
    title: str
    metadata: Metadata = field(default_factory=dict)

    @property
    def origin(self) -> str:
        """A text is known by its source alone."""
        return ""


@dataclass(frozen=True, slots=True)
class Found:
    """What ``find`` found. ``roots`` are the folders given, and what is gone of the paths."""

    items: tuple[SourceFile | SourceText, ...]
    roots: tuple[Root, ...] = ()
    warnings: tuple[str, ...] = ()


def find(
    inputs: Iterable[str | Path | Mapping[str, Any]],
    *,
    suffixes: Collection[str],
    gone_too: bool = False,
) -> Found:
    """The documents that ``inputs`` name, in the order given, folders in alphabetical order.

    Those of named roots come first: a file that lies below one is known by it.

    In folders, hidden files, files of which the ending is not in ``suffixes``, and links that
    lead out of the folder are left out, as is what Sphinx keeps beside its pages and what
    programs make for programs; the warnings count them. A file that is named itself is always
    taken. Sidecar files are never documents: they come with the files that they describe.
    With ``gone_too`` a path that does not exist is a root that is gone, else an error.

    Raises:
        InputError: a path does not exist or cannot be read, a mapping is malformed, two
            different documents have the same source, or two folders the same name.
    """
    items: list[SourceFile | SourceText] = []
    roots: list[Root] = []
    warnings: list[str] = []
    for position, given in enumerate(inputs, start=1):
        root = None
        if isinstance(given, Mapping):
            if "root" not in given:
                items.append(_text(given, position, warnings))
                continue
            root = named_root(given, position)
            given = root.path
        if not isinstance(given, str | Path) or not str(given):
            raise InputError(
                f"document {position}: expected a path or a mapping with id and text, "
                f"got {type(given).__name__}"
            )
        path = Path(given)
        try:
            is_folder = path.is_dir()
            exists = is_folder or path.exists()
        except (OSError, ValueError) as error:
            raise InputError(f"{given}: cannot be read: {error}") from error
        if not exists:
            if not gone_too:
                raise InputError(f"{given}: no such file or folder")
            roots.append(replace(root or Root(path), there=False))
        elif is_folder:
            files = list(_Walk(root or Root(path), suffixes, warnings).files())
            roots.append(replace(root or Root(path), files=len(files)))
            items.extend(files)
        elif root is not None:
            raise InputError(f"{given}: root {root.name!r} must be a folder")
        elif described_by(path.name) is not None:
            warnings.append(f"{given}: left out: it is a sidecar, which describes another file")
        elif not path.is_file():
            raise InputError(f"{given}: neither a file nor a folder")
        else:
            items.append(SourceFile(path, path.as_posix(), _sidecars(path), origins_of_file(path)))
    if not items:
        warnings.append("no documents found")
    check_names(roots)
    items.sort(key=lambda item: not is_named(item.origin))  # else in the order given
    return Found(tuple(_distinct(items)), tuple(roots), tuple(warnings))


def _sidecars(path: Path) -> tuple[Path, ...]:
    """The sidecars of a file that is named itself; links to elsewhere are none."""
    folder = os.path.realpath(path.parent)
    names = {path.name + ending for ending in ENDINGS}
    return tuple(
        sidecar
        for sidecar in beside(path, names)
        if sidecar.is_file() and not leads_out(sidecar, folder)
    )


def _text(given: Mapping[str, Any], position: int, warnings: list[str]) -> SourceText:
    where = f"document {position}"
    unknown = [name for name in given if name not in _FIELDS]
    if unknown:
        raise InputError(f"{where}: unknown field {unknown[0]!r}; known: {', '.join(_FIELDS)}")
    for name in ("id", "text"):
        if not isinstance(given.get(name), str):
            problem = "is missing" if name not in given else "must be a text"
            raise InputError(f"{where}: field {name!r} {problem}")
    if not given["id"].strip():
        raise InputError(f"{where}: field 'id' is empty")
    title = given.get("title")
    if title is not None and not isinstance(title, str):
        raise InputError(f"{where}: field 'title' must be a text")
    metadata = given.get("metadata")
    if metadata is not None and not isinstance(metadata, Mapping):
        raise InputError(f"{where}: field 'metadata' must be a mapping")
    declared = flatten(metadata or {})
    warnings.extend(f"{given['id']}: metadata {problem}" for problem in declared.problems)
    return SourceText(given["id"], given["text"], title or "", declared.fields)


def _distinct(items: Sequence[SourceFile | SourceText]) -> Iterator[SourceFile | SourceText]:
    """Each document once; a file that two paths name is one document."""
    seen: dict[str, SourceFile | SourceText] = {}
    places: set[str] = set()
    for item in items:
        place = item.origins[-1] if isinstance(item, SourceFile) else ""
        if place in places:
            continue
        other = seen.setdefault(item.source, item)
        if other is item or (isinstance(item, SourceFile) and isinstance(other, SourceFile)):
            if place:
                places.add(place)
            yield item
        else:
            kinds = " and ".join(
                "a text" if isinstance(one, SourceText) else f"the file {one.path}"
                for one in (other, item)
            )
            raise InputError(
                f"two documents have the source {item.source!r}: {kinds}; give one another id"
            )


def _shown(path: str) -> str:
    """A path as a message shows it: one that is beyond reading by its two ends."""
    return path if len(path) <= 4 * _END else f"{path[:_END]}…{path[-_END:]}"


class _Walk:
    """Collects the files of one folder and says what it left out."""

    def __init__(self, root: Root, suffixes: Collection[str], warnings: list[str]) -> None:
        self._input = root
        self._root = root.path
        self._suffixes = suffixes
        self._warnings = warnings

    def files(self) -> Iterator[SourceFile]:
        others: Counter[str] = Counter()
        hidden = outside = lonely = 0
        inside = os.path.realpath(self._root)
        starts = self._input.starts()
        for folder, folders, files in folders_of(self._root, self._unreadable):
            copies = _SPHINX_COPIES if not _SPHINX_MARKS.isdisjoint(files) else frozenset()
            hidden += sum(entry.startswith(".") for entry in (*folders, *files))
            outside += sum(leads_out(folder / entry, inside) for entry in folders)
            folders[:] = sorted(
                entry
                for entry in folders
                if not entry.startswith(".") and entry not in copies and entry != "__pycache__"
            )
            outer = {entry for entry in files if leads_out(folder / entry, inside)}
            near = set(files) - outer
            for entry in sorted(files):
                path = folder / entry
                if entry.startswith("."):
                    continue
                if (described := described_by(entry)) is not None:
                    lonely += described not in files
                    continue
                if entry in outer:
                    outside += 1
                elif not may_be_file(path):
                    continue
                elif not self._wanted(path):
                    others[path.suffix.lower() or "no ending"] += 1
                else:
                    below = self._input.below(path)
                    origins = tuple(start + below for start in starts)
                    source = self._input.source_of(path)
                    yield SourceFile(path, source, beside(path, near), origins)
        self._warn(others, hidden, outside)
        if lonely:
            self._warnings.append(
                f"{self._root}: {lonely} sidecar files describe a file that is not there"
            )

    def _wanted(self, path: Path) -> bool:
        suffix = path.suffix.lower()
        if suffix not in self._suffixes or _GENERATED.fullmatch(path.name.lower()):
            return False
        try:
            if path.name == "__init__.py":  # most only mark their folder as a package
                return path.stat().st_size > 0
            if suffix:
                return True
            with path.open("rb") as file:  # without an ending it may as well be a program
                head = file.read(_SNIFFED)
            return b"\0" not in head or any(sign in head for sign in _DOCUMENT_SIGNS)
        except OSError:
            return True  # the parser will say why it cannot be read

    def _unreadable(self, error: OSError) -> None:
        if error.filename is not None and Path(error.filename) == self._root:
            raise InputError(f"{self._root}: cannot be read: {error.strerror}") from error
        self._warnings.append(f"{_shown(str(error.filename))}: cannot be read: {error.strerror}")

    def _warn(self, others: Counter[str], hidden: int, outside: int) -> None:
        if others:
            kinds = ", ".join(f"{count} {suffix}" for suffix, count in others.most_common(5))
            more = ", …" if len(others) > 5 else ""
            self._warnings.append(
                f"{self._root}: left out {others.total()} files of other types ({kinds}{more})"
            )
        if hidden:
            self._warnings.append(f"{self._root}: left out {hidden} hidden files and folders")
        if outside:
            self._warnings.append(
                f"{self._root}: left out {outside} links that lead out of the folder"
            )
