"""Says what is wrong with a YAML text without quoting it: the text may hold a key."""

import re

_QUOTED = re.compile(r"""'<[a-z ]+>'|'[^'"]'|(?P<text>['"])""")
"""The name of a token (``'<block end>'``) or one character, which may be shown, or other quotes."""


def yaml_problem(error: Exception) -> str:
    """Line, column and kind of the problem that PyYAML found, and no word of the text."""
    said = getattr(error, "problem", None)
    problem = said if isinstance(said, str) else ""
    for quoted in _QUOTED.finditer(problem):
        if quoted["text"]:
            problem = problem[: quoted.start()].rstrip() + " …"
            break
    if isinstance(error, RecursionError):
        problem = "it is nested too deep"
    elif isinstance(error, UnicodeError):
        problem = "it is not UTF-8"
    problem = problem or "it holds something that YAML does not allow"
    mark = getattr(error, "problem_mark", None)
    return problem if mark is None else f"line {mark.line + 1}, column {mark.column + 1}: {problem}"
