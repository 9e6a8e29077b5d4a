"""The context of hits: what a section lacks, neighbours, and chunks that become one text."""

from dataclasses import replace
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from leanrag.retrieve.sections import MOST_ADDED, completed, joined, merged
from leanrag.types import Chunk, Hit
from tests.builders import chunk

HEADINGS = (("One",), ("One",), ("One",), ("Two",), ("Two",), ("Three",))


def document(*headings: tuple[str, ...]) -> tuple[str, list[Chunk]]:
    """A text and its chunks, a blank line between them, two sentences each."""
    text, chunks = "", []
    for ordinal, heading in enumerate(headings):
        body = f"Sentence {ordinal} begins. Sentence {ordinal} ends."
        chunks.append(chunk(body, document=text, ordinal=ordinal, headings=heading))
        text += body + "\n\n"
    return text, chunks


TEXT, CHUNKS = document(*HEADINGS)


def found(*ordinals: int, chunks: list[Chunk] = CHUNKS) -> list[Hit]:
    return [Hit(chunks[n], "a.md", "A", 1 - place / 10) for place, n in enumerate(ordinals)]


def ordinals(hits: list[Hit]) -> list[int]:
    return [hit.chunk.ordinal for hit in hits]


def around(hits: list[Hit], *, share: float = 0.6, neighbours: int = 0) -> list[int]:
    return ordinals(completed(hits, lambda _: CHUNKS, share=share, neighbours=neighbours))


def test_a_section_that_was_mostly_found_goes_along_whole() -> None:
    assert around(found(2, 5, 0)) == [2, 1, 5, 0]
    assert around(found(2, 5, 0), share=0.7) == [2, 5, 0]
    assert around(found(3, 5)) == [3, 5], "one hit is not most of a section"


def test_neighbours_of_the_first_hits_go_along_once() -> None:
    assert around(found(1, 3), share=2, neighbours=1) == [1, 0, 2, 3, 4]
    assert around(found(1, 3), share=2, neighbours=0) == [1, 3]


def test_an_added_chunk_has_no_score_of_its_own() -> None:
    hits = [replace(hit, dense=0.9, lexical=3.0) for hit in found(0, 2)]
    added = completed(hits, lambda _: CHUNKS, share=0.6, neighbours=0)[1]
    assert (added.dense, added.lexical, added.judged) == (None, None, None)
    assert added.score == hits[0].score


def test_what_is_not_allowed_is_not_added() -> None:
    allowed = [chunk for chunk in CHUNKS if chunk.ordinal != 1]
    assert ordinals(completed(found(0, 2), lambda _: allowed, share=0.5, neighbours=1)) == [0, 2, 3]


def test_a_long_section_is_not_completed() -> None:
    _, chunks = document(*[("One",)] * (3 * MOST_ADDED))
    hits = found(*range(2 * MOST_ADDED - 1), chunks=chunks)
    assert completed(hits, lambda _: chunks, share=0.5, neighbours=0) == hits


def test_no_document_is_read_where_nothing_can_be_added() -> None:
    def refuse(document_id: str) -> list[Chunk]:
        raise AssertionError(document_id)

    assert completed(found(0), refuse, share=0.1, neighbours=0) == found(0)
    assert completed(found(0, 1), refuse, share=1.5, neighbours=0) == found(0, 1)


def test_chunks_that_follow_each_other_become_one() -> None:
    hits = found(4, 0, 3, 2)
    groups = joined(hits)
    assert [[hits[place].chunk.ordinal for place in group] for group in groups] == [
        [3, 4],
        [0],
        [2],
    ]
    whole = merged([hits[place] for place in groups[0]], TEXT)
    assert whole.id == hits[0].id, "the best one gives the name"
    assert whole.score == hits[0].score
    assert whole.text == CHUNKS[3].text + "\n\n" + CHUNKS[4].text
    assert whole.text == TEXT[slice(*whole.chunk.span)]


def test_sections_and_kinds_are_not_mixed() -> None:
    assert joined(found(2, 3)) == [(0,), (1,)]
    hits = found(0, 1)
    hits[1] = replace(hits[1], chunk=replace(hits[1].chunk, kind="table"))
    assert joined(hits) == [(0,), (1,)]


@given(st.sets(st.integers(0, 5), min_size=1), st.randoms(), st.floats(0.1, 1.5), st.integers(0, 3))
def test_no_character_goes_forward_twice(
    places: set[int], order: object, share: float, neighbours: int
) -> None:
    numbers = sorted(places)
    order.shuffle(numbers)  # type: ignore[attr-defined]
    hits = found(*numbers)
    more = completed(hits, lambda _: CHUNKS, share=share, neighbours=neighbours)
    assert [hit for hit in more if hit in hits] == hits, "hits keep their order"
    wholes = [merged([more[place] for place in group], TEXT) for group in joined(more)]
    spans = sorted(whole.chunk.span for whole in wholes)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    for whole in wholes:
        assert whole.text == TEXT[slice(*whole.chunk.span)]
        assert "".join(TEXT[a:b] for a, b in whole.chunk.sentences) == whole.chunk.body
    assert sum(len(whole.chunk.sentences) for whole in wholes) == 2 * len(more)
