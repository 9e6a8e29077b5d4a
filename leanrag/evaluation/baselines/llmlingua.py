"""LLMLingua-2 and LongLLMLingua through Microsoft's package, where a model's folder is at hand."""

from pathlib import Path
from time import perf_counter
from typing import Any

from leanrag.adapters.huggingface.llmlingua_package import load_compressor
from leanrag.errors import EvaluationError, ModelError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome, Piece
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo

OPTIONS: dict[str, Any] = {"model": "", "device": "cpu"}

# The settings of LongLLMLingua's own example for questions over documents.
_LONG = {
    "condition_in_question": "after_condition",
    "reorder_context": "sort",
    "dynamic_context_compression_ratio": 0.3,
    "condition_compare": True,
    "context_budget": "+100",
    "rank_method": "longllmlingua",
}


class LLMLinguaPipeline:
    """``compress_prompt`` with the budget as ``target_token``.

    The package does not hold its target, so this baseline can break budgets; its violations are
    counted and shown. The text is rewritten, so there are no spans.
    """

    def __init__(self, info: PipelineInfo, bench: Workbench, *, long: bool) -> None:
        folder = Path(str(info.options["model"]))
        if not info.options["model"] or not folder.is_dir():
            raise EvaluationError(
                f"{info.name}: give the folder of its model as options.model in the suite"
            )
        self.info = info
        self._bench = bench
        self._folder = folder
        self._long = long
        self._compressor: Any = None

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What the package makes of the contexts. Raises ``ModelError``."""
        compressor = self._loaded()
        target = budget or self._bench.tokens_of(case)
        texts = [context.text for context in case.contexts if context.text.strip()]
        options = {"question": case.question, **_LONG} if self._long else {}
        started = perf_counter()
        try:
            result = compressor.compress_prompt(texts, target_token=target, **options)
        except (RuntimeError, ValueError, IndexError, AssertionError, AttributeError) as error:
            raise ModelError(f"llmlingua failed: {error!r}", service="llmlingua") from error
        seconds = perf_counter() - started
        text = str(result["compressed_prompt"])
        if self._long:
            # It writes the question behind the contexts, which every prompt counts apart.
            text = text.removesuffix(case.question).rstrip()
        kept = [Piece("all", text)] if text else []
        return self._bench.finish(case, kept, seconds=seconds, reason="compressed away")

    def close(self) -> None:
        """Forgets the model."""
        self._compressor = None

    def _loaded(self) -> Any:
        if self._compressor is None:
            self._compressor = load_compressor(
                str(self._folder),
                device=self.info.options["device"],
                classifier=not self._long,
            )
        return self._compressor
