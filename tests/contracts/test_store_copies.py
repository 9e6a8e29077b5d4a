"""What every store promises about documents of the same text."""

from dataclasses import replace

import pytest

from leanrag.protocols import Store
from leanrag.types import And, Exists, Filter, Match, Not, Or, Range, SearchResult
from tests.contracts.engines import Engine
from tests.store_samples import Written, document, question


def copy(source: str, *bodies: str, **metadata: object) -> Written:
    return document(source, *(bodies or ("shared words",)), metadata=metadata, copy=True)


def found(result: SearchResult) -> list[str]:
    """The sources of the hits, which both lists must agree on."""
    dense = sorted(hit.source for hit in result.dense)
    assert dense == sorted(hit.source for hit in result.lexical)
    return dense


@pytest.fixture
def copies(store: Store) -> Store:
    store.write(
        [
            copy("a.md", team="db", year=2022),
            copy("b.md", team="web", year=2024),
            copy("c.md", year=2024),
            document("other.md", "shared words and more", metadata={"team": "ops"}),
        ]
    )
    return store


def test_a_text_is_found_once_by_the_first_of_its_copies(copies: Store) -> None:
    result = copies.search(question("shared words"))
    assert found(result) == ["a.md", "other.md"]
    hit = next(hit for hit in result.dense if hit.source == "a.md")
    assert hit.metadata == {"team": "db", "year": 2022}
    assert hit.title == "Title of a.md"
    assert copies.owner(hit.id) == hit.chunk.document_id


@pytest.mark.parametrize(
    ("where", "sources"),
    [
        (Match("team", ("web",)), ["b.md"]),
        (Match("year", (2024,)), ["b.md"]),
        (Match("source", ("c.md",)), ["c.md"]),
        (And((Match("team", ("db",)), Match("year", (2024,)))), []),
        (And((Match("team", ("db",)), Range("year", lt=2023))), ["a.md"]),
        (Or((Match("team", ("web",)), Match("year", (2022,)))), ["a.md"]),
        (And((Not(Match("team", ("db",))), Exists("team"))), ["b.md", "other.md"]),
        (And((Exists("team", present=False), Match("year", (2024,)))), ["c.md"]),
        (And((Not(Match("team", ("db",))), Match("page", (1,)))), ["b.md", "other.md"]),
    ],
    ids=str,
)
def test_a_filter_is_for_one_copy_at_a_time_and_the_hit_names_it(
    copies: Store, where: Filter, sources: list[str]
) -> None:
    assert found(copies.search(question("shared words", where))) == sources


def test_copies_do_not_push_other_texts_out_of_the_list(store: Store) -> None:
    store.write([copy(f"copy{n:02}.md", "shared words") for n in range(30)])
    store.write([document(f"other{n}.md", f"shared words number {n}") for n in range(4)])
    result = store.search(question("shared words", limit=4))
    for hits in (result.dense, result.lexical):
        assert len(hits) == 4
        assert [hit.source for hit in hits if hit.source.startswith("copy")] == ["copy00.md"]


def test_every_chunk_of_copies_is_found_once(store: Store) -> None:
    bodies = ("first words", "second words", "third words")
    store.write([copy("b.md", *bodies), copy("a.md", *bodies)])
    result = store.search(question("words"))
    assert sorted(hit.text for hit in result.dense) == sorted(bodies)
    assert {hit.source for hit in (*result.dense, *result.lexical)} == {"a.md"}


def test_the_same_words_twice_in_one_document_are_two_chunks(store: Store) -> None:
    store.write([copy("a.md", "same words", "same words")])
    assert len(store.search(question("same words")).dense) == 2


def test_the_other_copies_stay_when_one_goes_or_changes(copies: Store) -> None:
    ids = {record.source: record.id for record in copies.records()}
    copies.delete([ids["a.md"]])
    assert found(copies.search(question("shared words"))) == ["b.md", "other.md"]
    copies.update_metadata(ids["b.md"], {"team": "new"})
    assert found(copies.search(question("shared words", Match("team", ("web",))))) == []
    assert found(copies.search(question("shared words", Match("team", ("new",))))) == ["b.md"]
    copies.write([copy("b.md", "quite different")])
    assert found(copies.search(question("shared words", Match("source", ("c.md",))))) == ["c.md"]


def test_each_copy_is_a_document_of_its_own(copies: Store) -> None:
    records = {record.source: record for record in copies.records()}
    assert len({records[name].content_hash for name in ("a.md", "b.md", "c.md")}) == 1
    assert copies.info().documents == 4
    assert copies.match(Match("team", ("web",))) == [records["b.md"].id]


def test_a_sketch_is_kept_with_the_document(engine: Engine) -> None:
    store = engine.open()
    written, chunks = copy("a.md")
    store.write([(replace(written, sketch="00ff"), chunks), copy("b.md")])
    assert [record.sketch for record in store.records()] == ["00ff", ""]
    store.write(
        [(replace(copy("a.md", "new words")[0], sketch="0abc"), copy("a.md", "new words")[1])]
    )
    store.close()
    assert [record.sketch for record in engine.open().records()] == ["0abc", ""]
