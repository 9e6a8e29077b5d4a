"""What a checkout adds to the package: loaders of its data sets, and kinds of suites.

A suite is data, perhaps a stranger's. It names a loader or a kind and never a module, so that
reading it imports nothing that it chose. Names that the package does not know are looked up in
one place alone: ``eval/extension.py`` beside the package's own source, in a checkout. Who can
write there can change the package as well. An installed package has no such place, even where
a folder ``eval`` happens to lie beside it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol, TypeAlias

import yaml

import leanrag
from leanrag.errors import EvaluationError
from leanrag.evaluation.datasets import Loader
from leanrag.evaluation.loaders import FORMATS
from leanrag.evaluation.rows import open_text
from leanrag.text.yaml_problems import yaml_problem

MODULE = "eval.extension"
CHECKOUT_FILES = ("pyproject.toml", "eval/__init__.py", "eval/extension.py")

Progress: TypeAlias = Callable[[int, int, str], None]
"""Called with cases done, cases in all (0 where unknown), and what is being done."""


@dataclass(frozen=True, slots=True)
class KindRun:
    """What a run of another kind of suite has to show: its JSON, and a table with its head."""

    values: Mapping[str, Any]
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class Kind(Protocol):
    """Runs suites that say ``kind: NAME``."""

    def __call__(self, path: Path, *, out: Path | None, progress: Progress) -> KindRun:
        """Runs the suite at ``path``; writes into ``out``, if given. Raises ``EvaluationError``."""
        ...


@dataclass(frozen=True, slots=True)
class Extension:
    """Loaders and kinds by the names that suites use."""

    loaders: Mapping[str, Loader] = field(default_factory=dict)
    kinds: Mapping[str, Kind] = field(default_factory=dict)


def loader_of(name: str) -> Loader | None:
    """The loader of that name; the package's own formats come first. None: there is none."""
    return FORMATS.get(name) or checkout_extension().loaders.get(name)


def loader_names() -> str:
    """What suites may name here, as an error tells it."""
    return ", ".join([*FORMATS, *checkout_extension().loaders])


def kind_of(path: Path) -> Kind | None:
    """What runs the suite at ``path`` where it is of another kind; None for a usual suite.

    Raises:
        EvaluationError: the file is not YAML, or of a kind that is not known here.
    """
    with open_text(path) as text:
        try:
            values = yaml.safe_load(text)
        except (yaml.YAMLError, UnicodeDecodeError, RecursionError) as error:
            raise EvaluationError(f"{path}: not valid YAML: {yaml_problem(error)}") from None
    name = values.get("kind") if isinstance(values, dict) else None
    if name is None:
        return None
    kinds = checkout_extension().kinds
    if str(name) not in kinds:
        known = f"here: {', '.join(kinds)}" if kinds else "only in a checkout of leanrag"
        raise EvaluationError(f"{path}: there is no kind {name!r} of suites; others are {known}")
    return kinds[str(name)]


@cache
def checkout_extension() -> Extension:
    """The extension of the checkout that the package is run from; an empty one elsewhere."""
    return extension_at(Path(leanrag.__file__).resolve().parents[1])


def extension_at(root: Path) -> Extension:
    """The extension of the checkout at ``root``; an empty one where that is none."""
    if not all((root / name).is_file() for name in CHECKOUT_FILES):
        return Extension()
    # Another package of the name ``eval`` may stand before this one on the path.
    spec = find_spec("eval")
    if spec is None or spec.origin is None or Path(spec.origin).resolve().parent != root / "eval":
        return Extension()
    found = import_module(MODULE).EXTENSION
    return found if isinstance(found, Extension) else Extension()
