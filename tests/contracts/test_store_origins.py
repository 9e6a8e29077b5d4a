"""Documents of one source and several origins, over every engine."""

from dataclasses import replace

import pytest

from leanrag.errors import InputError
from leanrag.protocols import Store
from tests.contracts.engines import Engine
from tests.store_samples import Written, document, question, sources


def written(source: str, body: str, origin: str) -> Written:
    made, chunks = document(source, body)
    return replace(made, origin=origin), chunks


def origins(store: Store) -> dict[str, str]:
    """The origins by the bodies of the documents."""
    known = {record.id: record.origin for record in store.records()}
    return {store.chunks(key)[0].text: origin for key, origin in known.items()}


def test_one_source_of_two_origins_is_two_documents(engine: Engine) -> None:
    store = engine.open()
    store.write([written("a.md", "alpha", "/p1/a.md"), written("a.md", "beta", "/p2/a.md")])
    store.write([written("a.md", "gamma", "")])
    assert origins(store) == {"alpha": "/p1/a.md", "beta": "/p2/a.md", "gamma": ""}
    assert sources(store.search(question("alpha beta gamma")).dense) == {"a.md"}
    assert len(store.search(question("alpha beta gamma")).dense) == 3
    store.write([written("a.md", "delta", "/p2/a.md")])
    assert origins(store) == {"alpha": "/p1/a.md", "delta": "/p2/a.md", "gamma": ""}
    store.close()
    assert origins(engine.open()) == {"alpha": "/p1/a.md", "delta": "/p2/a.md", "gamma": ""}


def test_an_id_is_of_one_document_whatever_its_origin(store: Store) -> None:
    store.write([written("a.md", "alpha", "/p1/a.md")])
    store.write([written("a.md", "alpha", "/p2/a.md")])
    assert origins(store) == {"alpha": "/p2/a.md"}


def test_a_batch_may_hold_one_source_of_two_origins_but_not_twice(store: Store) -> None:
    twice = [written("a.md", "alpha", "/p1/a.md"), written("a.md", "beta", "/p1/a.md")]
    with pytest.raises(InputError, match=r"2 documents of one batch have the source 'a.md'"):
        store.write(twice)
    assert list(store.records()) == []


def test_origins_can_be_recorded_later(engine: Engine) -> None:
    store = engine.open()
    first, second = document("a.md", "alpha", metadata={"team": "db"}), document("b.md", "beta")
    store.write([first, second])
    before = store.document(first[0].id)
    store.set_origins({first[0].id: "/p1/a.md", "no such id": "/p1/c.md"})
    assert origins(store) == {"alpha": "/p1/a.md", "beta": ""}
    assert before is not None
    assert store.document(first[0].id) == replace(before, origin="/p1/a.md"), "all else stays"
    store.write([written("a.md", "gamma", "/p2/a.md"), written("a.md", "delta", "/p1/a.md")])
    assert origins(store) == {"delta": "/p1/a.md", "gamma": "/p2/a.md", "beta": ""}
    store.set_origins({first[0].id: "/p3/a.md"})
    store.set_origins({})
    assert origins(store) == {"delta": "/p1/a.md", "gamma": "/p2/a.md", "beta": ""}
    assert store.fields() == {}
    store.close()
    assert origins(engine.open()) == {"delta": "/p1/a.md", "gamma": "/p2/a.md", "beta": ""}


def test_a_document_keeps_its_origin_with_new_metadata(store: Store) -> None:
    made = written("a.md", "alpha", "/p1/a.md")
    store.write([made])
    store.update_metadata(made[0].id, {"team": "db"})
    assert origins(store) == {"alpha": "/p1/a.md"}
    assert store.fields() == {"team": "text"}
    store.delete([made[0].id])
    assert origins(store) == {}
    assert store.fields() == {}


def test_copies_below_two_roots_are_found_once(store: Store) -> None:
    made, chunks = document("a.md", "alpha", copy=True)
    other = replace(made, id=made.content_hash[:8] + made.id[8:], origin="/p2/a.md")
    copies = [
        replace(item, chunk=replace(item.chunk, document_id=other.id, id=other.id))
        for item in chunks
    ]
    store.write([(made, chunks), (other, copies)])
    assert len(list(store.records())) == 2
    assert len(store.search(question("alpha")).dense) == 1
