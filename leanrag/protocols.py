"""The contracts between the stages and what is handed to them."""

from collections.abc import (
    AsyncGenerator,
    Collection,
    Generator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from leanrag.types import (
    Chunk,
    Completion,
    ConversationInfo,
    Delta,
    Document,
    DocumentRecord,
    EmbeddedChunk,
    Fact,
    FieldType,
    Filter,
    Hit,
    IndexedTurn,
    Judged,
    LedgerEntry,
    LedgerQuery,
    MadeWith,
    Message,
    ModelCall,
    ParsedDocument,
    Passage,
    Price,
    Scalar,
    SearchRequest,
    SearchResult,
    Span,
    StoredTurn,
    StoreInfo,
    Summary,
    Usage,
    Word,
)


class TokenCounter(Protocol):
    """Counts tokens of a text and of a rendered chat.

    ``exact`` is true where the count is the model's own; else it is an upper bound, and
    ``hint`` names the setting that makes it exact.
    """

    @property
    def name(self) -> str: ...
    @property
    def exact(self) -> bool: ...
    @property
    def hint(self) -> str: ...
    def count(self, text: str) -> int:
        """Tokens of ``text`` alone, without chat overhead."""
        ...

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered chat: contents, per-message overhead, priming of the reply."""
        ...


class Embedder(Protocol):
    """Turns texts into unit vectors that do not depend on what else is in the call."""

    @property
    def name(self) -> str: ...
    @property
    def variant(self) -> str:
        """How it is computed, for example ``fp32`` or ``bf16``; recorded in the store."""
        ...

    @property
    def dimensions(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...
    def count(self, text: str) -> int:
        """Tokens of ``text`` in this model, special tokens included, without truncation."""
        ...

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions)."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of shape (len(texts), dimensions), with the model's query prefix."""
        ...


class Parser(Protocol):
    """Reads one file into its structure. Raises ``DocumentError``.

    A file that is an index, a table of contents or a search form has no elements: it is well
    read, but there is nothing in it to find.
    """

    @property
    def version(self) -> str:
        """Changes when the same bytes give another result."""
        ...

    @property
    def suffixes(self) -> Collection[str]:
        """The file name endings that it reads, in lower case; "" is a name without one."""
        ...

    @property
    def options(self) -> Mapping[str, Any]:
        """The keyword arguments, as JSON values, that make another parser like this one."""
        ...

    def parse(self, path: Path, source: str) -> ParsedDocument: ...
    def parse_text(self, text: str, source: str) -> ParsedDocument:
        """The structure of a plain text that is no file."""
        ...


class Selector(Protocol):
    """Judges passages and their sentences against a question."""

    @property
    def name(self) -> str: ...
    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        """One judgement a passage, in order."""
        ...


class LexicalScorer(Protocol):
    """Scores tokenized texts against a tokenized question (BM25)."""

    def score(
        self,
        question: Sequence[str],
        texts: Sequence[Sequence[str]],
        idf: Mapping[str, float] | None = None,
    ) -> NDArray[np.float64]:
        """Scores of shape (len(texts),); ``idf`` replaces the statistics of ``texts``."""
        ...


class PairScorer(Protocol):
    """Says how well each text answers a question, reading both together."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float64]:
        """Scores of shape (len(texts),); a greater one is better. Raises ``ModelError``."""
        ...


@runtime_checkable
class TokenEmbedder(Protocol):
    """An embedder that also gives the vectors of a text's tokens."""

    def embed_tokens(self, texts: Sequence[str]) -> list[NDArray[np.float32]]:
        """Unit vectors of each text's tokens, special ones left out. Raises ``ModelError``."""
        ...


class Reranker(Protocol):
    """Orders hits by relevance to the question, best first, ties by id."""

    def rerank(self, question: str, hits: Sequence[Hit]) -> list[Hit]: ...


class WordScorer(Protocol):
    """Says how much each word of a text matters, so that the others can go."""

    @property
    def name(self) -> str: ...
    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        """The words of each text in order; they cover all of it but white space.

        ``question`` is what the words are to answer, where the method makes use of it. The
        words of a text do not depend on the texts beside it. Raises ``ModelError``.
        """
        ...


class Store(Protocol):
    """One collection of documents and chunks.

    A document is visible to every reading method wholly or not at all. Implementations raise
    ``StoreError`` where the store fails, and ``InputError`` (``DocumentError``, ``FilterError``)
    for what cannot be stored or searched with; then nothing of the call was done.
    """

    @property
    def variant(self) -> str:
        """The embedding model's variant that the vectors were made with."""
        ...

    @property
    def made_with(self) -> MadeWith:
        """The embedding model that the vectors were made with."""
        ...

    def records(self) -> Iterator[DocumentRecord]:
        """All visible documents, ordered by source."""
        ...

    def document(self, document_id: str) -> Document | None: ...
    def owner(self, chunk_id: str) -> str | None:
        """The id of the visible document that a chunk belongs to."""
        ...

    def vectors(self, document_id: str) -> list[tuple[Chunk, Sequence[float]]]:
        """The chunks of a visible document in order, each with its unit vector."""
        ...

    def chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a visible document in order."""
        ...

    def embedded(self, document_id: str) -> list[EmbeddedChunk]:
        """The chunks of a visible document in order, as ``write`` takes them."""
        ...

    def write(self, documents: Sequence[tuple[Document, Sequence[EmbeddedChunk]]]) -> None:
        """Makes each document visible whole, in place of an earlier one of the same source."""
        ...

    def update_metadata(
        self, document_id: str, metadata: Mapping[str, Any], fingerprint: str | None = None
    ) -> None:
        """Replaces a document's metadata, on its chunks too, without touching vectors.

        Its fingerprint is replaced with them where one is given.
        """
        ...

    def delete(self, document_ids: Iterable[str]) -> int:
        """Removes documents whole; returns how many there were."""
        ...

    def search(self, request: SearchRequest) -> SearchResult:
        """Dense and BM25 lists, filtered inside the engine before scoring."""
        ...

    def search_many(self, requests: Sequence[SearchRequest]) -> list[SearchResult]:
        """What ``search`` finds for each request, several in one call to the engine."""
        ...

    def match(self, where: Filter) -> list[str]:
        """Ids of the documents whose metadata matches, ordered."""
        ...

    def idf(self, terms: Iterable[int]) -> dict[int, float]:
        """The engine's inverse document frequency by term id; unknown terms are left out."""
        ...

    def fields(self) -> Mapping[str, FieldType]:
        """The metadata fields and their types."""
        ...

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each field with their number of documents."""
        ...

    def info(self) -> StoreInfo: ...
    def optimize(self) -> bool:
        """Brings weights and indexes up to date after writing; whether anything was done."""
        ...

    def close(self) -> None: ...


class ChatModel(Protocol):
    """A language model that answers chat messages."""

    @property
    def name(self) -> str:
        """The model's name at its service; decides how tokens are counted and priced."""
        ...

    @property
    def service(self) -> str:
        """The service's address, without credentials."""
        ...

    def complete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion:
        """The whole answer, of at most ``max_tokens``. Raises ``LLMError``."""
        ...


class StreamingChatModel(ChatModel, Protocol):
    """A chat model that can also stream its answer and be awaited.

    A stream is one or more ``Delta`` and then the ``Completion``. Closing it early cancels the
    call. All methods raise ``LLMError``.
    """

    def stream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> Generator[Delta | Completion, None, None]: ...
    async def acomplete(self, messages: Sequence[Message], *, max_tokens: int) -> Completion: ...
    def astream(
        self, messages: Sequence[Message], *, max_tokens: int
    ) -> AsyncGenerator[Delta | Completion, None]: ...


class CallRecorder(Protocol):
    """Is told of every call to a model. Safe to use from several threads."""

    def admit(self, call: ModelCall) -> None:
        """Called before a call is made, with what is known of it then (``pending``).

        Raises:
            BudgetError: the call may not be made, since a budget in money is spent.
        """
        ...

    def record(self, call: ModelCall) -> None:
        """Called when a call has ended, also with an error or by cancellation."""
        ...


class Masker(Protocol):
    """Replaces what must not leave the machine by stand-ins, and puts it back in the answer.

    One masker serves one prompt and its answer (or one conversation): the same value always has
    the same stand-in, and no stand-in occurs in what was given to ``mask`` otherwise.
    """

    def learn(self, text: str, shown: Sequence[Span] | None = None) -> None:
        """Is told of a text before any is masked, so that no part of a value is overlooked.

        ``shown`` are the spans of it of which some may be masked and sent; None for all of it.
        """
        ...

    def mask(self, text: str) -> str:
        """The text as it may leave the machine. Raises ``LeanRAGError`` where it cannot tell."""
        ...

    def unmask(self, text: str) -> str:
        """The text with every stand-in replaced by its value."""
        ...

    def unfinished(self, text: str) -> int:
        """Characters at the end of ``text`` that may be the start of a stand-in.

        A stream holds them back until more has come.
        """
        ...


class ConversationStore(Protocol):
    """Keeps conversations, each behind the wall of its tenant and id.

    Turns are only ever added; what is deleted is a whole conversation, and its bytes go with it.
    What is made of the turns of a deleted conversation is not kept, without an error: whoever
    made it cannot know. Safe to use from several threads. Each method raises ``StoreError`` where
    the store fails.
    """

    def append(
        self, tenant: str, conversation: str, turns: Sequence[StoredTurn]
    ) -> tuple[int, list[StoredTurn]]:
        """Adds turns at the end, all or none; the positions given are not looked at.

        A turn with an empty id gets one. Returns the conversation's key and the turns as stored.

        Raises:
            InputError: an id is already taken.
        """
        ...

    def key(self, tenant: str, conversation: str) -> int | None:
        """A number of this conversation that no other one ever has, a later namesake neither."""
        ...

    def turns(self, key: int, start: int = 0) -> list[StoredTurn]:
        """The turns from a position on, in order."""
        ...

    def indexed(self, key: int, model: str, start: int = 0) -> list[IndexedTurn]:
        """What was kept of the turns from a position on by ``add_indexed`` for this model."""
        ...

    def add_indexed(self, key: int, model: str, turns: Sequence[IndexedTurn]) -> None: ...
    def vectors(self, key: int, keys: Sequence[bytes] | None = None) -> dict[bytes, bytes]:
        """Kept vectors by their keys, all of them where no keys are given."""
        ...

    def add_vectors(self, key: int, vectors: Mapping[bytes, bytes]) -> None: ...
    def summaries(self, key: int) -> list[Summary]:
        """All summaries, oldest first."""
        ...

    def add_summary(self, key: int, summary: Summary) -> None: ...
    def facts(self, key: int) -> list[Fact]:
        """All facts in the order of their turns, superseded ones too."""
        ...

    def add_facts(self, key: int, facts: Sequence[Fact], *, until: int) -> None:
        """Adds facts; those of the turns before the position ``until`` are then known."""
        ...

    def facts_until(self, key: int) -> int:
        """Up to which position facts were looked for."""
        ...

    def conversations(self, tenant: str | None = None) -> list[ConversationInfo]:
        """What is there, of one tenant or of all, ordered by tenant and id."""
        ...

    def delete(self, tenant: str, conversation: str) -> bool:
        """Removes a conversation with all that was made of it; whether there was one."""
        ...

    def close(self) -> None: ...


class Ledger(Protocol):
    """Keeps the figures of calls; entries are only ever added.

    Safe to use from several threads and processes. Each method raises ``StoreError`` where the
    ledger fails.
    """

    def append(self, entry: LedgerEntry) -> None:
        """Adds an entry; one with an id that is there already is not added again."""
        ...

    def reserve(self, entry: LedgerEntry, limit: int) -> int:
        """Sets aside an entry's cost until one with its id is appended, if the day's limit allows.

        Returns what is left of the limit for the tenant and day before this entry; where that is
        less than its cost, nothing was set aside.
        """
        ...

    def entries(self, query: LedgerQuery) -> Iterator[LedgerEntry]:
        """The entries wanted, oldest first."""
        ...


class PriceList(Protocol):
    """Knows what models cost."""

    def price(self, model: str, usage: Usage, *, service: str, at: str) -> Price | None:
        """What the tokens cost at a service at a time (UTC, ISO 8601); None where not known."""
        ...


class CallExporter(Protocol):
    """Shows calls to another system, such as one that collects traces."""

    def export(self, entry: LedgerEntry) -> None: ...
