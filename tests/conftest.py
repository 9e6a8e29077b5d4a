"""Fixtures for all tests, and how Hypothesis draws its examples."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from leanrag.api.wiring.models import Models
from leanrag.settings import EmbeddingSettings
from tests.chat_server import ChatServer, chat_server
from tests.store_samples import ram_folder

# Continuous integration judges a change by the same examples every time; elsewhere new ones are
# drawn at every run, which is where new failures are found.
# How long an example takes says how busy the machine is: no test fails for that.
_UNTIMED = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("anew", **_UNTIMED)
settings.register_profile("ci", derandomize=True, database=None, **_UNTIMED)
settings.load_profile("ci" if os.environ.get("CI") else "anew")


@pytest.fixture(scope="session", autouse=True)
def _weights() -> Models:
    """Holds the built-in models, so that tests that open and close do not load them each time."""
    models = Models()
    models.embedder(EmbeddingSettings())
    models.selector("builtin")
    return models


@pytest.fixture
def ram_path() -> Iterator[Path]:
    """An empty folder in memory where there is such a place."""
    with ram_folder() as folder:
        yield folder


@pytest.fixture(scope="module")
def endpoint() -> Iterator[ChatServer]:
    """A server on this machine that answers chat completions."""
    with chat_server() as made:
        yield made
