"""Check digits: published samples pass, and each of their neighbours fails."""

from collections.abc import Callable

import pytest

from leanrag.mask import checks

SAMPLES: list[tuple[Callable[[str], bool], str]] = [
    (checks.card, "4111111111111111"),
    (checks.card, "5555555555554444"),
    (checks.card, "6200000000000005"),
    (checks.chinese_id, "11010519491231002X"),
    (checks.iban, "DE89370400440532013000"),
    (checks.iban, "GB29NWBK60161331926819"),
    (checks.dni, "12345678Z"),
    (checks.dni, "X1234567L"),
    (checks.german_tax_id, "86095742719"),
    (checks.taiwan_id, "A123456789"),
    (checks.hong_kong_id, "A1234563"),
    (checks.french_nir, "255081416802538"),
    (checks.codice_fiscale, "RSSMRA85T10A562S"),
]


@pytest.mark.parametrize(("check", "number"), SAMPLES)
def test_a_right_number_passes_and_one_wrong_digit_fails(
    check: Callable[[str], bool], number: str
) -> None:
    assert check(number)
    place = next(n for n in range(len(number) - 2, 0, -1) if number[n].isdigit())
    wrong = [
        number[:place] + digit + number[place + 1 :]
        for digit in "0123456789"
        if digit != number[place]
    ]
    assert not any(map(check, wrong))


@pytest.mark.parametrize("digits", ["0000000000000000", "1234567812345670", "9111111111111111"])
def test_a_card_has_an_issuer(digits: str) -> None:
    assert not checks.card(digits)
