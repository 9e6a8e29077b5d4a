"""The JSON objects that the commands print: documented keys, no others."""

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from leanrag.cli.console import STEERING
from leanrag.types import (
    Compressed,
    Duplicates,
    Hit,
    IngestReport,
    Prompt,
    Scalar,
    Source,
    StoreInfo,
    TraceEntry,
)

PROMPT_TOKENS = (
    "budget",
    "prompt",
    "system",
    "history",
    "context",
    "question",
    "overhead",
    "counter",
    "exact",
)
COMPRESSED_TOKENS = ("in", "out", "budget")


def ingest_json(report: IngestReport) -> dict[str, Any]:
    """What ``leanrag ingest`` prints."""
    return {
        "documents": {
            "added": report.added,
            "updated": report.updated,
            "unchanged": report.unchanged,
            "deleted": report.deleted,
            "failed": report.failed,
        },
        "chunks": report.chunks,
        "tokens": report.tokens,
        "seconds": report.seconds,
        "failures": [{"source": f.source, "error": f.error} for f in report.failures],
        "warnings": list(report.warnings),
        "deleted_sources": list(report.deleted_sources),
    }


def prompt_json(prompt: Prompt, *, explain: bool = False) -> dict[str, Any]:
    """What ``leanrag query`` prints; ``explain`` adds to each stage what it dropped and why."""
    return {
        "question": prompt.question,
        "messages": [dict(message) for message in prompt.messages],
        "tokens": {name: prompt.tokens[name] for name in PROMPT_TOKENS},
        "sources": [source_json(source) for source in prompt.sources],
        "trace": [trace_json(entry, explain=explain) for entry in prompt.trace],
    }


def source_json(source: Source) -> dict[str, Any]:
    """A piece of evidence in a prompt."""
    return {
        "id": source.id,
        "source": source.source,
        "title": source.title,
        "headings": list(source.headings),
        "page": source.page,
        "score": source.score,
        "text": source.text,
        "spans": [list(span) for span in source.spans],
        "metadata": dict(source.metadata),
    }


def trace_json(entry: TraceEntry, *, explain: bool = False) -> dict[str, Any]:
    """One stage; ``explain`` adds what it dropped and why, and its note."""
    values: dict[str, Any] = {
        "stage": entry.stage,
        "items_in": entry.items_in,
        "items_out": entry.items_out,
        "tokens_in": entry.tokens_in,
        "tokens_out": entry.tokens_out,
        "seconds": entry.seconds,
    }
    if explain:
        values |= {"dropped": dict(entry.dropped), "note": entry.note}
    return values


def compressed_json(compressed: Compressed) -> dict[str, Any]:
    """What ``leanrag compress`` prints."""
    return {
        "texts": [
            {"id": text.id, "text": text.text, "spans": [list(span) for span in text.spans]}
            for text in compressed.texts
        ],
        "tokens": {name: compressed.tokens[name] for name in COMPRESSED_TOKENS},
        "trace": [trace_json(entry) for entry in compressed.trace],
    }


def search_json(hits: Sequence[Hit]) -> dict[str, Any]:
    """What ``leanrag search`` prints."""
    return {
        "hits": [
            {
                "id": hit.id,
                "source": hit.source,
                "title": hit.title,
                "headings": list(hit.chunk.headings),
                "page": hit.chunk.page,
                "score": hit.score,
                "text": hit.chunk.text,
                "metadata": dict(hit.chunk.metadata),
            }
            for hit in hits
        ]
    }


def info_json(
    info: StoreInfo,
    facets: Mapping[str, Sequence[tuple[Scalar, int]]] | None = None,
    duplicates: Duplicates | None = None,
) -> dict[str, Any]:
    """What ``leanrag info`` prints; ``facets`` adds the commonest values of each field."""
    values: dict[str, Any] = {
        "documents": info.documents,
        "chunks": info.chunks,
        "tokens": info.tokens,
        "fields": dict(info.fields),
        "model": info.model,
        "engine": info.engine,
        "bytes": info.bytes,
    }
    if facets is not None:
        values["facets"] = {
            field: [{"value": value, "documents": count} for value, count in counted]
            for field, counted in facets.items()
        }
    if duplicates is not None:
        values["duplicates"] = {
            "copies": [list(sources) for sources in duplicates.copies],
            "near": [
                {"sources": list(group.sources), "similarity": group.similarity}
                for group in duplicates.near
            ],
        }
    return values


def error_json(kind: str, message: str) -> dict[str, Any]:
    """What a command prints when it fails."""
    return {"error": {"type": kind, "message": message}}


def dump(payload: Mapping[str, Any], *, encoding: str = "utf-8", indent: int | None = None) -> str:
    """The JSON text, readable where ``encoding`` has all of its characters, else in ASCII.

    Characters that could steer a terminal are escaped; what is read back is the same.
    """
    plain = _plain(payload)
    text = json.dumps(plain, ensure_ascii=False, allow_nan=False, indent=indent)
    text = STEERING.sub(_escaped, text)
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return json.dumps(plain, allow_nan=False, indent=indent).replace("\x7f", "\\u007f")
    return text


def _escaped(found: re.Match[str]) -> str:
    # Outside of strings JSON has none of these. U+007F is ASCII, which json leaves as it is.
    return "\\u007f" if found[0] == "\x7f" else json.dumps(found[0])[1:-1]


def _plain(value: Any) -> Any:
    """The value in types that JSON has; numbers that it lacks become null."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value
