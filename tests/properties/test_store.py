"""Any sequence of writes, deletions and reopenings leaves what a plain dictionary would hold."""

from collections.abc import Mapping
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.metadata import merge_fields
from leanrag.protocols import Store
from leanrag.types import Match
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
    return document(f"{name}.md", *bodies, metadata=draw(METADATA))


OPERATIONS = st.lists(
    st.one_of(
        st.tuples(
            st.just("write"),
            st.lists(documents(), max_size=3, unique_by=lambda written: written[0].source),
        ),
        st.tuples(st.just("delete"), st.sets(st.sampled_from("abc"), max_size=2)),
        st.tuples(st.just("retag"), st.tuples(st.sampled_from("abc"), METADATA)),
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
    tags: dict[str, Mapping[str, Any]] = {}
    for name, value in operations:
        if name == "write":
            store.write(value)
            model.update({written.source: (written, chunks) for written, chunks in value})
            tags.update({written.source: written.metadata for written, _ in value})
        elif name == "delete":
            doomed = [f"{one}.md" for one in value if f"{one}.md" in model]
            assert store.delete([model[source][0].id for source in doomed]) == len(doomed)
            for source in doomed:
                del model[source], tags[source]
        elif name == "retag" and f"{value[0]}.md" in model:
            store.update_metadata(model[f"{value[0]}.md"][0].id, value[1])
            tags[f"{value[0]}.md"] = value[1]
        elif name == "optimize":
            store.optimize()
        elif name == "reopen":
            store.close()
            store = engine.open()
        compare(store, model, tags)


def compare(
    store: Store, model: Mapping[str, Written], tags: Mapping[str, Mapping[str, Any]]
) -> None:
    records = {record.source: record for record in store.records()}
    assert {source: (record.id, record.metadata) for source, record in records.items()} == {
        source: (written.id, tags[source]) for source, (written, _) in model.items()
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
            for source, (_, chunks) in model.items()
            for item in chunks
            if where is None or tags[source].get(where.field) in where.values
        }
        result = store.search(question("one two three four", where, limit=100))
        for hits in (result.dense, result.lexical):
            assert {hit.id: hit.chunk.text for hit in hits} == expected
            assert all(hit.chunk.metadata == tags[hit.source] for hit in hits)
    assert store.info().chunks == sum(len(chunks) for _, chunks in model.values())
