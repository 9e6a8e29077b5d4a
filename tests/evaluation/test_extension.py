"""What a suite may name: formats, what the checkout adds, and nothing that it could choose."""

import sys
from pathlib import Path

import pytest

import leanrag
from eval.extension import EXTENSION
from leanrag.errors import EvaluationError
from leanrag.evaluation import extension
from leanrag.evaluation.extension import (
    CHECKOUT_FILES,
    Extension,
    checkout_extension,
    extension_at,
    kind_of,
    loader_of,
)
from leanrag.evaluation.loaders import FORMATS
from leanrag.evaluation.suite import load_suite

ROOT = Path(leanrag.__file__).parents[1]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package as it is where no checkout lies around it."""
    monkeypatch.setattr(extension, "checkout_extension", Extension)


def suite(folder: Path, text: str) -> Path:
    path = folder / "suite.yaml"
    path.write_text(f"name: x\nbudgets: [10]\n{text}", encoding="utf-8")
    return path


def test_a_checkout_adds_the_loaders_of_its_sets() -> None:
    assert checkout_extension() is EXTENSION
    assert loader_of("locomo") is EXTENSION.loaders["locomo"]
    assert not EXTENSION.loaders.keys() & FORMATS.keys()


def test_without_a_checkout_the_formats_remain(tmp_path: Path, installed: None) -> None:
    (tmp_path / "own.jsonl").write_text('{"question": "Who?", "answers": ["me"]}\n')
    own = suite(tmp_path, "dataset: {loader: cases, path: own.jsonl}\n")
    assert [row.question for row in load_suite(own).rows()] == ["Who?"]  # type: ignore[union-attr]
    with pytest.raises(EvaluationError, match=r"one of cases, csv, squad, beir$"):
        load_suite(suite(tmp_path, "dataset: {loader: locomo, path: x}\n"))
    with pytest.raises(EvaluationError, match=r"kind 'retrieval' .* only in a checkout"):
        kind_of(suite(tmp_path, "kind: retrieval\n"))


@pytest.mark.parametrize("name", ["eval.loaders.locomo", "os", "planted", "../planted", ""])
def test_a_suite_names_no_module(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "planted.py").write_text("raise SystemExit('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    with pytest.raises(EvaluationError, match="one of cases"):
        load_suite(suite(tmp_path, f"dataset: {{loader: '{name}', path: x}}\n"))
    with pytest.raises(EvaluationError, match="no kind"):
        kind_of(suite(tmp_path, f"kind: '{name}'\n"))
    with pytest.raises(EvaluationError, match="no kind"):
        kind_of(suite(tmp_path, f"kind: ['{name}', {{a: b}}]\n"))
    assert "planted" not in set(sys.modules) - before


def planted(root: Path) -> Path:
    """A folder ``eval`` as another package would have it, which tells that it was imported."""
    (root / "eval").mkdir(parents=True)
    for name in CHECKOUT_FILES[1:]:
        (root / name).write_text("raise SystemExit('imported')")
    return root


def test_a_folder_beside_an_installed_package_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = planted(tmp_path)
    monkeypatch.syspath_prepend(root)
    monkeypatch.delitem(sys.modules, "eval")
    assert extension_at(root) == Extension()


def test_another_package_of_that_name_is_not_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(planted(tmp_path))
    monkeypatch.delitem(sys.modules, "eval")
    monkeypatch.delitem(sys.modules, "eval.extension")
    assert extension_at(ROOT) == Extension()
