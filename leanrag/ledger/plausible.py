"""Whether what an endpoint says that a call took can be true, and what is booked where it cannot.

Money is spent and budgets are kept by the endpoint's count, so one absurd figure would refuse a
tenant for the day and spoil every sum for good. The bounds are wide, since tokenizers differ by a
few times, services put instructions of their own before a prompt, and some count a model's
reasoning beyond the most tokens of a reply: they tell the impossible, not the unlikely.
"""

import warnings
from dataclasses import replace

from leanrag.types import ModelCall, Usage

_TIMES_SENT = 16
_MORE_SENT = 32_768
"""No tokenizer makes more of a prompt, with what a service may put before it."""
_TIMES_ASKED = 4
_MORE_ASKED = 16_384
"""No reply is so much longer than it may be, the reasoning with it."""
_MOST = 10_000_000
"""No model takes or writes more: the bound where leanrag does not know what was sent or asked."""
_WRITTEN_OUT = 10**18


class UsageWarning(UserWarning):
    """An endpoint told a usage that cannot be true; leanrag's own count is booked instead."""


def believed(call: ModelCall, *, written: int) -> ModelCall:
    """The call as it is booked: one whose usage cannot be true has leanrag's count in its place.

    What was told is kept in ``set_aside``, and a ``UsageWarning`` names it.

    Args:
        call: a call that has ended.
        written: leanrag's count of the answer.
    """
    if call.usage is None or not (why := implausible(call)):
        return call
    warnings.warn(
        f"{call.service or 'the application'} told a usage for {call.model!r} that cannot be true: "
        f"{why}; it is set aside, and leanrag's own count of {call.prompt_tokens:,} tokens in and "
        f"{written:,} out is booked",
        UsageWarning,
        stacklevel=4,
    )
    return replace(call, usage=Usage(call.prompt_tokens, written), set_aside=call.usage)


def implausible(call: ModelCall) -> str:
    """Why the usage of a call cannot be true; empty where it can, or where there is none."""
    usage = call.usage
    if usage is None:
        return ""
    sent, asked = call.prompt_tokens, call.max_output_tokens
    known = sent and asked  # an application may add to a prompt what leanrag has not seen
    most_in = sent * _TIMES_SENT + _MORE_SENT if known else _MOST
    most_out = asked * _TIMES_ASKED + _MORE_ASKED if known else _MOST
    out = max(usage.output_tokens, usage.reasoning_tokens)
    if usage.input_tokens > most_in:
        return f"{told(usage.input_tokens)} tokens in" + (f" for {sent:,} sent" if sent else "")
    if out > most_out:
        return f"{told(out)} tokens out" + (f" where {asked:,} are the most" if asked else "")
    if sent and not usage.input_tokens:
        return f"no tokens in for {sent:,} sent"
    return ""


def told(tokens: int) -> str:
    """A number of tokens as text, however large an endpoint makes it."""
    return f"{tokens:,}" if tokens <= _WRITTEN_OUT else "more than 10^18"
