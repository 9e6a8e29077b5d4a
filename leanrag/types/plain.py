"""Names for the plain values that every part uses."""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

Span: TypeAlias = tuple[int, int]
"""Half-open range of code points, ``text[start:end]``."""

Scalar: TypeAlias = str | int | float | bool
MetadataValue: TypeAlias = Scalar | Sequence[Scalar]
Metadata: TypeAlias = Mapping[str, MetadataValue]
Message: TypeAlias = Mapping[str, Any]
"""A chat message in the OpenAI form: at least ``role`` and ``content``."""
