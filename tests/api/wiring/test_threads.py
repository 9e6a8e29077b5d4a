"""One object in many threads and in an event loop: the answers are those of one thread."""

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from leanrag import LeanRAG
from leanrag.adapters.qdrant.edge.opening import QdrantEdgeStore
from leanrag.api.wiring.threads import Threads
from leanrag.errors import InputError, StoreError
from leanrag.types import Hit
from tests.api.conftest import topic

QUESTIONS = (
    "Which exception is raised when a name cannot be imported?",
    "How does a dictionary compare keys?",
    "What does the else clause of a try statement do?",
    "assignment of attributes",
)


def plain(hits: list[Hit]) -> Any:
    return [(hit.id, round(hit.score, 5)) for hit in hits]


def test_many_threads_get_the_answers_of_one(rag: LeanRAG) -> None:
    alone = [plain(rag.search(question)) for question in QUESTIONS]
    prompts = [rag.prompt(question, budget=400).messages for question in QUESTIONS]

    def ask(number: int) -> bool:
        which = number % len(QUESTIONS)
        if number % 3:
            return plain(rag.search(QUESTIONS[which])) == alone[which]
        return rag.prompt(QUESTIONS[which], budget=400).messages == prompts[which]

    with ThreadPoolExecutor(6) as threads:
        assert all(threads.map(ask, range(12)))


def test_many_questions_together(rag: LeanRAG) -> None:
    together = rag.search_many(QUESTIONS, top_k=3, where={"kind_of": "statement"})
    for question, hits in zip(QUESTIONS, together, strict=True):
        alone = rag.search(question, top_k=3, where={"kind_of": "statement"})
        assert [hit.id for hit in hits] == [hit.id for hit in alone]
        assert [hit.score for hit in hits] == pytest.approx([h.score for h in alone], abs=1e-3)
    assert rag.search_many([]) == []
    assert asyncio.run(rag.asearch_many(QUESTIONS[:1], top_k=2))[0] == rag.search(
        QUESTIONS[0], top_k=2
    )


@pytest.mark.parametrize(
    ("questions", "named"), [("one text", "several"), (["good", " "], r"questions\[1\]")]
)
def test_questions_that_cannot_be_used_are_named(rag: LeanRAG, questions: Any, named: str) -> None:
    with pytest.raises(InputError, match=named):
        rag.search_many(questions)


def test_questions_are_answered_while_an_ingest_runs(tmp_path: Path) -> None:
    stable = {"id": "stable", "text": topic("dict"), "metadata": {"kept": True}}
    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest([stable])
        where = {"kept": True}
        before = {hit.id for hit in rag.search(QUESTIONS[1], where=where)}
        answered = 0
        halfway, asked = threading.Event(), threading.Event()

        def wait_for_questions(done: int, total: int, source: str) -> None:
            if done >= 1:
                halfway.set()
                # Only somebody who is let in while the ingest runs can end this.
                assert asked.wait(60)

        def ingest() -> Any:
            more = [{"id": f"new {n}", "text": f"Number {n}. {topic('while')}"} for n in range(3)]
            return rag.ingest(more, progress=wait_for_questions)

        with ThreadPoolExecutor(1) as threads:
            report = threads.submit(ingest)
            assert halfway.wait(60)
            for _ in range(3):
                found = rag.search(QUESTIONS[1], where=where)
                assert {hit.id for hit in found} == before
                assert rag.prompt(QUESTIONS[1], budget=300).sources
                answered += 1
            asked.set()
            assert report.result(60).added == 3
        assert answered == 3


def test_the_event_loop_and_its_own_threads_stay_free(tmp_path: Path) -> None:
    async def main() -> tuple[int, int, list[list[Hit]]]:
        with LeanRAG(tmp_path / "store") as rag:
            texts = [{"id": name, "text": topic(name)} for name in ("dict", "with", "while")]
            ingest = asyncio.ensure_future(rag.aingest(texts))
            beats = others = 0
            while not ingest.done():
                await asyncio.sleep(0.005)
                beats += 1
                # A thread of the application's own pool is free at once.
                others += await asyncio.to_thread(lambda: 1)
            found = await asyncio.gather(*(rag.asearch(text, top_k=3) for text in QUESTIONS * 3))
            return beats, others, found

    beats, others, found = asyncio.run(main())
    assert beats == others >= 3
    assert [plain(hits) for hits in found[:4]] == [plain(hits) for hits in found[4:8]]


def test_an_ingest_holds_no_thread_that_answers() -> None:
    threads, release, begun = Threads(), threading.Event(), threading.Event()

    def long() -> bool:
        begun.set()
        return release.wait(60)

    async def main() -> tuple[int, bool]:
        writing = [asyncio.ensure_future(threads.write(long)) for _ in range(10)]
        while not begun.is_set():
            await asyncio.sleep(0.001)
        answer = await threads.answer(lambda: 42)
        release.set()
        return answer, all(await asyncio.gather(*writing))

    assert asyncio.run(main()) == (42, True)
    threads.close()


def test_closing_waits_for_whoever_asks_and_opens_again(tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest([{"id": "note", "text": topic("with")}])
        stop = threading.Event()

        def ask() -> int:
            count = 0
            while not stop.is_set():
                assert rag.search("context manager", top_k=1)
                count += 1
            return count

        with ThreadPoolExecutor(3) as threads:
            asking = [threads.submit(ask) for _ in range(3)]
            for _ in range(3):
                rag.close()
                rag.info()
            stop.set()
            assert sum(one.result(60) for one in asking) > 0


def test_a_missing_store_is_told_to_every_thread(tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "none") as rag, ThreadPoolExecutor(3) as threads:
        for one in [threads.submit(rag.search, "anything") for _ in range(3)]:
            assert isinstance(one.exception(60), StoreError)


LISTED = (
    "# Bridges\n\nThe harbour office keeps the following bridges in order:\n\n"
    "- the swing bridge at the mill, opened in 1890\n- the chain bridge at the fair ground\n"
)


@pytest.mark.parametrize("times", [1, 1000])
def test_evidence_of_a_document_that_was_replaced_is_looked_for_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, times: int
) -> None:
    gone: list[str] = []
    document, searches = QdrantEdgeStore.document, []
    search = QdrantEdgeStore.search

    def replaced(store: QdrantEdgeStore, document_id: str) -> Any:
        if len(gone) < times:
            gone.append(document_id)
            return None
        return document(store, document_id)

    def counted(store: QdrantEdgeStore, request: Any) -> Any:
        searches.append(request)
        return search(store, request)

    (tmp_path / "bridges.md").write_text(LISTED)
    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest(tmp_path / "bridges.md")
        whole = rag.prompt("When was the swing bridge opened?", budget=300)
        monkeypatch.setattr(QdrantEdgeStore, "document", replaced)
        monkeypatch.setattr(QdrantEdgeStore, "search", counted)
        if times > 1:
            with pytest.raises(StoreError, match="ask again") as caught:
                rag.prompt("When was the swing bridge opened?", budget=300)
            assert caught.value.retryable
        else:
            again = rag.prompt("When was the swing bridge opened?", budget=300)
            assert again.messages == whole.messages
            assert len(searches) == 2
    assert gone
