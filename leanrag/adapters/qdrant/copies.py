"""Shows a text once, whichever of its copies were found.

Documents with the same canonical text have the same chunks. Each copy keeps points of its own, so
that the engine applies a filter to the metadata of one copy alone; here the points of copies that
passed it become one hit, which names the copy whose source comes first.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from leanrag.adapters.qdrant.document_queries import wall
from leanrag.adapters.qdrant.stored import Found, Owner
from leanrag.types import FieldType, SearchRequest

Lists = tuple[list[Found], list[Found]]
_GROWTH = 4

_Key = tuple[str, int, int]


def search_distinct(
    requests: Sequence[SearchRequest],
    search: Callable[[Sequence[SearchRequest]], Sequence[tuple[Lists, Mapping[int, Owner]]]],
    fields: Mapping[str, FieldType],
) -> list[tuple[Lists, Mapping[int, Owner]]]:
    """What ``search`` finds, each text once, and as much of it as each request asks for.

    Where copies fill a list, it is searched again with a longer one. Points whose document no
    longer matches the filter stand for no text.
    """
    return [
        _complete(request, first, search, fields)
        for request, first in zip(requests, search(requests), strict=True)
    ]


def _complete(
    request: SearchRequest,
    first: tuple[Lists, Mapping[int, Owner]],
    search: Callable[[Sequence[SearchRequest]], Sequence[tuple[Lists, Mapping[int, Owner]]]],
    fields: Mapping[str, FieldType],
) -> tuple[Lists, Mapping[int, Owner]]:
    limit = request.limit
    lists, owners = first
    while True:
        passes = wall(request.where, fields, owners)
        dense, lexical = ([point for point in found if passes(point)] for found in lists)
        distinct = _distinct((dense, lexical), owners)
        if not any(
            len(found) >= limit and len(kept) < request.limit
            for found, kept in zip(lists, distinct, strict=True)
        ):
            dense, lexical = distinct
            return (dense[: request.limit], lexical[: request.limit]), owners
        limit *= _GROWTH
        lists, owners = search([replace(request, limit=limit)])[0]


def _distinct(lists: Lists, owners: Mapping[int, Owner]) -> Lists:
    chosen: dict[_Key, Found] = {}
    for found in lists:
        for point in found:
            key = _key(point, owners)
            if key is None:
                continue
            known = chosen.get(key)
            if known is None or _rank(point, owners) < _rank(known, owners):
                chosen[key] = point
    dense, lexical = (_once(found, owners, chosen) for found in lists)
    return dense, lexical


def _once(
    found: Sequence[Found], owners: Mapping[int, Owner], chosen: Mapping[_Key, Found]
) -> list[Found]:
    """Each text with its best score in this list, by the chosen copy."""
    out: list[Found] = []
    seen: set[_Key] = set()
    for point in found:
        key = _key(point, owners)
        if key is None or key in seen:
            continue
        seen.add(key)
        out.append(Found(chosen[key].payload, point.score))
    return out


def _key(point: Found, owners: Mapping[int, Owner]) -> _Key | None:
    """The text and the place in it; None where the document is not visible."""
    owner = owners.get(point.generation)
    if owner is None:
        return None
    start, end = point.payload["span"]
    return owner.content_hash, start, end


def _rank(point: Found, owners: Mapping[int, Owner]) -> tuple[str, str]:
    owner = owners[point.generation]
    return owner.source, owner.id
