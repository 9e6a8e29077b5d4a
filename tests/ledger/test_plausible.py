"""What an endpoint says that a call took: the unlikely is booked, the impossible is set aside."""

import json
import warnings
from dataclasses import asdict

import pytest

from leanrag.ledger.entry import entry_of
from leanrag.ledger.plausible import UsageWarning, believed, implausible
from leanrag.ledger.summary import summarise
from leanrag.types import Usage
from tests.ledger.parts import Cents, call, entry

ABSURD = [
    Usage(3_000_000_000_000_000, 1),
    Usage(1000, 3_000_000_000_000_000),
    Usage(1000, 20, 0, 3_000_000_000_000_000),
    Usage(100_000, 20),  # 1,000 were sent
    Usage(1000, 50_000),  # 100 are the most
    Usage(0, 20),
    Usage(10**400, 1),
]
POSSIBLE = [
    Usage(1000, 50, 200),
    Usage(1, 1),  # a cut prompt, which has a warning of its own
    Usage(4600, 400),  # another tokenizer; a service that ignores the most tokens of a reply
    Usage(31_000, 100),  # instructions of the service's own
    Usage(1000, 12_000, 0, 11_900),  # reasoning beside the reply
]


@pytest.mark.parametrize("usage", ABSURD)
def test_what_cannot_be_true_is_set_aside_named_and_counted_by_leanrag(usage: Usage) -> None:
    with pytest.warns(UsageWarning, match=r"http://h/v1.*'m'.*1,000 tokens in and 30 out"):
        made = believed(call(usage=usage), written=30)
    assert made.usage == Usage(1000, 30)
    assert made.set_aside == usage
    booked = entry_of(made, Cents())
    assert booked.cost == (1000 + 30 * 2) * 10_000_000
    assert not booked.reported
    assert booked.set_aside.endswith(("out", "reasoning"))
    json.dumps(asdict(booked))


@pytest.mark.parametrize("usage", [*POSSIBLE, None])
def test_what_can_be_true_is_left_as_it_is(usage: Usage | None) -> None:
    made = call(usage=usage)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert believed(made, written=30) is made
    assert entry_of(made, Cents()).set_aside == ""


def test_where_leanrag_does_not_know_what_was_asked_only_what_no_model_takes_is_absurd() -> None:
    added = call(usage=Usage(900_000, 60_000), max_output_tokens=0)  # an application's own call
    assert not implausible(added)
    assert "11,000,000 tokens in" in implausible(
        call(usage=Usage(11_000_000, 1), max_output_tokens=0)
    )
    assert not implausible(call(usage=Usage(0, 0), prompt_tokens=0))


def test_sums_tell_the_calls_apart_from_those_without_a_usage() -> None:
    told = entry(id="e2", reported=False, set_aside="3,000 in, 1 out")
    total = summarise([entry(), told, entry(id="e3", reported=False)]).total
    assert (total.calls, total.set_aside, total.unreported) == (3, 1, 1)
