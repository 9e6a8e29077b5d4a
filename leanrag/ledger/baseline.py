"""What a prompt would have been without leanrag: whole retrieved chunks and the full history."""

from collections.abc import Sequence

from leanrag.types import Tokens, TraceEntry

STATEMENT = (
    "whole retrieved chunks and the full history; a full history counts as read from the "
    "provider's cache"
)
_RETRIEVED = "rerank"
_PRUNED = "prune"
_HISTORY = "history"


def baseline_tokens(
    tokens: Tokens, trace: Sequence[TraceEntry], *, chunks: int | None = None
) -> int:
    """Tokens of the prompt with whole chunks and full history in place of what was sent.

    Args:
        tokens: the prompt's counts by part.
        trace: the prompt's stages; the chunks are those that reranking hands on, without what is
            brought in beside them.
        chunks: how many chunks would be sent, of their mean length; None for all of them.
    """
    stages = {entry.stage: entry for entry in trace}
    context = sent = int(tokens["context"])
    if (retrieved := stages.get(_RETRIEVED)) is not None:
        context = retrieved.tokens_out
        if chunks is not None and retrieved.items_out > chunks:
            context = round(context * chunks / retrieved.items_out)
    elif (pruned := stages.get(_PRUNED)) is not None:
        context = pruned.tokens_in
    past = stages.get(_HISTORY)
    longer = past.tokens_in - past.tokens_out if past else 0
    return int(tokens["prompt"]) - sent + context + longer
