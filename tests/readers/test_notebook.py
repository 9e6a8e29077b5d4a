"""Notebooks of every version: cells in order, code as it is, outputs on request."""

import json
from pathlib import Path
from typing import Any

import pytest

from leanrag.errors import DocumentError
from leanrag.readers.formats import DocumentParser
from leanrag.types import ParsedDocument

TABLE = (
    "<style>td {x: y}</style>"
    "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
)


def code(source: Any, *outputs: dict[str, Any]) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, "outputs": list(outputs), "metadata": {}}


def markdown(source: Any) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def parse(
    folder: Path, notebook: Any, *, name: str = "a.ipynb", outputs: bool = False
) -> ParsedDocument:
    path = folder / name
    path.write_text(notebook if isinstance(notebook, str) else json.dumps(notebook))
    return DocumentParser(notebook_outputs=outputs).parse(path, name)


def shapes(document: ParsedDocument) -> list[tuple[str, str]]:
    return [(element.kind, element.text) for element in document.elements]


def of(*cells: dict[str, Any]) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


WHOLE = of(
    markdown(["# Rates\n", "The rate is *four* percent.\n", "\n", "<div hidden>\n"]),
    code(["def rate(x):\n", "    # <b>four</b> percent\n", "\n", "    return x * 0.04"],
         {"output_type": "stream", "name": "stdout", "text": ["0.0\x1b[31m8\x1b[0m\n"]}),
    markdown("## Table\n- one\n- two"),
    code("frame",
         {"output_type": "execute_result", "data": {"text/plain": ["   a  b"], "text/html": TABLE}},
         {"output_type": "display_data",
          "data": {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480>"}},
         {"output_type": "error", "ename": "ValueError", "evalue": "no rate", "traceback": []}),
    code(""),
)  # fmt: skip
CELLS = [
    ("heading", "Rates"), ("prose", "The rate is four percent."),
    ("code", "def rate(x):\n    # <b>four</b> percent\n\n    return x * 0.04"),
    ("heading", "Table"), ("list_item", "one"), ("list_item", "two"), ("code", "frame"),
]  # fmt: skip


def test_cells_stand_in_order_and_code_keeps_its_lines(tmp_path: Path) -> None:
    document = parse(tmp_path, WHOLE)
    assert (document.title, document.properties["format"]) == ("Rates", "notebook")
    assert shapes(document) == CELLS


def test_outputs_come_on_request(tmp_path: Path) -> None:
    shown = shapes(parse(tmp_path, WHOLE, outputs=True))
    assert shown == [
        *CELLS[:3], ("code", "0.08"), *CELLS[3:], ("table", "a | b\n1 | 2"),
        ("code", "ValueError: no rate"),
    ]  # fmt: skip


def test_earlier_versions_are_read(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "heading", "level": 2, "source": ["Old & new"]},
        {"cell_type": "code", "input": ["x = 1"], "outputs": [
            {"output_type": "pyout", "text": ["1"]}]},
    ]  # fmt: skip
    old = {"worksheets": [{"cells": cells}], "nbformat": 3, "metadata": {}}
    assert shapes(parse(tmp_path, old)) == [("heading", "Old & new"), ("code", "x = 1")]
    assert shapes(parse(tmp_path, old, outputs=True))[-1] == ("code", "1")


def test_front_matter_of_the_first_cell_is_metadata(tmp_path: Path) -> None:
    raw = {"cell_type": "raw", "source": "---\ntitle: Named\nteam: db\nx: [{a: 1}]\n---"}
    document = parse(tmp_path, of(raw, markdown("Text."), {**raw, "source": "as it is"}))
    assert (document.title, document.metadata) == ("Named", {"team": "db"})
    assert shapes(document) == [("prose", "Text."), ("code", "as it is")]
    assert len(document.warnings) == 1


def test_a_notebook_is_told_by_what_it_holds(tmp_path: Path) -> None:
    assert shapes(parse(tmp_path, WHOLE, name="a.json")) == CELLS
    data = {"nbformat": 4, "cells": "none"}
    assert parse(tmp_path, data, name="a.json").properties["format"] == "json"
    with pytest.raises(DocumentError, match="not a notebook"):
        parse(tmp_path, '{"cells": [')
    assert shapes(parse(tmp_path, "Just words.")) == [("prose", "Just words.")]


@pytest.mark.parametrize(
    "cells", [[], [code("")], [markdown(" \n")], [markdown("<!-- x -->")], [7]]
)
def test_an_empty_notebook_has_nothing_in_it(tmp_path: Path, cells: list[Any]) -> None:
    assert parse(tmp_path, of(*cells)).elements == ()


@pytest.mark.parametrize(
    "cell",
    [{}, {"cell_type": 3}, {"cell_type": "code", "source": {"a": 1}}, code([1, None], {"data": 3}),
     {"cell_type": "heading", "level": "x", "source": "h"}, code("x", {"output_type": "stream"}),
     {"cell_type": "code", "source": "x", "outputs": 3}],
)  # fmt: skip
def test_odd_cells_cost_themselves_alone(tmp_path: Path, cell: dict[str, Any]) -> None:
    document = parse(tmp_path, of(cell, markdown("Text.")), outputs=True)
    assert shapes(document)[-1] == ("prose", "Text.")


def test_notebooks_are_taken_from_folders() -> None:
    assert ".ipynb" in DocumentParser.suffixes
