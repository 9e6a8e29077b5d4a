"""JSON and JSON Lines as text: readable key paths, tables of like records, a record an element."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leanrag.errors import DocumentError
from leanrag.readers import properties, tables
from leanrag.types import Element, ParsedDocument

_MAX_DEPTH = 32
_MAX_HEADING_LEVEL = 3
_SECTION_FROM = 6
"""A member with as many values or more gets a heading of its own."""
_MAX_LINE = 200
_MAX_COLUMNS = 30
_NAMES = ("title", "name", "heading", "subject", "label", "id", "key")


def read(text: str, source: str, stem: str) -> ParsedDocument:
    """The document of a JSON text. Raises ``DocumentError`` where it is not valid."""
    value = loads(text, source)
    title = ""
    if isinstance(value, dict):
        title = properties.usable_title(value.get("title") or value.get("name"))
    elements = tuple(_elements(value, "", level=1, depth=0))
    return ParsedDocument(title or stem, elements)


def read_lines(text: str, source: str, stem: str) -> ParsedDocument:
    """The document of JSON Lines: each record an element, in the order of the lines.

    Raises:
        DocumentError: a line is not valid; it names the line.
    """
    elements: list[Element] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            value = loads(line, source, f"line {number}: ")
            body = "\n".join(_lines(value, "", 0))
            if body.strip():
                elements.append(Element("prose", body))
    return ParsedDocument(stem, tuple(elements))


def loads(text: str, source: str, where: str = "") -> Any:
    """The value of a JSON text. Raises ``DocumentError`` with the place of the mistake."""
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        place = where or f"line {error.lineno}, "
        raise DocumentError(
            source, f"not valid JSON: {place}column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise DocumentError(source, f"not valid JSON: {where}nested too deep") from error
    except ValueError as error:  # a number of too many digits
        raise DocumentError(source, f"not valid JSON: {where}{error}") from error


def _elements(value: Any, path: str, *, level: int, depth: int) -> Iterator[Element]:
    """The elements of a value that stands under ``path``.

    Of an object, the members with sections of their own come last, so that no other stands under
    their headings; else the order is that of the file.
    """
    if isinstance(value, Mapping) and depth < _MAX_DEPTH:
        sections: list[tuple[str, Any]] = []
        for key, member in value.items():
            inner = _join(path, str(key))
            if _is_container(member) and _size(member) >= _SECTION_FROM:
                sections.append((inner, member))
            elif isinstance(member, list) and _columns(member):
                yield Element("prose", f"{inner}:")
                yield from _elements(member, inner, level=level + 1, depth=depth + 1)
            else:
                yield from _leaves(member, inner, depth + 1)
        for inner, member in sections:
            if level <= _MAX_HEADING_LEVEL:
                yield Element("heading", inner, level=level)
            else:
                yield Element("prose", f"{inner}:")
            yield from _elements(member, inner, level=level + 1, depth=depth + 1)
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        columns = _columns(value)
        if columns:
            rows = [columns, *([_cell(item.get(name)) for name in columns] for item in value)]
            found = tables.table(rows, head_rows=1)
            if found is not None:
                yield found
            return
        for number, item in enumerate(value):
            inner = f"{path}[{number}]"
            if isinstance(item, Mapping) and item:
                yield Element("entry", f"{inner} {_name(item)}".strip())
                yield from _record(item, depth + 1)
            else:
                yield from _leaves(item, inner, depth + 1)
    else:
        yield from _leaves(value, path, depth)


def _record(value: Mapping[str, Any], depth: int) -> Iterator[Element]:
    """What a record holds, as the description of its entry; long texts are paragraphs."""
    short: list[str] = []
    for line in _lines(value, "", depth):
        if len(line) <= _MAX_LINE:
            short.append(line)
            continue
        if short:
            yield Element("prose", "\n".join(short), depth=1)
            short = []
        yield Element("prose", line, depth=1)
    if short:
        yield Element("prose", "\n".join(short), depth=1)


def _leaves(value: Any, path: str, depth: int) -> Iterator[Element]:
    for line in _lines(value, path, depth):
        yield Element("list_item" if len(line) <= _MAX_LINE else "prose", line)


def _lines(value: Any, path: str, depth: int) -> Iterator[str]:
    """``path: value`` for each value inside; short lists on one line."""
    label = f"{path}: " if path else ""
    if isinstance(value, Mapping) and value:
        if depth >= _MAX_DEPTH:
            yield label + json.dumps(value, ensure_ascii=False)
            return
        for key, member in value.items():
            yield from _lines(member, _join(path, str(key)), depth + 1)
    elif isinstance(value, list) and value:
        flat = not any(map(_is_container, value))
        line = ", ".join(map(_scalar, value)) if flat else ""
        if flat and len(line) <= _MAX_LINE:
            yield label + line
        elif depth >= _MAX_DEPTH:
            yield label + json.dumps(value, ensure_ascii=False)
        else:
            for number, item in enumerate(value):
                yield from _lines(item, f"{path}[{number}]", depth + 1)
    else:
        text = _scalar(value)
        if text or path:
            yield (label + text).rstrip()


def _columns(items: Sequence[Any]) -> list[str]:
    """The column heads of records that are a table, nothing for other values."""
    if len(items) < 2 or not all(isinstance(item, Mapping) and item for item in items):
        return []
    names: dict[str, None] = {}
    filled = 0
    for item in items:
        for name, value in item.items():
            if _is_container(value) or len(_scalar(value)) > _MAX_LINE // 2:
                return []
            names.setdefault(name)
            filled += 1
        if len(names) > _MAX_COLUMNS:
            return []
    return list(names) if 2 * filled >= len(names) * len(items) else []


def _name(record: Mapping[str, Any]) -> str:
    """What a record is called by."""
    for name in _NAMES:
        value = record.get(name)
        if isinstance(value, str | int) and 0 < len(str(value)) <= _MAX_LINE // 2:
            return " ".join(str(value).split())
    return ""


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key


def _is_container(value: Any) -> bool:
    return isinstance(value, Mapping | list)


def _size(value: Any) -> int:
    """The number of values inside, counted up to what makes a section."""
    count, stack = 0, [value]
    while stack and count < _SECTION_FROM:
        current = stack.pop()
        if isinstance(current, Mapping):
            stack.extend(current.values())
        elif isinstance(current, list):
            stack.extend(current[:_SECTION_FROM])
        else:
            count += 1
    return count


def _cell(value: Any) -> str:
    return "" if value is None else _scalar(value)


def _scalar(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if _is_container(value):  # empty, or it would have been opened
        return ""
    return str(value)
