"""Models are made once, kept while somebody needs them, and freed when nobody does."""

import gc
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import leanrag
from leanrag import LeanRAG, Settings
from leanrag.api.wiring import models as wiring
from leanrag.api.wiring.keeping import Keeper
from leanrag.api.wiring.models import Models, shared_models
from leanrag.errors import ConfigError, ModelError
from leanrag.settings import EmbeddingSettings
from leanrag.types import Judged, Passage, Word
from tests.history.parts import WordEmbedder, user

DOCUMENT = {"id": "a", "text": "The bridge opened in 1937. Its paint is orange."}
QUESTION = "When did the bridge open?"
LONG = [user(f"On day {day} the bridge was painted in colour {day}.") for day in range(60)]


class Reading:
    """A selector that finds all alike, and counts how often it is asked."""

    name = "reading"

    def __init__(self) -> None:
        self.calls = 0

    def judge(self, question: str, passages: Sequence[Passage]) -> list[Judged]:
        self.calls += 1
        return [Judged(8.0, np.full(len(one.sentences), 8.0)) for one in passages]


class OneWord:
    """A word scorer that sees one word in each text, and counts how often it is asked."""

    name = "one word"

    def __init__(self) -> None:
        self.calls = 0

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        self.calls += 1
        return [(Word(0, len(text), 0.5),) for text in texts]


class Loads:
    """Stands in for what loads models, and remembers what it made."""

    def __init__(self) -> None:
        self.made: dict[str, list[Any]] = {"embedder": [], "selector": [], "words": []}

    def _load(self, kind: str, make: Callable[[], Any]) -> Any:
        time.sleep(0.01)  # so that threads that come together find nothing made yet
        made = make()
        self.made[kind].append(weakref.ref(made))
        return made

    def embedder(self, settings: EmbeddingSettings) -> WordEmbedder:
        made: WordEmbedder = self._load("embedder", WordEmbedder)
        made.variant = settings.variant
        return made

    def selector(self, name: str) -> Reading:
        made: Reading = self._load("selector", Reading)
        return made

    def words(self, settings: Any) -> OneWord:
        made: OneWord = self._load("words", OneWord)
        return made

    def alive(self, kind: str) -> int:
        gc.collect()
        return sum(made() is not None for made in self.made[kind])


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> Iterator[Loads]:
    made = Loads()
    monkeypatch.setattr(wiring, "load_embedder", made.embedder)
    monkeypatch.setattr(wiring, "load_selector", made.selector)
    monkeypatch.setattr(wiring, "load_word_scorer", made.words)
    yield made
    shared_models().close()


def opened(folder: Path) -> LeanRAG:
    rag = LeanRAG(folder)
    rag.ingest([DOCUMENT])
    rag.prompt(QUESTION, budget=500)
    return rag


# ── a keeper ────────────────────────────────────────────────────────────────────────────────────


def test_threads_that_come_together_make_one_thing() -> None:
    keeper: Keeper[object] = Keeper(2)
    started, calls = threading.Barrier(8), []

    def make() -> object:
        calls.append(1)
        time.sleep(0.02)
        return object()

    def get(_: int) -> object:
        started.wait()
        return keeper.get("a", make)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(get, range(8)))
    assert len(calls) == 1
    assert len(set(map(id, found))) == 1


def test_a_thing_that_takes_long_holds_nobody_else_up() -> None:
    keeper: Keeper[str] = Keeper(2)
    inside, go_on = threading.Event(), threading.Event()

    def slow() -> str:
        inside.set()
        assert go_on.wait(10)
        return "slow"

    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(keeper.get, "slow", slow)
        assert inside.wait(10)
        assert keeper.get("quick", lambda: "quick") == "quick"
        go_on.set()
        assert waiting.result(10) == "slow"


def test_what_could_not_be_made_is_tried_again() -> None:
    keeper: Keeper[str] = Keeper(2)

    def fail() -> str:
        raise ModelError("the weights are gone")

    with pytest.raises(ModelError):
        keeper.get("a", fail)
    assert keeper.get("a", lambda: "made") == "made"


def test_the_one_not_asked_for_the_longest_goes() -> None:
    keeper: Keeper[str] = Keeper(2)
    for name in ("a", "b", "a", "c"):
        keeper.get(name, lambda name=name: name)  # type: ignore[misc]
    assert keeper.get("a", lambda: "anew") == "a"
    assert keeper.get("b", lambda: "anew") == "anew"


def test_keepers_share_what_both_hold_and_free_what_none_does() -> None:
    class Weights:
        pass

    first, second = Keeper[Weights](2, shared=True), Keeper[Weights](2, shared=True)
    key = ("weights of this test",)
    made = weakref.ref(first.get(key, Weights))
    assert second.get(key, Weights) is made()
    first.clear()
    gc.collect()
    assert second.get(key, Weights) is made()
    second.clear()
    gc.collect()
    assert made() is None


# ── models ──────────────────────────────────────────────────────────────────────────────────────


def test_nothing_is_loaded_before_it_is_needed(loads: Loads, tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store") as rag:
        assert loads.made == {"embedder": [], "selector": [], "words": []}
        rag.ingest([DOCUMENT])
        assert [len(made) for made in loads.made.values()] == [1, 0, 0]
        rag.prompt(QUESTION, budget=500)
        assert [len(made) for made in loads.made.values()] == [1, 1, 0]


def test_the_same_weights_whatever_the_languages_or_who_names_the_variant(loads: Loads) -> None:
    models = Models()
    auto = EmbeddingSettings()
    embedder = models.embedder(auto)
    named = wiring.best_variant()
    assert models.embedder(auto, named) is embedder
    assert models.embedder(auto.model_copy(update={"variant": named})) is embedder
    assert models.embedder(auto.model_copy(update={"languages": ()})) is embedder
    other = "fp32" if named == "bf16" else "bf16"
    assert models.embedder(auto, other) is not embedder
    assert len(loads.made["embedder"]) == 2


def test_first_questions_in_parallel_load_once(loads: Loads, tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest([DOCUMENT])
        rag.close()
        assert [loads.alive(kind) for kind in loads.made] == [0, 0, 0]
        with ThreadPoolExecutor(6) as pool:
            prompts = list(pool.map(lambda _: rag.prompt(QUESTION, budget=500), range(6)))
        assert len({prompt.messages[-1]["content"] for prompt in prompts}) == 1
        assert [len(made) for made in loads.made.values()] == [2, 1, 0]


def test_closing_frees_the_models_and_a_later_call_loads_them(loads: Loads, tmp_path: Path) -> None:
    rag = opened(tmp_path / "store")
    assert (loads.alive("embedder"), loads.alive("selector")) == (1, 1)
    rag.close()
    assert (loads.alive("embedder"), loads.alive("selector")) == (0, 0)
    assert rag.prompt(QUESTION, budget=500).sources
    rag.close()


def test_closing_one_leaves_the_other_its_models(loads: Loads, tmp_path: Path) -> None:
    one, other = opened(tmp_path / "one"), opened(tmp_path / "other")
    assert [len(made) for made in loads.made.values()] == [1, 1, 0], "weights are there once"
    before = other.prompt(QUESTION, budget=500)
    one.close()
    assert (loads.alive("embedder"), loads.alive("selector")) == (1, 1)
    assert other.prompt(QUESTION, budget=500).messages == before.messages
    assert [len(made) for made in loads.made.values()] == [1, 1, 0]
    other.close()
    assert (loads.alive("embedder"), loads.alive("selector")) == (0, 0)


def test_other_settings_of_one_collection_share_its_models(loads: Loads, tmp_path: Path) -> None:
    rag = opened(tmp_path / "store")
    other = rag.with_settings(prompt={"order": "best_last"})
    assert other.prompt(QUESTION, budget=500).sources
    other.close()
    assert loads.alive("embedder") == 1
    assert rag.prompt(QUESTION, budget=500).sources
    assert [len(made) for made in loads.made.values()] == [1, 1, 0]
    rag.close()
    assert loads.alive("embedder") == 0


def test_given_models_are_left_to_whom_they_belong(loads: Loads, tmp_path: Path) -> None:
    models = Models()
    with LeanRAG(tmp_path / "store", models=models) as rag:
        rag.ingest([DOCUMENT])
    assert loads.alive("embedder") == 1
    models.close()
    assert loads.alive("embedder") == 0


def test_a_conversation_of_a_collection_uses_its_models(loads: Loads, tmp_path: Path) -> None:
    with LeanRAG(tmp_path / "store") as rag:
        rag.ingest([DOCUMENT])
        talk = rag.conversation("a")
        talk.extend(LONG)
        assert talk.messages(200, "Which colour was the bridge on day 7?")
        assert len(loads.made["embedder"]) == 1
    del talk
    assert loads.alive("embedder") == 0


# ── without a session ───────────────────────────────────────────────────────────────────────────


def compressed(budget: int, **compression: Any) -> Any:
    settings = Settings.create(compression=compression)
    texts = ["The bridge opened in 1937. Its paint is orange."]
    return leanrag.compress(QUESTION, texts, budget=budget, settings=settings)


def test_compressing_twice_loads_once_and_reads_once(loads: Loads) -> None:
    for budget in (30, 20, 10):
        assert compressed(budget, mode="both").texts
    assert [len(made) for made in loads.made.values()] == [1, 1, 1]
    assert [loads.made[kind][0]().calls for kind in ("selector", "words")] == [1, 1]


def test_condensing_twice_loads_and_reads_once(loads: Loads) -> None:
    read = []
    for budget in (400, 300, 200):
        assert leanrag.condense(LONG, question="Which colour on day 7?", budget=budget).messages
        read.append(loads.made["selector"][0]().calls)
    assert [len(made) for made in loads.made.values()] == [1, 1, 0]
    assert set(read) == {1}


def test_a_collection_that_closes_leaves_the_shared_models(loads: Loads, tmp_path: Path) -> None:
    compressed(30)
    opened(tmp_path / "store").close()
    assert [len(made) for made in loads.made.values()][:2] == [1, 1]
    assert loads.alive("selector") == 1
    compressed(20)
    assert [len(made) for made in loads.made.values()][:2] == [1, 1]


def test_closing_the_shared_models_frees_them(loads: Loads) -> None:
    compressed(30)
    shared_models().close()
    assert (loads.alive("embedder"), loads.alive("selector")) == (0, 0)
    assert compressed(30).texts


def test_a_number_of_models_bounds_the_memory(loads: Loads) -> None:
    models = Models()
    for number in range(12):
        models.selector(str(number))
        models.embedder(EmbeddingSettings(model=str(number)))
        models.turns(Settings.create(embedding={"model": str(number)})).scorer()
    assert loads.alive("selector") <= 3
    assert loads.alive("embedder") <= 8


def test_late_interaction_needs_vectors_of_tokens(loads: Loads) -> None:
    with pytest.raises(ConfigError, match="token vectors"):
        Models().reranker(Settings.create(retrieval={"reranker": "late"}))
