"""What stands around the hits: brought in before pruning, made one text after it."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import accumulate

from leanrag.metadata import BUILT_IN_FIELDS, matches
from leanrag.pack.render import Candidate
from leanrag.protocols import StoreReader, TokenCounter
from leanrag.retrieve.sections import completed, joined, merged
from leanrag.settings import RetrievalSettings
from leanrag.trace import Stage
from leanrag.types import Chunk, Document, Filter, Hit, MetadataValue, TraceEntry, Unit


def with_context(
    hits: Sequence[Hit],
    store: StoreReader,
    settings: RetrievalSettings,
    *,
    where: Filter | None,
    counter: TokenCounter,
) -> tuple[list[Hit], list[TraceEntry]]:
    """The hits with the rest of sections that were mostly found, and with their neighbours.

    Every chunk that is added matches ``where``. The trace has an entry where any was added.
    """
    stage = Stage("context")

    def chunks_of(document: str) -> list[Chunk]:
        chunks = store.chunks(document)
        if where is None:
            return chunks
        source = next(hit for hit in hits if hit.chunk.document_id == document)
        return [chunk for chunk in chunks if _passes(source, chunk, where, store)]

    found = completed(hits, chunks_of, share=settings.sections, neighbours=settings.neighbours)
    if len(found) == len(hits):
        return found, []
    before, after = (sum(counter.count(hit.text) for hit in some) for some in (hits, found))
    note = f"{len(found) - len(hits)} added beside hits"
    entry = stage.entry((len(hits), len(found)), (before, after), note=note)
    return found, [entry]


def _passes(hit: Hit, chunk: Chunk, where: Filter, store: StoreReader) -> bool:
    own: dict[str, MetadataValue] = {
        "source": hit.source,
        "title": hit.title,
        "language": chunk.language,
        "kind": chunk.kind,
    }
    if chunk.page is not None:
        own["page"] = chunk.page
    return matches(where, {**chunk.metadata, **own}, {**store.fields(), **BUILT_IN_FIELDS})


def join_neighbours(
    candidates: Sequence[Candidate],
    units: Sequence[Unit],
    document: Callable[[str], Document | None],
) -> tuple[list[Candidate], list[Unit]]:
    """Candidates whose chunks follow each other as one, and the units with their new numbers.

    Only candidates of which a sentence is left are joined, so that each stretch of a document
    goes forward once, under one mark and one heading.
    """
    live = {unit.candidate for unit in units}
    kept = [number for number in range(len(candidates)) if number in live]
    whole: list[Candidate] = []
    moved: dict[int, tuple[int, int]] = {}
    for group in joined([candidates[number].hit for number in kept]):
        parts = [candidates[kept[place]] for place in group]
        text = document(parts[0].hit.chunk.document_id) if len(parts) > 1 else None
        if text is None:  # alone, or replaced by another process since the search
            for place in group:
                moved[kept[place]] = (len(whole), 0)
                whole.append(candidates[kept[place]])
            continue
        sizes = [len(part.hit.chunk.sentences) for part in parts]
        for place, before in zip(group, accumulate([0, *sizes]), strict=False):
            moved[kept[place]] = (len(whole), before)
        whole.append(replace(parts[0], hit=merged([part.hit for part in parts], text.text)))
    renumbered = [
        unit
        if moved[unit.candidate] == (unit.candidate, 0)
        else replace(
            unit,
            candidate=moved[unit.candidate][0],
            sentence=unit.sentence + moved[unit.candidate][1],
        )
        for unit in units
    ]
    return whole, renumbered
