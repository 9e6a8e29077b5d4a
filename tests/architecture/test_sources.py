"""Rules about the source tree that no linter checks."""

import ast
import importlib
import pkgutil
from pathlib import Path

import pytest

import leanrag

PACKAGE = Path(leanrag.__file__).parent
FILES = sorted(PACKAGE.rglob("*.py"))
MODULES = sorted(module.name for module in pkgutil.walk_packages([str(PACKAGE)], prefix="leanrag."))


@pytest.mark.parametrize("name", MODULES)
def test_every_module_can_be_imported(name: str) -> None:
    assert importlib.import_module(name).__doc__


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(PACKAGE)))
def test_no_dangerous_calls(file: Path) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
    }
    forbidden = {"eval", "exec", "pickle.load", "pickle.loads", "yaml.load", "yaml.unsafe_load"}
    assert calls.isdisjoint(forbidden | {"os.system", "marshal.loads", "shelve.open"})


@pytest.mark.parametrize(
    "file",
    [file for file in FILES if "cli" not in file.relative_to(PACKAGE).parts],
    ids=lambda file: str(file.relative_to(PACKAGE)),
)
def test_the_library_neither_prints_nor_configures_logging(file: Path) -> None:
    calls = {
        ast.unparse(node.func)
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        # A print with a file of its own is how a worker answers its parent.
        if isinstance(node, ast.Call) and "file" not in {word.arg for word in node.keywords}
    }
    assert calls.isdisjoint({"print", "logging.basicConfig", "sys.exit"})
