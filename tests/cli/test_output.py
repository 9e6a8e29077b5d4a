"""The JSON objects have the documented keys and no others."""

import json
import math
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from leanrag.cli.console import STEERING
from leanrag.cli.output import (
    compressed_json,
    dump,
    error_json,
    info_json,
    ingest_json,
    prompt_json,
    search_json,
    trace_json,
)
from tests.cli.fakes import FACETS, FAILED, HIT, INFO, PROMPT, TRACE, fake_compress

INGEST = """
{"documents": {"added": 0, "updated": 0, "unchanged": 0, "deleted": 0, "failed": 0},
 "chunks": 0, "tokens": 0, "seconds": 0.0, "failures": [{"source": "a.pdf", "error": "x"}],
 "warnings": ["b.pdf: y"], "deleted_sources": ["c.pdf"]}
"""
QUERY = """
{"question": "x",
 "messages": [{"role": "system", "content": "x"}],
 "tokens": {"budget": 1000, "prompt": 812, "system": 40, "history": 0, "context": 748,
            "question": 12, "overhead": 12, "counter": "o200k_base", "exact": true},
 "sources": [{"id": "x", "source": "docs/a.html", "title": "x", "headings": ["x"], "page": null,
              "score": 0.0, "text": "what was kept", "spans": [[120, 310]], "metadata": {}}],
 "trace": [{"stage": "rerank", "items_in": 60, "items_out": 20, "tokens_in": 9000,
            "tokens_out": 2900, "seconds": 0.04}]}
"""
COMPRESS = """
{"texts": [{"id": "x", "text": "x", "spans": []}],
 "tokens": {"in": 1, "out": 1, "budget": 1},
 "trace": [{"stage": "x", "items_in": 0, "items_out": 0, "tokens_in": 0, "tokens_out": 0,
            "seconds": 0.0}]}
"""
SEARCH = """
{"hits": [{"id": "x", "source": "x", "title": "x", "headings": [], "page": null, "score": 0.0,
           "text": "x", "metadata": {}}]}
"""
INFO_KEYS = """
{"documents": 0, "chunks": 0, "tokens": 0, "fields": {}, "model": "x", "engine": "x", "bytes": 0}
"""


def keys(value: Any, *, free: tuple[str, ...] = ("metadata", "fields", "facets")) -> Any:
    """The shape of a JSON value: keys in order, one example of each list."""
    if isinstance(value, dict):
        return {key: None if key in free else keys(item) for key, item in value.items()}
    if isinstance(value, list):
        return [keys(value[0])] if value and isinstance(value[0], dict) else "list"
    return None


@pytest.mark.parametrize(
    ("documented", "payload"),
    [
        (INGEST, ingest_json(FAILED)),
        (QUERY, prompt_json(PROMPT)),
        (COMPRESS, compressed_json(fake_compress("q", [{"id": "a", "text": "b"}], budget=9))),
        (SEARCH, search_json([HIT])),
        (INFO_KEYS, info_json(INFO)),
        ('{"error": {"type": "x", "message": "x"}}', error_json("InputError", "no")),
    ],
)
def test_keys_and_their_order_are_those_documented(documented: str, payload: Any) -> None:
    printed = json.loads(dump(payload))
    assert json.dumps(keys(printed)) == json.dumps(keys(json.loads(documented)))


def test_values_are_carried_over() -> None:
    payload = json.loads(dump(prompt_json(PROMPT)))
    assert payload["sources"][0]["spans"] == [[10, 21]]
    assert payload["sources"][0]["page"] == 3
    assert payload["messages"] == list(PROMPT.messages)
    assert payload["tokens"]["prompt"] == 40
    assert json.loads(dump(ingest_json(FAILED)))["documents"]["failed"] == 1


def test_explain_adds_what_was_dropped() -> None:
    assert "dropped" not in trace_json(TRACE[1])
    explained = trace_json(TRACE[1], explain=True)
    assert explained["dropped"] == {"below the cut": 40}
    assert explained["note"] == ""


def test_facets_are_added_on_request() -> None:
    assert info_json(INFO, FACETS)["facets"] == {"team": [{"value": "pets", "documents": 2}]}


@pytest.mark.parametrize("number", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_lacks_become_null(number: float) -> None:
    assert json.loads(dump({"score": [number]})) == {"score": [None]}


def test_text_is_readable_where_the_stream_can_carry_it() -> None:
    assert dump({"text": "größer 猫"}) == '{"text": "größer 猫"}'
    for encoding in ("ascii", "cp1252", "utf-8"):
        text = dump({"text": "größer 猫 \ud800"}, encoding=encoding)
        assert json.loads(text.encode(encoding)) == {"text": "größer 猫 \ud800"}


@given(st.text(st.characters() | st.sampled_from("\x07\x1b\x7f\x9b\u061c\u200f\u202e\U000e0041")))
@example("\x9b31m \u200f\u061c\x7f \udc80 \U000e0041")
def test_json_holds_no_character_that_steers_a_terminal_and_reads_back_the_same(text: str) -> None:
    for encoding in ("utf-8", "ascii", "cp1252"):
        for indent in (None, 2):
            printed = dump({text: [text]}, encoding=encoding, indent=indent)
            assert not STEERING.search(printed)
            assert json.loads(printed.encode(encoding).decode(encoding)) == {text: [text]}
