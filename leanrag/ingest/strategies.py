"""Chooses how a document is cut by what it is, and says where its units begin.

A unit is what an answer needs whole: an entry of a reference with its description, a question with
its answer, a table, a definition in source code. A chunk never begins in one unit and ends in the
next, while narrative text and turns of a talk are merged up to the limit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import Literal

from leanrag.text.questions import is_question, is_reply
from leanrag.text.turns import is_transcript, speaker
from leanrag.types import Block

Strategy = Literal["reference", "faq", "narrative", "tabular", "code", "transcript"]

_MIN_ENTRIES = 3
_MIN_QUESTIONS = 3
_MOST = 0.6
_MEAN_ENTRY = 200
"""Characters; shorter entries, such as command options, are better found several at a time."""
_MAX_INTRODUCTION = 120


@dataclass(frozen=True, slots=True)
class Rule:
    """Documents of which the source matches a pattern are cut in one way."""

    match: str
    strategy: Strategy


def ruled(rules: Sequence[Rule], source: str) -> Strategy | None:
    """The strategy of the first rule that matches: the whole source, or its last parts.

    ``*`` also stands for slashes, so that ``faq/*.md`` matches ``docs/faq/sql/joins.md``.
    """
    for rule in rules:
        if fnmatchcase(source, rule.match) or fnmatchcase(source, f"*/{rule.match}"):
            return rule.strategy
    return None


def choose(text: str, blocks: Sequence[Block]) -> Strategy:
    """The strategy for a document, by the share of its text that each kind of block has."""
    sizes: dict[str, int] = {}
    entries = sum(
        before.kind == "entry" and block.depth > before.depth for before, block in pairwise(blocks)
    )
    for block in blocks:
        kind = "entry" if block.kind == "prose" and block.depth else block.kind
        sizes[kind] = sizes.get(kind, 0) + block.span[1] - block.span[0]
    total = sum(size for kind, size in sizes.items() if kind != "heading") or 1
    paragraphs = [text[slice(*b.span)] for b in blocks if b.kind in ("prose", "turn")]
    if len(paragraphs) * 2 > len(blocks) and is_transcript(paragraphs):
        return "transcript"
    if sizes.get("table", 0) >= _MOST * total:
        return "tabular"
    if sizes.get("code", 0) >= _MOST * total:
        return "code"
    described = sizes.get("entry", 0)
    if entries >= _MIN_ENTRIES and described >= max(_MOST * total, _MEAN_ENTRY * entries):
        return "reference"
    questions = sum(_asks(text, block, following) for block, following in pairwise(blocks))
    return "faq" if questions >= _MIN_QUESTIONS and _answers(text, blocks) else "narrative"


def arrange(text: str, blocks: Sequence[Block], strategy: Strategy) -> tuple[Block, ...]:
    """The blocks in the roles that the strategy gives them.

    In a talk, paragraphs that name a speaker are turns. Among questions, a paragraph that asks is
    the name of an entry, and what answers it its description, so that the rest of a long answer
    carries the question.
    """
    if strategy == "transcript":
        return tuple(
            replace(block, kind="turn")
            if block.kind in ("prose", "list_item") and speaker(text[slice(*block.span)])
            else block
            for block in blocks
        )
    return _with_questions(text, blocks) if strategy == "faq" else tuple(blocks)


def unit_starts(text: str, body: Sequence[Block], strategy: Strategy) -> frozenset[int]:
    """Where in a section's body a new unit begins, as offsets of blocks."""
    if strategy in ("reference", "faq"):
        return frozenset(
            block.span[0] for before, block in pairwise(body) if _new_entry(text, before, block)
        )
    if strategy == "tabular":
        return frozenset(
            block.span[0]
            for before, block in pairwise(body)
            if before.kind == "table" and block.kind != "list_item"
        )
    if strategy == "code":
        return frozenset(
            block.span[0] for before, block in pairwise(body) if before.kind == "code" != block.kind
        )
    return frozenset()


def _new_entry(text: str, before: Block, block: Block) -> bool:
    """Whether an entry begins, or text behind one.

    Names without a description stay together, and a line of introduction with the first entry.
    """
    if block.depth < before.depth:
        return True
    if block.kind != "entry" or before.kind == "entry":
        return False
    start, end = before.span
    introduces = end - start <= _MAX_INTRODUCTION or text[end - 1] in ":："
    return not (before.kind == "prose" and before.depth == block.depth and introduces)


def _asks(text: str, block: Block, following: Block) -> bool:
    if block.kind not in ("heading", "prose", "entry") or following.kind == "heading":
        return False
    return is_question(text[slice(*block.span)])


def _answers(text: str, blocks: Sequence[Block]) -> bool:
    """Whether most of the text stands under a question."""
    below = total = 0
    asked = False
    for block, following in pairwise((*blocks, blocks[-1])):
        size = block.span[1] - block.span[0]
        if block.kind == "heading":
            asked = _asks(text, block, following)
            continue
        asked = asked or _asks(text, block, following)
        total += size
        below += size if asked else 0
    return below >= _MOST * total


def _with_questions(text: str, blocks: Sequence[Block]) -> tuple[Block, ...]:
    out: list[Block] = []
    asked = False
    for number, block in enumerate(blocks):
        following = blocks[number + 1] if number + 1 < len(blocks) else None
        if block.kind == "heading":
            asked = False
            out.append(block)
            continue
        content = text[slice(*block.span)]
        if (
            block.kind == "prose"
            and following is not None
            and following.kind != "heading"
            and block.depth == 0
            and is_question(content)
            and not is_question(text[slice(*following.span)])
            and not is_reply(content)
        ):
            asked = True
            out.append(replace(block, kind="entry"))
        elif asked:
            out.append(replace(block, depth=block.depth + 1))
        else:
            out.append(block)
    return tuple(out)
