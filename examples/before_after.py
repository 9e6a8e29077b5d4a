"""Shows a context before and after: what leanrag keeps for a question, the rest struck out.

python examples/before_after.py "When is the else clause of a try statement executed?" --budget 60

The texts are the topics of the Python language reference that every interpreter carries.
"""

import argparse
from collections.abc import Mapping
from pydoc_data.topics import topics

from rich.console import Console
from rich.text import Text

import leanrag

TOPICS = ("exceptions", "try", "with", "while")


def struck_out(text: str, spans: tuple[tuple[int, int], ...]) -> Text:
    """The text with everything outside of ``spans`` struck out."""
    shown, at = Text(), 0
    for start, end in (*spans, (len(text), len(text))):
        shown.append(text[at:start], style="strike dim")
        shown.append(text[start:end], style="bold")
        at = end
    return shown


def contexts(names: tuple[str, ...] = TOPICS) -> list[Mapping[str, str]]:
    """The first two thousand characters of each topic, up to the end of a paragraph."""
    found = []
    for name in names:
        text = topics[name].strip()
        end = text.rfind("\n\n", 0, 2000)
        body = text if end < 0 else text[:end]
        found.append({"id": name, "title": name, "text": body})
    return found


def main() -> None:
    """Reads the command line and prints."""
    parser = argparse.ArgumentParser(description="A context before and after compression.")
    parser.add_argument("question")
    parser.add_argument("--budget", type=int, default=60, help="tokens of what is kept")
    given = parser.parse_args()
    texts = contexts()
    kept = leanrag.compress(given.question, texts, budget=given.budget)
    spans = {text.id: text.spans for text in kept.texts}
    console = Console()
    for text in texts:
        console.rule(text["title"])
        console.print(struck_out(text["text"], spans.get(text["id"], ())))
    console.print(f"{kept.tokens['in']:,} tokens before, {kept.tokens['out']:,} after")


if __name__ == "__main__":
    main()
