"""Turns a call into what the ledger keeps of it: figures and labels, and no text."""

from leanrag.ledger.plausible import told
from leanrag.protocols import PriceList
from leanrag.types import LedgerEntry, ModelCall, Price, StageFigures, Usage

_HISTORY = "history"


def entry_of(call: ModelCall, prices: PriceList) -> LedgerEntry:
    """The entry for a call that has ended.

    Where the endpoint told no usage, the input is taken as leanrag counted it and the output as
    unknown (0); a call that failed so cost nothing.
    """
    usage = call.usage
    if usage is None:
        usage = Usage(0 if call.error else call.prompt_tokens, 0)
    price = prices.price(call.model, usage, service=call.service, at=call.at)
    baseline = None
    if price is not None and call.baseline_tokens and not call.error:
        baseline = _baseline(call, usage, prices)
    return LedgerEntry(
        id=call.id,
        at=call.at,
        purpose=call.purpose,
        model=call.model,
        service=call.service,
        tenant=call.tenant,
        tags=tuple(call.tags),
        prompt_tokens=call.prompt_tokens,
        baseline_tokens=0 if call.error else call.baseline_tokens,
        input_tokens=usage.input_tokens,
        cached_tokens=usage.cached_tokens,
        output_tokens=usage.output_tokens,
        reasoning_tokens=usage.reasoning_tokens,
        reported=call.usage is not None and call.set_aside is None,
        cost=None if price is None else price.input + price.output,
        input_cost=None if price is None else price.input,
        baseline_cost=baseline,
        price_source="" if price is None else price.source,
        seconds=call.seconds,
        attempts=call.attempts,
        finish_reason=call.finish_reason,
        error=call.error,
        stages=tuple(
            StageFigures(
                stage.stage,
                stage.items_in,
                stage.items_out,
                stage.tokens_in,
                stage.tokens_out,
                stage.seconds,
            )
            for stage in call.stages
        ),
        set_aside=_set_aside(call.set_aside),
    )


def highest_price(call: ModelCall, prices: PriceList) -> Price | None:
    """What a call costs at most: nothing cached, and a reply as long as it may be."""
    most = Usage(call.prompt_tokens, call.max_output_tokens)
    return prices.price(call.model, most, service=call.service, at=call.at)


def _set_aside(usage: Usage | None) -> str:
    if usage is None:
        return ""
    thought = f", {told(usage.reasoning_tokens)} reasoning" if usage.reasoning_tokens else ""
    return f"{told(usage.input_tokens)} in, {told(usage.output_tokens)} out{thought}"


def _baseline(call: ModelCall, usage: Usage, prices: PriceList) -> int | None:
    """What the input would have cost with whole chunks and full history.

    The endpoint's count is scaled to the baseline where its tokenizer differs from leanrag's. A
    full history stays the same from call to call, so all of it counts as read from the provider's
    cache, beside what was read now: in favour of the baseline, and against leanrag.
    """
    scale = usage.input_tokens / call.prompt_tokens if call.prompt_tokens else 1.0
    tokens = round(call.baseline_tokens * scale)
    past = sum(stage.tokens_in for stage in call.stages if stage.stage == _HISTORY)
    cached = min(tokens, max(usage.cached_tokens, round(past * scale)))
    if past and cached < _LEAST_CACHED:
        cached = usage.cached_tokens
    full = Usage(tokens, 0, cached_tokens=min(tokens, cached))
    price = prices.price(call.model, full, service=call.service, at=call.at)
    return None if price is None else price.input


_LEAST_CACHED = 1024
"""Providers keep no shorter beginning of a prompt."""
