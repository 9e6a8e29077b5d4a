"""Cuts what is too long for a prompt, above all results of tools, to the lines that matter."""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.history.messages import Turn
from leanrag.protocols import LexicalScorer, TokenCounter
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.text.terms import terms
from leanrag.types import Span

GAP = "…"
RESULT_SHARE = 0.25
"""The most of a budget that the result of one tool call takes."""
FEWEST_TOKENS = 32
_LONGEST_LINE = 400
"""Longer lines are cut at sentences, and those at white space or anywhere."""
_SAMPLE = 4_000
_HEAD = 0.4
"""What the first line is worth against the best one: it says what the columns or the call are."""
_BESIDE = 0.25
_BREAK = re.compile(r"\s+|(?<=[,;}\]])")


def shorten_turns(
    turns: Sequence[Turn],
    question: str,
    budget: int,
    *,
    counter: TokenCounter,
    lexical: LexicalScorer,
) -> tuple[list[dict[str, Any]], int]:
    """Messages of the turns, in which no text is out of all proportion to the budget.

    A result of a tool keeps at most ``RESULT_SHARE`` of the budget and any other text at most the
    budget itself, which bounds the work of choosing among its sentences. Calls stay as they are.

    Returns:
        The messages with id and time, and how many of them were shortened.
    """
    shortened = 0
    messages: list[dict[str, Any]] = []
    for turn in turns:
        share = RESULT_SHARE if turn.role == "tool" else 1.0
        limit = max(FEWEST_TOKENS, int(budget * share))
        content = turn.message["content"]
        cut = _shorten_content(content, question, limit, counter, lexical)
        shortened += cut != content
        message = {**turn.message, "content": cut, "id": turn.id}
        if turn.time:
            message["time"] = turn.time
        messages.append(message)
    return messages, shortened


def shorten(
    text: str, question: str, max_tokens: int, *, counter: TokenCounter, lexical: LexicalScorer
) -> str:
    """The lines of ``text`` that bear on the question, at most ``max_tokens``, gaps marked.

    Lines are scored by BM25, borrow from those beside them, and stand verbatim in their order.
    Where the question meets no line, the first ones and the last ones are taken.
    """
    if _fits(text, max_tokens, counter):
        return text
    spans = _lines(text)
    worth = _worth(text, spans, question, lexical)
    sizes: dict[int, int] = {}
    chosen: set[int] = set()
    room = max_tokens
    for index in np.argsort(-worth, kind="stable"):
        number = int(index)
        begin, end = spans[number]
        if end - begin > 16 * max(room, 1):  # no tokenizer has so many characters a token
            continue
        sizes[number] = counter.count(text[begin:end]) + 2
        if sizes[number] <= room:
            chosen.add(number)
            room -= sizes[number]
        if room < 4 or len(sizes) > len(chosen) + 200:
            break
    by_worth = sorted(chosen, key=lambda number: (worth[number], -number))
    while chosen:
        cut = _joined(text, spans, sorted(chosen))
        if counter.count(cut) <= max_tokens:
            return cut
        chosen.discard(by_worth.pop(0))
    return GAP


def _shorten_content(
    content: Any, question: str, limit: int, counter: TokenCounter, lexical: LexicalScorer
) -> Any:
    if isinstance(content, str):
        return shorten(content, question, limit, counter=counter, lexical=lexical)
    if not isinstance(content, list):
        return content
    each = max(1, limit // max(1, len(content)))
    return [
        {**part, "text": shorten(part["text"], question, each, counter=counter, lexical=lexical)}
        if isinstance(part.get("text"), str)
        else part
        for part in content
    ]


def _fits(text: str, max_tokens: int, counter: TokenCounter) -> bool:
    # Every token stands for a byte at least, so short texts need no counting.
    if counter.exact and len(text) * 4 <= max_tokens:
        return True
    return counter.count(text) <= max_tokens


def _lines(text: str) -> list[Span]:
    """Spans of lines, long ones cut further; the blank ones left out."""
    spans: list[Span] = []
    start = 0
    for line in text.splitlines(keepends=True):
        end = start + len(line)
        body = line.rstrip()
        if len(body) > _LONGEST_LINE:
            spans.extend(_pieces(text, start, start + len(body)))
        elif body:
            spans.append((start, start + len(body)))
        start = end
    return spans


def _pieces(text: str, start: int, end: int) -> list[Span]:
    line = text[start:end]
    pieces: list[Span] = []
    for a, b in split_sentences(line, detect_language(line[:_SAMPLE])):
        at = a
        while b - at > _LONGEST_LINE:
            breaks = list(_BREAK.finditer(line, at + _LONGEST_LINE // 2, at + _LONGEST_LINE))
            to = breaks[-1].end() if breaks else at + _LONGEST_LINE
            pieces.append((start + at, start + to))
            at = to
        pieces.append((start + at, start + b))
    return pieces


def _worth(
    text: str, spans: Sequence[Span], question: str, lexical: LexicalScorer
) -> NDArray[np.float64]:
    language = detect_language(text[:_SAMPLE])
    asked = terms(question, language)
    own = np.zeros(len(spans))
    if asked:
        own = lexical.score(asked, [terms(text[a:b], language) for a, b in spans])
    best = own.max(initial=0.0)
    if best <= 0:  # nothing to go by: the ends, the head first
        places = np.arange(len(spans))
        return np.asarray(-np.minimum(places, 2.0 * places[::-1] + 0.5))
    worth = own / best
    worth[1:] += _BESIDE * own[:-1] / best
    worth[:-1] += _BESIDE * own[1:] / best
    worth[0] += _HEAD
    return np.asarray(worth)


def _joined(text: str, spans: Sequence[Span], chosen: Sequence[int]) -> str:
    parts: list[str] = []
    before = -1
    for number in chosen:
        if number != before + 1:
            parts.append(f"\n{GAP}\n" if parts else f"{GAP}\n")
        elif parts:
            parts.append(text[spans[before][1] : spans[number][0]])
        parts.append(text[slice(*spans[number])])
        before = number
    if before + 1 < len(spans):
        parts.append(f"\n{GAP}")
    return "".join(parts)
