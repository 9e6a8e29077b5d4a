"""The benchmark of dropping words: equal tokens, protected answers apart, a lead where one is."""

import gzip
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from leanrag.types import Word
from tests.tiny_models import bert_classifier

NAMES = ("Ada", "Bea", "Cleo", "Dora", "Eve", "Fay", "Gina", "Hana", "Iris", "Kim", "Lea", "Mia")


def rows(bench: ModuleType) -> list[Any]:
    found = []
    for number, name in enumerate(NAMES):
        text = (
            f"The first of the winners of the long race by the river was {name} of the town. "
            f"It was in the year {1900 + number} that the race was held for the first time."
        )
        for answer in (name, str(1900 + number)):
            shielded = bench.is_protected(text, [answer], "en")
            found.append(bench.Row(name, text, "en", (answer,), shielded))
    return found


def oracle(text: str, language: str, draw: int) -> list[Word]:
    """Keeps the names."""
    from leanrag.text.words import split_words

    return [Word(a, b, 1.0 if text[a:b] in NAMES else 0.1) for a, b in split_words(text)]


def test_a_good_order_leads(bench: ModuleType) -> None:
    given = rows(bench)
    assert [row.is_protected for row in given[:2]] == [False, True]
    orders = {
        bench.MODEL: oracle,
        bench.RANDOM: bench.random_order,
        bench.STOP: bench.stop_words_first,
    }
    cell = bench.measure(given, 0.33, orders)
    methods = cell["methods"]
    assert methods["model"]["open_answers"]["value"] == 1.0
    assert all(found["protected_answers"]["value"] == 1.0 for found in methods.values())
    assert all(found["tokens"] <= 0.33 * cell["tokens_in"] for found in methods.values())
    assert methods["random"]["open_answers"]["value"] < 0.8
    assert cell["lead"]["random"]["open_answers"]["verdict"] == "better"
    assert cell == bench.measure(given, 0.33, orders)


def test_stop_words_and_marks_go_first(bench: ModuleType) -> None:
    text = "The winner of the race, Ada, ran."
    weights = {
        text[word.start : word.end]: word.keep for word in bench.stop_words_first(text, "en", 0)
    }
    cheap = {word for word, keep in weights.items() if keep <= 0.5}
    assert cheap == {"The", "of", "the", ",", "."}


def test_it_runs_from_the_command_line(
    bench: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = bert_classifier(tmp_path / "model")
    (tmp_path / "qa").mkdir()
    with gzip.open(tmp_path / "qa" / "nq.jsonl.gz", "wt", encoding="utf-8") as file:
        for number in range(60):
            name = NAMES[number % len(NAMES)]
            row = {
                "id": f"q{number}", "question": "who won", "answers": [name], "title": f"{number}",
                "text": f"The winner of race number {number} was {name}, who came from the north.",
            }  # fmt: skip
            print(json.dumps(row), file=file)
    out = tmp_path / "out" / "squeeze.json"
    capsys.readouterr()
    options = {"--model": model, "--data": tmp_path, "--sets": "nq", "--out": out}
    given = [str(part) for option in options.items() for part in option]
    bench.main([*given, "--rates", "0.5", "0.8"])
    results = json.loads(out.read_text(encoding="utf-8"))
    assert [cell["rate"] for cell in results["sets"]["nq"]] == [0.5, 0.8]
    assert 0 < results["sets"]["nq"][0]["questions"] < 60
    assert "model - random" in capsys.readouterr().out
