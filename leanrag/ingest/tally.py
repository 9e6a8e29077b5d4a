"""Counts what an ingest does, tells the caller how far it is, and reports in the end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from leanrag.errors import DocumentError
from leanrag.types import Chunk, IngestFailure, IngestReport

Progress = Callable[[int, int, str], None]
"""Called with the documents done, the documents in all, and the source of the last one.

Also before the first one that takes time, with that one's source.
"""

_NAMED = 5


@dataclass(slots=True)
class Tally:
    """What has been done of ``total`` documents."""

    total: int
    progress: Progress | None = None
    done: int = 0
    added: int = 0
    updated: int = 0
    unchanged: int = 0
    chunks: int = 0
    tokens: int = 0
    failures: list[IngestFailure] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def begin(self, source: str) -> None:
        """Work on the first document that needs some begins, which may take a while."""
        if self.progress is not None:
            self.progress(self.done, self.total, source)

    def written_one(self, source: str, chunks: Sequence[Chunk], *, replaces: bool) -> None:
        """A document was written, new or in place of an earlier one."""
        self.chunks += len(chunks)
        self.tokens += sum(chunk.tokens for chunk in chunks)
        if replaces:
            self.updated += 1
        else:
            self.added += 1
        self._step(source)

    def updated_one(self, source: str) -> None:
        """A document got other metadata."""
        self.updated += 1
        self._step(source)

    def unchanged_one(self, source: str) -> None:
        """A document stayed as it was."""
        self.unchanged += 1
        self._step(source)

    def failed_one(self, error: DocumentError) -> None:
        """A document was left out."""
        self.failures.append(IngestFailure(error.source, error.reason))
        self._step(error.source)

    def warned(self, source: str, warnings: Sequence[str]) -> None:
        """Something of a document could not be read or kept; it goes on its way."""
        self.warnings.extend(f"{source}: {text}" for text in warnings)

    def skipped_one(self, source: str) -> None:
        """A document holds nothing to search in."""
        self.skipped.append(source)
        self._step(source)

    def deleted_one(self, source: str) -> None:
        """A document was deleted."""
        self.deleted.append(source)

    def report(self, *, seconds: float, warnings: tuple[str, ...]) -> IngestReport:
        """The counts as a report."""
        return IngestReport(
            added=self.added,
            updated=self.updated,
            unchanged=self.unchanged,
            deleted=len(self.deleted),
            chunks=self.chunks,
            tokens=self.tokens,
            seconds=seconds,
            failures=tuple(self.failures),
            warnings=(*warnings, *self.warnings, *_of_skipped(self.skipped)),
            skipped=tuple(self.skipped),
            deleted_sources=tuple(self.deleted),
        )

    def _step(self, source: str) -> None:
        self.done += 1
        if self.progress is not None:
            self.progress(self.done, self.total, source)


def _of_skipped(sources: Sequence[str]) -> tuple[str, ...]:
    if not sources:
        return ()
    named = ", ".join(sources[:_NAMED]) + (", …" if len(sources) > _NAMED else "")
    documents = "1 document" if len(sources) == 1 else f"{len(sources):,} documents"
    return (
        f"left out {documents} with nothing but links or front matter, such as an index: {named}",
    )
