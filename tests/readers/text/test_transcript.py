"""Turns of a plain transcript, and nothing where the text is none."""

from leanrag.readers.text import transcript

TALK = """Weekly meeting

Ann: Shall we begin with the budget of the next year, or with
the rooms?
Bob: With the budget.
(Carl comes in.)

Ann: It grows by five per cent, for many reasons.
Carl: I would like to hear them again, please.
Ann: The wages grow, and so do the rents.
Bob: That was to be expected.
Carl: Not by me, and I said so last year.
"""


def test_each_turn_is_an_element_with_its_wrapped_lines() -> None:
    found = [(element.kind, element.text) for element in transcript.read(TALK)]
    assert found[0] == ("prose", "Weekly meeting")
    assert found[1][1].endswith("the budget of the next year, or with the rooms?")
    assert found[2] == ("turn", "Bob: With the budget. (Carl comes in.)")
    assert [kind for kind, _ in found[1:]] == ["turn"] * 7


def test_no_word_is_lost() -> None:
    assert " ".join(e.text for e in transcript.read(TALK)).split() == TALK.split()


def test_other_texts_are_left_to_others() -> None:
    assert transcript.read("A text.\n\nNote: it has one label.\n\nAnd more text.") == []
