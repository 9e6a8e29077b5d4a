"""Cuts a document into chunks along its structure, each within the embedding model's limit.

The pieces of a section are grouped by dynamic programming over the sum of two prices: what the
cuts tear apart (``pieces``) and how much room the chunks leave empty, squared, so that they come
out even and no tiny one is left at the end.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from leanrag.ingest.pieces import Piece, cut_pieces, introduction, price_cuts, sentence_spans
from leanrag.ingest.sections import Section, split_sections
from leanrag.ingest.strategies import Rule, Strategy, arrange, choose, ruled, unit_starts
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.sentences import split_long
from leanrag.types import Block, Chunk, ChunkKind, Document, Span

VERSION = "2"
"""Changes when the same document gives other chunks."""

_CHARACTERS_PER_TOKEN = 8
"""A chunk is also limited in characters: some tokenizers make one token of a run of any length."""

_PREFIX_SHARE = 3
"""The title and heading path take at most one part in this many of the tokens."""

_CHUNK_PRICE = 0.25
_LEFT_PRICE = 0.3
"""For a chunk that begins inside an entry, whose name it carries, and goes on behind it."""

_KINDS: dict[str, ChunkKind] = {
    "prose": "prose", "list_item": "list", "table": "table", "code": "code", "entry": "entry",
    "turn": "turn",
}  # fmt: skip


def chunk(
    document: Document, blocks: Sequence[Block], *, count: Callable[[str], int], max_tokens: int
) -> list[Chunk]:
    """The chunks of ``document``, in order. See ``Chunker``."""
    return Chunker(count, max_tokens).chunk(document, blocks)


class Chunker:
    """Makes chunks of which the text as embedded has at most ``max_tokens`` tokens.

    ``count`` gives the tokens of a text, special tokens included, and is the expensive part: each
    piece of a section that does not fit into one chunk is counted once, and each chunk.
    """

    def __init__(
        self, count: Callable[[str], int], max_tokens: int, *, rules: Sequence[Rule] = ()
    ) -> None:
        self._count = count
        self._max_tokens = max_tokens
        self._rules = tuple(rules)
        self._max_characters = max_tokens * _CHARACTERS_PER_TOKEN
        base = count("")
        # What a blank line between two pieces costs: nothing for a tokenizer that drops it.
        self._joint = max(0, count("word\n\nword") - 2 * count("word") + base)
        self._prefixes: dict[tuple[str, ...], tuple[str, int]] = {}

    def chunk(self, document: Document, blocks: Sequence[Block]) -> list[Chunk]:
        """The chunks of ``document``, in order; its text is that of ``blocks``.

        Every character of the text that is not white space is in exactly one chunk, and no chunk
        mixes sections. A chunk that begins inside an entry has the entry's name at the end of
        its ``headings``. The strategy is that of the first rule that names the document, else
        the one that goes with its structure.
        """
        self._prefixes.clear()
        chunks: list[Chunk] = []
        strategy = ruled(self._rules, document.source) or choose(document.text, blocks)
        blocks = arrange(document.text, blocks, strategy)
        for section in split_sections(blocks):
            start: int | None = section.start
            leads = _leads(document, section.body)
            for pieces, tokens in self._divide(document, section, strategy):
                span = pieces[0].span[0] if start is None else start, pieces[-1].span[1]
                part = _Part(section.headings, pieces, span, tokens, leads)
                chunks.append(_build(document, part, len(chunks)))
                start = None
        return chunks

    def embedding_text(self, title: str, chunk: Chunk) -> str:
        """What is embedded for ``chunk``: title and heading path on a line, then the body.

        Where title and path would take more than a third of the tokens, the outermost names are
        left out, and the innermost is cut if it alone is longer.
        """
        return self._prefix((title, *chunk.headings))[0] + chunk.body

    def _prefix(self, names: tuple[str, ...]) -> tuple[str, int]:
        """The line in front of a body, with its line end, and its tokens."""
        found = self._prefixes.get(names)
        if found is None:
            found = self._prefixes[names] = self._shortened([name for name in names if name])
        return found

    def _shortened(self, names: list[str]) -> tuple[str, int]:
        limit = self._max_tokens // _PREFIX_SHARE

        def fits(text: str) -> bool:
            return len(text) <= self._max_characters and self._count(text) <= limit

        while len(names) > 1 and not fits(" > ".join(names)):
            del names[0]
        line = " > ".join(names)
        if line and not fits(line):
            start, end = split_long(line, (0, len(line)), fits)[0]
            line = line[start:end].rstrip()
            if not fits(line):
                line = ""
        return (f"{line}\n", self._count(line)) if line else ("", self._count(""))

    def _divide(
        self, document: Document, section: Section, strategy: Strategy
    ) -> list[tuple[list[Piece], int]]:
        """The pieces of each chunk of a section, with the tokens of its text as embedded."""
        text, title = document.text, document.title
        room = self._max_tokens

        def measure(part: str, entries: tuple[str, ...]) -> int | None:
            if len(part) > self._max_characters:
                return None
            prefix, tokens = self._prefix((title, *section.headings, *entries))
            total = self._count(prefix + part)
            return total - tokens if total <= room else None

        own = self._prefix((title, *section.headings))[1]
        body = text[section.body[0].span[0] : section.body[-1].span[1]]
        starts = unit_starts(text, section.body, strategy)
        whole = None if starts else measure(body, ())
        if whole is not None:
            return [([Piece(block.span, block, 0) for block in section.body], whole + own)]
        pieces = cut_pieces(text, section.body, document.language, measure)
        price_cuts(text, pieces, room - own)
        for piece in pieces:
            piece.fresh = piece.span[0] in starts
        heads = [self._prefix((title, *section.headings, *piece.entries)) for piece in pieces]
        counted: dict[Span, int] = {}
        while True:
            groups = self._group(pieces, [tokens for _, tokens in heads], room)
            over = 0
            for first, end in groups:
                if (first, end) not in counted:
                    part = text[pieces[first].span[0] : pieces[end - 1].span[1]]
                    counted[first, end] = self._count(heads[first][0] + part)
                if end - first > 1:
                    over = max(over, counted[first, end] - self._max_tokens)
            if over <= 0:
                return [(pieces[first:end], counted[first, end]) for first, end in groups]
            room -= over  # the tokenizer joins pieces at a higher price than foreseen

    def _group(self, pieces: Sequence[Piece], heads: Sequence[int], room: int) -> list[Span]:
        """The cheapest grouping of pieces into chunks of at most ``room`` tokens."""
        best = [0.0] + [math.inf] * len(pieces)
        came_from = [0] * (len(pieces) + 1)
        for first, piece in enumerate(pieces):
            price = best[first] + _CHUNK_PRICE + (piece.price if first else 0.0)
            tokens = heads[first] - self._joint
            start, entries, left = piece.span[0], piece.entries, False
            for end in range(first + 1, len(pieces) + 1):
                last = pieces[end - 1]
                if last.fresh and end > first + 1:
                    break
                tokens += last.tokens + self._joint
                too_long = tokens > room or last.span[1] - start > self._max_characters
                if too_long and end > first + 1:
                    break
                if entries and not left and last.entries[: len(entries)] != entries:
                    left = True
                    price += _LEFT_PRICE
                slack = max(0.0, 1 - tokens / room) if room > 0 else 0.0
                total = price + slack * slack
                if total < best[end]:
                    best[end], came_from[end] = total, first
        groups: list[Span] = []
        end = len(pieces)
        while end:
            groups.append((came_from[end], end))
            end = came_from[end]
        return groups[::-1]


@dataclass(frozen=True, slots=True)
class _Part:
    """What a chunk is made from."""

    headings: tuple[str, ...]
    pieces: Sequence[Piece]
    span: Span
    tokens: int
    leads: Mapping[int, Span]


def _build(document: Document, part: _Part, ordinal: int) -> Chunk:
    text = document.text[slice(*part.span)]
    kind, main = _main_block(part.pieces)
    return Chunk(
        id=stable_id(document.id, str(ordinal), content_hash(text)),
        document_id=document.id,
        ordinal=ordinal,
        kind=kind,
        headings=(*part.headings, *part.pieces[0].entries),
        span=part.span,
        text=text,
        sentences=_sentences(document, part.pieces, part.span[1]),
        lead=part.leads.get(main.span[0]),
        table_head=_table_head(document.text, main),
        page=part.pieces[0].block.page,
        language=document.language,
        tokens=part.tokens,
    )


def _main_block(pieces: Sequence[Piece]) -> tuple[ChunkKind, Block]:
    """The kind that most of a chunk is of, and the first block of that kind.

    The description of an entry counts as the entry, where the entry is in the chunk.
    """
    sizes: dict[ChunkKind, int] = {}
    firsts: dict[ChunkKind, Block] = {}
    depths: list[int] = []
    for piece in pieces:
        block = piece.block
        while depths and depths[-1] >= block.depth:
            depths.pop()
        kind = _KINDS[block.kind]
        if block.kind == "entry":
            depths.append(block.depth)
        elif block.kind == "prose" and depths:
            kind = "entry"
        sizes[kind] = sizes.get(kind, 0) + piece.span[1] - piece.span[0]
        firsts.setdefault(kind, block)
    main = max(sizes, key=lambda kind: sizes[kind])
    return main, firsts[main]


def _sentences(document: Document, pieces: Sequence[Piece], end: int) -> tuple[Span, ...]:
    starts: list[int] = []
    for piece in pieces:
        if piece.span == piece.block.span:
            spans = sentence_spans(document.text, piece.block, document.language)
            starts.extend(start for start, _ in spans)
        else:
            starts.append(piece.span[0])
    return tuple(zip(starts, [*starts[1:], end], strict=True))


def _leads(document: Document, body: Sequence[Block]) -> dict[int, Span]:
    """The sentences that introduce the lists, tables and code of a section, by block start."""
    leads: dict[int, Span] = {}
    for before, block in pairwise(body):
        if block.kind == before.kind == "list_item":
            lead = leads.get(before.span[0])
        else:
            lead = introduction(document.text, before, block, document.language)
        if lead is not None:
            leads[block.span[0]] = lead
    return leads


def _table_head(text: str, main: Block) -> Span | None:
    if main.kind != "table" or not main.head_rows:
        return main.head
    start, end = main.span
    for _ in range(main.head_rows):
        end = text.find("\n", start if end == main.span[1] else end + 1, main.span[1])
    return start, end
