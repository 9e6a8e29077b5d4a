"""``leanrag ledger``: what calls to models cost, what leanrag saved, and what it recommends."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich import box
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from leanrag.cli.console import one_line
from leanrag.cli.execute import Outcome
from leanrag.cli.inputs import require_store
from leanrag.cli.options import Common
from leanrag.types import NANO

if TYPE_CHECKING:
    from leanrag.api.ledger import LedgerReport
    from leanrag.ledger.summary import Figures, StageSums

By = Literal["day", "model", "tag", "tenant", "purpose", "stage"]
_SHOWN: tuple[By, ...] = ("day", "model", "stage")
_MONEY = ("cost", "own_cost", "baseline_cost", "saving")
_BAR = 36
_DAYS = 31
_SENT, _SAVED = "█", "░"


def ledger(
    common: Common,
    by: Annotated[
        By | None,
        typer.Option("--by", help="One grouping. Default: by day, by model and by stage."),
    ] = None,
    since: Annotated[
        str | None, typer.Option("--since", metavar="DAY", help="First day, such as 2026-11-01.")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--until", metavar="DAY", help="Last day, in UTC like the first.")
    ] = None,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="NAME", help="Calls for one tenant.")
    ] = None,
    tag: Annotated[
        str | None, typer.Option("--tag", metavar="TAG", help="Calls with a tag.")
    ] = None,
    export: Annotated[
        Path | None,
        typer.Option("--export", metavar="FILE", help="Write the calls to a .csv or .jsonl file."),
    ] = None,
) -> Outcome:
    """Show what calls to models cost and what lean prompts saved.

    The saving is against whole retrieved chunks and the full history, minus
    leanrag's own calls; a full history counts as read from the provider's
    cache. Where sending less costs more than it saves, a setting is
    recommended; nothing is changed. The ledger holds figures, no texts.

    Examples:
      leanrag ledger --since 2026-11-01
      leanrag ledger --by tenant --tag web --json
      leanrag ledger --export calls.csv
    """
    settings = common.settings()
    if settings.ledger.path is None:
        require_store(settings.store)
    from leanrag.api.ledger import ledger_entries, ledger_report, query_for

    query = query_for(since, until, tenant=tenant, tag=tag)
    report = ledger_report(settings, query)
    exported = None
    if export is not None:
        from leanrag.ledger.export import export as write

        exported = write(ledger_entries(settings, query), export)
    payload = ledger_json(report, [by] if by else None)
    if exported is not None:
        payload["exported"] = exported
    return Outcome(
        payload,
        partial(show_ledger, report=report, shown=[by] if by else _SHOWN, exported=exported),
    )


def ledger_json(report: "LedgerReport", groups: Sequence[By] | None = None) -> dict[str, Any]:
    """What ``leanrag ledger`` prints; money in US dollars."""
    from leanrag.ledger.baseline import STATEMENT

    summary, query = report.summary, report.query
    found: dict[str, list[dict[str, Any]]] = {
        name: [{name: key, **figures_json(figures)} for key, figures in group.items()]
        for name, group in summary.groups.items()
    }
    found["stage"] = [{"stage": name, **asdict(sums)} for name, sums in summary.stages.items()]
    return {
        "ledger": str(report.path),
        "since": query.since or None,
        "until": query.until or None,
        "tenant": query.tenant,
        "tag": query.tag,
        "baseline": STATEMENT,
        "totals": figures_json(summary.total),
        "by": {name: found[name] for name in groups or found},
        "recommendations": [asdict(advice) for advice in report.advice],
    }


def figures_json(figures: "Figures") -> dict[str, Any]:
    """Sums with money in US dollars, as ``cost_usd`` and so on."""
    values = asdict(figures)
    return {
        f"{name}_usd" if name in _MONEY else name: value / NANO if name in _MONEY else value
        for name, value in values.items()
    }


def show_ledger(
    console: Console,
    report: "LedgerReport",
    *,
    shown: Sequence[By] = _SHOWN,
    exported: int | None = None,
) -> None:
    """Totals, tables, a chart by day, and recommendations."""
    summary = report.summary
    if not summary.total.calls:
        console.print(f"no calls in {one_line(str(report.path))} for these days and labels")
    else:
        _show_totals(console, summary.total)
        for name in shown:
            console.print(Rule(f"by {name}", align="left"))
            if name == "stage":
                _show_stages(console, summary.stages)
            else:
                _show_group(console, name, summary.groups[name])
                if name == "day":
                    _show_chart(console, summary.groups["day"])
    for advice in report.advice:
        console.print(Rule("recommendation", align="left"))
        console.print(one_line(f"{advice.finding}: {advice.recommendation}"), soft_wrap=True)
        console.print(f"setting: {', '.join(advice.settings)}")
    if exported is not None:
        console.print(f"{exported:,} calls exported")


def _show_totals(console: Console, total: "Figures") -> None:
    console.print(
        f"{total.calls:,} calls ({total.errors:,} failed): {total.input_tokens:,} tokens in "
        f"({total.cached_tokens:,} from the provider's cache), {total.output_tokens:,} out",
        soft_wrap=True,
    )
    share = f" ({total.saved_tokens / total.baseline_tokens:.0%})" if total.baseline_tokens else ""
    console.print(
        f"{total.saved_tokens:,} of {total.baseline_tokens:,} tokens of whole chunks and full "
        f"history were not sent{share}",
        soft_wrap=True,
    )
    console.print(
        f"cost {_dollars(total.cost)}, of it leanrag's own calls {_dollars(total.own_cost)}; "
        f"net saving {_dollars(total.saving)}",
        soft_wrap=True,
    )
    if total.unpriced:
        console.print(f"the price of {total.unpriced:,} calls is not known; they are left out")
    if total.unreported:
        console.print(
            f"{total.unreported:,} calls without a usage: their input is leanrag's count, their "
            "output not known",
            soft_wrap=True,
        )
    if total.set_aside:
        console.print(
            f"{total.set_aside:,} calls with a usage that cannot be true: leanrag's own count "
            "stands for it, and --export shows what was told",
            soft_wrap=True,
        )


def _show_group(console: Console, name: str, group: Mapping[str, "Figures"]) -> None:
    table = _table(name, "calls", "failed", "in", "cached", "out", "saved", "cost", "net saving")
    for key, figures in group.items():
        table.add_row(
            one_line(key),
            f"{figures.calls:,}",
            f"{figures.errors:,}",
            f"{figures.input_tokens:,}",
            f"{figures.cached_tokens:,}",
            f"{figures.output_tokens:,}",
            f"{figures.saved_tokens:,}",
            _dollars(figures.cost),
            _dollars(figures.saving),
        )
    console.print(table)


def _show_stages(console: Console, stages: Mapping[str, "StageSums"]) -> None:
    table = _table("stage", "calls", "tokens in", "tokens out", "kept", "s a call")
    for name, sums in stages.items():
        table.add_row(
            one_line(name),
            f"{sums.calls:,}",
            f"{sums.tokens_in:,}",
            f"{sums.tokens_out:,}",
            f"{sums.tokens_out / sums.tokens_in:.0%}" if sums.tokens_in else "",
            f"{sums.seconds / sums.calls:.3f}",
        )
    console.print(table)


def _show_chart(console: Console, days: Mapping[str, "Figures"]) -> None:
    """A bar a day: what was sent, and what would have been sent without leanrag."""
    last = list(days.items())[-_DAYS:]
    longest = max((_whole(figures) for _, figures in last), default=0)
    if not longest:
        return
    for day, figures in last:
        sent = round(_BAR * figures.prompt_tokens / longest)
        whole = round(_BAR * _whole(figures) / longest)
        bar = _SENT * sent + _SAVED * max(0, whole - sent)
        console.print(f"{day} {bar} {figures.prompt_tokens:,}", soft_wrap=True)
    if len(days) > len(last):
        console.print(f"the last {len(last)} of {len(days):,} days")
    console.print(f"{_SENT} tokens sent  {_SAVED} tokens saved")


def _whole(figures: "Figures") -> int:
    return figures.prompt_tokens + max(0, figures.saved_tokens)


def _dollars(nano: int) -> str:
    amount = nano / NANO
    digits = 2 if abs(amount) >= 100 else 4 if abs(amount) >= 0.01 or not amount else 6
    return f"{'-' if amount < 0 else ''}${abs(amount):,.{digits}f}"


def _table(*columns: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, justify="right" if number else "left", overflow="fold")
    return table
