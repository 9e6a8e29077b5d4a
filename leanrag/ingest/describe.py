"""Where a document's metadata comes from, and which source goes before which.

From the weakest to the strongest:

1. the file itself: ``file_modified``, ``file_size``, ``file_hash``, and what its properties state
   (HTML meta, office properties, mail headers);
2. what the caller gives for all documents (``--metadata``);
3. the path, by a template;
4. what the document's author declares as metadata (front matter);
5. a sidecar file, written for this one document.

A field of a name that every document has already, such as ``source``, stands under another one,
and so does one that would say something else of the file itself.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from leanrag.declared import renamed
from leanrag.errors import DocumentError, InputError
from leanrag.ingest import sidecar
from leanrag.ingest.fingerprint import Fingerprint
from leanrag.ingest.load import SourceFile, SourceText
from leanrag.ingest.path_template import PathTemplate, read_path
from leanrag.metadata import BUILT_IN_FIELDS, clean_metadata
from leanrag.types import Metadata, ParsedDocument

Beside = tuple[Metadata, Metadata]
"""What the path of a document and its sidecar say."""
_FACTS = ("format", "file_modified", "file_size", "file_hash")
"""Properties that are known of a file, whatever it says."""


@dataclass(slots=True)
class Describer:
    """Puts the metadata of documents together.

    ``given`` is what all documents get; ``file_fields`` says which of modified, size and hash are
    stored. ``fitted`` counts the files of which the path fitted a template, ``renames`` the
    documents with a field of a name that is taken, by that name and the new one.
    """

    templates: Sequence[PathTemplate] = ()
    file_fields: Sequence[str] = ()
    given: Metadata = field(default_factory=dict)
    fitted: int = 0
    renames: Counter[tuple[str, str]] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)

    def own(
        self, item: SourceFile | SourceText, now: Fingerprint, parsed: ParsedDocument
    ) -> Fingerprint:
        """``now`` with the metadata that come from the document itself.

        Raises:
            DocumentError: what the document declares cannot be stored.
        """
        try:
            declared = clean_metadata(parsed.metadata, reserved=True)
        except InputError as error:
            raise DocumentError(item.source, str(error)) from error
        found = {**parsed.properties, **self._of_file(item, now.digest)}
        properties = clean_metadata(
            {name: value for name, value in found.items() if name not in BUILT_IN_FIELDS}
        )
        return replace(now, properties=properties, declared=declared)

    def beside(self, item: SourceFile | SourceText, typed: str) -> Beside:
        """What the path, as typed, and the sidecar of a document say.

        Raises:
            DocumentError: the sidecar cannot be used.
        """
        if isinstance(item, SourceText):
            return {}, {}
        from_path = read_path(self.templates, typed)
        self.fitted += from_path is not None
        described = sidecar.read(item.sidecars, item.source)
        self.odd.extend(f"{item.source}: {problem}" for problem in described.problems)
        return from_path or {}, described.fields

    def merged(self, known: Fingerprint, beside: Beside) -> Metadata:
        """All metadata of a document, the stronger over the weaker."""
        from_path, from_sidecar = beside
        facts = {name: known.properties[name] for name in _FACTS if name in known.properties}
        stated = {name: known.properties[name] for name in known.properties if name not in facts}
        merged = {**stated, **self.given, **from_path, **known.declared, **from_sidecar}
        kept, names = renamed(merged, facts)
        self.renames.update(names.items())
        return {**kept, **facts}

    def warnings(self) -> tuple[str, ...]:
        """What is worth knowing of the metadata so far; each renamed field once."""
        told = list(self.odd)
        for (name, new), count in sorted(self.renames.items()):
            documents = "1 document" if count == 1 else f"{count:,} documents"
            told.append(
                f"metadata field {name!r} of {documents} is stored as {new!r}: {name!r} says "
                "what leanrag itself knows of a document"
            )
        return tuple(told)

    def _of_file(self, item: SourceFile | SourceText, digest: str) -> Mapping[str, str | int]:
        if isinstance(item, SourceText) or not self.file_fields:
            return {}
        try:
            status = item.path.stat()
        except OSError:  # it went since it was read
            return {}
        moment = datetime.fromtimestamp(int(status.st_mtime), UTC)
        every: dict[str, str | int] = {
            "modified": moment.isoformat(timespec="seconds"),
            "size": status.st_size,
            "hash": digest,
        }
        return {f"file_{name}": every[name] for name in self.file_fields}
