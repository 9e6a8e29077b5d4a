"""``leanrag query`` and ``leanrag search``: from a question to a prompt, or to hits."""

from functools import partial
from typing import Annotated

import typer

from leanrag.cli.execute import Outcome
from leanrag.cli.inputs import read_history, require_store
from leanrag.cli.options import Common, HistoryFile, Mode, Rate, with_compression
from leanrag.cli.output import prompt_json, search_json
from leanrag.cli.render import show_hits, show_prompt

Question = Annotated[str, typer.Argument(metavar="QUESTION", help="The question, in quotes.")]
Where = Annotated[
    list[str] | None,
    typer.Option(
        "--where",
        metavar="EXPR",
        help="Only documents that match: year>=2022, team=db, lang!=de, 'tag in \\[a,b]'. "
        "Repeat for and. What these cannot say is written as in Python, in JSON: "
        '\'{"or": \\[{"team": "db"}, {"title": {"prefix": "How"}}]}\'.',
    ),
]


def query(
    common: Common,
    question: Question,
    budget: Annotated[
        int | None,
        typer.Option("--budget", metavar="N", help="Most tokens of the whole prompt."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="NAME", help="Model whose tokens count. Default: gpt-4o"),
    ] = None,
    where: Where = None,
    history: HistoryFile = None,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Show scores, and what each stage dropped and why."),
    ] = False,
    mode: Mode = None,
    rate: Rate = None,
) -> Outcome:
    """Make the messages for a question: the evidence that the answer needs, within the budget.

    Prints the messages, the sources in them and the tokens by stage. System
    text and question are never cut: if they alone do not fit, the exit code
    is 3.

    Examples:
      leanrag query "How do I cancel a query?" --budget 600
      leanrag query "Who signed?" --where "year>=2022" --where team=legal --explain
      leanrag query "And in 2023?" --history chat.json --json
    """
    settings = with_compression(common.settings(), mode, rate)
    messages = None if history is None else read_history(history)
    require_store(settings.store)
    from leanrag.api import LeanRAG

    with LeanRAG(settings) as rag:
        prompt = rag.prompt(question, budget=budget, model=model, where=where, history=messages)
    return Outcome(
        prompt_json(prompt, explain=explain), partial(show_prompt, prompt=prompt, explain=explain)
    )


def search(
    common: Common,
    question: Question,
    top_k: Annotated[
        int, typer.Option("--top-k", metavar="K", min=1, help="How many hits.", show_default=True)
    ] = 10,
    where: Where = None,
) -> Outcome:
    """Find the chunks that fit a question best, without making a prompt.

    Each hit is shown with its score, source and the beginning of its text;
    --json gives the text whole.

    Examples:
      leanrag search "cancel a query" --top-k 5
      leanrag search "holiday rules" --where country=fr --json
    """
    settings = common.settings()
    require_store(settings.store)
    from leanrag.api import LeanRAG

    with LeanRAG(settings) as rag:
        hits = rag.search(question, top_k=top_k, where=where)
    return Outcome(search_json(hits), partial(show_hits, hits=hits))
