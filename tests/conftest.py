"""Fixtures for all tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.store_samples import ram_folder


@pytest.fixture
def ram_path() -> Iterator[Path]:
    """An empty folder in memory where there is such a place."""
    with ram_folder() as folder:
        yield folder
