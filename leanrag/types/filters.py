"""What a filter over metadata is made of."""

from dataclasses import dataclass
from typing import TypeAlias

from leanrag.types.plain import Scalar


@dataclass(frozen=True, slots=True)
class Match:
    """The field has one of the values (a list field: holds one of them)."""

    field: str
    values: tuple[Scalar, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """The field lies between the bounds; numbers, or dates as ISO 8601 text."""

    field: str
    gt: float | str | None = None
    gte: float | str | None = None
    lt: float | str | None = None
    lte: float | str | None = None


@dataclass(frozen=True, slots=True)
class Exists:
    """The field is there (``present``) or missing."""

    field: str
    present: bool = True


@dataclass(frozen=True, slots=True)
class Prefix:
    """The text field starts with ``value``."""

    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """The inner filter does not match."""

    part: "Filter"


@dataclass(frozen=True, slots=True)
class And:
    """All parts match."""

    parts: tuple["Filter", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """At least one part matches."""

    parts: tuple["Filter", ...]


Filter: TypeAlias = Match | Range | Exists | Prefix | Not | And | Or
