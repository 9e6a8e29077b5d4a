"""The server store: interrupted writers, several writers, what the server answers."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest
from qdrant_client import QdrantClient

from leanrag.adapters.qdrant.server import documents as server_documents
from leanrag.adapters.qdrant.server import opening as qdrant_server
from leanrag.adapters.qdrant.server.config import dense_params
from leanrag.adapters.qdrant.server.opening import (
    QdrantServerStore,
    connect,
    open_server_collection,
    open_server_store,
    server_collections,
)
from leanrag.errors import BackendError, ConfigError, InputError, StoreError
from leanrag.settings import QdrantSettings, Settings
from leanrag.types import MadeWith
from tests.store_samples import DIMENSIONS, document, imitated_server, question, sources

OLD = [document("a.md", "old words", "more old words", metadata={"v": 1}), document("b.md", "old")]
NEW = [document("a.md", "new words", metadata={"v": 2}), document("c.md", "new", "other new")]


class Killed(BaseException):
    """Stands for the death of the process."""


@pytest.fixture
def client() -> Iterator[QdrantClient]:
    with imitated_server() as made:
        yield made


def open_store(client: Any, *, create: bool = True, **settings: Any) -> QdrantServerStore:
    given = {"dimensions": DIMENSIONS, "model": "m", "variant": "v", **settings}
    return open_server_collection(client, "default", made_with=MadeWith(**given), create=create)


def texts(store: QdrantServerStore) -> set[str]:
    found = store.search(question("old new words"))
    dense = {hit.chunk.text for hit in found.dense}
    assert {hit.chunk.text for hit in found.lexical} == dense
    return dense


class DyingClient:
    """Passes everything on to a client, and dies at one of the calls that change something."""

    def __init__(self, client: QdrantClient, step: int) -> None:
        self._inner = client
        self._client = client._client
        self.step = step

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._inner, name)
        if name not in ("upsert", "delete", "set_payload", "update_vectors", "create_collection"):
            return method

        def call(*args: Any, **named: Any) -> Any:
            self.step -= 1
            if self.step == 0:
                raise Killed
            if self.step < 0:
                raise ConnectionError("the process is dead")
            return method(*args, **named)

        return call


@pytest.mark.parametrize("step", range(1, 30))
def test_a_writer_that_dies_leaves_whole_documents(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    dying = DyingClient(client, step)
    try:
        store = open_store(dying)
        store.write(OLD)
        store.write(NEW)
        store.update_metadata(NEW[0][0].id, {"v": 3})
        store.delete([OLD[1][0].id])
        assert step > 20, "this step was to be the last"
        return
    except Killed:
        pass
    # Another process sees whole documents while the rest still lies about, and afterwards.
    for age in (server_documents._ABANDONED_AFTER_NS, 0):
        monkeypatch.setattr(server_documents, "_ABANDONED_AFTER_NS", age)
        other = open_store(client)
        known = {written.id: chunks for written, chunks in [*OLD, *NEW]}
        records = list(other.records())
        assert len({record.source for record in records}) == len(records)
        whole = {item.chunk.text for record in records for item in known[record.id]}
        assert texts(other) == whole
        assert other.info().chunks == len(whole)
    assert client.count("default").count == len(whole)
    other.write(NEW)
    assert texts(other) >= {"new words", "new", "other new"}
    other.delete([record.id for record in other.records()])
    assert client.count("default").count == 0


def test_of_two_writers_the_newer_counts(client: QdrantClient) -> None:
    first, second = open_store(client), open_store(client)
    first.write([document("a.md", "words one")])
    documents, chunks = first._documents, first._chunks

    # The second writes the same source between the first's record and its publication.
    publish = documents.publish

    def late(generations: Any) -> None:
        second.write([document("a.md", "words two", "words three")])
        publish(generations)

    documents.publish = late  # type: ignore[method-assign]
    first.write([document("a.md", "words four")])
    for store in (first, second, open_store(client)):
        assert [record.chunks for record in store.records()] == [2]
        found = store.search(question("words"))
        assert {hit.chunk.text for hit in found.dense} == {"words two", "words three"}
        assert store.info().chunks == 2
    assert chunks is not None


def test_a_record_without_an_origin_is_of_version_0_1(client: QdrantClient) -> None:
    store = open_store(client)
    store.write([document("a.md", "words one"), document("b.md", "words two")])
    documents = store._documents._name
    points, _ = client.scroll(documents, limit=99)
    client.delete_payload(documents, ["origin", "sketch"], [point.id for point in points])
    again = open_store(client)
    first, second = again.records()
    assert (first.origin, second.origin) == ("", "")
    again.set_origins({first.id: "/p1/a.md"})
    again.write([document("b.md", "words three")])
    assert [(r.source, r.origin) for r in again.records()] == [("a.md", "/p1/a.md"), ("b.md", "")]


def test_an_origin_is_recorded_of_all_that_was_written_at_once(client: QdrantClient) -> None:
    first, second = open_store(client), open_store(client)
    publish = first._documents.publish

    def late(generations: Any) -> None:
        second.write([document("a.md", "words two")])
        publish(generations)

    first._documents.publish = late  # type: ignore[method-assign]
    first.write([document("a.md", "words four")])
    (record,) = second.records()
    second.set_origins({record.id: "/p1/a.md"})
    assert [(r.id, r.origin) for r in open_store(client).records()] == [(record.id, "/p1/a.md")]


def test_what_another_writes_now_is_not_removed(client: QdrantClient) -> None:
    first, second = open_store(client), open_store(client)
    upsert = first._chunks.upsert

    def slow(*args: Any, **named: Any) -> None:
        second.write([document("b.md", "old")])
        assert texts(second) == {"old"}
        upsert(*args, **named)
        second.write([document("b.md", "old words")])

    first._chunks.upsert = slow  # type: ignore[method-assign]
    first.write([document("a.md", "words")])
    assert sources(second.search(question("words")).dense) == {"a.md", "b.md"}


def test_a_failing_server_leaves_nothing_of_the_batch(client: QdrantClient) -> None:
    store = open_store(client)
    store.write(OLD)
    upsert = store._chunks.upsert
    calls: list[int] = []

    def failing(*args: Any, **named: Any) -> None:
        calls.append(1)
        if len(calls) == 2:
            raise ValueError("the disk is full")
        upsert(*args, **named)

    store._chunks.upsert = failing  # type: ignore[method-assign]
    with pytest.raises(StoreError, match="disk is full"):
        store.write(NEW)
    assert texts(store) == {"old words", "more old words", "old"}
    assert client.count("default").count == 3


def test_a_collection_of_somebody_else_is_left_alone(client: QdrantClient) -> None:
    from qdrant_client import models

    client.create_collection("default", vectors_config={})
    client.upsert("default", [models.PointStruct(id=1, vector={}, payload={"mine": True})])
    with pytest.raises(StoreError, match="not made by leanrag"):
        open_store(client)
    with pytest.raises(StoreError, match=r"no collection 'default'.*there: none"):
        open_store(client, create=False)
    assert server_collections(client) == []
    assert client.count("default").count == 1


def test_the_names_of_companions_are_taken(client: QdrantClient) -> None:
    with pytest.raises(InputError, match="taken"):
        open_server_collection(client, "x__documents", made_with=MadeWith("m", "v", 2), create=True)


def test_collections_are_listed(client: QdrantClient) -> None:
    open_store(client)
    client.create_collection("foreign", vectors_config={})
    assert server_collections(client) == ["default"]


class NamedEmbedder:
    """What opening a store asks of an embedder; its vectors are never asked for."""

    name = "m"
    variant = "fp32"
    dimensions = DIMENSIONS
    max_tokens = 1


def test_settings_open_a_store_and_its_variant_counts(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def fake(url: str, settings: QdrantSettings) -> QdrantClient:
        asked.append(url)
        return client

    monkeypatch.setattr(qdrant_server, "connect", fake)
    settings = Settings.create(store="http://db:6333", collection="docs")
    embedder: Any = NamedEmbedder()
    with pytest.raises(StoreError, match="no collection 'docs'"):
        open_server_store(settings, embedder, create=False)
    assert open_server_store(settings, embedder, create=True).variant == "fp32"
    embedder.variant = "bf16"
    assert open_server_store(settings, embedder, create=False).variant == "fp32"
    fixed = Settings.create(
        store="http://db:6333", collection="docs", embedding={"variant": "bf16"}
    )
    with pytest.raises(StoreError, match="variant 'fp32'"):
        open_server_store(fixed, embedder, create=True)
    assert set(asked) == {"http://db:6333"}


# ── over the network ────────────────────────────────────────────────────────────────────────────


class Answer(BaseHTTPRequestHandler):
    """Gives every request the same answer."""

    status = 200
    keys: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        self.keys.append(self.headers.get("api-key"))
        body = json.dumps({"status": {"error": "no"}, "time": 0}).encode()
        self.send_response(self.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_PUT = do_POST = do_DELETE = do_GET

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    thread = threading.Thread(target=httpd.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}"
    httpd.shutdown()
    httpd.server_close()


@pytest.mark.parametrize(
    ("status", "message", "retryable"),
    [
        (401, "refused the access.*api_key", False),
        (403, "refused the access.*api_key", False),
        (429, "429", True),
        (500, "500", True),
        (503, "503", True),
    ],
)
@pytest.mark.filterwarnings("ignore:Api key is used with an insecure connection")
def test_what_the_server_refuses(
    server: str, monkeypatch: pytest.MonkeyPatch, status: int, message: str, retryable: bool
) -> None:
    monkeypatch.setattr(Answer, "status", status)
    monkeypatch.setattr(Answer, "keys", [])
    client = connect(server, QdrantSettings(api_key="secret"))
    with pytest.raises(BackendError, match=message) as caught:
        open_store(client)
    assert caught.value.retryable is retryable
    assert caught.value.service == "qdrant"
    assert "secret" not in str(caught.value)
    assert set(Answer.keys) == {"secret"}
    client.close()


def test_a_request_that_makes_no_sense_to_the_server(
    server: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Answer, "status", 400)
    client = connect(server, QdrantSettings())
    with pytest.raises(StoreError, match="refused a request"):
        open_store(client)
    client.close()


def test_a_server_that_is_not_there() -> None:
    httpd = HTTPServer(("127.0.0.1", 0), Answer)
    port = httpd.server_port
    httpd.server_close()
    client = connect(f"http://127.0.0.1:{port}", QdrantSettings(timeout_s=2))
    with pytest.raises(BackendError, match=r"cannot be reached.*check the URL") as caught:
        open_store(client)
    assert caught.value.retryable
    assert caught.value.service == "qdrant"
    client.close()


@pytest.mark.parametrize("url", ["", "ftp://x", "http://", "http://host:port"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises((InputError, BackendError)):
        open_store(connect(url, QdrantSettings()))


# ── settings of a collection ────────────────────────────────────────────────────────────────────


def made(client: QdrantClient, monkeypatch: pytest.MonkeyPatch, **given: Any) -> dict[str, Any]:
    """With what the two collections are made, by name."""
    asked: dict[str, Any] = {}
    create = client.create_collection

    def told(name: str, **options: Any) -> Any:
        asked[name] = options
        return create(name, **options)

    monkeypatch.setattr(client, "create_collection", told)
    settings = Settings.create(qdrant=given).qdrant
    made_with = MadeWith("m", "v", DIMENSIONS)
    open_server_collection(client, "default", made_with=made_with, create=True, settings=settings)
    return asked


def test_a_collection_is_made_as_the_settings_say(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = made(
        client,
        monkeypatch,
        shards=6,
        replicas=3,
        write_consistency=2,
        hnsw_m=24,
        hnsw_ef_construct=300,
        on_disk_vectors=True,
        on_disk_payload=False,
        graph_from=1000,
    )
    for options in asked.values():
        assert options["shard_number"] == 6
        assert options["replication_factor"] == 3
        assert options["write_consistency_factor"] == 2
        assert options["on_disk_payload"] is False
    assert asked["default"]["optimizers_config"].indexing_threshold == 1000 * DIMENSIONS * 4 // 1024
    # What the client's imitation keeps of it comes back from there.
    vectors = client.get_collection("default").config.params.vectors
    assert isinstance(vectors, dict)
    dense = vectors["dense"]
    assert (dense.size, dense.on_disk) == (DIMENSIONS, True)
    assert dense.hnsw_config is not None
    assert (dense.hnsw_config.m, dense.hnsw_config.ef_construct) == (24, 300)
    assert dense.quantization_config is not None
    assert dense.quantization_config.scalar.type == "int8"


def test_quantization_can_be_left_out(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = made(client, monkeypatch, quantization="none")
    assert asked["default"]["vectors_config"]["dense"].quantization_config is None
    assert asked["default"]["shard_number"] is None


def test_a_search_says_how_the_graph_is_searched() -> None:
    settings = QdrantSettings(search_ef=99, oversampling=3)
    params = dense_params(settings)
    assert params.hnsw_ef == 99
    assert (params.quantization.rescore, params.quantization.oversampling) == (True, 3)
    plain = dense_params(QdrantSettings(quantization="none")).quantization
    assert (plain.ignore, plain.rescore) == (True, None)


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ({"replicas": 2, "write_consistency": 3}, "write_consistency 3 is more than the replicas"),
        ({"write_consistency": 2}, "replicas"),
        ({"shards": 0}, "shards"),
        ({"hnsw_m": 1}, "hnsw_m"),
        ({"quantization": "int4"}, "quantization"),
        ({"oversampling": 0.5}, "oversampling"),
        ({"replica": 2}, "replica"),
    ],
)
def test_settings_that_cannot_work_are_refused(given: dict[str, Any], named: str) -> None:
    with pytest.raises(ConfigError, match=named):
        Settings.create(qdrant=given)


def test_a_document_that_is_replaced_during_a_search_is_found_in_its_new_version(
    client: QdrantClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = open_store(client), open_store(client)
    store.write(OLD)
    owners = server_documents.ServerDocuments.owners
    calls: list[int] = []

    def late(documents: Any, generations: Any) -> Any:
        calls.append(len(calls))
        if len(calls) == 1:
            other.write(NEW[:1])
        return owners(documents, generations)

    monkeypatch.setattr(server_documents.ServerDocuments, "owners", late)
    assert texts(store) == {"new words", "old"}
    assert len(calls) >= 2
