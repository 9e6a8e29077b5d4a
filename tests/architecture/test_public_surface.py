"""What may be relied on: the public names, and that nothing shown to users needs others."""

import ast
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PUBLIC = (
    "leanrag",
    "leanrag.api",
    "leanrag.errors",
    "leanrag.evaluation",
    "leanrag.evaluation.report",
    "leanrag.integrations.llama_index",
    "leanrag.protocols",
    "leanrag.settings",
    "leanrag.tokens",
    "leanrag.types",
)
"""The modules whose ``__all__`` is public, as CONTRIBUTING.md lists them."""
SHOWN = (*sorted((ROOT / "examples").rglob("*.py")), *sorted((ROOT / "docs").rglob("*.py")))
MEASURING = (*sorted((ROOT / "eval").rglob("*.py")), *sorted((ROOT / "pipelines").rglob("*.py")))


def imports(code: str) -> Iterator[tuple[str, str]]:
    """Each module of leanrag that a program imports, with the name taken from it, or none."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            if node.module.split(".")[0] == "leanrag":
                yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((a.name, "") for a in node.names if a.name.split(".")[0] == "leanrag")


def private(code: str) -> list[str]:
    """What a program takes from leanrag that no public module names."""
    return [
        f"{module}.{name}".rstrip(".")
        for module, name in imports(code)
        if module not in PUBLIC or (name and name not in import_module(module).__all__)
    ]


@pytest.mark.parametrize("name", PUBLIC)
def test_a_public_module_has_all_that_it_names(name: str) -> None:
    module = import_module(name)
    assert len(set(module.__all__)) == len(module.__all__)
    for public in module.__all__:
        assert getattr(module, public) is not None
        assert public == "__version__" or not public.startswith("_")


def test_contributing_lists_the_public_modules() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    paragraph = text.partition("## What is public")[2].partition("\n## ")[0]
    assert set(re.findall(r"`(leanrag(?:\.[a-z_]+)*)`", paragraph)) == set(PUBLIC)


@pytest.mark.parametrize("file", SHOWN, ids=lambda file: str(file.relative_to(ROOT)))
def test_an_example_needs_public_names_alone(file: Path) -> None:
    assert private(file.read_text(encoding="utf-8")) == []


def test_the_readme_needs_public_names_alone() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", readme, flags=re.MULTILINE | re.DOTALL)
    assert blocks
    assert [found for block in blocks for found in private(block)] == []


@pytest.mark.parametrize("file", MEASURING, ids=lambda file: str(file.relative_to(ROOT)))
def test_what_measures_and_trains_takes_no_name_with_an_underscore(file: Path) -> None:
    """It moves along with the code and may look inside, but not at what a module hides."""
    taken = [f"{module}.{name}" for module, name in imports(file.read_text(encoding="utf-8"))]
    assert [path for path in taken if re.search(r"\._(?!_)", path)] == []


def test_an_internal_name_would_be_found() -> None:
    assert private("from leanrag.pack.fit import Unit") == ["leanrag.pack.fit.Unit"]
    assert private("import leanrag.compress.prune") == ["leanrag.compress.prune"]
    assert private("from leanrag import LeanRAG, mask") == ["leanrag.mask"]
    assert private("from leanrag.types import Hit\nimport leanrag") == []


def test_every_error_is_public() -> None:
    errors = import_module("leanrag.errors")
    assert {name for name, kind in vars(errors).items() if isinstance(kind, type)} == set(
        errors.__all__
    )
