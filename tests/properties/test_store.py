"""Any sequence of writes, deletions and reopenings leaves what a plain dictionary would hold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.metadata import merge_fields
from leanrag.protocols import Store
from leanrag.types import Document, DocumentRecord, Match
from tests.contracts.engines import EdgeEngine, Engine, LocalEngine
from tests.store_samples import Written, document, question, ram_folder

METADATA = st.fixed_dictionaries(
    {}, optional={"team": st.sampled_from(["db", "web"]), "year": st.sampled_from([1, 2, 2.5])}
)


@st.composite
def documents(draw: st.DrawFn) -> Written:
    name = draw(st.sampled_from("abc"))
    bodies = draw(
        st.lists(st.sampled_from(["one two", "three", "one four"]), min_size=1, max_size=4)
    )
    made, chunks = document(f"{name}.md", *bodies, metadata=draw(METADATA))
    return replace(made, origin=draw(st.sampled_from(["", "/p1", "root:p2/x"]))), chunks


def key(written: Document | DocumentRecord) -> str:
    return f"{written.source} {written.origin}"


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.lists(
                documents(),
                max_size=3,
                unique_by=(lambda written: key(written[0]), lambda written: written[0].id),
            ),
        ),
        st.tuples(st.just("delete"), st.sets(st.sampled_from("abc"), max_size=2)),
        st.tuples(st.just("retag"), st.tuples(st.sampled_from("abc"), METADATA)),
        st.tuples(st.just("move"), st.tuples(st.sampled_from("abc"), st.just("/p3"))),
        st.tuples(st.just("reopen"), st.none()),
        st.tuples(st.just("optimize"), st.none()),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None)
@given(OPERATIONS)
def test_the_embedded_store_is_a_dictionary(operations: list[tuple[str, Any]]) -> None:
    with ram_folder() as folder, EdgeEngine(folder) as engine:
        follow(engine, operations)


@settings(max_examples=25, deadline=None)
@given(OPERATIONS)
def test_the_server_store_is_a_dictionary(operations: list[tuple[str, Any]]) -> None:
    with ram_folder() as folder, LocalEngine(folder) as engine:
        follow(engine, operations)


def follow(engine: Engine, operations: list[tuple[str, Any]]) -> None:
    store = engine.open()
    model: dict[str, Written] = {}
    for name, value in operations:
        if name == "write":
            store.write(value)
            for written, chunks in value:
                copies = [known for known, (one, _) in model.items() if one.id == written.id]
                for known in (*copies, key(written)):
                    model.pop(known, None)
                model[key(written)] = (written, chunks)
        elif name == "delete":
            doomed = [known for known in model if known[0] in value]
            assert store.delete([model[known][0].id for known in doomed]) == len(doomed)
            for known in doomed:
                del model[known]
        elif name in ("retag", "move"):
            known = next((known for known in sorted(model) if known[0] == value[0]), None)
            if known is None:
                continue
            written, chunks = model[known]
            if name == "retag":
                store.update_metadata(written.id, value[1])
                model[known] = (replace(written, metadata=value[1]), chunks)
            elif f"{written.source} {value[1]}" not in model:
                store.set_origins({written.id: value[1]})
                moved = replace(written, origin=value[1])
                del model[known]
                model[key(moved)] = (moved, chunks)
        elif name == "optimize":
            store.optimize()
        elif name == "reopen":
            store.close()
            store = engine.open()
        compare(store, model)


def compare(store: Store, model: Mapping[str, Written]) -> None:
    records = {key(record): record for record in store.records()}
    tags = {written.id: written.metadata for written, _ in model.values()}
    assert {known: (record.id, record.metadata) for known, record in records.items()} == {
        known: (written.id, written.metadata) for known, (written, _) in model.items()
    }
    fields: dict[str, Any] = {}
    for values in tags.values():
        fields = merge_fields(fields, values)
    # A type never narrows while a document has the field.
    assert {name: kind for name, kind in store.fields().items() if kind != "number"} == {
        name: kind for name, kind in fields.items() if store.fields()[name] != "number"
    }
    assert set(store.fields()) == set(fields)
    for where in (None, Match("team", ("db",)), Match("year", (2,)), Match("year", (2.5,))):
        expected = {
            item.chunk.id: item.chunk.text
            for written, chunks in model.values()
            for item in chunks
            if where is None or written.metadata.get(where.field) in where.values
        }
        result = store.search(question("one two three four", where, limit=100))
        for hits in (result.dense, result.lexical):
            assert {hit.id: hit.chunk.text for hit in hits} == expected
            assert all(hit.chunk.metadata == tags[hit.chunk.document_id] for hit in hits)
    assert store.info().chunks == sum(len(chunks) for _, chunks in model.values())
