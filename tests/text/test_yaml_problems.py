"""What is wrong with a YAML text is told without a word of it."""

import pytest
import yaml

from leanrag.text.yaml_problems import yaml_problem

BROKEN = [
    ("llm:\n  api_key: sk-CANARY: oops", "line 2, column 21: mapping values are not allowed here"),
    ("a:\n b: *CANARY", "line 2, column 5: found undefined alias …"),
    ("a: !CANARY", "line 1, column 4: could not determine a constructor for the tag …"),
    ("a: 'CANARY", "line 1, column 11: found unexpected end of stream"),
    ("a: [CANARY\nb: c", "line 2, column 2: expected ',' or ']', but got ':'"),
    ("%CANARY", "line 1, column 8: expected '<document start>', but found '<stream end>'"),
    ('a: "\\Q"', "line 1, column 6: found unknown escape character 'Q'"),
    ("&CANARY a: &CANARY b: c", "line 1, column 12: second occurrence"),
    ("a: \x07CANARY", "it holds something that YAML does not allow"),
    ("a: 2024-99-99", "it holds something that YAML does not allow"),
    ("[" * 3000, "it is nested too deep"),
]


@pytest.mark.parametrize(("text", "expected"), BROKEN)
def test_the_place_and_the_kind_are_told_and_nothing_is_quoted(text: str, expected: str) -> None:
    with pytest.raises((yaml.YAMLError, ValueError, RecursionError)) as caught:
        yaml.safe_load(text)
    assert yaml_problem(caught.value) == expected
