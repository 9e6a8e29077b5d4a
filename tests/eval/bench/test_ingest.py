"""The benchmark of ingest: which pages it takes, and what it counts as work."""

from pathlib import Path
from types import ModuleType

import pytest


def test_a_sample_is_spread_evenly(bench: ModuleType, tmp_path: Path) -> None:
    for number in range(10):
        (tmp_path / f"{number}.html").write_text("")
    (tmp_path / "note.txt").write_text("")
    assert [page.source for page in bench.pages(tmp_path, 4)] == [
        "0.html",
        "2.html",
        "5.html",
        "7.html",
    ]
    assert len(bench.pages(tmp_path, 0)) == len(bench.pages(tmp_path, 50)) == 10


def test_a_folder_without_pages_is_named(bench: ModuleType, tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="no HTML pages there"):
        bench.pages(tmp_path, 0)


def test_operations_are_those_of_the_network(bench: ModuleType) -> None:
    config = {"hidden_size": 2, "intermediate_size": 3, "num_hidden_layers": 5}
    # a layer has four 2 × 2 and two 2 × 3 matrices, and two products of 7 × 2 with 2 × 7
    matrices = 7 * 2 * (4 * 2 * 2 + 2 * 2 * 3)
    attention = 2 * 2 * 7 * 7 * 2
    assert bench.operations([7], config) == 5 * (matrices + attention)
    assert bench.operations([7, 7], config) == 2 * bench.operations([7], config)
