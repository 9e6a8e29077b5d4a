"""Marks and a fence that stay unforgeable where words are dropped."""

from collections.abc import Callable, Sequence

from leanrag.api.squeezing import Fitted
from leanrag.pack.render import Layout, choose_layout
from leanrag.settings import CompressionSettings

_ROUNDS = 4


def fit_with_layout(
    make: Callable[[Layout, CompressionSettings], Fitted],
    settings: CompressionSettings,
    *,
    texts: Sequence[str],
    shown: Callable[[Fitted, Layout], Sequence[str]],
) -> tuple[Fitted, Layout]:
    """The fitted evidence and a layout whose marks and fence occur in nothing that is shown.

    Dropping words brings characters together that stood apart in every text, a bracket and a
    number or two rows of equals signs. So what is left is looked at again, and where a mark of
    the layout could be read in it, another layout is taken and the fitting done anew. A text
    made to fool every layout keeps its sentences whole.

    Args:
        make: fits the evidence for a layout.
        settings: how words are dropped.
        texts: what the prompt is made of.
        shown: the texts as they stand in the prompt.
    """
    seen = list(texts)
    for _ in range(_ROUNDS):
        layout = choose_layout(seen)
        fitted = make(layout, settings)
        if not fitted.cuts:
            return fitted, layout
        seen.extend(shown(fitted, layout))
        if choose_layout(seen) == layout:
            return fitted, layout
    layout = choose_layout(texts)
    return make(layout, settings.model_copy(update={"mode": "prune"})), layout
