"""``leanrag chat``: a conversation in the terminal that shows what each turn sends and saves."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from leanrag.cli.ask import show_answer
from leanrag.cli.console import one_line
from leanrag.cli.execute import Outcome, own_streams, print_json, warn
from leanrag.cli.history import (
    Tenant,
    fact_json,
    show_facts,
    show_summary,
    show_turns,
    summary_json,
    turn_json,
)
from leanrag.cli.inputs import require_store
from leanrag.cli.options import Common
from leanrag.cli.output import error_json, prompt_json
from leanrag.cli.query import Where
from leanrag.cli.render import show_prompt, show_tokens
from leanrag.errors import InputError, LeanRAGError
from leanrag.types import Answer, CallLabel, Delta, Prompt

if TYPE_CHECKING:
    from leanrag.api import LeanRAG
    from leanrag.api.conversation import Conversation
    from leanrag.settings import Settings

HELP = """\
/help      this list
/facts     names, numbers, dates, decisions, preferences and open questions so far
/summary   the running summary of older turns
/history   every turn
/quit      end (as does the end of the input); the conversation is kept"""


@dataclass(frozen=True, slots=True)
class Chat:
    """A running chat: where it asks, and how it shows what comes back."""

    rag: "LeanRAG"
    conversation: "Conversation"
    options: Mapping[str, Any]
    answers: bool
    common: Common
    console: Console

    def run(self, lines: Iterator[str]) -> None:
        """Works off the lines until one says to stop; an error ends a turn, not the chat."""
        for line in lines:
            said = line.strip()
            try:
                if said in ("/quit", "/exit"):
                    return
                if said.startswith("/"):
                    self._command(said)
                elif said:
                    self._turn(said)
            except (LeanRAGError, OSError) as error:
                if self.common.json:
                    print_json(error_json(type(error).__name__, str(error)))
                else:
                    self.console.print(f"error: {one_line(str(error))}", soft_wrap=True)
            sys.stdout.flush()

    def _turn(self, question: str) -> None:
        answer: Answer | None = None
        if self.answers:
            answer = self._ask(question)
            prompt = answer.prompt
        else:
            with own_streams(self.common.quiet):
                prompt = self.rag.prompt(question, history=self.conversation, **self.options)
        with own_streams(self.common.quiet):
            self.conversation.add("user", question)
            if answer is not None:
                self.conversation.add("assistant", answer.text)
        self._report(prompt, answer)

    def _ask(self, question: str) -> Answer:
        """The answer, shown as it comes in."""
        label = CallLabel(self.conversation.tenant)
        given: list[Answer] = []

        def events() -> Iterator[Prompt | Delta | Answer]:
            with own_streams(self.common.quiet):
                stream = self.rag.ask_stream(
                    question, history=self.conversation, label=label, **self.options
                )
            with closing(stream):
                while True:
                    with own_streams(self.common.quiet):
                        event = next(stream, None)
                    if event is None:
                        return
                    if isinstance(event, Answer):
                        given.append(event)
                    yield event

        if self.common.json:
            for _ in events():
                continue
        else:
            show_answer(self.console, events(), quiet=self.common.quiet)
        return given[0]

    def _report(self, prompt: Prompt, answer: Answer | None) -> None:
        from leanrag.ledger.baseline import baseline_tokens

        whole = baseline_tokens(prompt.tokens, prompt.trace)
        sent = int(prompt.tokens["prompt"])
        if self.common.json:
            payload = {
                "conversation": self.conversation.id,
                **prompt_json(prompt),
                "answer": None if answer is None else answer.text,
                "saved": {"sent": sent, "whole": whole, "tokens": whole - sent},
            }
            print_json(payload)
            return
        if answer is not None:
            show_tokens(self.console, prompt.tokens)
            return
        show_prompt(self.console, prompt)
        share = f" ({(whole - sent) / whole:.0%})" if whole > sent else ""
        self.console.print(
            f"sent {sent:,} tokens; the full history with whole chunks would be {whole:,}: "
            f"saved {max(0, whole - sent):,}{share}",
            soft_wrap=True,
        )

    def _command(self, said: str) -> None:
        shown, show = self._asked_for(said)
        if self.common.json:
            print_json(shown)
        else:
            show(self.console)

    def _asked_for(self, said: str) -> tuple[dict[str, Any], Callable[[Console], None]]:
        """What a command shows, as JSON and to people."""
        talk = self.conversation
        if said == "/facts":
            facts = talk.facts
            return {"facts": list(map(fact_json, facts))}, partial(show_facts, facts=facts)
        if said == "/summary":
            summary = talk.summary
            return {"summary": summary_json(summary)}, partial(show_summary, summary=summary)
        if said == "/history":
            turns = talk.turns
            return {"turns": list(map(turn_json, turns))}, partial(show_turns, turns=turns)
        if said == "/help":
            return {"help": HELP}, lambda console: console.print(HELP)
        raise InputError(f"{said!r} is not a command; /help lists them")


def chat(
    common: Common,
    conversation: Annotated[
        str | None,
        typer.Option(
            "--conversation",
            metavar="ID",
            help="Go on with this conversation, or begin one of this name. Default: a new one",
        ),
    ] = None,
    tenant: Tenant = "",
    budget: Annotated[
        int | None,
        typer.Option("--budget", metavar="N", help="Most tokens of each whole prompt."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Model that answers, whose tokens count."),
    ] = None,
    where: Where = None,
) -> Outcome:
    """Chat over the documents; each turn shows what was sent and what was saved.

    With an endpoint in the settings (llm.base_url, or llm.api_key) the model
    answers; without one the prompt is shown. The conversation is kept beside
    the collection and can be taken up again by its id. /help lists what can
    be asked for in between. Reads lines from a pipe, too; with --json each
    turn prints one line.

    Examples:
      leanrag chat
      leanrag chat --conversation support-4711 --budget 1200
      printf 'How do I cancel a query?\\n/facts\\n' | leanrag chat --json
    """
    settings = common.settings()
    require_store(settings.store)
    identity = conversation or f"chat-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    options = {"budget": budget, "model": model, "where": where}

    def run(console: Console) -> None:
        from leanrag.api import LeanRAG

        with LeanRAG(settings) as rag:
            talk = rag.conversation(identity, tenant=tenant)
            answers = _has_endpoint(settings)
            running = Chat(rag, talk, options, answers, common, console)
            if not common.json and not common.quiet:
                known = len(talk)
                what = f"{known:,} turns so far" if known else "new"
                console.print(f"conversation {one_line(identity)} ({what}); /help for commands")
                if not answers:
                    console.print("no endpoint is set (llm.base_url): the prompts are shown")
            running.run(_lines(console, common))

    return Outcome(None, run)


def _has_endpoint(settings: "Settings") -> bool:
    """Whether the settings name one; a key that merely stands in the environment does not count."""
    return settings.llm.base_url is not None or settings.llm.api_key is not None


def _lines(console: Console, common: Common) -> Iterator[str]:
    """What is typed, or comes through a pipe."""
    if sys.stdin.isatty() and not common.json:
        while True:
            try:
                yield console.input("> ")
            except (EOFError, KeyboardInterrupt):
                console.print()
                return
    stream = getattr(sys.stdin, "buffer", None)
    for number, raw in enumerate(stream if stream is not None else sys.stdin, start=1):
        try:
            yield raw.decode("utf-8-sig" if number == 1 else "utf-8") if stream else raw
        except UnicodeDecodeError:
            warn(f"line {number} of the input is not UTF-8 text; it is left out", quiet=False)
