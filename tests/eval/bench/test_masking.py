"""The measurement of masking: scores add up, and a blind detector scores nothing."""

from pathlib import Path
from types import ModuleType

from leanrag.mask.detect import Detector
from leanrag.settings import MaskingSettings

ALL = Detector(MaskingSettings().kinds, (), ())


def test_what_is_checked_by_digits_is_always_found(bench: ModuleType) -> None:
    scores, missed = bench.score(ALL, 30, seed=3)
    for kind in ("card", "iban", "identity"):
        assert scores[kind].whole == scores[kind].values == 30
    lost = sum(score.values - score.whole for score in scores.values())
    assert len(missed) == lost < 40


def test_the_same_seed_draws_the_same(bench: ModuleType) -> None:
    assert bench.score(ALL, 10, seed=3) == bench.score(ALL, 10, seed=3)
    assert bench.score(ALL, 10, seed=3) != bench.score(ALL, 10, seed=4)


def test_a_detector_that_looks_for_nothing_finds_nothing(bench: ModuleType) -> None:
    scores, missed = bench.score(Detector((), (), ()), 5, seed=3)
    assert len(missed) == 30
    assert not any(score.whole or score.partly or score.beside for score in scores.values())


def test_other_numbers_and_texts(bench: ModuleType, tmp_path: Path) -> None:
    total, wrong = bench.others(ALL, 120, seed=3)
    assert total == 120
    assert len(wrong) < 10
    (tmp_path / "a.html").write_text("<p>Write to <b>a@b.com</b></p>")
    found = bench.negatives(ALL, tmp_path)
    assert found["found"] == {"email": 1}
