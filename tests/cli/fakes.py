"""Results to print, without computing them."""

from typing import Any, ClassVar, Self

from leanrag.types import (
    Chunk,
    Compressed,
    Duplicates,
    Hit,
    IngestFailure,
    IngestReport,
    KeptText,
    NearDuplicates,
    Prompt,
    Source,
    StoreInfo,
    Tokens,
    TraceEntry,
)

REPORT = IngestReport(added=2, unchanged=1, chunks=12, tokens=900, seconds=1.5)
FAILED = IngestReport(added=1, failures=(IngestFailure("a.pdf", "not a PDF"),))
TRACE = (
    TraceEntry("retrieve", 120, 60, 9000, 9000, 0.02, note="60 dense, 60 BM25"),
    TraceEntry("rerank", 60, 20, 9000, 2900, 0.04, {"below the cut": 40}),
)
PROMPT = Prompt(
    question="Why?",
    messages=(
        {"role": "system", "content": "Answer from the sources."},
        {"role": "user", "content": "====\n[1] Cats\nCats sleep.\n====\n\nWhy?"},
    ),
    tokens=Tokens(
        budget=600,
        prompt=40,
        system=5,
        history=0,
        context=20,
        question=2,
        overhead=13,
        counter="o200k_base",
        exact=True,
        internal="not for programs",
    ),
    sources=(
        Source(
            id="c1",
            source="docs/cats.md",
            title="Cats",
            headings=("Sleep",),
            page=3,
            score=0.75,
            text="Cats sleep.",
            spans=((10, 21),),
            metadata={"team": "pets"},
        ),
    ),
    trace=TRACE,
)
HIT = Hit(
    Chunk(
        id="c1",
        document_id="d1",
        ordinal=0,
        kind="prose",
        headings=("Sleep",),
        span=(0, 11),
        text="Cats sleep.",
        sentences=((0, 11),),
        page=3,
        metadata={"team": "pets"},
    ),
    source="docs/cats.md",
    title="Cats",
    score=0.75,
    dense=0.6,
    lexical=3.2,
)
DUPLICATES = Duplicates((("a.md", "b.md"),), (NearDuplicates(("a.md", "c.md"), 0.93),))
INFO = StoreInfo(2, 12, 900, {"team": "text"}, "all-MiniLM-L6-v2", "qdrant-edge", 4096)
FACETS: dict[str, list[tuple[Any, int]]] = {"team": [("pets", 2)]}


class FakeRAG:
    """Remembers calls and gives fixed answers, or raises ``error``."""

    calls: ClassVar[list[tuple[str, dict[str, Any]]]] = []
    error: ClassVar[BaseException | None] = None
    report: ClassVar[IngestReport] = REPORT
    deleted: ClassVar[int] = 1

    def __init__(self, settings: Any) -> None:
        self.calls.append(("settings", {"settings": settings}))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.calls.append(("close", {}))

    def _answer(self, name: str, answer: Any, **values: Any) -> Any:
        self.calls.append((name, values))
        if self.error is not None:
            raise self.error
        return answer

    def ingest(self, paths: Any, *, progress: Any, **values: Any) -> IngestReport:
        progress(1, 2, "a [bold]name[/bold] of a file that is too long to be shown whole.md")
        progress(2, 2, "b.md")
        return self._answer("ingest", self.report, paths=paths, **values)

    def prompt(self, question: str, **values: Any) -> Prompt:
        return self._answer("prompt", PROMPT, question=question, **values)

    def search(self, question: str, **values: Any) -> list[Hit]:
        return self._answer("search", [HIT], question=question, **values)

    def delete(self, **values: Any) -> int:
        return self._answer("delete", self.deleted, **values)

    def info(self) -> StoreInfo:
        return self._answer("info", INFO)

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Any, int]]]:
        return self._answer("facets", FACETS)

    def duplicates(self) -> Duplicates:
        return self._answer("duplicates", DUPLICATES)


def fake_compress(question: str, texts: Any, *, budget: int, **_: Any) -> Compressed:
    kept = tuple(KeptText(text["id"], text["text"], ((0, len(text["text"])),)) for text in texts)
    return Compressed(kept, Tokens({"in": 9, "out": 9, "budget": budget, "more": 1}), TRACE[:1])
