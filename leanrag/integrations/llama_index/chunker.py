"""leanrag's logical chunking as a LlamaIndex node parser."""

from collections.abc import Callable, Sequence
from typing import Any

from llama_index.core.bridge.pydantic import Field
from llama_index.core.node_parser import NodeParser
from llama_index.core.node_parser.node_utils import build_nodes_from_splits
from llama_index.core.schema import BaseNode, MetadataMode
from llama_index.core.utils import get_tokenizer, get_tqdm_iterable

from leanrag.errors import DocumentError
from leanrag.ingest.canonical import assemble, title_of
from leanrag.ingest.chunk import Chunker
from leanrag.integrations.llama_index.nodes import HEADINGS, hide
from leanrag.readers.formats import DocumentParser
from leanrag.text.hashing import content_hash, stable_id
from leanrag.text.languages import detect_language
from leanrag.types import Chunk, Document, Span

_FARTHEST = 2000
"""Characters that may lie between what belongs together."""


class LeanChunker(NodeParser):
    """Cuts documents along their structure: sections, paragraphs, lists, tables, code, entries.

    No chunk mixes sections and none overlaps another. Each node's metadata has the ``headings``
    above it, its ``kind`` and its ``page`` where known; ``start_char_idx`` and ``end_char_idx``
    are offsets into the document's text wherever the chunk stands there, but for white space.
    """

    max_tokens: int = Field(default=256, ge=32, description="title and heading path included")
    tokenizer: Any = Field(
        default=None, exclude=True, description="text to tokens; by default LlamaIndex's own"
    )

    @classmethod
    def class_name(cls) -> str:
        """The name that LlamaIndex stores."""
        return "LeanChunker"

    def _parse_nodes(
        self, nodes: Sequence[BaseNode], show_progress: bool = False, **kwargs: Any
    ) -> list[BaseNode]:
        tokenize: Callable[[str], Sequence[Any]] = self.tokenizer or get_tokenizer()
        chunker = Chunker(lambda text: len(tokenize(text)), self.max_tokens)
        parser = DocumentParser()
        out: list[BaseNode] = []
        for node in get_tqdm_iterable(nodes, show_progress, "Chunking"):
            out.extend(self._cut(node, parser, chunker))
        return out

    def _cut(self, node: BaseNode, parser: DocumentParser, chunker: Chunker) -> list[BaseNode]:
        given = node.get_content(metadata_mode=MetadataMode.NONE)
        name = node.metadata.get("file_path") or node.metadata.get("file_name") or node.node_id
        try:
            parsed = parser.parse_text(given, str(name))
        except DocumentError:
            if not given.strip():
                return []
            raise
        text, blocks = assemble(parsed)
        digest = content_hash(text)
        title = str(node.metadata.get("title") or node.metadata.get("file_name") or "")
        document = Document(
            id=stable_id(str(name), digest),
            source=str(name),
            title=title or title_of(parsed),
            text=text,
            content_hash=digest,
            language=detect_language(text),
        )
        chunks = chunker.chunk(document, blocks)
        made = build_nodes_from_splits([chunk.text for chunk in chunks], node, id_func=self.id_func)
        for chunk, part, span in zip(chunks, made, _places(given, chunks), strict=True):
            part.metadata = {**part.metadata, **_described(chunk)}
            part.start_char_idx, part.end_char_idx = span or (None, None)
            hide(part, ["kind"])
        return list(made)


def _described(chunk: Chunk) -> dict[str, Any]:
    found: dict[str, Any] = {"kind": chunk.kind}
    if chunk.headings:
        found[HEADINGS] = " > ".join(chunk.headings)
    return found


def _places(text: str, chunks: Sequence[Chunk]) -> list[Span | None]:
    """Where each chunk stands in the text that was given.

    White space is compared with white space of any kind, and what lies between two lines of a
    chunk, such as the underline of a heading, belongs to the chunk.
    """
    solid = [place for place, character in enumerate(text) if not character.isspace()]
    bare = "".join(text[place] for place in solid)
    places: list[Span | None] = []
    at = 0
    for chunk in chunks:
        found = _run(bare, ["".join(line.split()) for line in chunk.text.split("\n")], at)
        if found is None:
            places.append(None)
            continue
        first, at = found
        places.append((solid[first], solid[at - 1] + 1))
    return places


def _run(bare: str, lines: Sequence[str], at: int) -> Span | None:
    """From the first to the last of the lines, which have to follow each other closely."""
    first = None
    for line in filter(None, lines):
        found = bare.find(line, at, at + len(line) + _FARTHEST)
        if found < 0:
            return None
        first = found if first is None else first
        at = found + len(line)
    return None if first is None else (first, at)
