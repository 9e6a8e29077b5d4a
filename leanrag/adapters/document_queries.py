"""Questions about whole documents that are answered from their records, not by the engine."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

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


def count_values(
    documents: Iterable[Metadata], fields: Iterable[str], limit: int
) -> dict[str, list[tuple[Scalar, int]]]:
    """The commonest values of each field with their number of documents, ties by value."""
    counts: dict[str, Counter[Scalar]] = {name: Counter() for name in fields}
    for metadata in documents:
        for name, value in metadata.items():
            if name in counts:
                several = isinstance(value, Sequence) and not isinstance(value, str)
                counts[name].update(set(value) if several else [value])  # type: ignore[list-item,arg-type]
    return {
        name: sorted(counter.items(), key=lambda item: (-item[1], str(item[0])))[:limit]
        for name, counter in counts.items()
    }
