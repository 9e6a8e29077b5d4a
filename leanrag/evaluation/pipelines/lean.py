"""leanrag itself, through its public API alone."""

from time import perf_counter

import leanrag
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome, Piece
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo


class LeanCompress:
    """``leanrag.compress`` over the contexts of a case."""

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._settings = bench.lean_settings()
        self._warm = False

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What ``leanrag.compress`` keeps. Raises ``LeanRAGError``."""
        texts = [
            {"id": context.id, "title": context.title, "text": context.text}
            for context in case.contexts
        ]
        limit = budget or self._bench.tokens_of(case)
        if not self._warm:
            # The model is loaded once in a process's life, which is no question's own time.
            leanrag.compress("warm", ["up"], budget=10, settings=self._settings)
            self._warm = True
        started = perf_counter()
        kept = leanrag.compress(case.question, texts, budget=limit, settings=self._settings)
        seconds = perf_counter() - started
        pieces = [Piece(text.id, text.text, text.spans) for text in kept.texts]
        return self._bench.finish(
            case, pieces, seconds=seconds, trace=kept.trace, reason="less relevant"
        )

    def close(self) -> None:
        """Nothing is held."""
