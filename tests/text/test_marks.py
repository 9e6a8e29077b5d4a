"""Marks: what a question shares with a text, by the closest match and by rarity."""

from hypothesis import given
from hypothesis import strategies as st

from leanrag.text.marks import (
    ABSENT,
    ASKED,
    CHARACTER,
    LEVELS,
    MARKS,
    PAIR,
    WORD,
    Match,
    matches,
    question_marks,
    rarity,
    text_mark,
)
from leanrag.text.terms import terms


def shared(question: str, text: str, language: str = "en") -> list[tuple[str, int]]:
    """The places of the text that it shares with the question, as text and kind."""
    found = matches(text, language, frozenset(terms(question, language)))
    assert [place.start for place in found] == sorted(place.start for place in found)
    return [(text[place.start : place.end], place.kind) for place in found]


def test_a_word_matches_whole_by_its_stem() -> None:
    assert shared("Which bridges opened?", "The bridge opens; bridgework does not.") == [
        ("bridge", WORD),
        ("opens", WORD),
    ]


def test_stop_words_of_the_question_match_nothing() -> None:
    assert shared("Who is the king?", "It is the dog who is there.") == []


def test_words_of_two_parts_match_by_either() -> None:
    assert shared("What is a connection?", "Set max-connections to 9, not max.") == [
        ("max-connections", WORD)
    ]


def test_accents_and_grouped_digits_do_not_matter() -> None:
    assert shared("Rontgen 1544", "Röntgen hatte 1.544 Platten", "de") == [
        ("Röntgen", WORD),
        ("1.544", WORD),
    ]


def test_a_pair_of_characters_matches_before_one_alone() -> None:
    assert shared("黑豹队的防守", "豹子和黑豹防线", "zh") == [
        ("豹", CHARACTER),
        ("黑豹", PAIR),
        ("防", CHARACTER),
    ]


def test_pairs_that_overlap_are_all_found() -> None:
    assert shared("黑豹队", "黑豹队", "zh") == [("黑豹", PAIR), ("豹队", PAIR)]


def test_words_inside_a_run_of_characters_are_words() -> None:
    assert shared("iPhone多少钱", "新iPhone价钱", "zh") == [("iPhone", WORD), ("钱", CHARACTER)]


def test_nothing_wanted_nothing_found() -> None:
    assert matches("any text", "en", frozenset()) == []
    assert matches("", "en", frozenset({"text"})) == []


def test_rarity_falls_with_the_share_of_sentences() -> None:
    found = rarity({"one": 1, "few": 5, "some": 20, "most": 80}, 100)
    assert found == {"one": 0, "few": 1, "some": 2, "most": 3}
    assert rarity({"only": 1}, 1) == {"only": 0}, "one sentence is rare, however few there are"


def test_the_mark_tells_kind_and_rarity_apart() -> None:
    marks = {
        text_mark(Match(0, 1, kind, "t"), {"t": level})
        for kind in (WORD, PAIR, CHARACTER)
        for level in range(LEVELS)
    }
    assert marks == set(range(1, ABSENT))


def test_a_closer_and_rarer_match_has_the_lower_mark() -> None:
    rare, common = {"t": 0}, {"t": 3}
    assert text_mark(Match(0, 1, WORD, "t"), rare) < text_mark(Match(0, 1, WORD, "t"), common)
    assert text_mark(Match(0, 1, PAIR, "t"), rare) < text_mark(Match(0, 1, CHARACTER, "t"), rare)


def test_the_question_shows_what_no_text_holds() -> None:
    question = "Which bridges burnt?"
    found = question_marks(question, ["en"], {"bridg": 2})
    assert [(question[a:b], mark) for a, b, mark in found] == [
        ("bridges", ASKED + 2),
        ("burnt", ABSENT),
    ]


@given(st.text(max_size=60), st.text(max_size=200), st.sampled_from(["en", "de", "zh", "ru"]))
def test_matches_lie_in_the_text_and_hold_a_wanted_term(
    question: str, text: str, language: str
) -> None:
    wanted = frozenset(terms(question, language))
    for place in matches(text, language, wanted):
        assert 0 <= place.start < place.end <= len(text)
        assert place.term in wanted
    levels = rarity({term: 1 + len(term) % 3 for term in list(wanted)[::2]}, 7)
    for start, end, mark in question_marks(question, [language], levels):
        assert 0 <= start < end <= len(question)
        assert ABSENT <= mark < MARKS
