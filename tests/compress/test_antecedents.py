"""A kept sentence brings what its opening pronoun stands for."""

from leanrag.compress.antecedents import MOST_TOKENS, with_antecedents
from leanrag.text.sentences import split_sentences
from leanrag.types import Passage


def passage(text: str) -> Passage:
    return Passage("p", text, tuple(split_sentences(text, "en")))


def words(text: str) -> int:
    return len(text.split())


TOWER = passage("The tower stands in Paris. It was built in 1889. Millions visit. They like it.")


def test_the_sentence_before_a_pronoun_comes_in() -> None:
    kept = with_antecedents({0: [1]}, [TOWER], fits=lambda wider: True, count=words)
    assert kept == {0: [0, 1]}


def test_nothing_comes_in_without_room_or_pronoun() -> None:
    assert with_antecedents({0: [1]}, [TOWER], fits=lambda _: False, count=words) == {0: [1]}
    assert with_antecedents({0: [2]}, [TOWER], fits=lambda _: True, count=words) == {0: [2]}
    assert with_antecedents({0: [0]}, [TOWER], fits=lambda _: True, count=words) == {0: [0]}


def test_a_long_antecedent_stays_out() -> None:
    long = passage("The tower " + "very " * MOST_TOKENS + "high. It was built in 1889.")
    assert with_antecedents({0: [1]}, [long], fits=lambda _: True, count=words) == {0: [1]}


def test_passages_whose_parts_stand_apart_are_left_alone() -> None:
    kept = with_antecedents(
        {0: [1]}, [TOWER], fits=lambda _: True, count=words, apart=frozenset({0})
    )
    assert kept == {0: [1]}


def test_room_is_shared_in_the_order_of_the_passages() -> None:
    kept = with_antecedents(
        {0: [1], 1: [3]},
        [TOWER, TOWER],
        fits=lambda wider: sum(map(len, wider.values())) <= 3,
        count=words,
    )
    assert kept == {0: [0, 1], 1: [3]}
