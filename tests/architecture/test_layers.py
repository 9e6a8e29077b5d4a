"""The contracts of import-linter forbid what they are there to forbid.

A contract that is too wide is kept for ever. So each of these imports, put into the graph of the
real package, has to break the one that is named.
"""

from collections.abc import Mapping
from copy import deepcopy
from pathlib import Path
from typing import Any

import grimp
import pytest
from importlinter.api import read_configuration
from importlinter.contracts.forbidden import ForbiddenContract
from importlinter.contracts.independence import IndependenceContract
from importlinter.contracts.layers import LayersContract
from importlinter.contracts.protected import ProtectedContract

CONFIGURATION = read_configuration(str(Path(__file__).parents[2] / "pyproject.toml"))
CONTRACTS: Mapping[str, Mapping[str, Any]] = {
    options["name"]: options for options in CONFIGURATION["contracts_options"]
}
KINDS = {
    "forbidden": ForbiddenContract,
    "independence": IndependenceContract,
    "layers": LayersContract,
    "protected": ProtectedContract,
}
WINGS = (
    *("ingest", "retrieve", "compress", "history", "pack", "mask", "ledger"),
    *("readers", "adapters"),
)
"""None of them may import another. Each is tried with the next one, and the last with the first."""

FORBIDDEN = [
    ("layers", "leanrag.api", "leanrag.cli"),
    ("layers", "leanrag.evaluation", "leanrag.cli"),
    ("layers", "leanrag.adapters", "leanrag.api"),
    ("layers", "leanrag.settings", "leanrag.adapters"),
    ("layers", "leanrag.protocols", "leanrag.settings"),
    ("layers", "leanrag.types", "leanrag.protocols"),
    ("layers", "leanrag.text", "leanrag.tokens"),
    ("layers", "leanrag.types", "leanrag.text"),
    ("layers", "leanrag.errors", "leanrag.types"),
    *(
        ("a room of the adapters for each vendor", f"leanrag.adapters.{one}", f"leanrag.{other}")
        for one, other in (
            ("openai", "adapters.qdrant"),
            ("openvino", "adapters.huggingface"),
            ("huggingface", "adapters.openvino"),
            ("sqlite", "adapters.qdrant"),
            ("length_batches", "adapters.openvino"),
            ("rank_bm25", "adapters.models"),
        )
    ),
    (
        "the two engines know nothing of each other",
        "leanrag.adapters.qdrant.server",
        "leanrag.adapters.qdrant.edge",
    ),
    (
        "a reader knows no other kind of document, but for HTML inside of others",
        "leanrag.readers.html",
        "leanrag.readers.office",
    ),
    ("OpenAI's package", "leanrag.adapters.qdrant", "openai"),
    ("OpenAI's package", "leanrag.api", "openai"),
    ("Qdrant's packages", "leanrag.adapters.sqlite", "qdrant_client"),
    ("torch and what stands on it", "leanrag.adapters.openvino", "torch"),
    ("OpenVINO", "leanrag.compress", "openvino"),
    ("parsers of documents", "leanrag.ingest", "unstructured"),
    ("tokenizers", "leanrag.text", "tiktoken"),
    ("LlamaIndex", "leanrag.api", "llama_index"),
]


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph("leanrag", include_external_packages=True)


def breaks(graph: grimp.ImportGraph, name: str, importer: str, imported: str) -> bool:
    """Whether an import more breaks the contract of that name, which is kept without it."""
    options = CONTRACTS[name]
    contract = KINDS[options["type"]](name, CONFIGURATION["session_options"], options)
    more = deepcopy(graph)
    assert {importer, imported} <= more.modules
    assert not more.direct_import_exists(importer=importer, imported=imported)
    more.add_import(importer=importer, imported=imported)
    return not contract.check(more, verbose=False).kept


@pytest.mark.parametrize(("one", "other"), zip(WINGS, (*WINGS[1:], WINGS[0]), strict=True))
def test_no_stage_reader_or_adapter_imports_another(
    graph: grimp.ImportGraph, one: str, other: str
) -> None:
    importer, imported = (min(graph.find_children(f"leanrag.{wing}")) for wing in (one, other))
    assert breaks(graph, "layers", importer, imported)
    assert breaks(graph, "layers", imported, importer)


@pytest.mark.parametrize(("contract", "importer", "imported"), FORBIDDEN)
def test_an_import_is_forbidden(
    graph: grimp.ImportGraph, contract: str, importer: str, imported: str
) -> None:
    assert breaks(graph, contract, importer, imported)
