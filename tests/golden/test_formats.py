"""What is made of a small document of every format.

Where a change is meant, ``LEANRAG_UPDATE_GOLDEN=1 pytest tests/golden`` writes what there is now;
the difference then shows in the review.
"""

import json
import os
from pathlib import Path

import pytest

from leanrag.readers.formats import DocumentParser
from tests.format_samples import samples

EXPECTED = Path(__file__).parent / "formats"
SAMPLES = samples()


@pytest.mark.parametrize("name", SAMPLES)
def test_format(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(SAMPLES[name])
    parsed = DocumentParser().parse(path, name)
    properties = dict(parsed.properties)
    if name == "stock.xlsx":
        del properties["modified"]  # the library writes the present time
    found = {
        "title": parsed.title,
        "language": parsed.language,
        "metadata": parsed.metadata,
        "properties": properties,
        "elements": [
            {
                "kind": element.kind,
                "place": [element.level, element.depth, element.head_rows, element.page],
                "text": element.text.split("\n"),
            }
            for element in parsed.elements
        ],
    }
    found = json.loads(json.dumps(found))
    expected = EXPECTED / f"{name}.json"
    if os.environ.get("LEANRAG_UPDATE_GOLDEN"):
        EXPECTED.mkdir(exist_ok=True)
        expected.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found == json.loads(expected.read_text())
