"""Markdown to HTML, and the front matter in front of it.

CommonMark with tables, by markdown-it-py: the Python-Markdown that unstructured would use reads no
list that follows a paragraph directly and no fenced code inside a list, as READMEs have them.
"""

import re
from typing import Any

import yaml

from leanrag.errors import DocumentError

_FRONT = re.compile(r"\A---[ \t]*\n(.*?\n)??(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_ALERT = re.compile(r"^([ \t]*>[ \t]*)\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]", re.MULTILINE)
_MAX_FRONT = 1 << 16
_MAX_NESTING = 100


def split_front_matter(text: str, source: str) -> tuple[dict[str, Any], str]:
    """The YAML mapping between ``---`` lines at the top, and the text after it.

    Two rules with anything but a mapping between them are text. Raises ``DocumentError`` where
    a mapping was begun and is not valid YAML.
    """
    match = _FRONT.match(text[:_MAX_FRONT])
    if match is None or not match[1]:
        return {}, text
    try:
        values = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        if not re.match(r"[\w-]+:(?:\s|$)", match[1]):
            return {}, text
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise DocumentError(source, f"its front matter is not valid YAML: {problem}") from error
    if not isinstance(values, dict):
        return {}, text
    return values, text[match.end() :]


def to_html(text: str, source: str) -> str:
    """The HTML of a Markdown text; HTML inside it passes through, to be cleaned with the rest.

    Raises:
        DocumentError: lists or quotations are nested so deep that their content would be lost.
    """
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING})
    parser.enable(["table", "strikethrough"])
    text = _ALERT.sub(lambda match: f"{match[1]}**{match[2].capitalize()}:** ", text)
    tokens = parser.parse(text)
    if any(token.level >= _MAX_NESTING - 1 for token in tokens):
        raise DocumentError(source, f"Markdown is nested too deep (over {_MAX_NESTING} levels)")
    body: str = parser.renderer.render(tokens, parser.options, {})
    return f"<html><body>{body}</body></html>"
