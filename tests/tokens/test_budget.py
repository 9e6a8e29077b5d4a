"""One check of budgets, wherever one is given."""

import pytest

import leanrag
from leanrag import LeanRAG
from leanrag.api.conversation import Conversation
from leanrag.errors import InputError
from leanrag.tokens.budget import checked_budget

WRONG = [0, -1, True, 1.5, "100", None]


@pytest.mark.parametrize("budget", WRONG)
def test_a_wrong_budget_is_named(budget: object) -> None:
    with pytest.raises(InputError, match="budget: expected a whole number of tokens from 1"):
        checked_budget(budget)


@pytest.mark.parametrize("budget", WRONG)
def test_everywhere_in_the_same_words(budget: object) -> None:
    message = "budget: expected a whole number of tokens from 1"
    with pytest.raises(InputError, match=message):
        leanrag.compress("why?", ["Because."], budget=budget)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        leanrag.condense([], budget=budget)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=message):
        Conversation().condense(budget)  # type: ignore[arg-type]
    if budget is not None:  # which stands for the settings' one
        with pytest.raises(InputError, match=message):
            LeanRAG("nowhere").prompt("why?", budget=budget)  # type: ignore[arg-type]


def test_a_right_one_is_given_back() -> None:
    assert checked_budget(1) == 1
