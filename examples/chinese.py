"""A Chinese corpus: ingest, ask in Chinese, and see which sentences are sent.

python examples/chinese.py ["忘记管理员密码怎么办?"]

Nothing is downloaded: BM25 over Chinese words, characters and their pairs, and the selector that
ships with leanrag, do the work. Tokens are those of gpt-4o.
"""

import sys
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from leanrag import LeanRAG

DOCUMENTS = Path(__file__).parent / "chinese_docs"
QUESTIONS = ("忘记管理员密码怎么办?", "退款要多久才能到账?", "金卡会员有哪些好处?")
BUDGET = 240


def main() -> None:
    """Ingests the folder and asks."""
    questions = sys.argv[1:] or QUESTIONS
    console = Console()
    with tempfile.TemporaryDirectory() as folder, LeanRAG(folder) as rag:
        report = rag.ingest([DOCUMENTS], metadata={"lang": "zh"})
        console.print(f"{report.added} 个文档,{report.chunks} 个片段,{report.tokens:,} 个词元")
        for question in questions:
            prompt = rag.prompt(question, budget=BUDGET, where={"lang": "zh"})
            table = Table(title=question, show_header=False, show_lines=True)
            for source in prompt.sources:
                table.add_row(" > ".join((source.title, *source.headings)), source.text.strip())
            console.print(table)
            before = next(e.tokens_in for e in prompt.trace if e.stage == "retrieve")
            tokens = prompt.tokens
            console.print(f"检索到 {before:,} 个词元,发送 {tokens.prompt}(上限 {tokens.budget})\n")


if __name__ == "__main__":
    main()
