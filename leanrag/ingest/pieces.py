"""Cuts the body of a section into the pieces that chunks are made of, and prices the cuts.

A block that fits into a chunk is one piece; a longer one is cut into its rows, lines or sentences.
Between any two pieces stands the price of parting them: dear where it would tear a signature from
its description or a list from its introduction, cheap where something new begins.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from leanrag.text.questions import is_question
from leanrag.text.sentences import split_lines, split_long, split_sentences
from leanrag.text.turns import speaker
from leanrag.types import Block, Span

_SIGNATURE = 2.0
_TORN_SENTENCE = 1.5
_INTRODUCTION = 1.3
_WHOLE = 1.0
_CODE_LINE, _CODE_BLOCK, _CODE_PART = 0.9, 0.6, 0.1
_SENTENCE = 0.35
_INSIDE_ENTRY = 0.15
_ITEM, _NESTED_ITEM = 0.15, 0.1
_ROW = 0.1
_MEMBER = 0.05
_TURN, _REPLY = 0.05, 0.4
_PARAGRAPH = 0.05
_REMARK = 0.1
_MAX_CAPTION = 120
_REACH = 200
_MAX_LABEL = 60
_MAX_QUESTION = 160
_PROMPT = re.compile(r">>> |In \[\d+\]: |[$#%] |[\w-]+[=#]> ")
_INTRODUCES = re.compile(r"(?:[:：]|\b(?:following|as follows|below)\b[^.:]*[.:])\s*\Z")


@dataclass(slots=True)
class Piece:
    """A part of one block that is never cut further. ``price`` is that of a cut before it.

    ``fresh`` says that a unit begins with it, so that a chunk must.
    """

    span: Span
    block: Block
    tokens: int
    entries: tuple[str, ...] = ()
    price: float = 0.0
    torn: bool = False
    fresh: bool = False


Measure = Callable[[str, tuple[str, ...]], int | None]
"""Tokens of a text under the given entry names, or None where it does not fit into a chunk."""


def cut_pieces(text: str, body: Sequence[Block], language: str, measure: Measure) -> list[Piece]:
    """The pieces of a section's body, in order, with the prices of the cuts before them."""
    pieces: list[Piece] = []
    entries: list[tuple[int, str]] = []
    for block in body:
        while entries and entries[-1][0] >= block.depth:
            entries.pop()
        names = tuple(name for _, name in entries)
        tokens = measure(text[slice(*block.span)], names)
        if tokens is not None:
            pieces.append(Piece(block.span, block, tokens, names))
        else:
            pieces.extend(_cut_block(text, block, language, measure, names))
        if block.kind == "entry":
            entries.append((block.depth, entry_name(text[slice(*block.span)])))
    return pieces


def _cut_block(
    text: str, block: Block, language: str, measure: Measure, names: tuple[str, ...]
) -> Iterator[Piece]:
    """The parts of a block that is too long; the rest of a turn carries the speaker's name."""
    rest = names
    if block.kind == "turn" and (name := speaker(text[slice(*block.span)])):
        rest = (*names, name)
    for start, end in sentence_spans(text, block, language):
        part = trimmed(text, (start, end), block.kind == "code")
        tokens = measure(text[slice(*part)], names)
        if tokens is not None:
            yield Piece(part, block, tokens, names)
            names = rest
            continue
        torn = False
        for piece in split_long(text, part, _fits(measure, names)):
            inner = trimmed(text, piece, False)
            if inner[0] == inner[1]:
                continue
            size = measure(text[slice(*inner)], names) or 0
            yield Piece(inner, block, size, names, torn=torn)
            torn = True
        names = rest


def _fits(measure: Measure, names: tuple[str, ...]) -> Callable[[str], bool]:
    return lambda part: measure(part, names) is not None


def sentence_spans(text: str, block: Block, language: str) -> list[Span]:
    """The sentences of a block, absolute, tiling it.

    Lines of code, of tables and of entries are sentences of their own, and so is, in a list item,
    each paragraph or what sentences it has.
    """
    start, end = block.span
    part = text[start:end]
    spoken = block.kind in ("prose", "turn")
    spans = split_sentences(part, language) if spoken else split_lines(part)
    if block.kind == "list_item":
        spans = [
            (first + a, first + b)
            for first, last in spans
            for a, b in split_sentences(part[first:last], language)
        ]
    return [(start + a, start + b) for a, b in spans]


def trimmed(text: str, span: Span, keep_indent: bool) -> Span:
    """``span`` without the white space around it; code keeps the indentation of its first line."""
    start, end = span
    part = text[start:end]
    end = start + len(part.rstrip())
    if end <= start:
        return start, start
    lead = len(part) - len(part.lstrip())
    if keep_indent:
        lead = part.rfind("\n", 0, lead) + 1
    return start + lead, end


def entry_name(text: str) -> str:
    """What an entry is called in a heading path: its first line up to the arguments.

    A question is its own name.
    """
    line = text.split("\n", 1)[0]
    asked = is_question(text)
    name = line if asked else line.partition("(")[0].strip() or line
    limit = _MAX_QUESTION if asked else _MAX_LABEL
    if len(name) > limit:
        name = name[:limit].rsplit(" ", 1)[0].rstrip(" ,;:")
    return name


def introduction(text: str, before: Block, block: Block, language: str) -> Span | None:
    """The last sentence of ``before``, where it introduces ``block`` or is its caption."""
    if not _introduces(text, before, block):
        return None
    return trimmed(text, sentence_spans(text, before, language)[-1], False)


def _introduces(text: str, before: Block, block: Block) -> bool:
    if before.kind != "prose" or block.kind not in ("list_item", "table", "code"):
        return False
    start, end = before.span
    open_ended = text[end - 1] not in ".!?。！？"
    if open_ended and (
        block.kind == "code" or (block.kind == "table" and end - start <= _MAX_CAPTION)
    ):
        return True  # "is equivalent to", or a caption
    return _INTRODUCES.search(text, max(start, end - _REACH), end) is not None


def price_cuts(text: str, pieces: Sequence[Piece], room: int) -> None:
    """Sets the price of the cut before each piece but the first; ``room`` is a chunk's tokens."""
    total = [0]
    for piece in pieces:
        total.append(total[-1] + piece.tokens)
    inside_whole = [False] * len(pieces)
    for first, end in (*_lists(pieces), *_entries(pieces)):
        if total[end] - total[first] <= room:
            inside_whole[first + 1 : end] = [True] * (end - first - 1)
    for number in range(1, len(pieces)):
        whole = inside_whole[number]
        pieces[number].price = _price(text, pieces[number - 1], pieces[number], whole)


def _lists(pieces: Sequence[Piece]) -> Iterator[Span]:
    """The runs of list items."""
    start = 0
    for number in range(1, len(pieces) + 1):
        kind = pieces[start].block.kind
        if number == len(pieces) or (pieces[number].block.kind == "list_item") != (
            kind == "list_item"
        ):
            if kind == "list_item":
                yield start, number
            start = number


def _entries(pieces: Sequence[Piece]) -> Iterator[Span]:
    """The entries with their descriptions, the entries inside them too."""
    opened: list[int] = []
    for number, piece in enumerate(pieces):
        first_of_block = number == 0 or pieces[number - 1].block is not piece.block
        if not first_of_block:
            continue
        while opened and pieces[opened[-1]].block.depth >= piece.block.depth:
            yield opened.pop(), number
        if piece.block.kind == "entry":
            opened.append(number)
    while opened:
        yield opened.pop(), len(pieces)


def _price(text: str, before: Piece, piece: Piece, whole: bool) -> float:
    if piece.torn:
        return _TORN_SENTENCE
    kind, above = piece.block.kind, before.block
    if piece.block is above:
        return _inside(text, before, piece)
    if above.kind == "entry" and piece.block.depth > above.depth:
        return _SIGNATURE
    if _introduces(text, above, piece.block):
        return _INTRODUCTION
    if whole:
        return _WHOLE
    if kind == "prose" and above.kind != "prose" and text[piece.span[0]].islower():
        return _SENTENCE  # it goes on with the sentence that the code or list interrupted
    if kind == "turn" and above.kind == "turn":
        return _REPLY if text[above.span[1] - 1] in "?？" else _TURN
    if kind == "list_item" and above.kind == "list_item":
        return _ITEM + _NESTED_ITEM * min(piece.block.level, 3)
    if kind == "entry":
        return _MEMBER if piece.block.depth else 0.0
    first, last = piece.block.span
    clings = _REMARK if last - first <= _MAX_CAPTION and text[last - 1] != ":" else 0.0
    return clings + (_INSIDE_ENTRY if piece.block.depth else _PARAGRAPH)


def _inside(text: str, before: Piece, piece: Piece) -> float:
    """The price of a cut between two parts of one block, which is too long for a chunk."""
    kind = piece.block.kind
    if kind == "table":
        head = piece.block.head_rows
        rows = text.count("\n", piece.block.span[0], piece.span[0]) if head else 0
        return _INTRODUCTION if rows and rows <= head else _ROW
    if kind != "code":
        return _SENTENCE
    if text[before.span[1] - 1] in ":：{(":
        return _CODE_LINE
    if "\n\n" in text[before.span[1] : piece.span[0]]:
        return _CODE_PART
    if _PROMPT.match(text, *piece.span):
        return _CODE_PART
    prompted = _PROMPT.match(text, *before.span) is not None
    return _CODE_LINE if prompted or text[piece.span[0]].isspace() else _CODE_BLOCK
