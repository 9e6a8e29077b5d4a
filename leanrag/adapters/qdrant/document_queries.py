"""Questions about whole documents that are answered from their records, not by the engine."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from leanrag.adapters.qdrant.stored import Found, Owner
from leanrag.errors import FilterError
from leanrag.metadata import BUILT_IN_FIELDS, filter_fields, matches
from leanrag.types import FieldType, Filter, Metadata, Scalar

_OF_CHUNKS = ("page", "kind")


def check_document_filter(where: Filter) -> None:
    """Raises ``FilterError`` for a filter on what only passages have."""
    for name in filter_fields(where):
        if name in _OF_CHUNKS:
            raise FilterError(
                f"{name} is a property of passages; documents are selected by source, title, "
                "language and metadata",
                field=name,
            )


def document_matches(
    where: Filter,
    metadata: Metadata,
    fields: Mapping[str, FieldType],
    *,
    built_in: Mapping[str, str],
) -> bool:
    """Whether a document satisfies a filter that ``check_document_filter`` let through.

    ``built_in`` has its source, title and language.
    """
    return matches(where, {**metadata, **built_in}, {**fields, **BUILT_IN_FIELDS})


def wall(
    where: Filter | None, fields: Mapping[str, FieldType], owners: Mapping[int, Owner]
) -> Callable[[Found], bool]:
    """Whether a point's document, as its record has it now, still matches the filter.

    The engine has applied the filter to what the chunks carry, which may be earlier metadata.
    """

    def allowed(point: Found) -> bool:
        owner = owners.get(point.generation)
        if owner is None or where is None:
            return owner is not None
        of_chunk = {name: point.payload[name] for name in BUILT_IN_FIELDS if name in point.payload}
        return matches(where, {**owner.metadata, **of_chunk}, {**fields, **BUILT_IN_FIELDS})

    return allowed


def count_values(
    documents: Iterable[Metadata], fields: Iterable[str], limit: int
) -> dict[str, list[tuple[Scalar, int]]]:
    """The commonest values of each field with their number of documents, ties by value."""
    # 1 and true are equal to Python, and are not the same value.
    counts: dict[str, Counter[tuple[bool, Scalar]]] = {name: Counter() for name in fields}
    for metadata in documents:
        for name, value in metadata.items():
            if name in counts:
                several = isinstance(value, Sequence) and not isinstance(value, str)
                values: Iterable[Scalar] = value if several else [value]  # type: ignore[assignment,list-item]
                counts[name].update({(isinstance(one, bool), one) for one in values})
    return {
        name: [
            (value, count)
            for (_, value), count in sorted(
                counter.items(), key=lambda item: (-item[1], str(item[0][1]), item[0][0])
            )
        ][:limit]
        for name, counter in counts.items()
    }
