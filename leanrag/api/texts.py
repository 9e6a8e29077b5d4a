"""Compression alone: texts or a conversation in, the part that a question needs out."""

from collections.abc import Mapping, Sequence
from typing import Any

from leanrag.api.memory.room import Room
from leanrag.api.prompting.choosing import fit_evidence
from leanrag.api.prompting.evidence import Evidence, pruned_entry
from leanrag.api.prompting.history_share import History, recall
from leanrag.api.wiring.models import shared_models
from leanrag.compress.pruning import Pruned, prune, whole
from leanrag.errors import InputError
from leanrag.pack.render import merge_spans
from leanrag.settings import Settings
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.tokens import counter_for
from leanrag.tokens.budget import checked_budget
from leanrag.trace import Stage
from leanrag.types import (
    Compressed,
    Condensed,
    Cuts,
    Kept,
    KeptText,
    Passage,
    Span,
    Tokens,
)

Text = str | Mapping[str, Any]


def compress(
    question: str,
    texts: Sequence[Text],
    *,
    budget: int,
    model: str | None = None,
    settings: Settings | None = None,
) -> Compressed:
    """The part of ``texts`` that the question needs, in at most ``budget`` tokens.

    The budget holds for the kept texts joined by blank lines. Texts stand in input order, empty
    ones left out, and each is verbatim: ``text == "".join(input[a:b] for a, b in spans)``. Whole
    sentences are kept or, where the budget is tight, the clauses of them that tell; the settings'
    ``compression.mode`` says so, and whether words may go.

    Args:
        question: what the sentences are chosen for.
        texts: strings, or mappings with ``text`` and optionally ``id`` and ``title``; without an
            id a text is known by its position, from 0.
        budget: tokens of what is kept.
        model: the model whose tokens are counted; by default the settings' one.
        settings: embedding model, tokenizer and weights, and how texts are cut.

    Raises:
        InputError: the question is empty, or a text or the budget is malformed.
        ModelError: words have to go and the model that says which is not there.
    """
    chosen = settings or Settings()
    if not isinstance(question, str) or not question.strip():
        raise InputError("question: expected a text that is not empty")
    limit = checked_budget(budget)
    passages = tuple(_passage(text, position) for position, text in enumerate(texts))
    counter = counter_for(model or chosen.model, tokenizer=chosen.tokenizer)
    pruning = Stage("prune")
    found = _pruned(question, passages, chosen)
    tokens_in = counter.count("\n\n".join(passage.text for passage in passages))
    pruned = pruned_entry(pruning, passages, found, counter, tokens_in)
    packing = Stage("pack")
    fitted = fit_evidence(
        Evidence(question, passages, found.units),
        chosen.compression,
        count=lambda fitted: counter.count(_joined(passages, fitted.kept, fitted.cuts)),
        budget=limit,
        counter=counter,
        words=shared_models().words(chosen.compression),
    )
    texts_kept = _kept_texts(passages, fitted.kept, fitted.cuts)
    tokens = Tokens(
        **{"in": tokens_in},
        out=counter.count("\n\n".join(text.text for text in texts_kept)),
        budget=limit,
    )
    sent = sum(len(numbers) for numbers in fitted.kept.values())
    entered = fitted.trace[-1] if fitted.trace else pruned
    packed = packing.entry(
        (entered.items_out, sent),
        (entered.tokens_out, tokens["out"]),
        dropped={"over the budget": entered.items_out - sent},
        apart=fitted.trace,
    )
    return Compressed(tuple(texts_kept), tokens, (pruned, *fitted.trace, packed))


def condense(
    history: History,
    *,
    question: str = "",
    budget: int,
    model: str | None = None,
    settings: Settings | None = None,
) -> Condensed:
    """The part of a conversation that the next answer needs, in at most ``budget`` tokens.

    The rendered messages are counted, with their overhead and the priming of the reply. The last
    exchange comes first, then older turns by relevance to the question.

    Args:
        history: OpenAI-style messages, oldest first, each may carry an ``id``; or a conversation.
        question: what will be asked next; where empty, the last user message stands for it.
        budget: tokens of the rendered messages.
        model: the model whose tokens are counted; by default the settings' one.
        settings: embedding model and tokenizer.

    Raises:
        InputError: a message or the budget is malformed.
    """
    chosen = settings or Settings()
    limit = checked_budget(budget)
    counter = counter_for(model or chosen.model, tokenizer=chosen.tokenizer)
    remembered = recall(history, counter, shared_models().turns(chosen))
    return remembered.condense(question, Room(limit, counter, newest_share=0.0))


def _pruned(question: str, passages: Sequence[Passage], settings: Settings) -> Pruned:
    """The sentences that are worth sending."""
    mode = settings.compression.mode
    if mode == "none" or not any(passage.sentences for passage in passages):
        return whole(passages)
    valued = shared_models().pruner(settings).value(question, passages)
    return prune(passages, valued, selects=mode != "squeeze")


def _passage(text: Text, position: int) -> Passage:
    where = f"texts[{position}]"
    if isinstance(text, str):
        return _split(str(position), text, "")
    if not isinstance(text, Mapping):
        raise InputError(f"{where}: expected a text or a mapping, got {type(text).__name__}")
    body, title = text.get("text"), text.get("title") or ""
    if not isinstance(body, str):
        raise InputError(f"{where}.text: expected a text, got {type(body).__name__}")
    if not isinstance(title, str):
        raise InputError(f"{where}.title: expected a text, got {type(title).__name__}")
    name = text.get("id")
    if name is not None and not isinstance(name, str | int):
        raise InputError(f"{where}.id: expected a text, got {type(name).__name__}")
    return _split(str(position) if name is None else str(name), body, title)


def _split(name: str, body: str, title: str) -> Passage:
    language = detect_language(body)
    return Passage(name, body, tuple(split_sentences(body, language)), title, language)


def _joined(passages: Sequence[Passage], kept: Kept, cuts: Cuts) -> str:
    return "\n\n".join(text.text for text in _kept_texts(passages, kept, cuts))


def _kept_texts(passages: Sequence[Passage], kept: Kept, cuts: Cuts) -> list[KeptText]:
    texts = []
    for index in sorted(kept):
        passage = passages[index]
        whole = [
            span
            for number in kept[index]
            for span in cuts.get((index, number), (passage.sentences[number],))
        ]
        spans = _trimmed(passage, whole)
        text = "".join(passage.text[a:b] for a, b in spans)
        if text:
            texts.append(KeptText(passage.id, text, tuple(spans)))
    return texts


def _trimmed(passage: Passage, given: Sequence[Span]) -> list[Span]:
    """The spans without white space at the two ends of the text that they make."""
    spans = merge_spans(given)
    while spans and passage.text[slice(*spans[-1])].isspace():
        spans.pop()
    while spans and passage.text[slice(*spans[0])].isspace():
        del spans[0]
    if not spans:
        return []
    start, end = spans[-1]
    spans[-1] = (start, start + len(passage.text[start:end].rstrip()))
    start, end = spans[0]
    spans[0] = (end - len(passage.text[start:end].lstrip()), end)
    return [(a, b) for a, b in spans if a < b]
