"""Sentences that lean on the one before them."""

import pytest

from leanrag.text.pronouns import leans_back


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("He was elected in 1961.", "en"),
        ("“They left early.”", "en"),
        ("This makes the index useless.", "en"),
        ("The latter is the default.", "en"),
        ("Sie wurde 1889 erbaut.", "de"),
        ("Ella fue elegida en 1961.", "es"),
        ("Они уехали в Москву.", "ru"),
        ("他们在一九六一年当选。", "zh"),
        ("该系统于1998年启用。", "zh"),
    ],
)
def test_an_opening_pronoun_leans_back(sentence: str, language: str) -> None:
    assert leans_back(sentence, language)


@pytest.mark.parametrize(
    ("sentence", "language"),
    [
        ("It is known that water boils.", "en"),
        ("There are three ways.", "en"),
        ("Items are sorted.", "en"),
        ("Hecate is a goddess.", "en"),
        ("Es gibt drei Wege.", "de"),
        ("Erst danach begann der Bau.", "de"),
        ("Sucre es la capital.", "es"),
        ("Онегин уехал.", "ru"),
        ("其中一个是北京。", "zh"),
        ("They left.", "fr"),
        ("", "en"),
    ],
)
def test_other_openings_do_not(sentence: str, language: str) -> None:
    assert not leans_back(sentence, language)
