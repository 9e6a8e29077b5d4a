"""The benchmark under test."""

from importlib import import_module
from types import ModuleType

import pytest


@pytest.fixture(scope="module")
def bench(request: pytest.FixtureRequest) -> ModuleType:
    """The benchmark that the test module is named after."""
    return import_module(f"eval.bench.{request.path.stem.removeprefix('test_')}")
