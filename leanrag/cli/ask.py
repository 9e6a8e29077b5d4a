"""``leanrag ask``: the model's answer as it comes, its sources and what it took."""

from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from typing import Annotated, Any

import typer
from rich.console import Console

from leanrag.cli.console import messages, one_line, visible
from leanrag.cli.execute import Outcome
from leanrag.cli.inputs import read_history, require_store
from leanrag.cli.options import Common, HistoryFile, Mode, Rate, with_compression
from leanrag.cli.output import PROMPT_TOKENS, source_json, trace_json
from leanrag.cli.query import Question, Where
from leanrag.cli.render import place_of
from leanrag.errors import LLMError
from leanrag.types import Answer, CallLabel, Delta, Prompt


def ask(
    common: Common,
    question: Question,
    budget: Annotated[
        int | None,
        typer.Option("--budget", metavar="N", help="Most tokens of the whole prompt."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="The model to ask. Default: the settings'"),
    ] = None,
    where: Where = None,
    history: HistoryFile = None,
    tenant: Annotated[
        str, typer.Option("--tenant", metavar="NAME", help="Whom the call is made for.")
    ] = "",
    tag: Annotated[
        list[str] | None,
        typer.Option("--tag", metavar="TAG", help="A tag of the call in the ledger. Repeat."),
    ] = None,
    mode: Mode = None,
    rate: Rate = None,
) -> Outcome:
    """Ask a model a question, with the evidence for it, and show the answer as it comes.

    The endpoint is that of the settings: LEANRAG_LLM__BASE_URL,
    LEANRAG_LLM__API_KEY and LEANRAG_LLM__MODEL. Marks in the answer stand for
    the sources listed beneath. If the endpoint fails, the exit code is 3.

    Examples:
      leanrag ask "How do I cancel a query?"
      leanrag ask "Who signed?" --where "year>=2022" --budget 800
      leanrag ask "And in 2023?" --history chat.json --json
    """
    settings = with_compression(common.settings(), mode, rate)
    past = None if history is None else read_history(history)
    require_store(settings.store)
    from leanrag.api import LeanRAG

    options: dict[str, Any] = {
        "budget": budget,
        "model": model,
        "where": where,
        "history": past,
        "label": CallLabel(tenant, tuple(tag or ())),
    }
    with ExitStack() as opened:
        rag = opened.enter_context(LeanRAG(settings))
        if common.json:
            return Outcome(answer_json(rag.ask(question, **options)), lambda console: None)
        events = opened.enter_context(closing(rag.ask_stream(question, **options)))
        # The first event is the prompt: what is wrong with it is told before anything is shown.
        next(events)
        rest = opened.pop_all()

    def show(console: Console) -> None:
        with rest:
            show_answer(console, events, quiet=common.quiet)

    return Outcome({}, show)


def show_answer(
    console: Console, events: Iterable[Prompt | Delta | Answer], *, quiet: bool = False
) -> None:
    """An answer piece by piece, then its sources and tokens.

    Raises:
        LLMError: the answer broke off; what came of it has been shown.
    """
    begun = False
    try:
        for event in events:
            if isinstance(event, Delta):
                begun = True
                console.out(visible(event.text), end="", highlight=False)
                console.file.flush()
            elif isinstance(event, Answer):
                console.print()
                _show_sources(console, event)
                console.print(tokens_line(event), soft_wrap=True)
                if not quiet:
                    _warn(event)
    except LLMError:
        if begun:
            console.print()
        raise


def tokens_line(answer: Answer) -> str:
    """What was sent, what that saved, and what came back, in one line."""
    sent, whole = answer.prompt.tokens.prompt, answer.baseline_tokens
    if not answer.called:
        return f"nothing sent; {sent:,} tokens saved"
    parts = [f"sent {sent:,} tokens"]
    if whole > sent:
        share = (whole - sent) / whole
        parts.append(
            f"saved {whole - sent:,} of {whole:,} ({share:.0%}) against whole chunks and full "
            "history"
        )
    usage = answer.usage
    if usage is not None:
        cached = f" ({usage.cached_tokens:,} from its cache)" if usage.cached_tokens else ""
        parts.append(
            f"the endpoint counted {usage.input_tokens:,}{cached} and answered with "
            f"{usage.output_tokens:,}"
        )
    return ", ".join(parts)


def answer_json(answer: Answer) -> dict[str, Any]:
    """What ``leanrag ask --json`` prints."""
    prompt, usage = answer.prompt, answer.usage
    sent = prompt.tokens.prompt if answer.called else 0
    tokens: Mapping[str, Any] = {name: prompt.tokens[name] for name in PROMPT_TOKENS}
    return {
        "question": prompt.question,
        "answer": answer.text,
        "citations": [
            {
                "number": citation.number,
                "span": list(citation.span),
                **{
                    name: value
                    for name, value in source_json(citation.source).items()
                    if name in ("id", "source", "title", "headings", "page", "text", "spans")
                },
            }
            for citation in answer.citations
        ],
        "unknown_marks": list(answer.unknown_marks),
        "sources": [source_json(source) for source in prompt.sources],
        "tokens": {
            **tokens,
            "baseline": answer.baseline_tokens,
            "saved": max(0, answer.baseline_tokens - sent),
        },
        "usage": usage
        and {
            "input": usage.input_tokens,
            "cached": usage.cached_tokens,
            "output": usage.output_tokens,
            "reasoning": usage.reasoning_tokens,
        },
        "model": answer.model,
        "called": answer.called,
        "finish_reason": answer.finish_reason,
        "trace": [trace_json(entry) for entry in answer.trace],
    }


def _show_sources(console: Console, answer: Answer) -> None:
    cited = {citation.number for citation in answer.citations}
    prefix = answer.prompt.mark_prefix
    console.print()
    for number, source in enumerate(answer.prompt.sources, start=1):
        where = place_of(source.source, source.page, [source.title, *source.headings])
        note = "" if number in cited else "  (not cited)"
        console.print(f"[{prefix}{number}] {where}{note}", soft_wrap=True)
    if not answer.prompt.sources:
        console.print("no sources")


def _warn(answer: Answer) -> None:
    if answer.unknown_marks:
        marks = one_line(", ".join(answer.unknown_marks))
        messages().print(f"warning: marks without a source: {marks}", soft_wrap=True)
    if answer.finish_reason == "length":
        messages().print("warning: the answer was cut off; raise reply_tokens", soft_wrap=True)
