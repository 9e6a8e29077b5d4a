"""Readers in many threads beside a writer: each sees one of the states there were, whole."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.types import SearchRequest
from tests.contracts.engines import Engine
from tests.store_samples import Written, document, question

ASKED = [
    question("words part red 3", limit=500),
    question("version 2 words", parse_where("number>=3"), limit=500),
    # The engine is free in which of several equal scores it leaves out: none is left out here.
    question("red 5", parse_where({"version": 1}), limit=100),
]
READERS = 4


def written(number: int, version: int) -> Written:
    bodies = [f"words of {number} in version {version} part {part} red" for part in range(4)]
    return document(f"{number}.md", *bodies, metadata={"number": number, "version": version})


STEPS: list[Callable[[Store], object]] = [
    lambda store: store.write([written(number, 1) for number in range(6)]),
    lambda store: store.write([written(0, 2), written(1, 2), written(6, 2)]),
    lambda store: store.delete([written(2, 1)[0].id]),
    lambda store: store.update_metadata(written(3, 1)[0].id, {"number": 33, "version": 1}),
    lambda store: store.write([written(2, 3)]),
    lambda store: store.optimize(),
    lambda store: store.write([written(0, 3), written(1, 3), written(4, 3)]),
]


def answers(store: Store, asked: SearchRequest) -> Any:
    found = store.search(asked)
    return tuple(
        tuple((hit.id, hit.text, str(hit.metadata), round(hit.score, 4)) for hit in side)
        for side in (found.dense, found.lexical)
    )


def test_every_answer_is_one_of_the_serial_ones(engine: Engine) -> None:
    serial = engine.open("serial")
    states: list[set[Any]] = [set() for _ in ASKED]
    for step in STEPS:
        step(serial)
        for known, asked in zip(states, ASKED, strict=True):
            known.add(answers(serial, asked))
    store = engine.open()
    STEPS[0](store)
    done = threading.Event()

    def read(number: int) -> list[tuple[int, Any]]:
        which = number % len(ASKED)
        seen = []
        while not done.is_set():
            seen.append((which, answers(store, ASKED[which])))
        return seen

    with ThreadPoolExecutor(READERS) as readers:
        futures = [readers.submit(read, number) for number in range(READERS)]
        try:
            for step in STEPS[1:]:
                step(store)
        finally:
            done.set()
        seen = [item for future in futures for item in future.result()]
    assert len(seen) >= READERS
    for which, found in seen:
        assert found in states[which]
    for which, asked in enumerate(ASKED):
        assert answers(store, asked) == answers(serial, asked), which


def test_nobody_sees_half_a_document(engine: Engine) -> None:
    store = engine.open()
    store.write([written(number, 1) for number in range(3)])
    done = threading.Event()

    def read() -> int:
        count = 0
        while not done.is_set():
            for number in range(3):
                where = parse_where({"source": f"{number}.md"})
                found = store.search(question("words", where, limit=100))
                for side in (found.dense, found.lexical):
                    assert len({hit.chunk.document_id for hit in side}) == 1
                    assert sorted(hit.chunk.ordinal for hit in side) == [0, 1, 2, 3]
                record = next(r for r in store.records() if r.source == f"{number}.md")
                chunks = store.embedded(record.id)
                assert len(chunks) in (0, 4)
                count += 1
        return count

    with ThreadPoolExecutor(2) as readers:
        futures = [readers.submit(read) for _ in range(2)]
        try:
            for version in range(2, 10):
                store.write([written(number, version) for number in range(3)])
        finally:
            done.set()
        assert sum(future.result() for future in futures) > 0


def test_many_questions_at_once_have_the_answers_of_each(engine: Engine) -> None:
    store = engine.open()
    store.write([written(number, 1 + number % 2) for number in range(8)])
    requests = [question(f"words of {number} red", limit=1 + number) for number in range(20)]
    requests += [ASKED[1], SearchRequest(None, ASKED[0].terms), SearchRequest(ASKED[0].dense, {})]
    assert store.search_many([]) == []
    for together, request in zip(store.search_many(requests), requests, strict=True):
        alone = store.search(request)
        for mine, theirs in ((together.dense, alone.dense), (together.lexical, alone.lexical)):
            assert [hit.score for hit in mine] == pytest.approx([hit.score for hit in theirs])
            assert len({hit.id for hit in mine}) == len(mine) <= request.limit
        if request.limit >= 32:
            assert {hit.id for hit in together.dense} == {hit.id for hit in alone.dense}
