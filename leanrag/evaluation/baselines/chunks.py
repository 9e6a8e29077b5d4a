"""Dense search over chunks, as both frameworks do it: cosine, best first, a fixed number."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import SEPARATOR, Outcome, Piece, dropped
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.records import SourceText
from leanrag.types import Message, Span, TraceEntry


@dataclass(frozen=True, slots=True)
class BaselineChunk:
    """A chunk as a framework cut it. ``span`` is into the document, None where it was changed."""

    id: str
    document: str
    title: str
    text: str
    span: Span | None = None


class ChunkIndex:
    """Chunks with their vectors in memory."""

    def __init__(self, chunks: Iterable[BaselineChunk], bench: Workbench) -> None:
        self.chunks = list(chunks)
        self.vectors = bench.vectors.documents([chunk.text for chunk in self.chunks])

    def search(self, query: NDArray[np.float32], count: int) -> list[tuple[BaselineChunk, float]]:
        """The ``count`` nearest chunks with their cosines, ties by place."""
        if not self.chunks:
            return []
        scores = self.vectors @ query
        order = np.argsort(-scores, kind="stable")[:count]
        return [(self.chunks[int(place)], float(scores[place])) for place in order]


@dataclass(frozen=True, slots=True)
class Selection:
    """What a framework puts into its prompt, with what it was taken from."""

    found: Sequence[tuple[BaselineChunk, float]]
    texts: Sequence[str]
    """One text for each found chunk; empty where a filter left nothing of it."""


def outcome_of(
    case: Case,
    selection: Selection,
    bench: Workbench,
    *,
    messages: Sequence[Message],
    seconds: float,
    trace: tuple[TraceEntry, ...] = (),
) -> Outcome:
    """The outcome of a fixed selection of chunks, over a corpus or the case's own contexts."""
    counter = bench.counter
    closed = bool(case.contexts)
    kept = []
    for (chunk, score), text in zip(selection.found, selection.texts, strict=True):
        if text:
            verbatim = text == chunk.text
            if closed:
                spans = (chunk.span,) if verbatim and chunk.span else None
                kept.append(Piece(chunk.document, text, spans, score))
            else:
                spans = ((0, len(text)),) if verbatim else None
                kept.append(Piece(chunk.id, text, spans, score))
    text = SEPARATOR.join(piece.text for piece in kept)
    context_tokens = counter.count(text)
    prompt_tokens = counter.count_messages(messages)
    found = [chunk for chunk, _ in selection.found]
    candidates = () if closed else tuple(_source(chunk) for chunk in found)
    names = [c.id for c in case.contexts] if closed else [chunk.id for chunk in found]
    chosen = [chunk.document if closed else chunk.id for chunk in found]
    return Outcome(
        text=text,
        tokens=prompt_tokens if bench.budget_counts == "prompt" else context_tokens,
        context_tokens=context_tokens,
        prompt_tokens=prompt_tokens,
        tokens_in=bench.tokens_of(case)
        if closed
        else counter.count(SEPARATOR.join(chunk.text for chunk in found)),
        seconds=seconds,
        kept=tuple(kept),
        dropped=dropped(names, kept, "not among the nearest chunks"),
        ranking=tuple(dict.fromkeys(chosen)),
        candidates=candidates,
        messages=tuple(messages),
        trace=trace,
    )


def _source(chunk: BaselineChunk) -> SourceText:
    return SourceText(id=chunk.id, title=chunk.title, text=chunk.text, source=chunk.document)
