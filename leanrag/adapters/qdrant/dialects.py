"""How the embedded engine and the client spell the same conditions."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol


class Dialect(Protocol):
    """The conditions of one vendor package, under one name each."""

    def any_of(self, key: str, values: Sequence[Any]) -> Any:
        """The field has one of the texts or integers."""
        ...

    def numbers(self, key: str, bounds: Mapping[str, float]) -> Any:
        """The field has a number within the bounds (gt, gte, lt, lte)."""
        ...

    def dates(self, key: str, bounds: Mapping[str, str]) -> Any:
        """The field has a date within the bounds, which are RFC 3339 texts."""
        ...

    def prefix(self, key: str, value: str) -> Any:
        """The field has a text that starts so."""
        ...

    def missing(self, key: str) -> Any:
        """The field is absent, null or an empty list."""
        ...

    def nothing(self) -> Any:
        """A condition that no point meets."""
        ...

    def filter(
        self, must: Sequence[Any] = (), should: Sequence[Any] = (), must_not: Sequence[Any] = ()
    ) -> Any:
        """A filter of at least one condition, which is a condition too."""
        ...


def edge_dialect() -> Dialect:
    """Conditions of ``qdrant_edge``."""
    return _EdgeDialect()


def client_dialect() -> Dialect:
    """Conditions of ``qdrant_client``."""
    return _ClientDialect()


class _EdgeDialect:
    def __init__(self) -> None:
        import qdrant_edge

        self._vendor: Any = qdrant_edge

    def any_of(self, key: str, values: Sequence[Any]) -> Any:
        return self._vendor.FieldCondition(key, match=self._vendor.MatchAny(list(values)))

    def numbers(self, key: str, bounds: Mapping[str, float]) -> Any:
        return self._vendor.FieldCondition(key, range=self._vendor.RangeFloat(**bounds))

    def dates(self, key: str, bounds: Mapping[str, str]) -> Any:
        return self._vendor.FieldCondition(key, range=self._vendor.RangeDateTime(**bounds))

    def prefix(self, key: str, value: str) -> Any:
        return self._vendor.FieldCondition(key, match=self._vendor.MatchPrefix(value))

    def missing(self, key: str) -> Any:
        return self._vendor.IsEmptyCondition(key)

    def nothing(self) -> Any:
        return self._vendor.HasIdCondition(set())

    def filter(
        self, must: Sequence[Any] = (), should: Sequence[Any] = (), must_not: Sequence[Any] = ()
    ) -> Any:
        return self._vendor.Filter(
            must=list(must) or None, should=list(should) or None, must_not=list(must_not) or None
        )


class _ClientDialect:
    def __init__(self) -> None:
        from qdrant_client import models

        self._vendor: Any = models

    def any_of(self, key: str, values: Sequence[Any]) -> Any:
        return self._vendor.FieldCondition(key=key, match=self._vendor.MatchAny(any=list(values)))

    def numbers(self, key: str, bounds: Mapping[str, float]) -> Any:
        return self._vendor.FieldCondition(key=key, range=self._vendor.Range(**bounds))

    def dates(self, key: str, bounds: Mapping[str, str]) -> Any:
        moments = {name: datetime.fromisoformat(text) for name, text in bounds.items()}
        return self._vendor.FieldCondition(key=key, range=self._vendor.DatetimeRange(**moments))

    def prefix(self, key: str, value: str) -> Any:
        return self._vendor.FieldCondition(key=key, match=self._vendor.MatchPrefix(prefix=value))

    def missing(self, key: str) -> Any:
        return self._vendor.IsEmptyCondition(is_empty=self._vendor.PayloadField(key=key))

    def nothing(self) -> Any:
        return self._vendor.HasIdCondition(has_id=[])

    def filter(
        self, must: Sequence[Any] = (), should: Sequence[Any] = (), must_not: Sequence[Any] = ()
    ) -> Any:
        return self._vendor.Filter(
            must=list(must) or None, should=list(should) or None, must_not=list(must_not) or None
        )
