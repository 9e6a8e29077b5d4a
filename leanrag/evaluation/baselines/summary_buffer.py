"""LlamaIndex's ChatSummaryMemoryBuffer, with leanrag's extractive maker in the place of a model."""

from collections.abc import Callable, Sequence
from itertools import takewhile
from typing import Any

from leanrag.evaluation.baselines.offline import use_carried_vocabularies
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.pipelines.history import Sent, history_outcome, message
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.results import PipelineInfo
from leanrag.history.makers import ExtractiveMaker
from leanrag.types import SummaryLine

OPTIONS: dict[str, Any] = {"summary_share": 0.25}
_TRIES = 12
_STEP = 24


class SummaryBufferPipeline:
    """The newest turns whole, and one summary of all the others, which knows no question.

    The buffer does not count the overhead of messages: its limit is lowered until what it gives
    fits the budget.
    """

    def __init__(self, info: PipelineInfo, bench: Workbench) -> None:
        self.info = info
        self._bench = bench
        self._maker = ExtractiveMaker(bench.counter, bench.embedder)
        self._known: dict[tuple[str, int], Sent] = {}

    def run(self, case: Case, budget: int | None) -> Outcome:
        """What the buffer gives at ``budget``. Summaries are made ahead of the question."""
        limit = budget or self._bench.history_tokens(case)
        key = (case.document, limit)
        if key not in self._known:
            self._known[key] = self._fitted(case, limit)
        return history_outcome(self._bench, case, self._known[key], seconds=0.0)

    def close(self) -> None:
        """Forgets the summaries."""
        self._known.clear()

    def _fitted(self, case: Case, budget: int) -> Sent:
        summary_tokens = int(budget * float(self.info.options["summary_share"]))
        whole = budget - summary_tokens
        for _ in range(_TRIES):
            sent = self._remembered(case, max(1, whole), summary_tokens)
            excess = self._bench.counter.count_messages(sent.messages) - budget
            if excess <= 0:
                break
            # Whole turns go, so that a small step may change nothing.
            whole -= max(excess, _STEP)
        return sent

    def _remembered(self, case: Case, limit: int, summary_tokens: int) -> Sent:
        from llama_index.core.base.llms.types import ChatMessage
        from llama_index.core.memory import ChatSummaryMemoryBuffer

        use_carried_vocabularies()
        given = [message(case, place) for place in range(len(case.history))]
        names = [turn.id or str(place) for place, turn in enumerate(case.history)]
        material = [
            SummaryLine(one["content"], name) for one, name in zip(given, names, strict=True)
        ]
        cited: list[str] = []

        def summarise(prompt: str) -> str:
            older = takewhile(lambda line: line.text in prompt, material)
            made = self._maker.summarise(list(older), summary_tokens)
            cited.extend(line.turn_id for line in made.lines)
            return "\n".join(line.text for line in made.lines)

        memory = ChatSummaryMemoryBuffer.from_defaults(
            chat_history=[ChatMessage(role=one["role"], content=one["content"]) for one in given],
            llm=_extractive_model(summarise),
            token_limit=limit,
            tokenizer_fn=lambda text: [0] * self._bench.counter.count(text),
        )
        messages = [
            {"role": str(one.role.value), "content": str(one.content)} for one in memory.get()
        ]
        whole = _kept_whole(names, given, messages)
        return Sent(messages, [name for name in names if name in {*whole, *cited}])


def _kept_whole(
    names: Sequence[str], given: Sequence[dict[str, Any]], messages: Sequence[dict[str, Any]]
) -> list[str]:
    """Names of the last turns, which stand at the end of the messages."""
    kept = 0
    while kept < min(len(messages), len(given)):
        if messages[-1 - kept]["content"] != given[-1 - kept]["content"]:
            break
        kept += 1
    return list(names[len(names) - kept :])


def _extractive_model(summarise: Callable[[str], str]) -> Any:
    """A model for LlamaIndex that answers a prompt with a summary of the turns in it."""
    from llama_index.core.llms import CompletionResponse, CustomLLM, LLMMetadata

    class Extractive(CustomLLM):  # type: ignore[misc, unused-ignore]
        @property
        def metadata(self) -> LLMMetadata:
            return LLMMetadata(context_window=1_000_000, model_name="extractive")

        def complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            return CompletionResponse(text=summarise(prompt))

        def stream_complete(self, prompt: str, formatted: bool = False, **kwargs: Any) -> Any:
            raise NotImplementedError

    return Extractive()
