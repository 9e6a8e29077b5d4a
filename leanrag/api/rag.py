"""LeanRAG: one object to ingest documents, search them and build lean prompts.

The module is long because it is the one place where the public methods stand, each with its
documentation; the work is done elsewhere.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Any, Self

from leanrag.api.accounting import Accounting
from leanrag.api.asking.calls import Asker
from leanrag.api.asking.follow_ups import FollowUps
from leanrag.api.asking.hooks import Hooks, hooks_for
from leanrag.api.asking.methods import Asking
from leanrag.api.asking.own_calls import OwnCalls
from leanrag.api.asking.question import Asked
from leanrag.api.conversation import Conversation
from leanrag.api.masking import with_masks
from leanrag.api.memory.catalogue import Conversations
from leanrag.api.prompting.history_share import History, said
from leanrag.api.wiring.endpoint import Chats
from leanrag.api.wiring.models import Models
from leanrag.api.wiring.session import Session
from leanrag.api.wiring.settings import changed, settings_from
from leanrag.api.wiring.stores import ingestor_for
from leanrag.api.wiring.threads import Threads
from leanrag.errors import InputError
from leanrag.ingest.duplicates import find_duplicates
from leanrag.protocols import Masker, StreamingChatModel
from leanrag.retrieve.filters import check, parse_where
from leanrag.settings import Settings
from leanrag.tokens import counter_for
from leanrag.tokens.budget import checked_budget
from leanrag.types import (
    Document,
    Duplicates,
    Filter,
    Hit,
    IngestReport,
    Metadata,
    Prompt,
    Scalar,
    StoreInfo,
)

Where = Filter | Mapping[str, Any] | Sequence[str] | str | None
Progress = Callable[[int, int, str], None]


class LeanRAG(Asking, Accounting):
    """Documents in, lean prompts out, over one collection of one store.

    Nothing is opened or loaded before the first call that needs it. Safe to use from several
    threads: questions wait neither for each other nor for an ingest, and each sees the documents
    as they were at one moment; what writes is done one after the other.

    Args:
        settings: a ``Settings``, a YAML file, or the store's folder or URL.
        collection: the collection's name; overrides the settings.
        chat: the model that is asked, in place of the settings' endpoint.
        hooks: what is told of each call to a model, and what masks what is sent, in place of the
            ledger and the masking that the settings ask for.
        models: where models are kept, in place of the object's own that are freed when it is
            closed; whoever gives them closes them.
        overrides: further settings by name, for example ``model="gpt-4o-mini"``.

    Raises:
        ConfigError: a setting is wrong.
    """

    def __init__(
        self,
        settings: Settings | str | Path | None = None,
        *,
        collection: str | None = None,
        chat: StreamingChatModel | None = None,
        hooks: Hooks | None = None,
        models: Models | None = None,
        **overrides: Any,
    ) -> None:
        if collection is not None:
            overrides["collection"] = collection
        self.settings = settings_from(settings, **overrides)
        self._session = Session(self.settings, models=models)
        self._threads = Threads()
        self._writing = RLock()
        self._talking = RLock()
        self._conversations: Conversations | None = None
        self._chats = Chats(self.settings, chat)
        self._hooks = hooks_for(self.settings, hooks)
        self._own_calls = OwnCalls(self.settings, self._chats.model, self._hooks)
        self._follow_ups = FollowUps(self.settings, self._own_calls)
        self._asker = Asker(
            self.settings,
            self._made,
            self._chats.model,
            hooks=self._hooks,
            in_thread=self._threads.answer,
        )

    def with_settings(self, **changes: Any) -> "LeanRAG":
        """The same collection with other settings, over the same open store.

        Closing what is returned leaves the store open for this object. What masks and what takes
        calls down stays the same for both.

        Args:
            changes: settings by name; of a section those fields that change, for example
                ``prompt={"order": "best_last"}``.

        Raises:
            ConfigError: a setting is wrong, or is one that the store was made with.
        """
        made = LeanRAG(changed(self.settings, changes), hooks=self._hooks, chat=self._chats.given)
        made._session = Session(made.settings, owner=self._session)
        return made

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """``close``, and the connections that calls in the running event loop have opened."""
        await self._chats.aclose()
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Gives the store back, once calls in other threads are done. A later call opens it."""
        self._threads.close()
        self._chats.close()
        self._session.close()
        with self._talking:
            conversations, self._conversations = self._conversations, None
        if conversations is not None:
            conversations.close()

    def ingest(
        self,
        paths: Sequence[str | Path | Mapping[str, Any]] | str | Path,
        *,
        metadata: Metadata | None = None,
        prune: bool = False,
        force: bool = False,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """Reads documents into the collection, which is made where it does not exist.

        A file is known by where it lies, however its path is typed, and keeps the source under
        which it first came in; a text is known by its id. A document that did not change is
        skipped; a changed one replaces its earlier version whole; one that cannot be read is
        reported in ``failures`` and the rest goes on.

        Args:
            paths: files, folders, mappings with ``id``, ``text``, ``title``, ``metadata``, and
                mappings with ``root`` and ``path``: a folder whose files are known by that name
                and their path below it, wherever the folder lies.
            metadata: added to every document.
            prune: also delete documents whose file under the given folders is gone.
            force: prune even where a folder is gone or empty, or most of its documents would go.
            workers: processes that parse beside this one; by default as the work needs.
            progress: called with documents done, documents in all, and the current source.

        Raises:
            InputError: a path does not exist, or a mapping or metadata field is malformed.
            PruneError: a prune would delete too much; nothing was changed.
            StoreError: the store cannot be made, opened or written.
        """
        given = [paths] if isinstance(paths, str | Path | Mapping) else list(paths)
        session = self._session
        with self._writing, session.use():
            ingestor = ingestor_for(self.settings, session.for_writing)
            report = ingestor.run(
                given,
                metadata=metadata,
                prune=prune,
                force=force,
                workers=workers,
                progress=progress,
            )
            if (store := session.opened()) is not None:
                # Also where nothing changed: an ingest that was killed may have left it to do.
                store.optimize()
            return report

    def prompt(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Where = None,
        history: History = None,
    ) -> Prompt:
        """Chat messages that hold what the answer needs, in at most ``budget`` tokens.

        Args:
            question: the user's question; never cut.
            budget: tokens of the whole input, counted as the model counts them.
            model: the model that the prompt is for; decides how tokens are counted.
            where: metadata filter, as a mapping or as expressions.
            history: earlier messages of the conversation, oldest first, or a ``Conversation``.

        Raises:
            InputError: the question is empty, or budget or history are malformed.
            FilterError: ``where`` is malformed or names an unknown field.
            BudgetError: system text and question alone do not fit.
            StoreError: the store cannot be opened.
        """
        masker = self._hooks.masker() if self._hooks.masker else None
        made = self._made(Asked(question, budget, model, where, history), masker)
        return self._taken_down(made, model)

    def _made(self, asked: Asked, masker: Masker | None) -> Prompt:
        question = _question(asked.question)
        limit = checked_budget(self.settings.budget if asked.budget is None else asked.budget)
        model = asked.model or self.settings.model
        counter = counter_for(model, tokenizer=self.settings.tokenizer)
        wanted = self._follow_ups.wanted(question, said(asked.history), asked.label)
        with self._session.use():
            prompt = self._session.engine().prompt(
                wanted,
                budget=limit,
                counter=counter,
                where=self._filter(asked.where),
                history=asked.history,
                masker=masker,
            )
        return with_masks(prompt, masker)

    def search(
        self,
        question: str,
        *,
        top_k: int = 10,
        where: Where = None,
        history: History = None,
    ) -> list[Hit]:
        """The ``top_k`` best chunks, reranked, best first. Raises like ``prompt``."""
        question = _question(question)
        _check_top_k(top_k)
        counter = counter_for(self.settings.model, tokenizer=self.settings.tokenizer)
        wanted = self._follow_ups.wanted(question, said(history))
        with self._session.use():
            hits, _ = self._session.engine().searcher.search(
                wanted, self._filter(where), counter, limit=top_k
            )
        return hits

    def search_many(
        self, questions: Sequence[str], *, top_k: int = 10, where: Where = None
    ) -> list[list[Hit]]:
        """What ``search`` finds for each question, embedded and searched for together.

        Raises like ``search``; the message names the question that cannot be used.
        """
        if isinstance(questions, str):
            raise InputError("questions: expected several, got one text; see search")
        asked = [_question(text, f"questions[{place}]") for place, text in enumerate(questions)]
        _check_top_k(top_k)
        counter = counter_for(self.settings.model, tokenizer=self.settings.tokenizer)
        with self._session.use():
            searcher, parsed = self._session.engine().searcher, self._filter(where)
            found = searcher.search_many(asked, parsed, counter, limit=top_k)
        return [hits for hits, _ in found]

    def conversation(self, id: str, *, tenant: str = "") -> Conversation:
        """A conversation that is kept beside the collection; made by its first turn.

        Raises:
            InputError: id or tenant cannot be used.
            ConfigError: the store is a server, and no file is named in ``history.path``.
        """
        return Conversation(id, tenant=tenant, among=self.conversations())

    def conversations(self) -> Conversations:
        """All conversations: to list, to delete."""
        with self._talking:
            if self._conversations is None:
                self._conversations = Conversations(
                    self.settings,
                    model=lambda: self._own_calls.model("summary"),
                    models=self._session.models,
                )
            return self._conversations

    def document(self, document_id: str) -> Document:
        """The document whole; every span of a source refers to its ``text``.

        Args:
            document_id: the id of a document, or that of a source or hit that stems from it.

        Raises:
            InputError: there is no document with this id.
        """
        with self._session.use():
            store = self._session.store()
            found = store.document(document_id)
            if found is None and (owner := store.owner(document_id)) is not None:
                found = store.document(owner)
        if found is None:
            raise InputError(f"document: there is none with the id {document_id!r}")
        return found

    def delete(self, sources: Sequence[str] = (), *, where: Where = None) -> int:
        """Deletes documents by source, all that have it, or by filter, and returns how many.

        Raises:
            InputError: neither is given, or a source is not in the collection; then nothing
                is deleted.
        """
        if isinstance(sources, str):
            sources = [sources]
        if bool(sources) == (where is not None):
            raise InputError("delete: give either sources or a where filter")
        with self._writing, self._session.use():
            store = self._session.store()
            if where is not None:
                parsed = self._filter(where)
                assert parsed is not None, "only None means that there is no filter"
                return store.delete(store.match(parsed))
            known: dict[str, list[str]] = {}
            for record in store.records():
                known.setdefault(record.source, []).append(record.id)
            missing = [source for source in sources if source not in known]
            if missing:
                raise InputError(
                    "delete: not in the collection: " + ", ".join(missing) + "; nothing was deleted"
                )
            return store.delete(chain.from_iterable(known[source] for source in sources))

    def info(self) -> StoreInfo:
        """Figures of the collection. Raises ``StoreError`` where there is none."""
        with self._session.use():
            return self._session.store().info()

    def facets(self, limit: int = 10) -> dict[str, list[tuple[Scalar, int]]]:
        """The commonest values of each metadata field with their number of documents."""
        with self._session.use():
            return self._session.store().facets(limit)

    def duplicates(self) -> Duplicates:
        """The documents that are copies of one another, or versions that hardly differ."""
        with self._session.use():
            return find_duplicates(self._session.store().records())

    async def aingest(
        self,
        paths: Sequence[str | Path | Mapping[str, Any]] | str | Path,
        *,
        metadata: Metadata | None = None,
        prune: bool = False,
        force: bool = False,
        workers: int | None = None,
        progress: Progress | None = None,
    ) -> IngestReport:
        """``ingest`` in a thread, while the event loop goes on."""
        return await self._threads.write(
            self.ingest,
            paths,
            metadata=metadata,
            prune=prune,
            force=force,
            workers=workers,
            progress=progress,
        )

    async def aprompt(
        self,
        question: str,
        *,
        budget: int | None = None,
        model: str | None = None,
        where: Where = None,
        history: History = None,
    ) -> Prompt:
        """``prompt`` in a thread, while the event loop goes on."""
        return await self._threads.answer(
            self.prompt, question, budget=budget, model=model, where=where, history=history
        )

    async def asearch(
        self,
        question: str,
        *,
        top_k: int = 10,
        where: Where = None,
        history: History = None,
    ) -> list[Hit]:
        """``search`` in a thread, while the event loop goes on."""
        return await self._threads.answer(
            self.search, question, top_k=top_k, where=where, history=history
        )

    async def asearch_many(
        self, questions: Sequence[str], *, top_k: int = 10, where: Where = None
    ) -> list[list[Hit]]:
        """``search_many`` in a thread, while the event loop goes on."""
        return await self._threads.answer(self.search_many, questions, top_k=top_k, where=where)

    def _filter(self, where: Where) -> Filter | None:
        parsed = parse_where(where)
        if parsed is not None:
            check(parsed, self._session.store().fields())
        return parsed


def _question(question: str, name: str = "question") -> str:
    if not isinstance(question, str) or not question.strip():
        raise InputError(f"{name}: expected a text that is not empty")
    return question.strip()


def _check_top_k(top_k: int) -> None:
    if isinstance(top_k, bool) or not isinstance(top_k, int) or top_k < 1:
        raise InputError(f"top_k: expected a whole number from 1, got {top_k!r}")
