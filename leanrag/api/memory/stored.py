"""One stored conversation as this process knows it: turns, index, notes, and what is due."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from threading import RLock
from typing import Any

from leanrag.api.memory.indexing import embedded_texts, indexed_terms, turn_scorer
from leanrag.history.excerpt import day_of
from leanrag.history.facts import facts_of
from leanrag.history.hierarchy import WHOLE, Job, Limits, latest_whole, next_job
from leanrag.history.index import Question, Shortlist, TurnIndex
from leanrag.history.makers import Made, SummaryMaker
from leanrag.history.messages import Turn, validate
from leanrag.history.notes import write_notes
from leanrag.history.recall import TurnScorer
from leanrag.history.shorten import shorten
from leanrag.history.vectors import KeptVectors
from leanrag.protocols import (
    ConversationStore,
    Embedder,
    LexicalScorer,
    Selector,
    TokenCounter,
)
from leanrag.retrieve.question import dense_share, query_terms
from leanrag.settings import Settings
from leanrag.types import Fact, IndexedTurn, StoredTurn, Summary, SummaryLine

_MATERIAL_TOKENS = 400
"""What one turn brings in to be summarised, so that what is asked of a model is bounded."""
_SPAN_TOKENS = 120
_UPPER_TOKENS = 160
_KEPT_NOTES = 16
_DAY = len("2026-01-01")


@dataclass(frozen=True, slots=True)
class Tools:
    """What a memory works with; its models are loaded when they are first needed.

    There is no ``selector`` where none reads older turns closely.
    """

    store: ConversationStore
    settings: Settings
    counter: TokenCounter
    lexical: LexicalScorer
    embedder: Callable[[], Embedder]
    selector: Callable[[], Selector] | None
    maker: Callable[[Embedder], SummaryMaker]


class Memory:
    """Follows a stored conversation, whoever writes to it. Safe to use from several threads."""

    def __init__(self, tools: Tools, tenant: str, conversation: str) -> None:
        self.tenant = tenant
        self.conversation = conversation
        self.lock = RLock()
        self.failures: list[str] = []
        self._tools = tools
        self._key: int | None = None
        self._forget()

    def _forget(self) -> None:
        self._stored: list[StoredTurn] = []
        self._index: TurnIndex | None = None
        self._vectors: KeptVectors | None = None
        self._scorer: TurnScorer | None = None
        self._summaries: list[Summary] | None = None
        self._facts: tuple[int, list[Fact]] | None = None
        self._notes: dict[tuple[int, int, int, str], dict[str, Any] | None] = {}

    # ── reading ─────────────────────────────────────────────────────────────────────────────

    def stored(self) -> list[StoredTurn]:
        """All turns in order, newly added ones of other writers too."""
        with self.lock:
            return list(self._follow())

    def turns(self) -> list[Turn]:
        """The turns as they can be sent."""
        return [_turn(stored) for stored in self.stored()]

    def summary(self) -> Summary | None:
        """The newest summary of the whole."""
        with self.lock:
            self._follow()
            return latest_whole(self._known_summaries())

    def facts(self) -> list[Fact]:
        """All facts, those of turns that were not summarised yet too; none is marked yet."""
        with self.lock:
            turns = self._follow()
            if self._key is None:
                return []
            if self._facts is None:
                until = self._tools.store.facts_until(self._key)
                self._facts = until, self._tools.store.facts(self._key)
            until, facts = self._facts
            if until < len(turns):
                facts = facts + self._facts_in(until, len(turns))
                self._facts = len(turns), facts
            return list(facts)

    def notes(self, max_tokens: int, counter: TokenCounter) -> dict[str, Any] | None:
        """Summary and facts as a message; the same one until one of them changes."""
        with self.lock:
            summary = self.summary()
            if summary is None:
                return None
            facts = self.facts()
            key = (summary.end, len(facts), max_tokens, counter.name)
            if key not in self._notes:
                if len(self._notes) >= _KEPT_NOTES:
                    self._notes.clear()
                self._notes[key] = write_notes(summary, facts, max_tokens, counter)
            return self._notes[key]

    def scorer(self) -> TurnScorer:
        """Scores pieces of turns with the vectors that are kept."""
        with self.lock:
            self.index()
            if self._scorer is None:
                selector = self._tools.selector
                self._scorer = turn_scorer(
                    self._embedder(),
                    self._tools.lexical,
                    languages=self._tools.settings.embedding.languages,
                    selector=None if selector is None else selector(),
                )
            return self._scorer

    def shortlist(self, question: str, *, limit: int, newest: int) -> tuple[list[Turn], Shortlist]:
        """The turns that are worth a closer look for a question, in order."""
        with self.lock:
            index = self.index()
            if not len(index):
                return [], Shortlist((), 0.0)
            asked = Question(
                self._embedder().embed_queries([question])[0],
                query_terms(question),
                dense_share(question, self._tools.settings.embedding.languages),
            )
            found = index.shortlist(asked, limit=limit, newest=newest)
            return [index.turns[position] for position in found.positions], found

    def index(self) -> TurnIndex:
        """The index with every turn in it."""
        with self.lock:
            stored = self._follow()
            vectors = self._embedder()
            if self._index is None:
                self._index = TurnIndex(vectors.dimensions)
            index = self._index
            if len(index) < len(stored):
                self._index_turns(index, vectors, stored[len(index) :])
            return index

    # ── making summaries ────────────────────────────────────────────────────────────────────

    def due(self) -> Job | None:
        """The summary that is to be made next."""
        if self._tools.settings.history.summary == "none":
            return None
        with self.lock:
            stored = self._follow()
            return next_job(
                self._known_summaries(),
                [max(1, turn.tokens) for turn in stored],
                _limits(self._tools.settings),
                block_end=self._block_end,
            )

    def make(self, job: Job) -> Summary | None:
        """Makes a summary, and facts with one of turns; None where the conversation is gone.

        The lock is not held meanwhile, so that nobody waits for it.
        """
        with self.lock:
            stored, key = self._follow(), self._key
            if key is None or job.end > len(stored):
                return None
            turns = [_turn(turn) for turn in stored[max(0, job.start - 1) : job.end]]
            vectors = self._embedder()
            ids = tuple(turn.id for turn in stored[job.start : job.end])
        before = turns.pop(0) if job.start else None
        maker = self._tools.maker(vectors)
        made = maker.summarise(self._material(job, turns), self._room(job))
        text = "\n".join(line.text for line in made.lines)
        summary = Summary(
            job.level, job.start, job.end, made.lines, ids, self._tools.counter.count(text),
            made.maker, made.note,
        )  # fmt: skip
        if job.level == 1:
            found = maker.facts(turns, job.start, before)
            self._tools.store.add_facts(key, found.facts, until=job.end)
            summary = replace(summary, note=_both(made, found.note))
        self._tools.store.add_summary(key, summary)
        with self.lock:
            self._summaries = self._facts = None
        return summary

    def _material(self, job: Job, turns: Sequence[Turn]) -> list[SummaryLine]:
        if job.parts:
            return [line for part in job.parts for line in part.lines]
        counter, lexical = self._tools.counter, self._tools.lexical
        # Within one day the date would only cost tokens.
        dated = len({day_of(turn.time) for turn in turns}) > 1
        lines = []
        for turn in turns:
            if not turn.text.strip() or turn.role in ("system", "developer"):
                continue
            text = shorten(turn.text, "", _MATERIAL_TOKENS, counter=counter, lexical=lexical)
            lines.append(SummaryLine(f"{_label(turn, dated)}: {text}", turn.id))
        return lines

    def _room(self, job: Job) -> int:
        whole = self._tools.settings.history.summary_tokens
        if job.level == WHOLE:
            return whole
        return min(whole, _SPAN_TOKENS if job.level == 1 else _UPPER_TOKENS)

    # ── inner parts ─────────────────────────────────────────────────────────────────────────

    def _follow(self) -> list[StoredTurn]:
        """The turns, brought up to what is stored now."""
        key = self._tools.store.key(self.tenant, self.conversation)
        if key != self._key:  # deleted meanwhile, and perhaps begun anew
            self._forget()
            self._key = key
        if key is not None:
            self._stored += self._tools.store.turns(key, len(self._stored))
        return self._stored

    def _known_summaries(self) -> list[Summary]:
        if self._key is None:
            return []
        if self._summaries is None:
            self._summaries = self._tools.store.summaries(self._key)
        return self._summaries

    def _facts_in(self, start: int, end: int) -> list[Fact]:
        turns = [_turn(turn) for turn in self._stored[max(0, start - 1) : end]]
        before = turns.pop(0) if start else None
        return facts_of(turns, start, before)

    def _embedder(self) -> KeptVectors:
        if self._vectors is None:
            store, key = self._tools.store, self._key
            self._vectors = KeptVectors(
                self._tools.embedder(),
                load=lambda keys: {} if key is None else store.vectors(key, keys),
                save=lambda found: None if key is None else store.add_vectors(key, found),
            )
        return self._vectors

    def _index_turns(
        self, index: TurnIndex, vectors: KeptVectors, stored: Sequence[StoredTurn]
    ) -> None:
        store, key, start = self._tools.store, self._key, len(index)
        if key is None:
            return
        model = f"{vectors.name} {vectors.variant}"
        kept = {turn.position: turn for turn in store.indexed(key, model, start)}
        if kept:
            wanted = [name for turn in kept.values() for name in turn.vectors]
            vectors.adopt(store.vectors(key, None if start == 0 else wanted))
        turns = [_turn(turn) for turn in stored]
        texts = [embedded_texts(turn, self._tools.counter) for turn in turns]
        vectors.embed_documents([text for some in texts for text in some])
        new = []
        for position, (turn, some) in enumerate(zip(turns, texts, strict=True), start):
            known = kept.get(position)
            if known is None:
                names = tuple(vectors.key(text) for text in some)
                known = IndexedTurn(position, indexed_terms(turn), names)
                new.append(known)
            index.add(turn, known.terms, list(vectors.embed_documents(some)))
        if new:
            store.add_indexed(key, model, new)

    def _block_end(self, position: int) -> int:
        end = position + 1
        while end < len(self._stored) and self._stored[end].role == "tool":
            end += 1
        return end


def _label(turn: Turn, dated: bool) -> str:
    who = turn.speaker or turn.role
    return f"{who} ({day_of(turn.time)})" if dated else who


def _turn(stored: StoredTurn) -> Turn:
    """The turn with the time that was given, or else the day on which it was added."""
    (turn,) = validate([{**stored.message, "id": stored.id}])
    return turn if turn.time else replace(turn, time=stored.time[:_DAY])


def _limits(settings: Settings) -> Limits:
    after = settings.history.summary_after
    return Limits(after=after, newest=int(after * 0.4), span=int(after * 0.6))


def _both(made: Made, note: str) -> str:
    return "; ".join(dict.fromkeys(part for part in (made.note, note) if part))
