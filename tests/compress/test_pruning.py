"""Pruning: what reaches the floor and says anything stays, whatever its length."""

import numpy as np
import pytest

from leanrag.compress.pruning import OFF, prune, whole
from leanrag.compress.values import ABOVE_ALL, NOTHING_FOUND, Valued
from leanrag.text.sentences import split_sentences
from leanrag.types import Passage


def passage(text: str, language: str = "en") -> Passage:
    return Passage("a", text, tuple(split_sentences(text, language)), language=language)


def valued(*rows: list[float], floor: float = 0.5) -> Valued:
    return Valued([np.array(row) for row in rows], floor)


def kept(text: str, language: str = "en", **chosen: bool) -> list[str]:
    given = passage(text, language)
    values = valued([0.9] * len(given.sentences))
    units = prune([given], values, **chosen).units
    return [text[slice(*given.sentences[unit.sentence])].strip() for unit in units]


@pytest.mark.parametrize(
    ("text", "language", "answer"),
    [
        ("Are dogs allowed? No. The park opens at nine.", "en", "No."),
        ("可以带狗吗？不行。公园九点开门。", "zh", "不行。"),
        ("Sind Hunde erlaubt? Nein. Der Park öffnet um neun.", "de", "Nein."),
        (">>> bool(zero)\nFalse\n>>> bool(one)\nTrue\n", "en", "False"),
    ],
)
@pytest.mark.parametrize("selects", [True, False])
def test_short_answers_stay(text: str, language: str, answer: str, selects: bool) -> None:
    assert any(answer in sentence for sentence in kept(text, language, selects=selects))


def test_lines_of_marks_go() -> None:
    left = kept("The list begins here.\n\n---\n\nThe list ends here.\n")
    assert left == ["The list begins here.", "The list ends here."]


def test_the_floor_holds_where_sentences_are_selected() -> None:
    given = passage("It is blue. It is red.")
    assert [u.sentence for u in prune([given], valued([0.4, 0.6])).units] == [1]
    assert len(prune([given], valued([0.4, 0.6]), selects=False).units) == 2


def test_what_goes_is_counted() -> None:
    given = passage("It is blue. It is red.")
    pruned = prune([given], Valued([np.array([0.1, 0.2])], ABOVE_ALL, NOTHING_FOUND))
    assert (pruned.units, pruned.sentences, pruned.note) == ((), 2, NOTHING_FOUND)
    assert pruned.dropped == {"of little worth": 2}


def test_whole_passages_stand_in_their_order() -> None:
    pruned = whole([passage("One. Two."), passage("---")])
    assert [(u.candidate, u.value) for u in pruned.units] == [(0, 2.0), (0, 2.0), (1, 1.0)]
    assert (pruned.dropped, pruned.note) == ({}, OFF)
