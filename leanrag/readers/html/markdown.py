"""Markdown to HTML.

CommonMark with tables, by markdown-it-py: the Python-Markdown that unstructured would use reads no
list that follows a paragraph directly and no fenced code inside a list, as READMEs have them.
"""

import re

from leanrag.errors import DocumentError

_ALERT = re.compile(r"^([ \t]*>[ \t]*)\[!(NOTE|TIP|IMPORTANT|WARNING|CAUTION)\]", re.MULTILINE)
_MAX_NESTING = 100


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
