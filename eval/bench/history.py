"""Memory of a long conversation: what adding a turn and selecting from it take.

    python eval/bench/history.py [--turns N] [--questions N] [--out FILE] [--json]

The conversation is made: sentences about a few hundred people, places, dates and amounts, in a
seeded order, so that everybody measures the same. Turns are embedded before the clock starts and
looked up while they are added; what is reported of adding is therefore the work beyond the
embedding (check, count, store on disk with a sync, index). Selecting has all of its work in it: the
question's embedding, the shortlist, and choosing sentences under the budget. Half of the questions
ask for what one turn says, and the report has how often that turn was selected.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from leanrag.api.conversation import Conversation
from leanrag.api.memory.catalogue import Conversations
from leanrag.api.memory.indexing import embedded_texts
from leanrag.api.wiring.models import Models, shared_models
from leanrag.history.messages import validate
from leanrag.protocols import Embedder
from leanrag.settings import EmbeddingSettings, Settings
from leanrag.tokens import counter_for

BUDGET = 1294
SEED = 7
ADDED_ONE_BY_ONE = 300
NAMES = ("Ann", "Bob", "Clara", "David", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas")
THINGS = ("parrot", "boat", "piano", "garden", "camera", "bicycle", "telescope", "guitar", "kayak",
          "sewing machine", "printer", "tent", "violin", "greenhouse", "drone", "oven")  # fmt: skip
PLACES = ("Rome", "Oslo", "Lima", "Kyoto", "Porto", "Accra", "Quito", "Perth", "Bergen", "Cork")
TALK = (
    "It rained all morning and the bus was late again.",
    "I read a book about the history of maps, which was better than it sounds.",
    "The meeting went on for two hours and we agreed on very little.",
    "My neighbour has started to learn the trumpet, and the walls are thin.",
    "I tried a new recipe with lentils and far too much garlic.",
)


def messages(count: int) -> tuple[list[dict[str, Any]], list[tuple[str, str]]]:
    """A conversation of so many turns, and questions with the id of the turn that answers."""
    chance = random.Random(SEED)
    turns: list[dict[str, Any]] = []
    asked: list[tuple[str, str]] = []
    for number in range(count):
        name, thing, place = (chance.choice(some) for some in (NAMES, THINGS, PLACES))
        text = chance.choice(TALK)
        if chance.random() < 0.5:
            price, day = chance.randrange(100, 9999), chance.randrange(1, 29)
            text = f"{name} bought a {thing} in {place} for {price} euros on the {day}th. {text}"
            asked.append((f"What did {name} pay for the {thing} bought in {place}?", str(number)))
        else:
            text = f"{text} {name} came by and we talked about {place}."
        turns.append({"role": ("user", "assistant")[number % 2], "content": text, "id": number})
    chance.shuffle(asked)
    return turns, asked


class Looked:
    """An embedder that knows the conversation's texts already."""

    def __init__(self, embedder: Embedder, texts: Sequence[str]) -> None:
        self._embedder = embedder
        unique = list(dict.fromkeys(texts))
        self._known = dict(zip(unique, embedder.embed_documents(unique), strict=True))
        self.name, self.variant = embedder.name, embedder.variant
        self.dimensions, self.max_tokens = embedder.dimensions, embedder.max_tokens
        self.count = embedder.count
        self.embed_queries = embedder.embed_queries

    def embed_documents(self, texts: Sequence[str]) -> NDArray[np.float32]:
        missing = [text for text in texts if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._embedder.embed_documents(missing), strict=True))
        return np.stack([self._known[text] for text in texts])


class Known(Models):
    """Models with an embedder that is there already."""

    def __init__(self, embedder: Embedder) -> None:
        super().__init__()
        self._embedder = embedder

    def embedder(self, settings: EmbeddingSettings, variant: str | None = None) -> Embedder:
        return self._embedder


class Times:
    """Collects how long blocks take: by the clock, and in CPU time of the whole process.

    The latter hardly depends on what else the machine does.
    """

    def __init__(self) -> None:
        self.wall: list[float] = []
        self.cpu: list[float] = []

    def __enter__(self) -> None:
        self._start = time.perf_counter(), time.process_time()

    def __exit__(self, *_: object) -> None:
        self.wall.append(time.perf_counter() - self._start[0])
        self.cpu.append(time.process_time() - self._start[1])

    def figures(self, name: str) -> dict[str, float]:
        return {
            f"{name}_p50_ms": 1000 * statistics.median(self.wall),
            f"{name}_p95_ms": 1000 * float(np.percentile(self.wall, 95)),
            f"{name}_cpu_p50_ms": 1000 * statistics.median(self.cpu),
        }


def measure(turns: int, questions: int, home: Path) -> dict[str, Any]:
    """Adds, opens again, and selects."""
    settings = Settings.create(history={"path": str(home / "talk.sqlite"), "summary": "none"})
    counter = counter_for(settings.model)
    given, asked = messages(turns)
    texts = [text for turn in validate(given) for text in embedded_texts(turn, counter)]
    start = time.perf_counter()
    looked = Looked(shared_models().embedder(settings.embedding), texts)
    embedding = time.perf_counter() - start
    models = Known(looked)

    talk = Conversation("bench", among=Conversations(settings, models=models))
    head = turns - min(turns // 2, ADDED_ONE_BY_ONE)
    for at in range(0, head, 500):
        talk.extend(given[at : min(head, at + 500)])
    adding, selecting = Times(), Times()
    for turn in given[head:]:
        with adding:
            talk.add(turn)

    again = Conversation("bench", among=Conversations(settings, models=models))
    opening = Times()
    with opening:
        again.messages(BUDGET, "Hello?")
    found = 0
    for question, answer in asked[:questions]:
        with selecting:
            kept = again.condense(BUDGET, question)
        found += answer in kept.kept_ids
        assert kept.tokens.out <= BUDGET
    return {
        "turns": len(again),
        "tokens": sum(turn.tokens for turn in again.turns),
        "budget": BUDGET,
        "questions": len(selecting.wall),
        "embedding_ms_a_turn": 1000 * embedding / turns,
        **adding.figures("adding"),
        "opening_s": opening.wall[0],
        **selecting.figures("selecting"),
        "answer_selected": found / max(1, len(selecting.wall)),
        "file_mib": (home / "talk.sqlite").stat().st_size / 2**20,
        "python": platform.python_version(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
    }


def main() -> None:
    """Runs the benchmark and prints it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--turns", type=int, default=10_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--out", type=Path, help="also write the JSON to this file")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        figures = measure(options.turns, options.questions, Path(scratch))
    text = json.dumps(figures, indent=2)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(text + "\n", encoding="utf-8")
    if options.json:
        print(text)
        return
    for name, value in figures.items():
        print(f"{name:22} {value:,.3f}" if isinstance(value, float) else f"{name:22} {value}")


if __name__ == "__main__":
    main()
