"""The store of conversations: nothing is lost, nothing is changed, what is deleted is gone."""

import multiprocessing
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from leanrag.adapters.sqlite.conversations.store import SqliteConversations
from leanrag.errors import InputError, StoreError
from leanrag.types import Fact, IndexedTurn, StoredTurn, Summary, SummaryLine

SECRET = "the-parrot-is-called-kiwi"


def turn(text: str, name: str = "", time: str = "2026-01-01T00:00:00+00:00") -> StoredTurn:
    return StoredTurn(0, name, "user", time, len(text), {"role": "user", "content": text})


def texts(store: SqliteConversations, key: int) -> list[str]:
    return [one.message["content"] for one in store.turns(key)]


@pytest.fixture(params=["file", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[SqliteConversations]:
    path = tmp_path / "talk.sqlite" if request.param == "file" else None
    opened = SqliteConversations(path)
    yield opened
    opened.close()


def test_turns_come_back_in_the_order_of_adding(store: SqliteConversations) -> None:
    later, earlier = "2026-02-02T00:00:00+00:00", "2020-01-01T00:00:00+00:00"
    key, first = store.append("", "a", [turn("one", time=later), turn("two", time=earlier)])
    again, second = store.append("", "a", [turn("three", "mine")])
    assert again == key
    assert [one.id for one in [*first, *second]] == ["turn-0", "turn-1", "mine"]
    assert texts(store, key) == ["one", "two", "three"]
    assert [one.time for one in store.turns(key)][:2] == [later, earlier]
    assert texts(store, key)[1:] == [one.message["content"] for one in store.turns(key, 1)]


def test_tenant_and_id_are_walls(store: SqliteConversations) -> None:
    keys = [
        store.append(tenant, name, [turn(f"{tenant}/{name}")])[0]
        for tenant in ("", "x", "y")
        for name in ("a", "b")
    ]
    assert len(set(keys)) == 6
    assert [texts(store, key) for key in keys] == [
        ["/a"],
        ["/b"],
        ["x/a"],
        ["x/b"],
        ["y/a"],
        ["y/b"],
    ]
    assert [info.id for info in store.conversations("x")] == ["a", "b"]
    assert len(store.conversations()) == 6
    assert store.delete("x", "a")
    assert store.key("x", "a") is None
    assert texts(store, keys[0]) == ["/a"]


def test_a_taken_id_refuses_all_turns_of_the_call(store: SqliteConversations) -> None:
    key, _ = store.append("", "a", [turn("one", "x")])
    with pytest.raises(InputError, match="'x' is already the id"):
        store.append("", "a", [turn("two"), turn("three", "x")])
    assert texts(store, key) == ["one"]
    _, stored = store.append("", "a", [turn("two", "turn-2"), turn("three")])
    assert [one.id for one in stored] == ["turn-2", "turn-2'"]


def test_what_is_made_of_turns_comes_back(store: SqliteConversations) -> None:
    key, _ = store.append("", "a", [turn("one"), turn("two")])
    indexed = IndexedTurn(1, {7: 2, 9: 1}, (b"a" * 16, b"b" * 16))
    store.add_indexed(key, "m", [indexed])
    assert store.indexed(key, "m") == [indexed]
    assert store.indexed(key, "other model") == []
    store.add_vectors(key, {b"a" * 16: b"1234"})
    assert store.vectors(key) == store.vectors(key, [b"a" * 16, b"z" * 16]) == {b"a" * 16: b"1234"}
    lines = (SummaryLine("said", "turn-0"),)
    summary = Summary(1, 0, 2, lines, ("turn-0", "turn-1"), 3, "m", "why")
    store.add_summary(key, summary)
    assert store.summaries(key) == [summary]
    fact = Fact("name", "parrot", "It is Kiwi.", "turn-1", 1, "now", "Ann")
    store.add_facts(key, [fact], until=2)
    store.add_facts(key, [fact], until=2)
    assert store.facts(key) == [fact]
    assert store.facts_until(key) == 2


def test_a_namesake_of_a_deleted_conversation_is_another(store: SqliteConversations) -> None:
    old, _ = store.append("", "a", [turn("old")])
    assert store.delete("", "a")
    assert not store.delete("", "a")
    new, _ = store.append("", "a", [turn("new")])
    assert new != old
    store.add_vectors(old, {b"a" * 16: b"late"})
    store.add_indexed(old, "m", [IndexedTurn(0, {1: 1}, ())])
    store.add_facts(old, [Fact("name", "s", "late", "turn-0", 0)], until=1)
    assert store.vectors(old) == {}
    assert store.indexed(old, "m") == []
    assert store.facts(old) == []
    assert texts(store, new) == ["new"]


def test_odd_text_is_kept_as_it_is(store: SqliteConversations) -> None:
    odd = "lone \ud800 surrogate, nul \x00, 球队 🙂"
    key, _ = store.append("", "a", [turn(odd)])
    assert texts(store, key) == [odd]


def test_reading_makes_no_file(tmp_path: Path) -> None:
    store = SqliteConversations(tmp_path / "talk.sqlite")
    assert store.key("", "a") is None
    assert store.conversations() == []
    assert not store.delete("", "a")
    assert list(tmp_path.iterdir()) == []


def test_turns_cannot_be_changed_or_deleted_from_outside(tmp_path: Path) -> None:
    path = tmp_path / "talk.sqlite"
    store = SqliteConversations(path)
    key, _ = store.append("", "a", [turn("one")])
    store.close()
    with sqlite3.connect(path) as db:
        with pytest.raises(sqlite3.IntegrityError, match="never changed"):
            db.execute("UPDATE turns SET message = '{}'")
        with pytest.raises(sqlite3.IntegrityError, match="whole conversation"):
            db.execute("DELETE FROM turns")
    db.close()
    assert texts(store, key) == ["one"]


def test_a_deleted_conversation_leaves_no_byte(tmp_path: Path) -> None:
    path = tmp_path / "talk.sqlite"
    store = SqliteConversations(path)
    other = SqliteConversations(path)
    for number in range(40):
        store.append("", f"keep-{number}", [turn("harmless " * 30)])
        key, _ = store.append("", "gone", [turn(f"{SECRET} " * 300, f"{SECRET}-{number}")])
    store.add_facts(key, [Fact("name", SECRET, SECRET, SECRET, 0)], until=1)
    store.add_summary(key, Summary(0, 0, 1, (SummaryLine(SECRET),), (), 3))
    store.add_vectors(key, {b"a" * 16: SECRET.encode() * 100})
    assert other.key("", "gone") == key
    before = b"".join(file.read_bytes() for file in tmp_path.iterdir())
    assert SECRET.encode() in before
    assert store.delete("", "gone")
    left = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert path.name in left
    assert not [name for name, data in left.items() if SECRET.encode() in data]
    assert len(other.conversations()) == 40
    store.close()
    other.close()
    assert SECRET.encode() not in path.read_bytes()


def test_a_reader_that_keeps_bytes_alive_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("leanrag.adapters.sqlite.conversations.file.BUSY_TIMEOUT_S", 0.05)
    path = tmp_path / "talk.sqlite"
    store = SqliteConversations(path)
    store.append("", "a", [turn(SECRET)])
    reader = sqlite3.connect(path, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM turns").fetchone()
    with pytest.raises(StoreError, match="may still stand in the write-ahead log") as caught:
        store.delete("", "a")
    assert caught.value.retryable
    assert store.key("", "a") is None
    reader.close()
    assert not store.delete("", "a"), "there is none any more, but its bytes go"
    assert not [f for f in tmp_path.iterdir() if SECRET.encode() in f.read_bytes()]


def _write(path: Path, writer: int, turns: int) -> None:
    store = SqliteConversations(path)
    for number in range(turns):
        store.append("", "a", [turn(f"{writer}-{number}"), turn(f"{writer}-{number} reply")])
    store.close()


def test_processes_and_threads_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "talk.sqlite"
    context = multiprocessing.get_context("spawn")
    processes = [context.Process(target=_write, args=(path, n, 15)) for n in range(2)]
    for process in processes:
        process.start()
    shared = SqliteConversations(path)

    def add(number: int) -> None:
        shared.append("", "a", [turn(f"t-{number}"), turn(f"t-{number} reply")])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(add, range(20)))
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    key = shared.key("", "a")
    assert key is not None
    said = texts(shared, key)
    assert len(said) == len(set(said)) == 2 * (2 * 15 + 20)
    assert [one.position for one in shared.turns(key)] == list(range(len(said)))
    # What was added by one call stands together.
    assert all(said[n + 1] == f"{said[n]} reply" for n in range(0, len(said), 2))
    for writer in range(2):
        own = [text for text in said if text.startswith(f"{writer}-") and "reply" not in text]
        assert own == [f"{writer}-{number}" for number in range(15)]


@pytest.mark.parametrize(
    "content", [b"not a database, but long enough to be taken for one " * 9, None]
)
def test_another_file_is_refused(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "other.sqlite"
    if content is None:
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE mine (a)")
        db.close()
    else:
        path.write_bytes(content)
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"other\.sqlite"):
        SqliteConversations(path).append("", "a", [turn("x")])
    if content is not None:
        assert path.read_bytes() == before


def test_another_schema_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "talk.sqlite"
    store = SqliteConversations(path)
    store.append("", "a", [turn("x")])
    store.close()
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(StoreError, match="schema version 99"):
        store.conversations()


def test_a_folder_in_place_of_the_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"history\.path"):
        SqliteConversations(tmp_path).append("", "a", [turn("x")])
