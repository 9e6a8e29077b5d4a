"""The documents of a collection on a Qdrant server, in a companion collection without vectors.

Each version of a document is a record with a generation, and is ``pending``, ``live`` or ``dead``.
Making a record live is one operation of the server: from then on the generations that it
``replaces`` are hidden, until they are removed. Writers do not wait for each other: where two
wrote the same source, the newer one counts. The module is long because the states of a record
mean nothing outside it.
"""

import json
import secrets
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from leanrag.adapters.qdrant.dialects import client_dialect
from leanrag.adapters.qdrant.filters import (
    METADATA_KEY,
    compile_filter,
    indexed_keys,
    missing_field,
    newly_mixed,
)
from leanrag.adapters.qdrant.payload import GENERATION_KEY
from leanrag.adapters.qdrant.rows import EXACT_METADATA, document_of, holder_of, record_of
from leanrag.adapters.qdrant.server.chunks import create_index, index_fields
from leanrag.adapters.qdrant.server.config import placement
from leanrag.adapters.qdrant.stored import Identity, NewDocument, Owner
from leanrag.settings import QdrantSettings
from leanrag.text.hashing import stable_id
from leanrag.types import Document, DocumentRecord, FieldType, Filter, Metadata

_AT_ONCE = 500
_RECORD = "record"
_LATER = {"sketch": "", "origin": ""}
"""What records that an earlier version wrote lack."""
_NAMES = ("source", "origin", "document_id")
_ABANDONED_AFTER_NS = 3600 * 10**9
"""A pending record is older than this only if its writer died."""


class ServerDocuments:
    """Records of documents, field types and settings. Errors are the client's own."""

    def __init__(self, client: Any, name: str, settings: QdrantSettings) -> None:
        from qdrant_client import models

        self._client = client
        self._models: Any = models
        self._name = name
        self._placement = placement(settings)
        self._dialect = client_dialect()
        self._live = [self._is("document"), self._state("live")]

    # ── settings and fields ─────────────────────────────────────────────────────────────────

    def create(self) -> None:
        """Makes the empty collection; ``save_settings`` completes it."""
        self._client.create_collection(self._name, vectors_config={}, **self._placement)
        for key in (_RECORD, "state", "stale", "document_id", "source", "title", "language"):
            create_index(self._client, self._name, key, "text")
        create_index(self._client, self._name, GENERATION_KEY, "integer")

    def settings(self) -> dict[str, Any] | None:
        """What the collection was made with, or None where it was never completed."""
        records = self._client.retrieve(self._name, [stable_id("settings")], with_payload=True)
        return json.loads(records[0].payload["settings"]) if records else None

    def index_fields(self, fields: Mapping[str, FieldType]) -> None:
        """Makes the payload indexes that fit the fields' types, in place of others."""
        index_fields(self._client, self._name, fields)

    def save_settings(self, settings: Mapping[str, Any]) -> None:
        """Records what the collection is made with, which completes it."""
        payload = {_RECORD: "settings", "settings": json.dumps(dict(settings))}
        self._put(stable_id("settings"), payload)

    def types(self) -> dict[str, FieldType]:
        """The types of all fields that a document ever had."""
        points = self._scroll(self._dialect.filter(must=[self._is("field")]))
        return dict(sorted((point.payload["name"], point.payload["type"]) for point in points))

    def fields(self, without: Sequence[Identity] = ()) -> dict[str, FieldType]:
        """The types of the fields that a visible document has.

        Args:
            without: documents that would replace others; those do not count.
        """
        rivals = {number for numbers in self._rivals(without) for number in numbers}
        not_counted = sorted(rivals.union(self.hidden())) or [0]
        must_not = [self._dialect.any_of(GENERATION_KEY, not_counted)]
        return {
            name: kind
            for name, kind in self.types().items()
            if self._client.count(
                self._name,
                self._dialect.filter(
                    must=self._live,
                    must_not=[*must_not, missing_field(name, kind, self._dialect)],
                ),
                exact=True,
            ).count
        }

    def save_fields(self, fields: Mapping[str, FieldType], before: Mapping[str, FieldType]) -> None:
        """Records the types of fields, and marks documents that lack the form of a new type.

        Another writer may have made such documents visible since ``before`` was read.
        """
        for name, kind in fields.items():
            if before.get(name) == kind:
                continue
            payload = {_RECORD: "field", "name": name, "type": kind}
            self._put(stable_id("field", name), payload)
        for name in sorted(newly_mixed(before, fields)):
            plain = missing_field(name, None, self._dialect)
            typed = [self._dialect.missing(key) for key in indexed_keys({name: fields[name]})]
            lacking = self._dialect.filter(must=[*self._live, *typed], must_not=[plain])
            self._client.set_payload(self._name, {"stale": "yes"}, lacking, wait=True)

    # ── writing ─────────────────────────────────────────────────────────────────────────────

    def add_pending(
        self, documents: Sequence[NewDocument], filterable: Sequence[Mapping[str, Any]]
    ) -> list[int]:
        """Records documents that are not visible yet, and gives each a generation."""
        generations = []
        rivals = self._rivals([Identity.of(new.document) for new in documents])
        for new, values, replaced in zip(documents, filterable, rivals, strict=True):
            document = new.document
            # Distinct over all writers, and ordered by time.
            generation = (time.time_ns() >> 20 << 20) + secrets.randbelow(1 << 20)
            payload = {
                _RECORD: "document",
                "state": "pending",
                GENERATION_KEY: generation,
                "replaces": replaced,
                "stale": "no",
                "document_id": document.id,
                "source": document.source,
                "origin": document.origin,
                "title": document.title,
                "content_hash": document.content_hash,
                "fingerprint": document.fingerprint,
                "sketch": document.sketch,
                "language": document.language,
                "ingested_at": document.ingested_at,
                "chunks": new.chunks,
                "tokens": new.tokens,
                "terms": new.terms,
                "text": document.text,
                METADATA_KEY: dict(values),
                EXACT_METADATA: _dump(document.metadata),
            }
            self._put(_point_id(generation), payload)
            generations.append(generation)
        return generations

    def publish(self, generations: Sequence[int]) -> None:
        """Makes pending documents visible in place of those that they replace."""
        self._set(generations, {"state": "live"})

    def bury(self, generations: Sequence[int]) -> None:
        """Makes documents invisible for good."""
        self._set(generations, {"state": "dead"})

    def replace_metadata(
        self,
        generation: int,
        metadata: Metadata,
        filterable: Mapping[str, Any],
        fingerprint: str | None = None,
    ) -> None:
        """Gives a document other metadata, and marks its chunks as stale."""
        values = {
            METADATA_KEY: dict(filterable),
            EXACT_METADATA: _dump(metadata),
            "stale": "yes",
        }
        if fingerprint is not None:
            values["fingerprint"] = fingerprint
        self._set([generation], values)

    def set_origins(self, origins: Mapping[str, str]) -> None:
        """Records where visible documents come from, by their ids."""
        ids = sorted(origins)
        for start in range(0, len(ids), _AT_ONCE):
            found = self.with_ids(ids[start : start + _AT_ONCE])
            # Where two writers wrote a document at once, the older version moves along, hidden.
            sources = sorted({owner.source for owner in found})
            versions: dict[tuple[str, str], list[int]] = {}
            known_by: dict[int, tuple[str, str]] = {}
            condition = self._dialect.filter(
                must=[*self._live, self._dialect.any_of("source", sources)]
            )
            for point in self._scroll(condition, [GENERATION_KEY, *_NAMES]) if sources else ():
                generation, key = point.payload[GENERATION_KEY], _known_by(point.payload)
                versions.setdefault(key, []).append(generation)
                known_by[generation] = key
            self._set_each(
                (versions[known_by[owner.generation]], {"origin": origins[owner.id]})
                for owner in found
                if owner.generation in known_by
            )

    def mark_stale(self, generations: Sequence[int]) -> None:
        """Records that the chunks of documents do not carry their metadata as fields are now."""
        self._set(generations, {"stale": "yes"})

    def set_filterable(self, generation: int, filterable: Mapping[str, Any]) -> None:
        """Replaces what filters read of a document's metadata."""
        self._set([generation], {METADATA_KEY: dict(filterable)})

    def mark_fresh(self, generation: int, filterable: Mapping[str, Any]) -> None:
        """Records that the chunks of a document carry its metadata."""
        self._set([generation], {METADATA_KEY: dict(filterable), "stale": "no"})

    def forget(self, generations: Sequence[int]) -> None:
        """Removes records of documents that have no chunks left."""
        if generations:
            ids = [_point_id(generation) for generation in generations]
            self._client.delete(self._name, self._models.PointIdsList(points=ids), wait=True)

    def clear_replaced(self, gone: Iterable[int]) -> None:
        """Forgets what was replaced where all of it is gone."""
        removed = set(gone)
        points = list(self._scroll(self._replacing(), [GENERATION_KEY, "replaces"]))
        done = [point.payload for point in points if removed.issuperset(point.payload["replaces"])]
        self._set([payload[GENERATION_KEY] for payload in done], {"replaces": []})

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def hidden(self) -> list[int]:
        """The generations that no reader may see: pending, dead, or replaced by a live one."""
        unfinished = self._dialect.filter(
            must=[self._is("document")], must_not=[self._state("live")]
        )
        either = self._dialect.filter(should=[unfinished, self._replacing()])
        hidden: list[int] = []
        for point in self._scroll(either, ["state", GENERATION_KEY, "replaces"]):
            if point.payload["state"] == "live":
                hidden.extend(point.payload["replaces"])
            else:
                hidden.append(point.payload[GENERATION_KEY])
        return hidden

    def removable(self) -> list[int]:
        """The hidden generations that nobody works on any more."""
        now = time.time_ns()
        pending = self._dialect.filter(must=[self._is("document"), self._state("pending")])
        at_work = {
            point.payload[GENERATION_KEY]
            for point in self._scroll(pending, [GENERATION_KEY])
            if now - point.payload[GENERATION_KEY] < _ABANDONED_AFTER_NS
        }
        return [generation for generation in self.hidden() if generation not in at_work]

    def owners(self, generations: Iterable[int]) -> dict[int, Owner]:
        """The visible documents of the generations; others are left out."""
        wanted = set(generations)
        ids = [_point_id(generation) for generation in sorted(wanted)]
        points = self._client.retrieve(
            self._name, ids, with_payload=self._models.PayloadSelectorExclude(exclude=["text"])
        )
        sources = sorted({point.payload["source"] for point in points})
        current = self.visible(self._dialect.any_of("source", sources)) if sources else {}
        return {key: owner for key, owner in current.items() if key in wanted}

    def visible(self, condition: Any | None = None) -> dict[int, Owner]:
        """The newest live version of each document, of those that meet a condition."""
        return {payload[GENERATION_KEY]: holder_of(payload) for payload in self._newest(condition)}

    def records(self) -> list[DocumentRecord]:
        """All visible documents, ordered by source."""
        rows = sorted(self._newest(None), key=_order)
        return [record_of({**_LATER, **row}) for row in rows]

    def document(self, document_id: str) -> Document | None:
        """The visible document of the id, with its text."""
        for owner in self.with_ids([document_id]):
            for point in self._client.retrieve(self._name, [_point_id(owner.generation)]):
                return document_of({**_LATER, **point.payload})
        return None

    def match(self, where: Filter, fields: Mapping[str, FieldType]) -> list[Owner]:
        """The visible documents that a filter on documents lets through."""
        return list(self.visible(compile_filter(where, fields, self._dialect)).values())

    def with_ids(self, document_ids: Sequence[str]) -> list[Owner]:
        """The visible documents of the ids."""
        return list(self.visible(self._dialect.any_of("document_id", document_ids)).values())

    def stale(self) -> list[Owner]:
        """The visible documents whose chunks carry earlier metadata."""
        return list(self.visible(self._dialect.any_of("stale", ["yes"])).values())

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _newest(self, condition: Any | None) -> Iterator[Mapping[str, Any]]:
        hidden = set(self.hidden())
        conditions = [*self._live] if condition is None else [*self._live, condition]
        newest: dict[tuple[str, str], Mapping[str, Any]] = {}
        for point in self._scroll(self._dialect.filter(must=conditions)):
            payload = point.payload
            generation, key = payload[GENERATION_KEY], _known_by(payload)
            other = newest.get(key)
            if generation not in hidden and (other is None or other[GENERATION_KEY] < generation):
                newest[key] = payload
        yield from newest.values()

    def _scroll(self, condition: Any, keys: Sequence[str] | None = None) -> Iterator[Any]:
        selector = keys or self._models.PayloadSelectorExclude(exclude=["text"])
        offset = None
        while True:
            points, offset = self._client.scroll(
                self._name, condition, limit=_AT_ONCE, offset=offset, with_payload=selector
            )
            yield from points
            if offset is None:
                return

    def _put(self, point_id: str, payload: Mapping[str, Any]) -> None:
        point = self._models.PointStruct(id=point_id, vector={}, payload=dict(payload))
        self._client.upsert(self._name, [point], wait=True)

    def _set(self, generations: Sequence[int], values: Mapping[str, Any]) -> None:
        if generations:
            ids = [_point_id(generation) for generation in generations]
            self._client.set_payload(self._name, dict(values), ids, wait=True)

    def _set_each(self, changes: Iterable[tuple[Sequence[int], Mapping[str, Any]]]) -> None:
        """Sets other values of each record, in one call."""
        operations = [
            self._models.SetPayloadOperation(
                set_payload=self._models.SetPayload(
                    payload=dict(values), points=[_point_id(number) for number in generations]
                )
            )
            for generations, values in changes
        ]
        if operations:
            self._client.batch_update_points(self._name, operations, wait=True)

    def _is(self, kind: str) -> Any:
        return self._dialect.any_of(_RECORD, [kind])

    def _state(self, state: str) -> Any:
        return self._dialect.any_of("state", [state])

    def _replacing(self) -> Any:
        return self._dialect.filter(must=self._live, must_not=[self._dialect.missing("replaces")])

    def _rivals(self, new: Sequence[Identity]) -> list[list[int]]:
        """The generations that each of these documents replaces."""
        sources, ids = sorted({one.source for one in new}), sorted({one.id for one in new})
        either = self._dialect.filter(
            should=[
                self._dialect.any_of("source", sources),
                self._dialect.any_of("document_id", ids),
            ]
        )
        by_key: dict[tuple[str, str], list[int]] = {}
        by_id: dict[str, list[int]] = {}
        condition = self._dialect.filter(must=[*self._live, either])
        for point in self._scroll(condition, [GENERATION_KEY, *_NAMES]) if new else ():
            generation = point.payload[GENERATION_KEY]
            by_key.setdefault(_known_by(point.payload), []).append(generation)
            by_id.setdefault(point.payload["document_id"], []).append(generation)
        return [
            sorted({*by_key.get((one.source, one.origin), ()), *by_id.get(one.id, ())})
            for one in new
        ]


def _order(payload: Mapping[str, Any]) -> tuple[str, int]:
    return payload["source"], payload[GENERATION_KEY]


def _known_by(payload: Mapping[str, Any]) -> tuple[str, str]:
    return payload["source"], payload.get("origin", "")


def _point_id(generation: int) -> str:
    return stable_id("document", str(generation))


def _dump(metadata: Metadata) -> str:
    return json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True)
