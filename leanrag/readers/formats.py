"""The parser of documents: finds the format by the content and hands over to its reader."""

import struct
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any, Literal

from lxml import etree

from leanrag.errors import DocumentError
from leanrag.readers import decode, sniff
from leanrag.readers.office import foreign
from leanrag.readers.sniff import Format
from leanrag.readers.text import front_matter
from leanrag.types import Metadata, ParsedDocument

MAX_BYTES = 64 << 20
MAX_CHARACTERS = 32_000_000
_MAX_NESTING = 3
_NOT_IN_FOLDERS = frozenset((".svg", ".xml"))
"""Beside documents these are pictures and settings; they are read where they are named."""
_MAY_BE_EMPTY = frozenset((Format.HTML, Format.MARKDOWN, Format.TEXT, Format.NOTEBOOK))
"""A page of links, of front matter or of empty cells is well read: there is nothing in it."""
_CRASHES = (
    ValueError, TypeError, LookupError, AttributeError, ArithmeticError, AssertionError,
    RuntimeError, MemoryError, EOFError, OSError, SyntaxError, StopIteration,
    zlib.error, struct.error, zipfile.BadZipFile, etree.LxmlError,
)  # fmt: skip
"""What hostile input makes the readers' libraries raise."""


class DocumentParser:
    """Reads files of every format, one at a time; implements ``Parser``.

    Args:
        max_bytes: larger files are refused before they are read.
        max_characters: documents with more text than that are refused.
        pdf: how PDFs are read; ``hi_res`` needs the extra of that name.
        notebook_outputs: whether what the cells of a notebook put out is read, too.
    """

    version = "2"
    """Changes when what is stored is to be read again. Better reading alone does not change it:
    a file that did not change stays as it is stored; see the changelog for what to do then."""

    suffixes = frozenset(sniff.SUFFIXES) - _NOT_IN_FOLDERS
    """The file name endings that are taken from folders; "" is a name without one."""

    def __init__(
        self,
        *,
        max_bytes: int = MAX_BYTES,
        max_characters: int = MAX_CHARACTERS,
        pdf: Literal["fast", "hi_res"] = "fast",
        notebook_outputs: bool = False,
    ) -> None:
        self.suffixes = type(self).suffixes | foreign.suffixes()
        self._max_bytes = max_bytes
        self._max_characters = max_characters
        self._pdf = pdf
        if pdf != "fast":
            self.version = f"{self.version} {pdf}"
        self._notebook_outputs = notebook_outputs
        if notebook_outputs:
            self.version = f"{self.version} outputs"

    @property
    def options(self) -> Mapping[str, Any]:
        """The arguments that make another parser like this one."""
        return {
            "max_bytes": self._max_bytes,
            "max_characters": self._max_characters,
            "pdf": self._pdf,
            "notebook_outputs": self._notebook_outputs,
        }

    def parse(self, path: Path, source: str) -> ParsedDocument:
        """The structure of the file at ``path``, whatever its name says that it is.

        Raises:
            DocumentError: the file cannot be read, is empty, damaged, encrypted, too large, or
                of a kind that is no document.
        """
        data = self._read(path, source)
        return self._guarded(lambda: self._document(data, path.name, source, path=path), source)

    def parse_text(self, text: str, source: str) -> ParsedDocument:
        """The structure of a plain text that is no file. Raises ``DocumentError``."""
        from leanrag.readers.html.unstructured import parse_text

        return self._guarded(lambda: parse_text(_unix_lines(text), source), source)

    def _read(self, path: Path, source: str) -> bytes:
        try:
            size = path.stat().st_size
            if size > self._max_bytes:
                raise DocumentError(
                    source,
                    f"{size:,} bytes are over the limit of {self._max_bytes:,}; split it, or "
                    "raise ingest.max_file_mb",
                )
            return path.read_bytes()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise DocumentError(source, f"cannot be read: {reason}") from error

    def _guarded(self, read: Any, source: str) -> ParsedDocument:
        try:
            document: ParsedDocument = read()
        except DocumentError:
            raise
        except MemoryError as error:
            raise DocumentError(source, "needs more memory than it may have") from error
        except _CRASHES as error:
            name = type(error).__name__
            message = " ".join(str(error).split())[:300]
            raise DocumentError(source, f"cannot be parsed: {name}: {message}") from error
        is_index = document.properties.get("format") in _MAY_BE_EMPTY and not document.elements
        if not is_index and not any(element.text.strip() for element in document.elements):
            raise DocumentError(source, "holds no text")
        characters = sum(len(element.text) for element in document.elements)
        if characters > self._max_characters:
            raise DocumentError(
                source,
                f"has {characters:,} characters, over the limit of {self._max_characters:,}; "
                "split it",
            )
        return document

    def _document(
        self, data: bytes, name: str, source: str, *, path: Path | None = None, nesting: int = 0
    ) -> ParsedDocument:
        """The document in ``data``: of the file ``path``, or ``nesting`` attachments deep."""
        pure = PurePath(name)
        suffix, stem = pure.suffix.lower(), pure.stem
        other = foreign.kind_of(data, suffix)
        if other is not None:
            parsed = self._foreign(data, other, source, stem, nesting)
            return replace(parsed, properties={**parsed.properties, "format": other})
        kind = sniff.binary_format(data, source)
        if kind is Format.PDF:
            from leanrag.readers.pdf import document as pdf
            from leanrag.readers.pdf import hi_res as pdf_hi_res

            reader = pdf_hi_res if self._pdf == "hi_res" else pdf
            parsed = reader.read(data, source, stem)
        elif sniff.is_zip(data):
            kind, parsed = _archive(data, source, stem)
        elif sniff.is_mail(data, suffix):
            kind, parsed = Format.EML, self._mail(data, source, stem, nesting)
        else:
            text, warnings = _decoded(data, suffix, source)
            if sniff.is_declared(text) and sniff.text_format(text, suffix) is Format.XML:
                from leanrag.readers.text import xml_text

                kind, parsed = Format.XML, xml_text.read(data, source, stem)
            else:
                place = _Place(pure, source, path, self._notebook_outputs)
                kind, parsed = _page(text, place)
                parsed = replace(parsed, warnings=(*warnings, *parsed.warnings))
        return replace(parsed, properties={"format": str(kind), **parsed.properties})

    def _foreign(
        self, data: bytes, kind: str, source: str, stem: str, nesting: int
    ) -> ParsedDocument:
        """The document of a file that is converted first, or of an Outlook message."""
        if kind == foreign.OUTLOOK:
            return self._mail(data, source, stem, nesting)
        if nesting > _MAX_NESTING:
            raise DocumentError(source, "what is attached to it is nested too deep")

        def parse(converted: bytes, name: str) -> ParsedDocument:
            return self._document(converted, name, source, nesting=nesting + 1)

        return foreign.read(data, kind, (source, stem), parse)

    def _mail(self, data: bytes, source: str, stem: str, nesting: int) -> ParsedDocument:
        from leanrag.readers.office import mail, msg

        def attachment(part: bytes, name: str) -> ParsedDocument:
            if nesting >= _MAX_NESTING:
                raise DocumentError(source, "its attachments are nested too deep")
            parsed = self._guarded(
                lambda: self._document(part, name, source, nesting=nesting + 1), source
            )
            warnings.extend(f"{name}: {text}" for text in parsed.warnings)
            return parsed

        warnings: list[str] = []
        if foreign.kind_of(data, "") == foreign.OUTLOOK:
            parsed = msg.read(data, source, stem, attachment)
        else:
            parsed = mail.read(data, source, stem, attachment)
        return replace(parsed, warnings=(*parsed.warnings, *warnings))


def _decoded(data: bytes, suffix: str, source: str) -> tuple[str, tuple[str, ...]]:
    """The text with plain line ends, and what is to be warned of."""
    try:
        read = decode.read(data, source, markup=sniff.declares_encoding(data, suffix))
        return _unix_lines(read.text), read.warnings
    except DocumentError as error:
        promised = sniff.SUFFIXES.get(suffix)
        if promised in sniff.BINARY and data.strip():
            raise DocumentError(
                source, f"is damaged: it is not the {promised} document that its name says"
            ) from error
        raise


def _archive(data: bytes, source: str, stem: str) -> tuple[Format, ParsedDocument]:
    from leanrag.readers.archive import open_archive

    archive = open_archive(data, source)
    kind = sniff.archive_format(archive)
    if kind is Format.DOCX:
        from leanrag.readers.office import docx

        return kind, docx.read(archive, stem)
    if kind is Format.PPTX:
        from leanrag.readers.office import pptx

        return kind, pptx.read(archive, data, stem)
    if kind is Format.XLSX:
        from leanrag.readers.office import xlsx

        return kind, xlsx.read(archive, data, stem)
    from leanrag.readers.html.unstructured import parse_html
    from leanrag.readers.office import epub

    return kind, epub.read(archive, stem, parse_html)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a text was found, and how it is to be read."""

    name: PurePath
    source: str
    path: Path | None
    notebook_outputs: bool

    @property
    def suffix(self) -> str:
        return self.name.suffix.lower()


def _page(text: str, place: _Place) -> tuple[Format, ParsedDocument]:
    """The document of a text, and its format; the front matter on top of it is its metadata.

    With front matter, a page without a text of its own has no elements.
    """
    suffix = place.suffix
    front = None
    if sniff.takes_front_matter(suffix):
        front = front_matter.split(text, lenient=sniff.is_page(suffix))
    if front is not None:
        kind = sniff.text_format(front.body, suffix, fronted=True)
        if kind not in (Format.MARKDOWN, Format.HTML, Format.TEXT):
            front = None
    if front is None:
        return _of_kind(text, sniff.text_format(text, suffix), place)
    try:
        kind, parsed = _of_kind(front.body, kind, place)
    except DocumentError as error:
        from leanrag.readers.html.unstructured import NO_TEXT

        if error.reason not in NO_TEXT:
            raise
        parsed = ParsedDocument(place.name.stem, ())
    return kind, replace(
        parsed,
        title=front.title or parsed.title,
        language=_language(front.fields) or parsed.language,
        metadata=front.fields,
        warnings=(*front.warnings, *parsed.warnings),
    )


def _language(fields: Metadata) -> str | None:
    given = fields.get("language") or fields.get("lang")
    return given.split("-")[0].lower() if isinstance(given, str) else None


def _of_kind(text: str, kind: Format, place: _Place) -> tuple[Format, ParsedDocument]:
    """The document of a text; one that only begins like XML or JSON is what else it may be."""
    if kind is Format.JSON and '"nbformat"' in text:
        from leanrag.readers import notebook

        if notebook.is_notebook(text):
            kind = Format.NOTEBOOK
    try:
        return kind, _text(text, kind, place)
    except DocumentError:
        guessed = kind in (Format.XML, Format.JSON, Format.JSONL)
        promised = sniff.SUFFIXES.get(place.suffix)
        if not guessed or promised in (Format.JSON, Format.JSONL):
            raise
        kind = sniff.text_format(text, place.suffix, structured=False)
        return kind, _text(text, kind, place)


def _text(text: str, kind: Format, place: _Place) -> ParsedDocument:
    """The document of a text of a known kind."""
    from leanrag.readers import notebook
    from leanrag.readers.html import unstructured
    from leanrag.readers.text import delimited, json_records, source_code, xml_text

    name, source = place.name, place.source
    match kind:
        case Format.HTML:
            return unstructured.parse_html(text, source, name.name, place.path)
        case Format.MARKDOWN:
            return unstructured.parse_markdown(text, source, name.name)
        case Format.NOTEBOOK:
            return notebook.read(text, source, name.name, outputs=place.notebook_outputs)
        case Format.XML:
            return xml_text.read(text.encode(), source, name.stem)
        case Format.CSV:
            delimiter = "\t" if place.suffix in (".tsv", ".tab") else None
            return delimited.read(text, name.stem, delimiter=delimiter)
        case Format.JSON:
            return json_records.read(text, source, name.stem)
        case Format.JSONL:
            return json_records.read_lines(text, source, name.stem)
        case Format.PYTHON:
            return source_code.read_python(text, name.name)
        case Format.CODE:
            return source_code.read(text, name.name)
        case _:
            parsed = unstructured.parse_text(text, name.stem)
            if not parsed.elements:
                raise DocumentError(source, "holds no text")
            return parsed


def _unix_lines(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")
