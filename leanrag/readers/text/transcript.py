"""Plain transcripts into turns: a line that names who speaks, and the lines that go on with it."""

from leanrag.text.turns import is_transcript, speaker
from leanrag.types import Element


def read(text: str) -> list[Element]:
    """The turns and other paragraphs of a transcript; nothing where the text is none."""
    paragraphs: list[list[str]] = []
    open_paragraph = False
    for raw in text.splitlines():
        line = raw.strip()
        if not line:
            open_paragraph = False
        elif open_paragraph and not speaker(line):
            paragraphs[-1].append(line)
        else:
            paragraphs.append([line])
            open_paragraph = True
    joined = [" ".join(lines) for lines in paragraphs]
    if not is_transcript(joined):
        return []
    return [Element("turn" if speaker(one) else "prose", one) for one in joined]
