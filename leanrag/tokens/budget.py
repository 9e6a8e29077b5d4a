"""The one check of a budget."""

from typing import Any

from leanrag.errors import InputError


def checked_budget(budget: Any) -> int:
    """The budget. Raises ``InputError`` where it is no whole number of tokens from 1."""
    if isinstance(budget, bool) or not isinstance(budget, int) or budget < 1:
        raise InputError(f"budget: expected a whole number of tokens from 1, got {budget!r}")
    return budget
