"""How turns are read: by which texts and terms they are found, and who weighs them."""

from collections.abc import Sequence

from leanrag.history.messages import Turn
from leanrag.history.pieces import pieces_of
from leanrag.history.recall import TurnScorer
from leanrag.protocols import Embedder, LexicalScorer, Selector, TokenCounter
from leanrag.retrieve.question import dense_share
from leanrag.settings import Settings
from leanrag.text.bm25 import term_counts
from leanrag.text.languages import detect_language
from leanrag.text.terms import terms

MOST_VECTORS = 24
"""Vectors of one turn; a longer one has them evenly spread."""
_MOST_TERMS = 4096
_TERMS_SCANNED = 500_000


def turn_scorer(
    embedder: Embedder,
    lexical: LexicalScorer,
    *,
    languages: Sequence[str],
    selector: Selector | None,
) -> TurnScorer:
    """Scores pieces of a conversation, the best of them with a selector where there is one."""
    return TurnScorer(
        embedder,
        lexical,
        trust=lambda question: dense_share(question, languages),
        selector=selector,
    )


def reader(settings: Settings, *, stored: bool) -> str | None:
    """The selector that reads older turns closely, None where none does."""
    name, wanted = settings.compression.selector, settings.history.reader
    if wanted == "none" or (wanted == "auto" and (stored or name == "similarity")):
        return None
    return "builtin" if name == "similarity" else name


def embedded_texts(turn: Turn, counter: TokenCounter) -> list[str]:
    """The texts that a turn is embedded by, which are those that it is condensed by.

    None for a turn without words; of a very long one some, evenly spread.
    """
    if not turn.text.strip():
        return []
    texts = [piece.text for piece in pieces_of(0, (turn,), counter)]
    step = -(-len(texts) // MOST_VECTORS)
    return texts[::step]


def indexed_terms(turn: Turn) -> dict[int, int]:
    """The term counts that a turn is found by; of a very long one those of its beginning."""
    text = f"{turn.speaker} {turn.text[:_TERMS_SCANNED]}"
    counts = term_counts(terms(text, detect_language(turn.text)))
    return dict(list(counts.items())[:_MOST_TERMS])
