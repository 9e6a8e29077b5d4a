"""The chunkers that ``chunking.py`` compares, each as spans of one document's text."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leanrag.evaluation.baselines.offline import use_carried_vocabularies
from leanrag.ingest.chunk import Chunker
from leanrag.protocols import Embedder
from leanrag.types import Block, Document, Span


@dataclass(frozen=True)
class Text:
    """A document to cut: its text, and the structure that the parser found in it."""

    id: str
    title: str
    text: str
    blocks: tuple[Block, ...]
    language: str = "en"


@dataclass(frozen=True)
class Cut:
    """A chunk: where it stands in the text, and what is embedded for it."""

    span: Span
    embedded: str


Cutter = Callable[[Text], list[Cut]]


def cutters(embedder: Embedder) -> dict[str, Cutter]:
    """All chunkers by name. Peers run with the settings of their documentation."""
    use_carried_vocabularies()
    return {
        "leanrag 256": lambda text: _leanrag(text, Chunker(embedder.count, 256)),
        "leanrag 128": lambda text: _leanrag(text, Chunker(embedder.count, 128)),
        "unstructured chunk_by_title": _by_title,
        "llama-index 1024/200": _llama_index(1024, 200),
        "llama-index 256/20": _llama_index(256, 20),
        "langchain 1000/200": _langchain(1000, 200),
        "chonkie recursive 2048": _chonkie(2048),
        "chonkie recursive 800": _chonkie(800),
    }


def _leanrag(text: Text, chunker: Chunker) -> list[Cut]:
    document = Document(text.id, text.id, text.title, text.text, "", language=text.language)
    chunks = chunker.chunk(document, text.blocks)
    return [Cut(chunk.span, chunker.embedding_text(text.title, chunk)) for chunk in chunks]


def _llama_index(size: int, overlap: int) -> Cutter:
    from llama_index.core import Document as LlamaDocument
    from llama_index.core.node_parser import SentenceSplitter

    splitter = SentenceSplitter(chunk_size=size, chunk_overlap=overlap)

    def cut(text: Text) -> list[Cut]:
        nodes: list[Any] = splitter.get_nodes_from_documents([LlamaDocument(text=text.text)])
        found: list[Cut] = []
        position = 0
        for node in nodes:  # its own offsets are those of the first text that looks the same
            start = text.text.index(node.text, position)
            found.append(Cut((start, start + len(node.text)), node.text))
            position = start + 1
        return found

    return cut


def _langchain(size: int, overlap: int) -> Cutter:
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(
        chunk_size=size, chunk_overlap=overlap, add_start_index=True
    )

    def cut(text: Text) -> list[Cut]:
        found = []
        for piece in splitter.create_documents([text.text]):
            start = piece.metadata["start_index"]
            found.append(Cut((start, start + len(piece.page_content)), piece.page_content))
        return found

    return cut


def _chonkie(size: int) -> Cutter:
    from chonkie import RecursiveChunker

    chunker = RecursiveChunker(chunk_size=size)

    def cut(text: Text) -> list[Cut]:
        return [Cut((c.start_index, c.end_index), c.text) for c in chunker.chunk(text.text)]

    return cut


def _by_title(text: Text) -> list[Cut]:
    """unstructured's chunk_by_title over the elements that our parser found."""
    from leanrag.readers.html import unstructured_kinds

    unstructured_kinds.prepare()
    from unstructured.chunking.title import chunk_by_title
    from unstructured.documents import elements as kinds

    classes = {"heading": kinds.Title, "list_item": kinds.ListItem, "table": kinds.Table}
    elements: list[Any] = []
    places: dict[str, Span] = {}
    for number, block in enumerate(text.blocks):
        kind = classes.get(block.kind, kinds.NarrativeText)
        element = kind(text.text[slice(*block.span)], element_id=str(number))
        places[str(number)] = block.span
        elements.append(element)
    found: list[Cut] = []
    last = 0
    for chunk in chunk_by_title(elements):
        spans = [places[e.id] for e in chunk.metadata.orig_elements or []]
        start, end = min(a for a, _ in spans), max(b for _, b in spans)
        if len(spans) == 1 and end - start > len(chunk.text) + 2:
            # a part of an element that was too long
            at = text.text.find(chunk.text, max(start, last), end)
            if at >= 0:
                start, end = at, at + len(chunk.text)
                last = at + 1
        found.append(Cut((start, end), chunk.text))
    return found


def shared_data() -> Path:
    """The folder of the evaluation data, beside the project or where LEANRAG_DATA says."""
    import os

    given = os.environ.get("LEANRAG_DATA")
    folder = Path(given) if given else Path(__file__).resolve().parents[3] / "shared" / "data"
    if not folder.is_dir():
        sys.exit(f"{folder}: no evaluation data there; set LEANRAG_DATA")
    return folder
