"""What a prompt would have been without leanrag: whole retrieved chunks and the full history."""

from collections.abc import Sequence

from leanrag.types import Tokens, TraceEntry

STATEMENT = (
    "whole retrieved chunks and the full history; a full history counts as read from the "
    "provider's cache"
)
_CHUNKS = "prune"
_HISTORY = "history"


def baseline_tokens(
    tokens: Tokens, trace: Sequence[TraceEntry], *, chunks: int | None = None
) -> int:
    """Tokens of the prompt with whole chunks and full history in place of what was sent.

    Args:
        tokens: the prompt's counts by part.
        trace: the prompt's stages; the chunks are those that went on to compression.
        chunks: how many chunks would be sent, of their mean length; None for all of them.
    """
    total = int(tokens["prompt"]) - int(tokens["context"]) - int(tokens["history"])
    whole = next((entry for entry in trace if entry.stage == _CHUNKS), None)
    retrieved = next((entry for entry in trace if entry.stage == "rerank"), None)
    context = whole.tokens_in if whole else int(tokens["context"])
    if whole and chunks is not None and retrieved and retrieved.items_out > chunks:
        context = round(context * chunks / retrieved.items_out)
    past = next((entry for entry in trace if entry.stage == _HISTORY), None)
    return total + context + (past.tokens_in if past else int(tokens["history"]))
