"""What stands around the hits: no text goes forward twice, and a filter stays a wall."""

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanrag import LeanRAG, Settings
from leanrag.api.wiring.models import shared_models
from leanrag.api.wiring.stores import open_store
from leanrag.types import Chunk, Prompt, TraceEntry

QUESTION = "How are the targets of an assignment evaluated?"
QUESTIONS = (
    QUESTION,
    "What does a lambda expression return?",
    "When does the else clause of a try statement run?",
    "Which order do dict displays have?",
)
CHEAP = {"reranker": "scores"}
"""No model, since what is tested does not depend on the order of hits."""


def opened(rag: LeanRAG, **retrieval: object) -> LeanRAG:
    """The same store under other settings."""
    rag.close()
    values = rag.settings.model_dump()
    values["retrieval"] |= CHEAP | retrieval
    values["compression"] |= {"selector": "similarity", "mode": "none"}
    return LeanRAG(Settings.create(**values))


def entry(trace: tuple[TraceEntry, ...], stage: str) -> TraceEntry | None:
    return next((one for one in trace if one.stage == stage), None)


def chunks_of(rag: LeanRAG, prompt: Prompt) -> dict[str, list[Chunk]]:
    """The chunks of the document of each source, in order."""
    rag.close()
    embedder = shared_models().embedder(rag.settings.embedding)
    store = open_store(rag.settings, embedder, create=False)
    try:
        owners = {source.id: store.owner(source.id) or "" for source in prompt.sources}
        found = {owner: store.vectors(owner) for owner in owners.values()}
        return {name: [chunk for chunk, _ in found[owner]] for name, owner in owners.items()}
    finally:
        store.close()


def spans_by_source(prompt: Prompt) -> dict[str, list[tuple[int, int]]]:
    spans: dict[str, list[tuple[int, int]]] = {}
    for source in prompt.sources:
        spans.setdefault(source.source, []).extend(source.spans)
    return {name: sorted(found) for name, found in spans.items()}


def test_neighbours_of_the_first_hits_go_along(rag: LeanRAG) -> None:
    with opened(rag, neighbours=1, sections=2, rerank_to=3) as with_neighbours:
        more = with_neighbours.prompt(QUESTION, budget=4000)
    with opened(rag, neighbours=0, sections=2, rerank_to=3) as alone:
        fewer = alone.prompt(QUESTION, budget=4000)
    added = entry(more.trace, "context")
    assert added is not None
    assert entry(fewer.trace, "context") is None
    assert added.items_out > added.items_in == 3
    assert f"{added.items_out - added.items_in} added" in added.note
    assert more.tokens.context > fewer.tokens.context


def test_a_section_that_was_mostly_found_goes_forward_as_one(rag: LeanRAG) -> None:
    with opened(rag, sections=0.3) as whole:
        prompt = whole.prompt(QUESTION, budget=6000)
        chunks = chunks_of(whole, prompt)
    sizes = [
        sum(any(a < chunk.span[1] and chunk.span[0] < b for a, b in source.spans) for chunk in some)
        for source in prompt.sources
        for some in [chunks[source.id]]
    ]
    assert max(sizes) >= 2, "chunks that follow each other stand under one mark"


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from(QUESTIONS),
    st.integers(0, 2),
    st.sampled_from([0.3, 0.6, 2.0]),
    st.sampled_from([None, "kind=prose", "kind!=prose", "year>=2023"]),
    st.sampled_from([400, 3000]),
)
def test_nothing_goes_forward_twice_or_past_the_filter(
    rag: LeanRAG, question: str, neighbours: int, share: float, where: str | None, budget: int
) -> None:
    with opened(rag, neighbours=neighbours, sections=share, rerank_to=5) as again:
        prompt = again.prompt(question, budget=budget, where=where)
        chunks = chunks_of(again, prompt)
        assert prompt.tokens.prompt <= budget
        for source in prompt.sources:
            text = again.document(source.id).text
            assert source.text == "".join(text[a:b] for a, b in source.spans)
            allowed = [
                chunk.span
                for chunk in chunks[source.id]
                if where not in ("kind=prose", "kind!=prose")
                or (chunk.kind == "prose") == (where == "kind=prose")
            ]
            for a, b in source.spans:
                for place in range(a, b):
                    inside = any(start <= place < end for start, end in allowed)
                    assert inside or text[place].isspace()
            assert where != "year>=2023" or source.metadata["year"] == 2024
    for spans in spans_by_source(prompt).values():
        assert all(first[1] <= second[0] for first, second in pairwise(spans))


def test_no_document_takes_more_than_its_share(rag: LeanRAG) -> None:
    with opened(rag, per_document=1) as again:
        hits = again.search(QUESTION, top_k=20)
        trace = again.prompt(QUESTION, budget=1000).trace
    assert len({hit.chunk.document_id for hit in hits}) == len(hits) > 1
    found = entry(trace, "rerank")
    assert found is not None
    assert found.dropped["too many of one document"] > 0


@pytest.mark.parametrize(
    ("question", "answered"),
    [
        ("Who won the first Nobel prize in physics?", False),
        ("How many goals did the striker score in the cup final?", False),
        (QUESTION, True),
    ],
)
def test_a_foreign_question_sends_nothing(rag: LeanRAG, question: str, answered: bool) -> None:
    rag.close()
    with LeanRAG(rag.settings) as again:
        prompt = again.prompt(question, budget=1000)
    pruned = entry(prompt.trace, "prune")
    assert pruned is not None
    assert bool(prompt.sources) is answered
    assert (pruned.note == "nothing answers the question") is not answered
    assert (prompt.tokens.context == 0) is not answered
