"""Tuning on small suites: the parts, the claim, the files, and taking up what was done."""

import json
from pathlib import Path

import numpy as np
import pytest

from leanrag.errors import EvaluationError
from leanrag.evaluation.cases import Case
from leanrag.evaluation.pipelines.contract import Outcome
from leanrag.evaluation.pipelines.lean import LeanCompress
from leanrag.evaluation.results import Estimate
from leanrag.evaluation.search import Axis
from leanrag.evaluation.statistics import Resampler
from leanrag.evaluation.trials import AXES
from leanrag.evaluation.tune import TuneOptions, tune_suite
from leanrag.evaluation.tuning import PartFigures, claim_of, nested, share_interval
from leanrag.settings import Settings
from tests.evaluation.builders import suite_file

SIZES = (8, 64, 256)


def written(folder: Path, *, count: int = 20, **more: object) -> Path:
    """Cases with much beside the answer that is near the question, so that it matters what goes."""
    cases = [
        {
            "id": f"case-{n}",
            "question": f"How tall is tower {n}?",
            "answers": [f"{n}7 metres"],
            "document": f"d{n // 2}",
            "contexts": [
                f"Tower {n} is {n}7 metres tall. A stone wall goes around it.",
                f"The stairs of tower {n} have {n}00 steps. They were made in the year 18{n:02}.",
                f"People climb up tower {n} on holidays. A ticket is bought at the gate.",
                "Birds sing at dawn. Some of them fly south before winter comes to the hills.",
            ],
        }
        for n in range(count)
    ]
    return suite_file(folder, **{"name": "numbers", "budgets": SIZES, "cases": cases, **more})


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int | None, str]]:
    """What ``leanrag.compress`` was run on: document, budget, what it was to keep."""
    made: list[tuple[str, int | None, str]] = []
    own = LeanCompress.run

    def run(self: LeanCompress, case: Case, budget: int | None) -> Outcome:
        made.append((case.document, budget, self._settings.compression.keep))
        return own(self, case, budget)

    monkeypatch.setattr(LeanCompress, "run", run)
    return made


def test_it_finds_what_takes_fewer_tokens_and_reports_on_other_documents(
    tmp_path: Path, runs: list[tuple[str, int | None, str]]
) -> None:
    out = tmp_path / "out"
    # At the largest budget alone, so that the tokens are those that the setting leaves.
    results = tune_suite(written(tmp_path, budgets=[256]), out=out, options=TuneOptions(keep=0.9))

    assert results.start.settings == {"compression.keep": "cautious"}
    assert results.chosen.settings != results.start.settings
    assert results.held_out.tokens.value < results.start_held_out.tokens.value
    assert results.held_out.share.value >= 0.9
    # The search saw one part of the documents only: what it chose alone met the others.
    tried = {document for document, _, _ in runs}
    kept = results.chosen.settings["compression.keep"]
    dropped = {document for document, _, keep in runs if keep not in (kept, "cautious")}
    assert len(tried) == 10
    assert 0 < len(dropped) <= 5
    assert (results.tuning.share.n, results.held_out.share.n) == (10, 10)


def test_the_files_load_and_say_what_they_rest_on(tmp_path: Path) -> None:
    out = tmp_path / "out"
    results = tune_suite(written(tmp_path, settings={"compression": {"floor": 0.2}}), out=out)

    settings = Settings.load(out / "tuned.yaml")
    assert settings.compression.keep == results.chosen.settings["compression.keep"]
    assert settings.compression.floor == 0.2
    text = (out / "tuned.yaml").read_text(encoding="utf-8")
    assert "n = 10" in text
    assert results.claim == "not shown"
    assert results.warning in text
    assert json.loads((out / "tuning.json").read_text())["chosen"]["budget"] in SIZES


def test_a_second_run_takes_up_what_is_done(
    tmp_path: Path, runs: list[tuple[str, int | None, str]]
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
    kept = Axis("compression.keep", ("cautious", "lean"))
    monkeypatch.setitem(AXES, "leanrag-prompt", (kept,))
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
    suite = suite_file(tmp_path, name="towers", corpus=["docs"], budgets=[120, 400], cases=cases)

    results = tune_suite(suite, out=ram_path)

    assert results.counts == "prompt"
    assert results.reference is not None
    assert results.reference.budget == 400
    assert results.held_out.share.n == 4
    settings = Settings.load(ram_path / "tuned.yaml")
    assert settings.budget == results.chosen.budget
    assert results.tuning.tokens.value <= results.chosen.budget
