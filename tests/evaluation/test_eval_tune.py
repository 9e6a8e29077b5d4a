"""Tuning on small suites: the parts, the claim, the files, and taking up what was done."""

import json
from pathlib import Path

import numpy as np
import pytest
import yaml

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.closed import ClosedPipeline, given_order
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.pipelines.lean import LeanCompress
from leanrag.evaluation.results import Estimate
from leanrag.evaluation.search import Axis
from leanrag.evaluation.statistics import Resampler
from leanrag.evaluation.trials import AXES
from leanrag.evaluation.tune import TuneOptions, tune_suite
from leanrag.evaluation.tuning import PartFigures, claim_of, nested, share_interval
from leanrag.settings import Settings

SIZES = (4, 8, 16, 32, 64)


def written(folder: Path, *, count: int = 40, **more: object) -> Path:
    """The answer of case n stands behind 5 * (n % 4) words, so that a cut needs as many tokens."""
    cases = [
        {
            "id": f"case-{n}",
            "question": "Which number?",
            "answers": [f"number{n}"],
            "document": f"d{n // 2}",
            "contexts": ["old " * (5 * (n % 4)) + f"number{n} " + "new " * 100],
        }
        for n in range(count)
    ]
    path = folder / "suite.yaml"
    values = {"name": "numbers", "budgets": SIZES, "cases": cases, **more}
    path.write_text(yaml.safe_dump(json.loads(json.dumps(values))), encoding="utf-8")
    return path


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None, float]]:
    """leanrag.compress replaced by a cut at the budget; a weight of 0.9 is twice as good."""
    made: list[tuple[str, int | None, float]] = []

    def run(self: LeanCompress, case: Case, budget: int | None) -> Outcome:
        weight = self._settings.compression.similarity_weight
        made.append((case.document, budget, weight))
        if weight == 0.9 and budget is not None:
            text = case.contexts[0].text
            half = case.contexts[0].model_copy(update={"text": text.replace("old ", "", 8)})
            case = case.model_copy(update={"contexts": (half,)})
        return ClosedPipeline(self.info, given_order, self._bench).run(case, budget)

    monkeypatch.setattr(LeanCompress, "run", run)
    return made


def test_it_finds_the_better_weight_and_reports_on_other_documents(
    tmp_path: Path, runs: list[tuple[str, int | None, float]]
) -> None:
    out = tmp_path / "out"
    results = tune_suite(written(tmp_path), out=out, options=TuneOptions(keep=0.9))

    assert results.chosen.settings == {"compression.similarity_weight": 0.9}
    assert results.chosen.budget < results.start.budget
    assert results.held_out.tokens.value < results.start_held_out.tokens.value
    # The search saw one part of the documents only: the chosen weight alone met the others.
    searched = {document for document, _, weight in runs if weight == 0.3}
    everything = {document for document, _, _ in runs}
    assert len(everything) == 20
    assert len(searched) <= 10
    assert (results.tuning.share.n, results.held_out.share.n) == (20, 20)


def test_the_files_load_and_say_what_they_rest_on(
    tmp_path: Path, runs: list[tuple[str, int | None, float]]
) -> None:
    out = tmp_path / "out"
    results = tune_suite(written(tmp_path, settings={"compression": {"floor": 0.2}}), out=out)

    settings = Settings.load(out / "tuned.yaml")
    assert (
        settings.compression.similarity_weight
        == results.chosen.settings["compression.similarity_weight"]
    )
    assert settings.compression.floor == 0.2
    text = (out / "tuned.yaml").read_text(encoding="utf-8")
    assert "n = 20" in text
    assert results.claim == "not shown"
    assert results.warning in text
    assert json.loads((out / "tuning.json").read_text())["chosen"]["budget"] in SIZES


def test_a_second_run_takes_up_what_is_done(
    tmp_path: Path, runs: list[tuple[str, int | None, float]]
) -> None:
    suite = written(tmp_path)
    first = tune_suite(suite, out=tmp_path / "out")
    done = len(runs)

    assert tune_suite(suite, out=tmp_path / "out") == first
    assert len(runs) == done


@pytest.mark.parametrize(
    ("more", "options", "message"),
    [
        ({"count": 6}, {}, "too few usable cases"),
        ({"budgets": [2, 4]}, {}, "none of .* trials keeps"),
        ({"pipelines": ["bm25"]}, {}, "no pipeline of leanrag"),
        ({}, {"keep": 1.5}, "keep: a share"),
        ({}, {"trials": 0}, "at least 1 trial"),
    ],
)
def test_what_cannot_be_tuned_is_said(
    tmp_path: Path,
    runs: list[tuple[str, int | None, float]],
    more: dict[str, object],
    options: dict[str, float],
    message: str,
) -> None:
    with pytest.raises(EvaluationError, match=message):
        tune_suite(written(tmp_path, **more), options=TuneOptions(**options))  # type: ignore[arg-type]


def figures(value: float, low: float, high: float, documents: int = 50) -> PartFigures:
    share = Estimate(value=value, low=low, high=high, n=60)
    tokens = Estimate(value=100, low=90, high=110, n=60)
    return PartFigures(documents=documents, share=share, quality=value, tokens=tokens)


@pytest.mark.parametrize(
    ("held_out", "claim", "warning"),
    [
        (figures(0.99, 0.985, 1), "shown", ""),
        (figures(1, 0.93, 1), "not shown", "189 independent cases"),
        (figures(0.9, 0.8, 0.95), "refuted", "only 90.0%"),
        (figures(1, 0.99, 1, documents=9), "not shown", "9 source documents"),
    ],
)
def test_a_claim_is_made_only_where_the_interval_allows_it(
    held_out: PartFigures, claim: str, warning: str
) -> None:
    made, text = claim_of(held_out, 0.98)

    assert made == claim
    assert warning in text
    assert bool(text) == (claim != "shown")


@pytest.mark.parametrize("lost", [0, 1, 5])
def test_the_share_of_a_reference_lies_in_its_interval(lost: int) -> None:
    reference = np.array([1.0] * 16 + [0.0] * 4)
    values = reference.copy()
    values[:lost] = 0

    share = share_interval(values, reference, Resampler(list(range(20))))

    assert share.value == pytest.approx((16 - lost) / 16)
    assert share.low < share.value <= share.high


def test_values_are_put_into_their_sections_and_the_given_settings_stay() -> None:
    given = {"compression": {"floor": 0.1}}

    made = nested(given, {"compression.similarity_weight": 0.5, "retrieval.rerank_to": 10})

    assert made == {
        "compression": {"floor": 0.1, "similarity_weight": 0.5},
        "retrieval": {"rerank_to": 10},
    }
    assert given == {"compression": {"floor": 0.1}}


def test_a_corpus_is_tuned_against_the_best_that_is_found(
    tmp_path: Path, ram_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    floors = Axis("compression.floor", (0.3, 0.6))
    monkeypatch.setitem(AXES, "leanrag-prompt", (floors,))
    (tmp_path / "docs").mkdir()
    cases = []
    for n in range(8):
        name = f"tower{n}.txt"
        (tmp_path / "docs" / name).write_text(
            f"Tower {n} is {n}7 metres tall.\n\n" + f"People like tower {n} a lot. " * 20
        )
        cases.append(
            {"id": name, "question": f"How tall is tower {n}?", "answers": [f"{n}7 metres"]}
        )
    values = {"name": "towers", "corpus": ["docs"], "budgets": [120, 400], "cases": cases}
    (tmp_path / "suite.yaml").write_text(yaml.safe_dump(values))

    results = tune_suite(tmp_path / "suite.yaml", out=ram_path)

    assert results.counts == "prompt"
    assert results.reference is not None
    assert results.reference.budget == 400
    assert results.held_out.share.n == 4
    settings = Settings.load(ram_path / "tuned.yaml")
    assert settings.budget == results.chosen.budget
    assert results.tuning.tokens.value <= results.chosen.budget
