"""A batch of questions, several at a time, and what they cost at the end.

LEANRAG_LLM__MODEL=gpt-4o-mini LEANRAG_LLM__API_KEY=… \\
    python examples/batch_with_ledger.py FOLDER QUESTIONS.txt

One question a line. One that fails is reported and the rest goes on; running it again asks
anew. The ledger holds counts, prices and times, never a text.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from leanrag import LeanRAG
from leanrag.api import ledger_report, query_for
from leanrag.errors import LeanRAGError
from leanrag.types import NANO, CallLabel

TAG = "batch"


def main() -> int:
    """Ingests, asks, prints the answers and the account; 1 where a question failed."""
    parser = argparse.ArgumentParser(description="Answers a list of questions over a folder.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("questions", type=Path, help="a text file, one question a line")
    parser.add_argument("--store", default="./.leanrag")
    parser.add_argument("--budget", type=int, default=600, help="tokens of each prompt")
    given = parser.parse_args()
    questions = [line for line in given.questions.read_text("utf-8").splitlines() if line.strip()]
    console = Console()
    failed = 0
    with LeanRAG(given.store, budget=given.budget) as rag:
        rag.ingest([given.folder])
        answers = rag.ask_many(questions, label=CallLabel(tags=(TAG,)))
        for question, answer in zip(questions, answers, strict=True):
            console.print(question, style="bold")
            if isinstance(answer, LeanRAGError):
                failed += 1
                console.print(f"failed: {answer}", style="red", markup=False)
                continue
            console.print(answer.text, markup=False)
            for citation in answer.citations:
                console.print(f"  [{citation.number}] {citation.source.source}", markup=False)
        console.print(account(rag))
    return 1 if failed else 0


def account(rag: LeanRAG) -> Table:
    """What was ever spent on batches, beside the same answers from whole retrieved chunks."""
    total = ledger_report(rag.settings, query_for(tag=TAG)).summary.total
    table = Table("", "tokens in", "US dollars", title="Batches so far (leanrag ledger shows more)")
    table.add_row("whole chunks", f"{total.baseline_tokens:,}", dollars(total.baseline_cost))
    table.add_row("sent", f"{total.prompt_tokens:,}", dollars(total.cost - total.own_cost))
    table.add_row("saved", f"{total.saved_tokens:,}", dollars(total.saving))
    return table


def dollars(billionths: int) -> str:
    """Money as people read it."""
    return f"{billionths / NANO:.6f}"


if __name__ == "__main__":
    sys.exit(main())
