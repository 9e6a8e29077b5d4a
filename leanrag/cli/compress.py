"""``leanrag compress``: the sentences of given texts that a question needs."""

import sys
from collections.abc import Iterable
from functools import partial
from typing import Annotated

import typer
from rich.console import Console
from rich.rule import Rule

from leanrag.cli.console import one_line, visible
from leanrag.cli.execute import Outcome, warn
from leanrag.cli.inputs import read_texts
from leanrag.cli.options import Common, Mode, Rate, with_compression
from leanrag.cli.output import compressed_json
from leanrag.cli.render import show_trace
from leanrag.types import Compressed


def compress(
    common: Common,
    question: Annotated[
        str, typer.Option("--question", metavar="Q", help="What the texts are to answer.")
    ],
    budget: Annotated[
        int, typer.Option("--budget", metavar="N", help="Most tokens of all kept texts.")
    ],
    model: Annotated[
        str | None,
        typer.Option("--model", metavar="M", help="Model whose tokens count. Default: gpt-4o"),
    ] = None,
    mode: Mode = None,
    rate: Rate = None,
) -> Outcome:
    """Cut texts down to what a question needs; no store is used.

    Reads JSON Lines on stdin: one object a line with "text" and, if you like,
    "id" and "title". What is kept is verbatim and stands in input order. Where
    the budget is tight, sentences are cut to the clauses that tell; no cut goes
    through a number, code or a quote, and negations and conditions stay.

    Examples:
      leanrag compress --question "Who won?" --budget 200 < texts.jsonl
      printf '%s\\n' '{"id": "a", "text": "It rained. Ann won."}' | \\
        leanrag compress --question "Who won?" --budget 10 --json
      leanrag compress --question "Who won?" --budget 200 --mode both --rate 0.5 < texts.jsonl
    """
    settings = with_compression(common.settings(), mode, rate)
    if sys.stdin.isatty():
        warn("reading JSON Lines from the terminal; end with Ctrl-D", quiet=common.quiet)
    texts, warnings = read_texts(_stdin())
    for text in warnings:
        warn(text, quiet=common.quiet)
    from leanrag.api import compress as compress_texts

    compressed = compress_texts(
        question, texts, budget=budget, model=model or settings.model, settings=settings
    )
    return Outcome(compressed_json(compressed), partial(_show, compressed=compressed))


def _stdin() -> Iterable[bytes]:
    return sys.stdin.buffer


def _show(console: Console, compressed: Compressed) -> None:
    for text in compressed.texts:
        console.print(Rule(one_line(text.id), align="left"))
        console.print(visible(text.text), soft_wrap=True)
    console.print(Rule("tokens", align="left"))
    show_trace(console, compressed.trace)
    tokens = compressed.tokens
    console.print(f"{tokens['in']:,} tokens in, {tokens['out']:,} out, budget {tokens['budget']:,}")
