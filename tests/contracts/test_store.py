"""What every store promises, over the embedded engine and over the client."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from leanrag.errors import DocumentError, InputError, StoreError
from leanrag.protocols import Store
from leanrag.retrieve.filters import parse_where
from leanrag.text.bm25 import term_id
from leanrag.types import Chunk, EmbeddedChunk
from tests.contracts.engines import Engine
from tests.store_samples import DIMENSIONS, document, question, sources, vector


def found(store: Store, text: str, where: Any = None) -> set[str]:
    """Sources of everything that a search returns, after making sure that both lists agree."""
    result = store.search(question(text, parse_where(where)))
    assert sources(result.lexical) <= sources(result.dense)
    return sources(result.dense)


def test_a_chunk_comes_back_as_it_was_written(store: Store) -> None:
    written, chunks = document(
        "a.md",
        "查询 可以 取消",
        "second body",
        metadata={"team": "db", "year": 2024, "score": 0.5, "tags": ["x", "y"], "draft": True},
        lead=(0, 3),
        table_head=(3, 5),
        kind="table",
        sentences=((0, 4), (4, 8)),
    )
    store.write([(written, chunks)])
    hits = store.search(question("second body")).dense
    assert sorted((hit.chunk for hit in hits), key=_place) == [item.chunk for item in chunks]
    assert {(hit.source, hit.title) for hit in hits} == {("a.md", "Title of a.md")}


def test_optional_parts_of_a_chunk_may_be_missing(store: Store) -> None:
    written, chunks = document("a.md", "only body", page=None, headings=(), sentences=())
    store.write([(written, chunks)])
    assert store.search(question("only body")).dense[0].chunk == chunks[0].chunk


def test_a_document_comes_back_with_its_text(store: Store) -> None:
    written, chunks = document("a.md", "first", "second", metadata={"team": "db"})
    store.write([(written, chunks)])
    kept = store.document(written.id)
    assert kept is not None
    assert replace(kept, generation=0) == written
    assert store.document("another") is None


def test_a_chunk_leads_to_its_document(store: Store) -> None:
    first, chunks = document("a.md", "one", "two")
    second, others = document("b.md", "three")
    store.write([(first, chunks), (second, others)])
    assert [store.owner(item.chunk.id) for item in chunks] == [first.id, first.id]
    assert store.owner(others[0].chunk.id) == second.id
    store.delete([first.id])
    assert store.owner(chunks[0].chunk.id) is None
    assert store.owner("another") is None


def test_a_document_gives_its_vectors_back(store: Store) -> None:
    bodies = [f"body number {n}" for n in range(150)]
    written, chunks = document("a.md", *bodies, metadata={"team": "db"})
    store.write([(written, chunks), document("b.md", "body number 1")])
    found = store.vectors(written.id)
    assert [chunk for chunk, _ in found] == [item.chunk for item in chunks]
    assert store.chunks(written.id) == [item.chunk for item in chunks]
    assert [item.terms for item in store.embedded(written.id)] == [item.terms for item in chunks]
    for (_, stored), item in zip(found, chunks, strict=True):
        assert list(stored) == pytest.approx(item.vector, abs=1e-6)
    store.optimize()
    assert [chunk.id for chunk, _ in store.vectors(written.id)] == [i.chunk.id for i in chunks]


def test_only_a_visible_document_has_vectors(store: Store) -> None:
    old, _ = document("a.md", "old words")
    new, _ = document("a.md", "new words")
    empty, _ = document("b.md", "words")
    store.write([document("a.md", "old words"), (empty, [])])
    store.write([document("a.md", "new words")])
    assert store.vectors(old.id) == store.vectors("unknown") == store.vectors(empty.id) == []
    assert store.chunks(old.id) == store.chunks("unknown") == store.chunks(empty.id) == []
    assert [chunk.text for chunk, _ in store.vectors(new.id)] == ["new words"]
    store.delete([new.id])
    assert store.vectors(new.id) == []


def test_records_are_ordered_by_source(store: Store) -> None:
    store.write([document("b.md", "one two", "three"), document("a.md", "four")])
    store.write([document("ab.md", "five")])
    records = list(store.records())
    assert [record.source for record in records] == ["a.md", "ab.md", "b.md"]
    assert [(record.chunks, record.tokens) for record in records] == [(1, 1), (1, 1), (2, 3)]
    assert [record.fingerprint for record in records][:1] == ["print of a.md"]


def test_writing_replaces_the_earlier_document_of_the_source(store: Store) -> None:
    store.write([document("a.md", "old words", "more old words"), document("b.md", "other")])
    old = next(record for record in store.records() if record.source == "a.md")
    store.write([document("a.md", "new words")])
    hits = store.search(question("old new words other")).dense
    assert sorted(hit.chunk.text for hit in hits) == ["new words", "other"]
    new = next(record for record in store.records() if record.source == "a.md")
    assert new.generation != old.generation
    assert store.document(old.id) is None
    assert store.info().documents == 2
    assert store.info().chunks == 2


def test_writing_the_same_document_again_takes_its_new_metadata(store: Store) -> None:
    store.write([document("a.md", "words", metadata={"team": "db"})])
    store.write([document("a.md", "words", metadata={"team": "web"})])
    assert found(store, "words", "team=db") == set()
    assert found(store, "words", "team=web") == {"a.md"}
    assert store.info().chunks == 1


def test_a_document_without_chunks_is_a_document(store: Store) -> None:
    empty, _ = document("a.md", "nothing to embed", metadata={"team": "db"})
    store.write([(empty, [])])
    assert [record.chunks for record in store.records()] == [0]
    assert store.match(parse_where("team=db")) == [empty.id]
    assert store.delete([empty.id]) == 1


def test_a_chunk_without_terms_is_found_by_its_vector_alone(store: Store) -> None:
    written, chunks = document("a.md", "...")
    store.write([(written, [EmbeddedChunk(chunks[0].chunk, chunks[0].vector, {})])])
    result = store.search(question("..."))
    assert sources(result.dense) == {"a.md"}
    assert result.lexical == ()
    store.optimize()
    assert sources(store.search(question("...")).dense) == {"a.md"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda item: replace(item, vector=[0.0] * DIMENSIONS), "is zero"),
        (lambda item: replace(item, vector=[float("nan")] * DIMENSIONS), "not finite"),
        (lambda item: replace(item, vector=vector("x")[:-1]), "shape"),
        (lambda item: replace(item, vector=[]), "shape"),
        (lambda item: replace(item, terms={-1: 1}), "term -1"),
        (lambda item: replace(item, terms={2**32: 1}), "term 4294967296"),
        (lambda item: replace(item, terms={1: 0}), "count 0"),
        (lambda item: replace(item, chunk=replace(item.chunk, document_id="x")), "another"),
        (lambda item: replace(item, chunk=replace(item.chunk, text="\ud800")), "Unicode"),
    ],
)
def test_one_bad_chunk_keeps_the_whole_batch_out(
    store: Store, change: Callable[[EmbeddedChunk], EmbeddedChunk], message: str
) -> None:
    good = document("good.md", "fine words")
    bad, chunks = document("bad.md", "fine words", "bad words")
    with pytest.raises(DocumentError, match=message) as caught:
        store.write([good, (bad, [chunks[0], change(chunks[1])])])
    assert caught.value.source == "bad.md"
    assert list(store.records()) == []
    assert found(store, "fine words") == set()
    assert store.info().chunks == 0


def test_a_source_stands_once_in_a_batch(store: Store) -> None:
    with pytest.raises(InputError, match=r"source 'a\.md'"):
        store.write([document("a.md", "one"), document("a.md", "two")])
    assert list(store.records()) == []


def test_deleting_removes_documents_whole(store: Store) -> None:
    store.write([document(f"{name}.md", "same words", "more") for name in "abc"])
    ids = {record.source: record.id for record in store.records()}
    assert store.delete([ids["a.md"], ids["c.md"], "unknown", ids["a.md"]]) == 2
    assert found(store, "same words more") == {"b.md"}
    assert [record.source for record in store.records()] == ["b.md"]
    assert store.delete([]) == 0
    assert store.info().chunks == 2


def test_metadata_can_be_replaced_without_writing_again(store: Store) -> None:
    store.write([document("a.md", "words", metadata={"team": "db", "year": 2020})])
    store.write([document("b.md", "words", metadata={"team": "web"})])
    first = next(iter(store.records()))
    store.update_metadata(first.id, {"team": "ops", "city": "Bonn", "note": None})
    assert found(store, "words", "team=ops") == {"a.md"}
    assert found(store, "words", "team=db") == set()
    assert found(store, "words", "city=Bonn") == {"a.md"}
    assert found(store, "words", "city=null") == {"b.md"}
    kept = store.document(first.id)
    assert kept is not None
    assert kept.metadata == {"team": "ops", "city": "Bonn"}
    hit = store.search(question("words", parse_where("team=ops"))).dense[0]
    assert hit.chunk.metadata == {"team": "ops", "city": "Bonn"}
    assert dict(store.fields()) == {"team": "text", "city": "text"}


def test_a_fingerprint_is_replaced_with_the_metadata(store: Store) -> None:
    store.write([document("a.md", "words", metadata={"year": 2020})])
    first = next(iter(store.records()))
    store.update_metadata(first.id, {"year": 2021}, "new print")
    assert [record.fingerprint for record in store.records()] == ["new print"]
    store.update_metadata(first.id, {"year": 2022})
    (record,) = store.records()
    assert (record.fingerprint, record.metadata) == ("new print", {"year": 2022})


def test_metadata_of_an_unknown_document_cannot_be_replaced(store: Store) -> None:
    with pytest.raises(InputError, match="no document 'unknown'"):
        store.update_metadata("unknown", {})


def test_everything_is_there_after_reopening(engine: Engine) -> None:
    first = engine.open()
    first.write([document("a.md", "first words", metadata={"when": "2024-01-01", "n": 1})])
    first.write([document("b.md", "second words", metadata={"n": 2.5})])
    before = first.search(question("first words")), first.info(), first.idf([term_id("words")])
    first.close()
    second = engine.open(create=False)
    after = second.search(question("first words")), second.info(), second.idf([term_id("words")])
    assert after[0] == before[0]
    assert replace(after[1], bytes=0) == replace(before[1], bytes=0)
    assert after[2] == before[2]
    assert found(second, "words", {"n": {"gt": 2}}) == {"b.md"}


def test_collections_do_not_mix(engine: Engine) -> None:
    one, two = engine.open("one"), engine.open("two")
    one.write([document("a.md", "words")])
    assert found(two, "words") == set()
    assert found(one, "words") == {"a.md"}


def test_a_collection_that_does_not_exist_is_not_made_by_reading(engine: Engine) -> None:
    engine.open("docs").close()
    for _ in range(2):
        with pytest.raises(StoreError, match=r"no collection 'dosc'.*docs.*ingest"):
            engine.open("dosc", create=False)


@pytest.mark.parametrize("name", ["", "../up", "a/b", ".hidden", "a b", "x" * 65, "ümlaut"])
def test_a_collection_has_a_plain_name(engine: Engine, name: str) -> None:
    with pytest.raises(InputError, match="collection"):
        engine.open(name)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"model": "another"}, r"model 'model'.*'another'"),
        ({"variant": "bf16"}, r"variant 'fp32'.*'bf16'"),
        ({"dimensions": 8}, rf"dimensions {DIMENSIONS}.*8"),
    ],
)
def test_another_model_is_refused(engine: Engine, other: dict[str, Any], message: str) -> None:
    engine.open().close()
    for create in (True, False):
        with pytest.raises(StoreError, match=message):
            engine.open(create=create, **other)
    assert list(engine.open(create=False).records()) == []


def test_who_does_not_embed_need_not_name_the_model(engine: Engine) -> None:
    engine.open().close()
    store = engine.open(model=None, variant=None, dimensions=None, create=False)
    assert store.info().model == "model"
    assert store.variant == "fp32"


def test_a_closed_store_says_so(store: Store) -> None:
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.info()
    with pytest.raises(StoreError, match="closed"):
        store.search(question("words"))


def test_threads_may_share_a_store(store: Store) -> None:
    store.write([document(f"{n}.md", f"word{n} common") for n in range(20)])

    def look(number: int) -> set[str]:
        if number % 5 == 0:
            store.write([document(f"extra{number}.md", "common")])
        return sources(store.search(question(f"word{number}", limit=1)).dense)

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(look, range(20)))
    assert answers == [{f"{n}.md"} for n in range(20)]
    assert store.info().documents == 24


def _place(chunk: Chunk) -> int:
    return chunk.ordinal
