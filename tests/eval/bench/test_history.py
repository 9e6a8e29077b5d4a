"""The benchmark of the memory: what it counts, and that a recalled answer is found."""

from pathlib import Path
from types import ModuleType

import pytest

from tests.history.parts import WordEmbedder


def test_everybody_measures_the_same_conversation(bench: ModuleType) -> None:
    turns, asked = bench.messages(60)
    assert (turns, asked) == bench.messages(60)
    assert len(turns) == len({turn["id"] for turn in turns}) == 60
    said = {str(turn["id"]): turn["content"] for turn in turns}
    assert asked
    for question, answer in asked:
        assert question.split()[2] in said[answer]


def test_the_figures_are_of_the_whole_conversation(
    bench: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench, "shared_models", lambda: bench.Known(WordEmbedder()))
    figures = bench.measure(240, 12, tmp_path)
    assert figures["turns"] == 240
    assert figures["questions"] == 12
    assert figures["answer_selected"] > 0.5
    assert all(figures[f"{name}_cpu_p50_ms"] > 0 for name in ("adding", "selecting"))
