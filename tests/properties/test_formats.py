"""No word of structured data is lost, whatever its shape."""

import csv
import io
import json
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.errors import DocumentError
from leanrag.readers import regions, tables
from leanrag.readers.text import delimited, json_records, source_code

words = st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12)
scalars = st.one_of(words, st.integers(-999, 999), st.booleans())
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=6) | st.dictionaries(words, inner, max_size=6),
    max_leaves=30,
)
grids = st.lists(st.lists(st.one_of(st.just(""), words), min_size=1, max_size=5), max_size=8)


def leaves(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for key, item in value.items() for text in (key, *leaves(item))]
    if isinstance(value, list):
        return [text for item in value for text in leaves(item)]
    return ["true" if value is True else "false" if value is False else str(value)]


@settings(max_examples=150, deadline=None)
@given(values)
def test_every_value_of_a_json_document_is_in_its_text(value: object) -> None:
    text = json.dumps(value)
    try:
        document = json_records.read(text, "s", "stem")
    except DocumentError:
        raise AssertionError("a valid document was refused") from None
    found = "\n".join(element.text for element in document.elements)
    assert all(leaf in found for leaf in leaves(value))
    assert all(element.text.strip() for element in document.elements)


@settings(max_examples=80, deadline=None)
@given(st.lists(st.dictionaries(words, values, min_size=1, max_size=4), max_size=5))
def test_each_record_of_json_lines_is_one_element(records: list[dict[str, object]]) -> None:
    text = "\n".join(map(json.dumps, records))
    elements = json_records.read_lines(text, "s", "stem").elements
    assert len(elements) == len(records)
    for record, element in zip(records, elements, strict=True):
        assert all(leaf in element.text for leaf in leaves(record))


@settings(max_examples=100, deadline=None)
@given(grids)
def test_a_table_keeps_every_cell_in_its_row(rows: list[list[str]]) -> None:
    found = tables.table(rows)
    filled = [[cell for cell in row if cell] for row in rows if any(row)]
    if found is None:
        assert not filled
        return
    lines = found.text.split("\n")
    assert [[c for c in line.split(" | ") if c.strip(" |")] for line in lines] == filled
    assert found.head_rows < len(lines) or found.head_rows == 0


@settings(max_examples=80, deadline=None)
@given(grids)
def test_a_sheet_keeps_every_cell(rows: list[list[str]]) -> None:
    # tables side by side come one after the other, so that the order is theirs
    found = "\n".join(element.text for element in regions.elements(rows))
    cells = Counter(cell for row in rows for cell in row if cell)
    assert all(found.count(cell) >= times for cell, times in cells.items())


@settings(max_examples=80, deadline=None)
@given(grids, st.sampled_from(",;\t|"))
def test_a_delimited_file_keeps_every_cell(rows: list[list[str]], delimiter: str) -> None:
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows(rows)
    document = delimited.read(out.getvalue().replace("\r\n", "\n"), "stem", delimiter=delimiter)
    found = "".join(element.text for element in document.elements)
    assert all(cell in found for row in rows for cell in row)


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=300))
def test_any_text_is_python_or_code(text: str) -> None:
    document = source_code.read_python(text, "m.py")
    kept = "".join("".join(element.text.split()) for element in document.elements)
    if all(element.kind == "code" for element in document.elements):
        assert kept == "".join(text.split())
