import sys
import unicodedata

import pytest

from leanrag.errors import InputError
from leanrag.tokens import UpperBoundCounter
from leanrag.tokens.bound import (
    LONGEST_FORM,
    PER_MESSAGE,
    PER_PROMPT,
    PREFIX,
    character_cost,
)

COUNTER = UpperBoundCounter(hint="set tokenizer")


def every_character() -> map:
    return map(chr, range(sys.maxunicode + 1))


def test_ascii_costs_a_byte_for_each_character_and_the_prefix() -> None:
    text = "".join(map(chr, range(128)))
    assert COUNTER.count(text) == len(text) + PREFIX == sum(map(character_cost, text)) + PREFIX


@pytest.mark.parametrize(
    ("character", "cost"),
    [
        ("中", 3),
        ("😀", 4),
        ("é", 3),  # e and the accent
        ("한", 9),  # three jamo
        ("ﷺ", 33),  # eighteen letters under NFKD
        ("\ud800", 3),
        ("\U0010ffff", LONGEST_FORM),
    ],
)
def test_the_dearest_form_counts(character: str, cost: int) -> None:
    assert character_cost(character) == cost


def test_a_composed_character_costs_no_more_than_what_it_is_made_of() -> None:
    """The lemma behind NFC and NFKC, over all of Unicode."""
    checked = 0
    for character in every_character():
        parts = unicodedata.decomposition(character).split()
        hangul = 0xAC00 <= ord(character) <= 0xD7A3
        if hangul:
            pair = list(unicodedata.normalize("NFD", character))
        elif len(parts) == 2 and not parts[0].startswith("<"):
            pair = [chr(int(part, 16)) for part in parts]
        else:
            continue
        checked += 1
        assert character_cost(character) <= sum(map(character_cost, pair)), character
    assert checked > 12_000


def test_the_cost_covers_every_form_of_every_character() -> None:
    for character in every_character():
        if unicodedata.category(character) in ("Cn", "Co", "Cs"):
            continue
        if "\u3400" <= character <= "\u9fff" or "\U00017000" <= character <= "\U0003ffff":
            continue  # ideographs have one form
        forms = [unicodedata.normalize(form, character) for form in ("NFC", "NFD", "NFKC", "NFKD")]
        forms += [form.lower() for form in forms] + [form.casefold() for form in forms]
        longest = max(len(form.encode()) for form in (character, *forms))
        assert longest <= character_cost(character) < LONGEST_FORM, character


def test_a_chat_costs_its_texts_and_the_allowances() -> None:
    messages = [
        {"role": "system", "content": "abc"},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "de"}]},
    ]
    texts = ("system", "abc", "user", "ann", "de")
    expected = PER_PROMPT + 2 * PER_MESSAGE + sum(map(COUNTER.count, texts))
    assert COUNTER.count_messages(messages) == expected


def test_the_counter_says_that_it_is_not_exact() -> None:
    assert (COUNTER.exact, COUNTER.hint, COUNTER.name) == (False, "set tokenizer", "upper-bound")


def test_malformed_messages_are_input_errors() -> None:
    with pytest.raises(InputError, match="message 0"):
        COUNTER.count_messages([{"content": "no role"}])
