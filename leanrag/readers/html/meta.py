"""What an HTML page states about itself: meta tags, Dublin Core, OpenGraph, schema.org."""

import json
from collections.abc import Iterator
from typing import Any

from leanrag.readers import properties
from leanrag.types import MetadataValue

_FIELDS = {
    "author": (
        "author", "dc.creator", "dcterms.creator", "citation_author", "article:author",
        "parsely-author",
    ),
    "date": (
        "article:published_time", "dc.date", "dcterms.date", "dc.date.issued", "dcterms.issued",
        "dcterms.created", "citation_publication_date", "citation_date", "datepublished",
        "pubdate", "publish_date", "parsely-pub-date", "date",
    ),
    "modified": (
        "article:modified_time", "dcterms.modified", "dc.date.modified", "datemodified",
        "og:updated_time", "last-modified",
    ),
    "description": ("description", "dc.description", "dcterms.abstract", "og:description"),
    "keywords": ("keywords", "dc.subject", "dcterms.subject", "article:tag", "citation_keywords"),
    "publisher": ("dc.publisher", "dcterms.publisher", "citation_publisher", "og:site_name"),
}  # fmt: skip
_SCHEMA = {"author": "author", "date": "datePublished", "modified": "dateModified",
           "publisher": "publisher", "keywords": "keywords"}  # fmt: skip
_MAX_SCRIPT = 1 << 18


def read(root: Any) -> dict[str, MetadataValue]:
    """The properties in a page's head, in their common names; call it before cleaning."""
    given: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = meta.get("name") or meta.get("property") or meta.get("itemprop") or ""
        content = (meta.get("content") or "").strip()
        if name and content:
            given.setdefault(name.strip().lower(), []).append(content)
    linked = list(_linked(root))
    found: dict[str, object] = {}
    for field, names in _FIELDS.items():
        values = next((given[name] for name in names if name in given), [])
        if field == "author":
            values = [value for value in values if "://" not in value]
        if not values and field in _SCHEMA:
            values = [text for item in linked for text in _texts(item.get(_SCHEMA[field]))]
        if field == "keywords" and len(values) == 1:
            found[field] = values[0]
        elif field in ("author", "keywords", "publisher"):
            found[field] = values
        else:
            found[field] = values[0] if values else None
    return properties.collect(**found)


def _linked(root: Any) -> Iterator[dict[str, Any]]:
    """The objects that a page describes itself by in JSON-LD; broken ones are passed over."""
    for script in root.iter("script"):
        text = script.text or ""
        if script.get("type") != "application/ld+json" or len(text) > _MAX_SCRIPT:
            continue
        try:
            value = json.loads(text)
        except (ValueError, RecursionError):
            continue
        if isinstance(value, dict) and isinstance(value.get("@graph"), list):
            value = value["@graph"]
        yield from (item for item in _as_list(value) if isinstance(item, dict))


def _texts(value: Any) -> Iterator[str]:
    for item in _as_list(value):
        text = item.get("name") if isinstance(item, dict) else item
        if isinstance(text, str) and "://" not in text:
            yield text


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
