"""The way of documents into the store, for one call: find, read what changed, prune, report."""

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from leanrag.ingest import chunk as chunking
from leanrag.ingest import fingerprint as prints
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.describe import Describer
from leanrag.ingest.known import Known
from leanrag.ingest.load import Found, SourceFile, find
from leanrag.ingest.parse_pool import Limits
from leanrag.ingest.path_template import PathTemplate
from leanrag.ingest.prune import Doomed, check_roots, doomed
from leanrag.ingest.run import Run
from leanrag.ingest.strategies import Rule
from leanrag.ingest.tally import Progress, Tally
from leanrag.metadata import clean_metadata
from leanrag.protocols import DocumentStore, Embedder, Parser
from leanrag.settings import IngestSettings
from leanrag.types import IngestReport, Metadata

__all__ = ["Ingestor", "Progress"]

VERSION = "1"
"""Changes when the same parsed document gives another canonical text."""


class Ingestor:
    """Brings documents into one collection.

    ``connect`` opens the store and the embedder; it is called once the input is known to be
    good, so that a mistyped path makes no store. ``document_prefix`` is what the embedder puts
    in front of each text; it counts towards ``max_tokens``. ``rules`` say how documents are cut
    whose structure should not decide, ``intake`` where metadata comes from and what a file may
    take to be parsed.

    Raises:
        ConfigError: a path template is malformed.
    """

    def __init__(
        self,
        connect: Callable[[], tuple[DocumentStore, Embedder]],
        parser: Parser,
        *,
        max_tokens: int,
        document_prefix: str = "",
        rules: Sequence[Rule] = (),
        intake: IngestSettings | None = None,
    ) -> None:
        self._intake = intake or IngestSettings()
        self._templates = tuple(map(PathTemplate.compile, self._intake.path_templates))
        self._connect = connect
        self._parser = parser
        self._max_tokens = max_tokens
        self._prefix = document_prefix
        self._rules = tuple(rules)
        self._recipe = prints.recipe(
            VERSION,
            parser.version,
            chunking.VERSION,
            max_tokens,
            self._rules,
            prefix=document_prefix,
        )

    def run(
        self,
        inputs: Iterable[str | Path | Mapping[str, Any]],
        *,
        metadata: Metadata | None = None,
        prune: bool = False,
        force: bool = False,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Adds, replaces or skips each document of ``inputs``.

        A document that cannot be parsed or stored is a failure of the report; what the store
        held of it stays. With ``prune``, documents that came from a file below one of the given
        folders which is gone are deleted, with ``force`` however many they are. ``workers`` is
        the number of processes that parse beside this one, under the limits of ``intake``: by
        default one; with 0 files are parsed in this process, without limits.

        Raises:
            InputError: a path does not exist, or a mapping or the metadata is malformed.
            PruneError: a prune would delete too much; nothing was changed.
            StoreError: the store failed; the documents written so far are in it, whole.
        """
        started = time.perf_counter()
        given = clean_metadata(metadata or {}, reserved=True)
        found = find(inputs, suffixes=self._parser.suffixes, gone_too=prune)
        if prune and not force:
            check_roots(found.roots)
        if not found.items and not (prune and found.roots):
            return IngestReport(seconds=time.perf_counter() - started, warnings=found.warnings)
        store, embedder = self._connect()
        known = Known(store.records())
        going = doomed(found.roots, known.records, force=force) if prune else Doomed()
        matched = [(*known.match(item), item.source) for item in found.items]
        if known.new_origins:
            store.set_origins(known.new_origins)
        prefix = self._prefix
        count = (lambda text: embedder.count(prefix + text)) if prefix else embedder.count
        chunker = Chunker(count, self._max_tokens, rules=self._rules)
        run = Run(store, embedder, parser=self._parser, chunker=chunker, recipe=self._recipe)
        tally = Tally(len(found.items), progress)
        intake = self._intake
        describer = Describer(self._templates, intake.file_fields, given)
        run.start(
            tally,
            describer,
            limits=Limits(intake.timeout_s, intake.memory_mb),
            known=known,
        )
        changed = [
            work
            for item, record, typed in matched
            if (work := run.changed(item, record, typed=typed)) is not None
        ]
        run.process(changed, workers)
        if going.records:
            store.delete(record.id for record in going.records)
            for record in going.records:
                tally.deleted_one(record.source)
        return tally.report(
            seconds=time.perf_counter() - started,
            warnings=(
                *found.warnings,
                *going.warnings,
                *describer.warnings(),
                *self._of_templates(describer, found),
            ),
        )

    def _of_templates(self, describer: Describer, found: Found) -> tuple[str, ...]:
        files = sum(isinstance(item, SourceFile) for item in found.items)
        if not self._templates or describer.fitted or not files:
            return ()
        return (f"no path template fits any of the {files:,} files",)
