"""Finds the stored document that an input is: by its origin, else by its source.

What version 0.1 took in has no origin. Such a document is known by its source alone until an
ingest finds its file; from then on it has an origin, too.
"""

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from pathlib import PurePosixPath

from leanrag.ingest import fingerprint as prints
from leanrag.ingest.fingerprint import Fingerprint
from leanrag.ingest.load import SourceFile, SourceText
from leanrag.ingest.roots import is_named, real_origins
from leanrag.text.hashing import stable_id
from leanrag.types import DocumentRecord

Item = SourceFile | SourceText


class Known:
    """The documents of a store as an ingest begins."""

    def __init__(self, records: Iterable[DocumentRecord] = ()) -> None:
        self.records = tuple(records)
        self.new_origins: dict[str, str] = {}
        """What documents of this store are to be known by from now on, by their ids."""
        self._by_origin = {record.origin: record for record in self.records if record.origin}
        self._by_source = {record.source: record for record in self.records if not record.origin}
        self._ids = {record.id: (record.source, record.origin) for record in self.records}
        self._matched: set[str] = set()

    def match(self, item: Item) -> tuple[Item, DocumentRecord | None]:
        """The input as it is stored, and the document that it is; each document is found once.

        A document keeps the source under which it first came in.
        """
        record = self._find(item)
        if record is None or record.id in self._matched:
            return item, None
        self._matched.add(record.id)
        if isinstance(item, SourceText) or not item.origins:
            return item, record
        origin = item.origin if is_named(item.origin) or not record.origin else record.origin
        if origin != record.origin:
            self.new_origins[record.id] = origin
        return replace(item, source=record.source, origins=(origin,)), record

    def id_of(self, item: Item, digest: str, record: DocumentRecord | None) -> str:
        """The id of the item's document: from its source and text, as long as no other has that.

        Else its origin is in it, too; a path of this machine is in no id that can do without.
        ``record`` is the earlier version.
        """
        key = (item.source, item.origin)
        made = stable_id(item.source, digest)
        holder = self._ids.get(made, key)
        if holder != key and (record is None or record.id != made):
            made = stable_id(item.source, digest, item.origin)
        self._ids[made] = key
        return made

    def _find(self, item: Item) -> DocumentRecord | None:
        if isinstance(item, SourceText) or not item.origins:
            return self._by_source.get(item.source)
        for origin in item.origins:
            if (record := self._by_origin.get(origin)) is not None:
                return record
        record = self._by_source.get(item.source)
        if record is not None and may_be_file(record):
            return record
        return self._by_real_origin.get(item.origins[-1])

    @cached_property
    def _by_real_origin(self) -> dict[str, DocumentRecord]:
        """The documents by where their files really lie, as far as that is known."""
        known = ((origin_of(record), record) for record in self.records)
        paths = {origin: record for origin, record in known if origin and not is_named(origin)}
        return dict(zip(real_origins(paths), paths.values(), strict=True))


def origin_of(record: DocumentRecord) -> str:
    """Where a document's file is known to come from, an absolute path of version 0.1 included."""
    if record.origin or not PurePosixPath(record.source).is_absolute():
        return record.origin
    return record.source if may_be_file(record) else ""


def may_be_file(record: DocumentRecord) -> bool:
    """Whether a document may come from a file: it was not given as a text."""
    known = Fingerprint.read(record.fingerprint)
    return known is None or known.kind == prints.FILE
