"""``leanrag history``: the conversations that are kept, one of them in full, and deleting one."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.rule import Rule
from rich.table import Table

from leanrag.cli.console import one_line, visible
from leanrag.cli.execute import Outcome
from leanrag.cli.options import Common
from leanrag.errors import StoreError
from leanrag.types import ConversationInfo, Fact, Message, StoredTurn, Summary

if TYPE_CHECKING:
    from leanrag.api.conversation import Conversation

Tenant = Annotated[
    str, typer.Option("--tenant", metavar="NAME", help="Whose conversation it is. Default: none")
]
Identity = Annotated[str, typer.Argument(metavar="ID", help="The conversation's id.")]


def show(common: Common, conversation: Identity, tenant: Tenant = "") -> Outcome:
    """Show a conversation: every turn, the running summary and the facts.

    Examples:
      leanrag history show support-4711
      leanrag history show support-4711 --tenant acme --json
    """
    found = _existing(common, conversation, tenant)
    turns, summary, facts = found.turns, found.summary, found.facts
    payload = {
        "id": found.id,
        "tenant": found.tenant,
        "turns": [turn_json(turn) for turn in turns],
        "summary": summary_json(summary),
        "facts": [fact_json(fact) for fact in facts],
    }
    return Outcome(payload, partial(_show, turns=turns, summary=summary, facts=facts))


def list_(
    common: Common,
    tenant: Annotated[
        str | None, typer.Option("--tenant", metavar="NAME", help="Only this tenant's.")
    ] = None,
) -> Outcome:
    """List the conversations that are kept beside the collection.

    Examples:
      leanrag history list
      leanrag history list --tenant acme --json
    """
    from leanrag.api.memory.catalogue import Conversations

    infos = Conversations(common.settings()).list(tenant)
    return Outcome(
        {"conversations": [info_json(info) for info in infos]}, partial(_show_list, infos=infos)
    )


def delete(common: Common, conversation: Identity, tenant: Tenant = "") -> Outcome:
    """Delete a conversation with its summaries and facts; its bytes are overwritten.

    Examples:
      leanrag history delete support-4711 --tenant acme
    """
    found = _existing(common, conversation, tenant)
    turns = len(found)
    found.delete()
    payload = {"deleted": {"id": found.id, "tenant": found.tenant, "turns": turns}}
    return Outcome(payload, lambda console: console.print(f"turns deleted: {turns:,}"))


def turn_json(turn: StoredTurn) -> dict[str, Any]:
    """A turn as stored, its message in the OpenAI form."""
    return {
        "position": turn.position,
        "id": turn.id,
        "role": turn.role,
        "time": turn.time,
        "tokens": turn.tokens,
        "message": dict(turn.message),
    }


def summary_json(summary: Summary | None) -> dict[str, Any] | None:
    """A summary with the turns that it covers, None where there is none."""
    if summary is None:
        return None
    return {
        "text": summary.text,
        "turn_ids": list(summary.turn_ids),
        "tokens": summary.tokens,
        "maker": summary.maker,
        "note": summary.note,
    }


def fact_json(fact: Fact) -> dict[str, Any]:
    """A fact; ``superseded_by`` is null while it holds."""
    return {
        "kind": fact.kind,
        "statement": fact.statement,
        "time": fact.time,
        "speaker": fact.speaker,
        "turn_id": fact.turn_id,
        "superseded_by": fact.superseded_by or None,
    }


def info_json(info: ConversationInfo) -> dict[str, Any]:
    """Figures of a conversation."""
    return {
        "id": info.id,
        "tenant": info.tenant,
        "turns": info.turns,
        "tokens": info.tokens,
        "first": info.first,
        "last": info.last,
    }


def show_turns(console: Console, turns: Sequence[StoredTurn]) -> None:
    """Who said each turn and when, and what."""
    for turn in turns:
        who = str(turn.message.get("name") or turn.role)
        head = f"{turn.id}  {who}  {turn.time}  {turn.tokens:,} tokens"
        console.print(Rule(one_line(head), align="left"))
        for line in _said(turn.message):
            console.print(visible(line), soft_wrap=True)


def _said(message: Message) -> list[str]:
    """The texts of a message, and the tools that it calls."""
    content = message["content"]
    lines = [content] if isinstance(content, str) else []
    if isinstance(content, list):
        lines = [str(part.get("text") or part.get("refusal") or "") for part in content]
    for call in message.get("tool_calls") or ():
        function = call.get("function") or {}
        lines.append(f"calls {function.get('name', '')} {function.get('arguments', '')}")
    return [line for line in lines if line]


def show_summary(console: Console, summary: Summary | None) -> None:
    """The running summary, or that there is none."""
    if summary is None:
        console.print("no summary yet: the conversation is short")
        return
    made = f"summary of {len(summary.turn_ids):,} turns, {summary.tokens:,} tokens"
    console.print(Rule(f"{made}, {one_line(summary.maker)}", align="left"))
    console.print(visible(summary.text), soft_wrap=True)
    if summary.note:
        console.print(f"({one_line(summary.note)})", soft_wrap=True)


def show_facts(console: Console, facts: Sequence[Fact]) -> None:
    """The facts that hold, and how many were superseded."""
    holding = [fact for fact in facts if not fact.superseded_by]
    console.print(Rule(f"facts, {len(facts) - len(holding):,} superseded", align="left"))
    for fact in holding:
        said = ", ".join(filter(None, [fact.time, fact.speaker, fact.turn_id]))
        console.print(f"{fact.kind}: {one_line(fact.statement)}  ({one_line(said)})",
                      soft_wrap=True)  # fmt: skip
    if not holding:
        console.print("none")


def _show(
    console: Console, turns: Sequence[StoredTurn], summary: Summary | None, facts: Sequence[Fact]
) -> None:
    show_turns(console, turns)
    show_summary(console, summary)
    show_facts(console, facts)


def _show_list(console: Console, infos: Sequence[ConversationInfo]) -> None:
    if not infos:
        console.print("no conversations")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("id", "tenant", "turns", "tokens", "last"):
        table.add_column(column, justify="right" if column in ("turns", "tokens") else "left")
    for info in infos:
        table.add_row(
            one_line(info.id), one_line(info.tenant), f"{info.turns:,}", f"{info.tokens:,}",
            one_line(info.last),
        )  # fmt: skip
    console.print(table)


def _existing(common: Common, conversation: str, tenant: str) -> "Conversation":
    from leanrag.api.conversation import Conversation
    from leanrag.api.memory.catalogue import Conversations

    among = Conversations(common.settings())
    found = Conversation(conversation, tenant=tenant, among=among)
    if not len(found):
        of = f" of the tenant {tenant!r}" if tenant else ""
        raise StoreError(
            f"no conversation {conversation!r}{of}; leanrag history list shows what is there",
            service="store",
        )
    return found
