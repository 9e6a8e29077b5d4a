"""Real pages of two documentations: their navigation is gone, their text is there to the word.

``LEANRAG_UPDATE_GOLDEN=1 pytest tests/golden`` writes the texts anew; read the difference.
"""

import os
from pathlib import Path

import pytest

from leanrag.ingest.canonical import assemble
from leanrag.readers.formats import DocumentParser

PAGES = Path(__file__).parent / "real"


def text_of(name: str) -> str:
    return assemble(DocumentParser().parse(PAGES / name, name))[0]


@pytest.mark.parametrize("name", ["python_colorsys", "postgresql_listen"])
def test_the_text_of_a_page(name: str) -> None:
    found = text_of(f"{name}.html")
    expected = PAGES / f"{name}.txt"
    if os.environ.get("LEANRAG_UPDATE_GOLDEN"):
        expected.write_text(found + "\n", encoding="utf-8")
    assert found + "\n" == expected.read_text(encoding="utf-8")


def test_the_contents_of_a_chapter_go_and_its_introduction_stays() -> None:
    text = text_of("postgresql_user_management.html")
    assert "Database Roles" in text.split("\n")[0]
    assert "PostgreSQL manages database access permissions using the concept of roles" in text
    assert text.endswith("Section 5.7.")
    assert "22.1" not in text
    assert "Next" not in text


@pytest.mark.parametrize("name", ["python_genindex", "postgresql_getting_started"])
def test_pages_of_links_have_no_text(name: str) -> None:
    assert text_of(f"{name}.html") == ""
