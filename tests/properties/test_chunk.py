"""Chunks of any document: complete, within the limit, in one section, with sentences that tile."""

import re
from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.ingest.pieces import sentence_spans
from leanrag.ingest.strategies import Rule, Strategy
from leanrag.text.graphemes import grapheme_ends
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.normalise import normalise
from leanrag.types import Block, Chunk, Document, Element, ElementKind, ParsedDocument

MAX_TOKENS = 32

# Words as people write them, and what breaks tokenizers and splitters.
words = st.one_of(
    st.sampled_from(
        ["the", "server", "writes", "1,544.25", "e.g.", "Dr.", "wal_level", "foo()", "|", "Note:"]
    ),
    st.text(alphabet="abcdefgh", min_size=1, max_size=12),
    st.sampled_from(
        ["数据库系统", "。", "👩‍👩‍👧‍👦", "e\u0301", "x" * 300, "…", "->", "- ", "3.11"]
    ),
)
sentences = st.lists(words, min_size=1, max_size=18).map(" ".join)
lines = st.lists(sentences, min_size=1, max_size=9).map("\n".join)
any_text = st.one_of(sentences, lines, st.text(max_size=200))


@st.composite
def elements(draw: st.DrawFn) -> Element:
    kind = draw(
        st.sampled_from(
            ["heading", "prose", "prose", "table", "code", "list_item", "entry", "turn"]
        )
    )
    text = draw(lines if kind in ("table", "code") else any_text)
    return Element(
        kind,
        text,
        level=draw(st.integers(1, 4)) if kind == "heading" else draw(st.integers(0, 2)),
        page=draw(st.none() | st.integers(1, 3)),
        head_rows=draw(st.integers(0, 2)) if kind == "table" else 0,
        depth=draw(st.integers(0, 2)),
    )


parsed_documents = st.builds(
    ParsedDocument, st.one_of(sentences, st.just("")), st.lists(elements(), max_size=14).map(tuple)
)


def count_words_and_letters(text: str) -> int:
    """Like WordPiece: a word of letters in pieces of four, everything else alone, two specials."""
    return 2 + sum(-(-len(run) // 4) for run in re.findall(r"[a-z0-9_]+|[^\sa-z0-9_]", text))


def count_bytes_and_breaks(text: str) -> int:
    """Like byte pairs: white space costs, and pieces cost more together than apart."""
    return -(-len(text.encode("utf-8", "replace")) // 3) + 2 * text.count("\n\n")


counters = st.sampled_from([count_words_and_letters, count_bytes_and_breaks])


strategies = st.none() | st.sampled_from(get_args(Strategy))


def cut(  # type: ignore[no-untyped-def]
    parsed: ParsedDocument,
    count,
    max_tokens: int = MAX_TOKENS,
    strategy: Strategy | None = None,
):
    text, blocks = assemble(parsed)
    document = Document(
        stable_id("source", content_hash(text)), "source", title_of(parsed), text, "hash"
    )
    rules = [Rule("*", strategy)] if strategy else []
    chunker = Chunker(count, max_tokens, rules=rules)
    return document, blocks, chunker, chunker.chunk(document, blocks)


relaxed = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@relaxed
@given(parsed_documents)
def test_canonical_text_is_normal_and_blocks_cover_it(parsed: ParsedDocument) -> None:
    text, blocks = assemble(parsed)
    assert normalise(text) == text
    position = 0
    for block in blocks:
        start, end = block.span
        assert position <= start < end <= len(text)
        assert not text[position:start].strip()
        assert text[start:end].strip()
        position = end
    assert position == len(text)


@relaxed
@given(parsed_documents, counters, strategies)
@example(
    ParsedDocument("t", (Element("heading", "A", level=2), Element("heading", "B", level=3))),
    count_words_and_letters,
    None,
)
@example(ParsedDocument("", (Element("prose", "x" * 5000),)), count_words_and_letters, None)
def test_every_character_is_in_exactly_one_chunk(  # type: ignore[no-untyped-def]
    parsed: ParsedDocument, count, strategy: Strategy | None
) -> None:
    document, _, _, chunks = cut(parsed, count, strategy=strategy)
    position = 0
    for chunk in chunks:
        start, end = chunk.span
        assert position <= start < end
        assert not document.text[position:start].strip()
        assert chunk.text == document.text[start:end]
        position = end
    assert not document.text[position:].strip()


@relaxed
@given(parsed_documents, counters, strategies)
def test_no_chunk_is_embedded_truncated(  # type: ignore[no-untyped-def]
    parsed: ParsedDocument, count, strategy: Strategy | None
) -> None:
    document, _, chunker, chunks = cut(parsed, count, strategy=strategy)
    for chunk in chunks:
        text = chunker.embedding_text(document.title, chunk)
        assert chunk.tokens == count(text) <= MAX_TOKENS
        assert text.endswith(chunk.body)


@relaxed
@given(parsed_documents, counters, strategies)
def test_sentences_tile_the_body_behind_the_headings(  # type: ignore[no-untyped-def]
    parsed: ParsedDocument, count, strategy: Strategy | None
) -> None:
    document, blocks, _, chunks = cut(parsed, count, strategy=strategy)
    headings = {document.text[slice(*b.span)] for b in blocks if b.kind == "heading"}
    for chunk in chunks:
        assert chunk.sentences
        assert chunk.sentences[-1][1] == chunk.span[1]
        for (_, end), (start, _) in pairwise(chunk.sentences):
            assert end == start
        assert all(document.text[slice(*span)].strip() for span in chunk.sentences)
        above = document.text[chunk.span[0] : chunk.sentences[0][0]]
        assert all(line in headings for line in above.split("\n") if line)


@relaxed
@given(parsed_documents, counters)
def test_sections_are_never_mixed(parsed: ParsedDocument, count) -> None:  # type: ignore[no-untyped-def]
    _, blocks, _, chunks = cut(parsed, count)
    for chunk in chunks:
        body = (chunk.sentences[0][0], chunk.span[1])
        inside = [b for b in blocks if b.span[0] < body[1] and b.span[1] > body[0]]
        if len(inside) == 1 and inside[0].kind == "heading":
            assert chunk.headings == inside[0].headings[:-1]
            continue
        assert {b.headings for b in inside} == {inside[0].headings}
        assert chunk.headings[: len(inside[0].headings)] == inside[0].headings
        assert all(b.kind != "heading" for b in inside)


@relaxed
@given(parsed_documents)
def test_only_words_that_are_too_long_alone_are_cut(parsed: ParsedDocument) -> None:
    document, _, chunker, chunks = cut(parsed, count_words_and_letters)
    for before, after in pairwise(chunks):
        seam = document.text[before.span[1] - 1], document.text[after.span[0]]
        if before.span[1] < after.span[0] or not all(c.isascii() and c.isalnum() for c in seam):
            continue
        run = _run_around(document.text, after.span[0])
        prefix = chunker.embedding_text(document.title, replace(after, sentences=(after.span,)))
        prefix = prefix[: len(prefix) - len(after.text)]
        too_long = count_words_and_letters(prefix + run) > MAX_TOKENS or len(run) > 8 * MAX_TOKENS
        assert too_long, f"cut inside {run!r}"


def _run_around(text: str, at: int) -> str:
    start, end = at, at
    while start and not text[start - 1].isspace():
        start -= 1
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[start:end]


@relaxed
@given(parsed_documents, strategies)
def test_a_sentence_is_cut_only_where_it_is_too_long_alone(
    parsed: ParsedDocument, strategy: Strategy | None
) -> None:
    document, blocks, chunker, chunks = cut(parsed, count_words_and_letters, strategy=strategy)
    text = document.text
    for after in chunks[1:]:
        at = after.sentences[0][0]
        block = next((b for b in blocks if b.span[0] < at < b.span[1]), None)
        if block is None or block.kind == "heading":
            continue
        spans = sentence_spans(text, block, document.language)
        torn = next(((a, b) for a, b in spans if a < at < b and text[a:at].strip()), None)
        if torn is None:
            continue
        alone = text[slice(*torn)].rstrip()
        prefix = chunker.embedding_text(document.title, after)
        prefix = prefix[: len(prefix) - len(after.body)]
        assert count_words_and_letters(prefix + alone) > MAX_TOKENS or len(alone) > 8 * MAX_TOKENS


HOSTILE = [
    "x" * 200_000,
    "7" * 20_000,
    "数据库系统管理员需要了解日志" * 2_000,
    "👩‍👩‍👧‍👦" * 3_000,
    "e\u0301" * 5_000,
    "\U0001f1e9\U0001f1ea" * 4_000,
    "क्षि" * 4_000,
    "word " * 20_000,
    "a,b;" * 20_000,
    ". " * 20_000,
    "1,234.5|" * 10_000,
]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: f"{text[:4]!a}")
@pytest.mark.parametrize("kind", ["prose", "table", "code", "entry", "turn"])
def test_hostile_texts_are_cut_whole_and_within_the_limit(kind: ElementKind, text: str) -> None:
    parsed = ParsedDocument("", (Element(kind, text),))
    document, _, chunker, chunks = cut(parsed, count_words_and_letters, max_tokens=256)
    kept = "".join(chunk.text for chunk in chunks)
    assert "".join(kept.split()) == "".join(document.text.split())
    for chunk in chunks:
        assert count_words_and_letters(chunker.embedding_text("", chunk)) <= 256
    whole = set(grapheme_ends(document.text, 0, len(document.text)))
    assert all(chunk.span[1] in whole for chunk in chunks), "no character is torn"


@pytest.mark.parametrize("text", ["", " ", " \n\t " * 5_000, "\u3000" * 900, "\u200b" * 99])
def test_a_text_of_blanks_has_no_chunks(text: str) -> None:
    parsed = ParsedDocument("", (Element("prose", text),))
    assert cut(parsed, count_words_and_letters)[3] == []


@relaxed
@given(parsed_documents, counters)
def test_the_same_document_gives_the_same_chunks(parsed: ParsedDocument, count) -> None:  # type: ignore[no-untyped-def]
    first = cut(parsed, count)[3]
    assert first == cut(parsed, count)[3]
    assert [chunk.ordinal for chunk in first] == list(range(len(first)))
    assert len({chunk.id for chunk in first}) == len(first)


@relaxed
@given(parsed_documents, counters)
def test_leads_and_table_heads_come_from_the_same_section(parsed: ParsedDocument, count) -> None:  # type: ignore[no-untyped-def]
    document, blocks, _, chunks = cut(parsed, count)

    def block_of(at: int) -> Block:
        return next(b for b in blocks if b.span[0] <= at < b.span[1])

    for chunk in chunks:
        for span in (chunk.lead, chunk.table_head):
            if span is not None:
                assert document.text[slice(*span)].strip()
                assert block_of(span[0]).headings == block_of(chunk.sentences[0][0]).headings
        if chunk.table_head is not None:
            head = document.text[slice(*chunk.table_head)]
            assert head.count("\n") + 1 == block_of(chunk.table_head[0]).head_rows


def _kinds(chunks: list[Chunk]) -> list[str]:
    return [chunk.kind for chunk in chunks]


@given(st.lists(st.integers(3, 9), min_size=2, max_size=6))
@settings(deadline=None, max_examples=60)
def test_a_section_that_fits_is_one_chunk(sizes: list[int]) -> None:
    paragraphs = [Element("prose", " ".join(["word"] * size) + ".") for size in sizes]
    parsed = ParsedDocument("Title", (Element("heading", "Part", level=2), *paragraphs))
    _, _, _, chunks = cut(parsed, count_words_and_letters, max_tokens=256)
    assert _kinds(chunks) == ["prose"]
    assert chunks[0].headings == ("Part",)
