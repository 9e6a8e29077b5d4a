"""Front matter in all its notations: the page is never lost for it, nor a field in silence."""

import json
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leanrag.readers.formats import DocumentParser
from leanrag.readers.text import front_matter
from leanrag.types import ParsedDocument

PARSER = DocumentParser()


def parse(folder: Path, name: str, text: str) -> ParsedDocument:
    path = folder / name
    path.write_text(text)
    return PARSER.parse(path, name)


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: T\ndate: 2024-03-05\ntags: [a, b]\n"
        'v:\n  free: 1\n  paid: {min: "2"}\n---\nB.\n',
        '+++\ntitle = "T"\ndate = 2024-03-05\ntags = ["a", "b"]\n'
        '[v]\nfree = 1\npaid.min = "2"\n+++\nB.\n',
        '{"title": "T", "date": "2024-03-05", "tags": ["a", "b"],\n'
        ' "v": {"free": 1, "paid": {"min": "2"}}}\n\nB.\n',
        '---json\n{"title": "T", "date": "2024-03-05", "tags": ["a", "b"],\n'
        ' "v": {"free": 1, "paid": {"min": "2"}}}\n---\nB.\n',
        "\n\n--- \ntitle: T\ndate: 2024-03-05\ntags:\n- a\n- b\n"
        'v.free: 1\nv: {paid.min: "2"}\n...\nB.\n',
    ],
)
@pytest.mark.parametrize("name", ["a.md", "a.mdx", "a.html"])
def test_every_notation_gives_the_same(tmp_path: Path, name: str, text: str) -> None:
    document = parse(tmp_path, name, text.replace("B.", "<p>B.</p>") if "html" in name else text)
    assert (document.title, [e.text for e in document.elements]) == ("T", ["B."])
    assert document.metadata == {
        "date": "2024-03-05", "tags": ["a", "b"], "v.free": 1, "v.paid.min": "2",
    }  # fmt: skip
    assert document.warnings == ()


@pytest.mark.parametrize(
    ("front", "fields", "left_out"),
    [
        ("title: Setup: part two\ntags: a", {"tags": "a"}, ["title"]),
        ("authors:\n  - name: Ann\n    url: x\nn: 1", {"n": 1}, ["authors"]),
        ("big: 12345678901234567890\nn: 1", {"n": 1}, ["big"]),
        ("big: " + "9" * 5000 + "\nn: 1", {"n": 1}, ["big"]),
        ("x: .nan\ny: [1, .inf]\nn: 1", {"n": 1}, ["x", "y"]),
        ("a: [1\nn: 1", {"n": 1}, ["a"]),
        ("a: [[1]]\nn: 1", {"n": 1}, ["a"]),
        ('a: "open\nn: 1', {"n": 1}, ["a"]),
        ("a: !ENV HOME\nb: !!python/object/apply:os.system [id]\nn: 1", {"n": 1}, ["a", "b"]),
        ("a: {{ page.x }}\nn: 1", {"n": 1}, ["a"]),
        ("a: *gone\nn: 1", {"n": 1}, ["a"]),
        ("a: @x\n\tb: 1\nn: 1", {"n": 1}, ["a"]),
        ("a: !!binary YWJj\nn: 1", {"n": 1}, ["a"]),
        ("n: 1\na: b: c\nm: 2\nstray line\nk: 3", {"n": 1, "m": 2, "k": 3}, ["a", "stray line"]),
        ("d: 2024-02-30\nn: 1", {"d": "2024-02-30", "n": 1}, []),
        ("on: push\nat: 12:30\nx: 0x1F", {"on": "push", "at": "12:30", "x": 31}, []),
        ("zip: 01234\nt: 10:00:00", {"zip": "01234", "t": "10:00:00"}, []),
        ("s: 2024-01-01 10:00:00Z", {"s": "2024-01-01T10:00:00+00:00"}, []),
        ("none:\nempty: {}\nn: 1\nl: [a, null]", {"n": 1, "l": ["a"]}, []),
        ("a: &x {k: 1}\nb: *x\nc: {<<: *x, j: 2}", {"a.k": 1, "b.k": 1, "c.k": 1, "c.j": 2}, []),
        ("title: {en: A, de: B}", {"title.en": "A", "title.de": "B"}, []),
        ("a: " + "{a: " * 20 + "1" + "}" * 20 + "\nn: 1", {"n": 1}, ["a.a.a.a"]),
    ],
)  # fmt: skip
def test_a_bad_field_costs_itself_alone(
    tmp_path: Path, front: str, fields: dict[str, Any], left_out: list[str]
) -> None:
    document = parse(tmp_path, "a.md", f"---\n{front}\n---\n\n# Head\n\nThe body.\n")
    assert [e.text for e in document.elements] == ["Head", "The body."]
    assert document.metadata == fields
    assert len(document.warnings) == len(left_out)
    for name, warning in zip(left_out, document.warnings, strict=True):
        assert warning.startswith("front matter: field ")
        assert name in warning


def test_bad_toml_costs_its_fields_alone(tmp_path: Path) -> None:
    text = "+++\na = 1\nb = [1\nc = 2024-13-01\n[t]\nd = 2\ne = = 3\n[[list]]\nx = 1\n+++\nBody.\n"
    document = parse(tmp_path, "a.md", text)
    assert [e.text for e in document.elements] == ["Body."]
    assert document.metadata == {"a": 1, "t.d": 2}
    assert [w.split("'")[1] for w in document.warnings] == ["b", "c", "e", "list"]


@pytest.mark.parametrize(
    "text",
    [
        "---\nSome text.\n\n---\nMore.\n",
        "---\nNote: this is text.\n\nAnother paragraph.\n\n---\nMore.\n",
        "---\ntitle: never closed\n\nMore.\n",
        "+++\nnot toml at all\n\nMore.\n",
        "{ % include x % }\n\nMore.\n",
        '{"a": 1} is an object.\n\nMore.\n',
        "--- a rule?\n\nMore.\n",
    ],
)
def test_what_is_no_front_matter_is_text(tmp_path: Path, text: str) -> None:
    document = parse(tmp_path, "a.md", text)
    assert document.metadata == {}
    words = [word for word in text.split() if word.isalpha()]
    joined = " ".join(e.text for e in document.elements)
    assert all(word in joined for word in words)


@pytest.mark.parametrize("name", ["a.txt", "a.rst", "README"])
def test_texts_have_front_matter_where_it_is_plain(tmp_path: Path, name: str) -> None:
    document = parse(tmp_path, name, "---\ntitle: T\nteam: db\n---\nThe gate opens at six.\n")
    assert (document.title, document.metadata) == ("T", {"team": "db"})
    assert [e.text for e in document.elements] == ["The gate opens at six."]
    document = parse(tmp_path, name, "---\nTo be sure: a: b\n---\nThe gate opens at six.\n")
    assert document.metadata == {}
    assert "To be sure" in document.elements[0].text


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: Guide\nweight: 3\n---\n",
        "---\ntitle: Guide\n---",
        '+++\ntitle = "Guide"\n+++\n\n\n',
        '{"title": "Guide"}\n',
        "---\ntitle: Guide\n---\n\n<!-- toc -->\n<br>\n",
    ],
)
def test_a_page_of_front_matter_alone_has_nothing_in_it(tmp_path: Path, text: str) -> None:
    document = parse(tmp_path, "_index.md", text)
    assert (document.title, document.elements) == ("Guide", ())


BOMB = "a0: &a0 x\n" + "".join(
    f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
)
MERGES = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n}\n  <<: [{', '.join([f'*a{n - 1}'] * 9)}]\n  k{n}: v\n" for n in range(1, 12)
)
NESTED = "a0: &a0 {k: v}\n" + "".join(
    f"a{n}: &a{n} {{x: *a{n - 1}, y: *a{n - 1}, z: *a{n - 1}}}\n" for n in range(1, 30)
)


@pytest.mark.parametrize(
    "front",
    [BOMB, MERGES, NESTED, "a: &a [*a]\n", "a: &a {b: *a}\n", "a: " + "[" * 20_000,
     "a: " + "{a: " * 20_000, "a: &x " + "y" * 30_000 + "\nb: [" + "*x, " * 8_000 + "]\n",
     "\n".join(f"k{n}: [[{n}]]" for n in range(5_000)), "? " * 20_000, "- " * 20_000 + "\na: 1"],
)  # fmt: skip
def test_hostile_front_matter_costs_little(tmp_path: Path, front: str) -> None:
    before = time.process_time()
    document = parse(tmp_path, "a.md", f"---\n{front}\n---\nThe body.\n")
    assert time.process_time() - before < 60  # these take hours, or all memory, unbounded
    assert document.elements[-1].text.endswith("The body.")
    assert len(json.dumps(dict(document.metadata))) < 1 << 20
    assert len(document.warnings) <= 11


PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="\r\x85\u2028\u2029"), max_size=30)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | PLAIN,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PLAIN, inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(PLAIN, VALUES, max_size=5))
def test_any_json_object_is_front_matter_with_its_body(values: dict[str, Any]) -> None:
    found = front_matter.split(json.dumps({"a": 1, **values}) + "\n\nThe body.\n")
    assert found is not None
    assert found.body.strip() == "The body."


@given(st.text(max_size=200))
def test_any_block_keeps_the_body(block: str) -> None:
    for mark in ("---", "+++"):
        text = f"{mark}\n{block}\n{mark}\nThe body.\n"
        found = front_matter.split(text)
        assert (found.body if found else text).endswith("The body.\n")
