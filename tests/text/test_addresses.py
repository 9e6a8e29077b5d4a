"""What may be shown of an address and of a setting."""

import pytest

from leanrag.text.addresses import is_address, shown, without_credentials


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("http://a:CANARY@host:6333/x", "http://host:6333/x"),
        ("https://CANARY@host/v1?api-key=CANARY#CANARY", "https://host/v1"),
        ("http://a:CAN/ARY@host/v1?k=CANARY", "http://host/v1"),
        ("http://a:CAN@ARY@host/v1", "http://host/v1"),
        ("https://host/v1/@cf/model", "https://host/v1/@cf/model"),
        ('"redis://:CANARY@host"', '"redis://host"'),
        ("./folder@home", "./folder@home"),
        ("C:\\a:b@c", "C:\\a:b@c"),
        ("", ""),
    ],
)
def test_an_address_is_shown_without_credentials(given: str, expected: str) -> None:
    assert without_credentials(given) == expected


@pytest.mark.parametrize(
    ("location", "expected"),
    [("http://u:p@host:1/x", True), ("http://u:p/w@host", False), ("http://[::1", False)],
)
def test_what_cannot_be_read_as_host_and_port_is_none(location: str, expected: bool) -> None:
    assert is_address(location) is expected


def test_values_are_shown_but_those_of_secret_names() -> None:
    given = {
        "reasoning_effort": "low", "max_tokens": "5", "api_key_variable": "NAME",
        "headers": {"Authorization": "CANARY", "x-api-key": "CANARY", "x": "http://a:CANARY@h"},
        "texts": ["see  http://a:CANARY@h/x\nand more", ("plain",)], "number": 5,
    }  # fmt: skip
    assert shown(given) == {
        **given,
        "headers": {"Authorization": "**********", "x-api-key": "**********", "x": "http://h"},
        "texts": ["see  http://h/x\nand more", ("plain",)],
    }
