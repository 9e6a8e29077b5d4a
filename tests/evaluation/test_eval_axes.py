"""What tuning tries is live: every axis changes what the real pipeline sends."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from leanrag.evaluation.cases import Case, Turn
from leanrag.evaluation.datasets import Corpus
from leanrag.evaluation.pipelines.workbench import Workbench
from leanrag.evaluation.search import Axis, Value
from leanrag.evaluation.trials import AXES, BY_SIMILARITY, INGEST_AXIS, SPLIT_AXIS, axes_for
from leanrag.evaluation.tuning import nested
from leanrag.settings import Settings
from tests.evaluation.builders import pipeline

NAMES = "Aberdeen Bergen Cadiz Dover Exeter Faro Ghent Haarlem Izmir Jena Kiel Lugano Malmo Narvik"
TOWNS = NAMES.split()
QUESTION = "Who paid for the glass of the lamp?"
SMALL_CHUNKS = {"chunking.max_tokens": 128}
BASES: dict[str, Mapping[str, Value]] = {
    # A list is cut off only where there are more chunks than it has places.
    "retrieval.candidates": SMALL_CHUNKS,
    "compression.floor": {"compression.selector": "similarity"},
    "compression.similarity_weight": {"compression.selector": "similarity"},
}
BUDGETS = {
    ("leanrag", "compression.similarity_weight"): 300,
    ("leanrag-condense", "history.reader"): 120,
}
"""By default 1,500: what the selector may leave out does not fill it."""
CHOICES = [
    pytest.param(name, axis, id=f"{name}-{axis.name}")
    for table in (AXES, BY_SIMILARITY)
    for name, axes in table.items()
    for axis in axes
]


def text(number: int) -> str:
    """A page on which a fact is repeated every other year, in a different paragraph each."""
    town = TOWNS[number]
    lines = [f"The lighthouse of {town} stands {20 + number} metres above the sea."]
    for year in range(1801 + number, 1809 + number):
        payer = "Ada Stone" if year % 3 else "Ben Reed"
        other = TOWNS[(number * 7 + year) % len(TOWNS)]
        lines.append(
            f"In {year} the keeper of {town} replaced the lamp, and {payer} paid for the glass. "
            f"The light of {town} then reached {10 + year % 17} miles, which sailors on the way "
            f"to the harbour of {other} found useful in every storm."
        )
    return "\n\n".join(lines)


def documents() -> Iterator[Mapping[str, Any]]:
    for number, town in enumerate(TOWNS):
        yield {"id": town, "title": f"Lighthouse of {town}", "text": text(number)}


def case(name: str, axis: Axis) -> Case:
    spoken = [
        f"My friend in {town} paid for lamp {n} of glass." for n in range(4) for town in TOWNS
    ]
    said = [
        turn
        for number, line in enumerate(spoken)
        for turn in (
            Turn(role="user", content=line, id=f"u{number}"),
            Turn(role="assistant", content=f"Glass number {number} is dear.", id=f"a{number}"),
        )
    ]
    talks = name == "leanrag-condense" or axis is SPLIT_AXIS
    contexts = [{"id": town, "text": text(number)} for number, town in enumerate(TOWNS[:6])]
    return Case.model_validate(
        {
            "id": "paid",
            "question": QUESTION,
            "contexts": contexts,
            "history": said if talks else (),
        }
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The stores, one for each size of chunks, are ingested once."""
    return tmp_path_factory.mktemp("axes")


@pytest.mark.parametrize(("name", "axis"), CHOICES)
def test_the_ends_of_every_axis_send_something_else(name: str, axis: Axis, folder: Path) -> None:
    over_corpus = name == "leanrag-prompt"
    sent = []
    for value in (axis.values[0], axis.values[-1]):
        bench = Workbench(
            folder=folder,
            corpus=Corpus(documents=documents) if over_corpus else None,
            budget_counts="prompt" if over_corpus else "context",
            settings=nested({}, {**BASES.get(axis.name, {}), axis.name: value}),
        )
        made = pipeline(name, bench)
        sent.append(made.run(case(name, axis), BUDGETS.get((name, axis.name), 1500)).messages)
        made.close()
        bench.close()
    assert sent[0] != sent[1]


def test_the_usual_settings_stand_on_every_axis() -> None:
    usual = Settings.create().model_dump()
    for axis in (axis for axes in AXES.values() for axis in axes):
        section, setting = axis.name.split(".")
        assert usual[section][setting] in axis.values, axis.name
    assert AXES["leanrag-prompt"][-1] == INGEST_AXIS


def test_axes_are_those_that_the_settings_read() -> None:
    def names(pipeline: str, *, talks: bool = False, **settings: Any) -> list[str]:
        found = axes_for(pipeline, Settings.create(**settings), talks=talks)
        return [axis.name for axis in found]

    assert names("leanrag") == ["compression.keep"]
    assert "history.share" in names("leanrag-prompt", talks=True)
    assert "history.share" not in names("leanrag-prompt")
    similar = names("leanrag-prompt", compression={"selector": "similarity"})
    assert similar[:2] == ["compression.floor", "compression.similarity_weight"]
    assert "compression.keep" not in similar
