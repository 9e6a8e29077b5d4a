"""The stores that the contracts run over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from leanrag.protocols import Store
from tests.contracts.engines import ENGINES, Engine


@pytest.fixture(params=ENGINES, ids=lambda engine: engine.__name__)
def engine(request: pytest.FixtureRequest, ram_path: Path) -> Iterator[Engine]:
    with request.param(ram_path) as made:
        yield made


@pytest.fixture
def store(engine: Engine) -> Store:
    return engine.open()
