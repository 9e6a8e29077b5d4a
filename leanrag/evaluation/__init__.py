"""Token cost against answer quality: suites of cases through pipelines, with intervals.

``run_suite`` runs a suite file, ``compare`` two of its results, ``tune_suite`` finds
settings, ``load_cases`` reads cases.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from leanrag.evaluation.cases import Case, load_cases
    from leanrag.evaluation.compare import compare
    from leanrag.evaluation.results import Results, read_results
    from leanrag.evaluation.runner import run_suite
    from leanrag.evaluation.tune import tune_suite

__all__ = ["Case", "Results", "compare", "load_cases", "read_results", "run_suite", "tune_suite"]

_HOMES = {
    "Case": "cases",
    "Results": "results",
    "compare": "compare",
    "load_cases": "cases",
    "read_results": "results",
    "run_suite": "runner",
    "tune_suite": "tune",
}


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(f"leanrag.evaluation.{_HOMES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
