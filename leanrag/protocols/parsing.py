"""What reads a file into its structure."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Protocol

from leanrag.types import ParsedDocument


class Parser(Protocol):
    """Reads one file into its structure. Raises ``DocumentError``.

    A file that is an index, a table of contents or a search form has no elements: it is well
    read, but there is nothing in it to find.
    """

    @property
    def version(self) -> str:
        """Changes when the same bytes give another result."""
        ...

    @property
    def suffixes(self) -> Collection[str]:
        """The file name endings that it reads, in lower case; "" is a name without one."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The keyword arguments, as JSON values, that make another parser like this one."""
        ...

    def parse(self, path: Path, source: str) -> ParsedDocument: ...
    def parse_text(self, text: str, source: str) -> ParsedDocument:
        """The structure of a plain text that is no file."""
        ...
