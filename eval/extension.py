"""What ``leanrag eval`` finds here when it is run from a checkout: loaders and kinds of suites."""

from pathlib import Path

from eval.loaders import SETS
from leanrag.evaluation.extension import Extension, KindRun, Progress


def _retrieval(path: Path, *, out: Path | None, progress: Progress) -> KindRun:
    from eval.retrieval.run import run_retrieval
    from eval.retrieval.shown import shown

    return shown(run_retrieval(path, out=out, progress=progress))


EXTENSION = Extension(loaders=SETS, kinds={"retrieval": _retrieval})
