"""Check digits of numbers that people and accounts are known by.

A number without a valid check digit is no such number, which keeps serial numbers and table cells
from being taken for one.
"""

import re
from collections import Counter

_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CHINESE_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_TAIWAN_LETTERS = "ABCDEFGHJKLMNPQRSTUVXYWZIO"
_ODD_FISCAL = (
    1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23,
)  # fmt: skip
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|(?:5[1-5]\d\d|222[1-9]|22[3-9]\d|2[3-6]\d\d|27[01]\d|2720)\d{12}"
    r"|3[47]\d{13}|(?:6011|64[4-9]\d|65\d\d)\d{12,15}|3(?:0[0-5]|[68]\d)\d{11}"
    r"|35(?:2[89]|[3-8]\d)\d{12}|62\d{14,17}|220[0-4]\d{12,15}|(?:50|5[6-9]|6[0-9])\d{14,17}"
)


def luhn(digits: str) -> bool:
    """Whether the last digit is right by Luhn's rule (ISO/IEC 7812-1)."""
    total = 0
    for position, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + position % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def card(digits: str) -> bool:
    """A payment card: an issuer's first digits and length, and Luhn's rule."""
    return bool(_ISSUER.fullmatch(digits)) and len(set(digits)) > 1 and luhn(digits)


def chinese_id(text: str) -> bool:
    """The 18 characters of a resident identity card (GB 11643-1999, ISO 7064 MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(text[:17], _CHINESE_WEIGHTS, strict=True)
    )
    return "10X98765432"[total % 11] == text[17].upper()


def iban(text: str) -> bool:
    """The remainder by 97 of an IBAN without spaces (ISO 13616)."""
    moved = text[4:] + text[:4]
    return int("".join(str(int(character, 36)) for character in moved)) % 97 == 1


def dni(text: str) -> bool:
    """A Spanish DNI (8 digits) or NIE (X, Y or Z and 7 digits) with its letter."""
    number = text[:-1].upper().translate(str.maketrans("XYZ", "012"))
    return _DNI_LETTERS[int(number) % 23] == text[-1].upper()


def german_tax_id(digits: str) -> bool:
    """The 11 digits of a German tax id: one digit of the first ten repeats, ISO 7064 MOD 11,10."""
    repeated = [count for count in Counter(digits[:10]).values() if count > 1]
    if digits[0] == "0" or len(repeated) != 1 or repeated[0] > 3:
        return False
    product = 10
    for digit in digits[:10]:
        total = (int(digit) + product) % 10 or 10
        product = total * 2 % 11
    return (11 - product) % 10 == int(digits[10])


def taiwan_id(text: str) -> bool:
    """A letter and 9 digits of a Taiwanese identity card."""
    letter = _TAIWAN_LETTERS.index(text[0].upper()) + 10
    digits = [letter // 10, letter % 10, *map(int, text[1:])]
    weights = (1, 9, 8, 7, 6, 5, 4, 3, 2, 1, 1)
    return sum(d * w for d, w in zip(digits, weights, strict=True)) % 10 == 0


def hong_kong_id(text: str) -> bool:
    """One or two letters, 6 digits and a check character, brackets left out."""
    padded = text.upper().rjust(9)
    values = [36 if character == " " else int(character, 36) for character in padded]
    return sum(v * w for v, w in zip(values, range(9, 0, -1), strict=True)) % 11 == 0


def french_nir(text: str) -> bool:
    """13 digits (2A and 2B for Corsica) and a key of two, 97 minus the remainder."""
    place = text[5:7].upper().replace("2A", "19").replace("2B", "18")
    return 97 - int(text[:5] + place + text[7:13]) % 97 == int(text[13:])


def codice_fiscale(text: str) -> bool:
    """The last letter of an Italian tax code."""
    values = [int(character, 36) for character in text[:15].upper()]
    values = [value - 10 if value > 9 else value for value in values]
    total = sum(
        _ODD_FISCAL[value] if position % 2 == 0 else value for position, value in enumerate(values)
    )
    return chr(ord("A") + total % 26) == text[15].upper()
