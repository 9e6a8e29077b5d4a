"""How much navigation is left of real pages after cleaning, and whether any body text is lost.

    python eval/bench/boilerplate.py [--pages N] [--json]

Reads the pages of Debian's python3.11-doc and postgresql-doc-15. What is navigation and what is
body is told here by the site's own markup (Sphinx, DocBook), apart from the rules of the cleaner:
the page header and footer, sidebars, permalinks, tables of contents, and whole pages that are an
index, a table of contents or a search form. All else is body.

Navigation left is counted in words, by which a page's result has more of them than its body has.
A body sentence is lost where its words do not stand in the result, in order and side by side.
"""

import argparse
import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lxml import etree, html

from leanrag.errors import DocumentError
from leanrag.ingest.canonical import assemble
from leanrag.readers.formats import DocumentParser
from leanrag.readers.html.text import names
from leanrag.text.normalise import normalise
from leanrag.text.sentences import split_sentences

SITES = {
    "python": Path("/usr/share/doc/python3.11/html"),
    "postgresql": Path("/usr/share/doc/postgresql-doc-15/html"),
}
_LINK_PAGES = re.compile(r"(?:genindex.*|contents|search|bookindex)\.html")
_NAVIGATION = {
    "python": (
        "headerlink", "toctree-wrapper compound", "contents", "topic contents", "viewcode-link",
        "backrefs", "modindex-jumpbox",
    ),
    "postgresql": ("navheader", "navfooter", "toc"),
}  # fmt: skip
_INVISIBLE = ("script", "style", "template", "head", "title", "input", "select", "button", "svg")
_BLOCKS = names(
    "p li dd dt pre td th h1 h2 h3 h4 h5 h6 caption div section table tr tbody thead dl ul ol "
    "blockquote body main article aside details summary figure figcaption colgroup col br sup"
)
_WORD = re.compile(r"\w+")
_SHOWN = 20


@dataclass
class Totals:
    """Words and sentences of one site."""

    pages: int = 0
    link_pages: int = 0
    link_pages_left: int = 0
    navigation_words: int = 0
    navigation_left: int = 0
    body_words: int = 0
    body_words_lost: int = 0
    body_sentences: int = 0
    lost: list[str] = field(default_factory=list)
    left: Counter[str] = field(default_factory=Counter)

    def figures(self) -> dict[str, Any]:
        """The figures to print and to commit."""
        removed = 1 - self.navigation_left / max(1, self.navigation_words)
        return {
            "pages": self.pages,
            "link_pages": self.link_pages,
            "link_pages_left": self.link_pages_left,
            "navigation_words": self.navigation_words,
            "navigation_removed": round(removed, 5),
            "body_words": self.body_words,
            "body_words_lost": self.body_words_lost,
            "body_sentences": self.body_sentences,
            "body_sentences_lost": len(self.lost),
        }


def split_page(root: Any, site: str, name: str) -> tuple[list[str], list[str]]:
    """The texts of navigation and of body of a page, one for each block of text."""
    navigation: list[str] = []
    body: list[str] = []
    only_links = _LINK_PAGES.fullmatch(name) is not None
    main = root.find(".//div[@class='body']") if site == "python" else root.find(".//body")
    for is_navigation, text in _texts(root.find(".//body"), site, main):
        (navigation if only_links or is_navigation else body).append(text)
    if len(body) == 1:  # the title of a table of contents
        return navigation + body, []
    return navigation, body


def _texts(top: Any, site: str, main: Any) -> Iterator[tuple[bool, str]]:
    """Runs of text between block tags, each with whether it is navigation."""
    pieces: list[str] = []
    stack: list[bool] = []
    inside_main = 0

    def state() -> bool:
        return any(stack) or not inside_main

    def flush(navigation: bool) -> Iterator[tuple[bool, str]]:
        text = " ".join("".join(pieces).split())
        pieces.clear()
        if text:
            yield navigation, text

    for event, node in etree.iterwalk(top, events=("start", "end", "comment", "pi")):
        if event in ("comment", "pi"):
            pieces.append(node.tail or "")
            continue
        changes = node.tag in _BLOCKS or _is_navigation(node, site)
        if event == "start":
            if changes or node is main:
                yield from flush(state())
            stack.append(_is_navigation(node, site))
            inside_main += node is main
            if node.tag not in _INVISIBLE:
                pieces.append(node.text or "")
        else:
            if node.tag in _INVISIBLE:
                pieces.clear()
            elif changes:
                yield from flush(state())
            stack.pop()
            inside_main -= node is main
            pieces.append(node.tail or "")


def _is_navigation(node: Any, site: str) -> bool:
    name = node.get("class") or ""
    if name == "toc":  # one that says what each page is for is text
        return next(node.iterfind(".//*[@class='refpurpose']"), None) is None
    return name in _NAVIGATION[site]


def words(text: str) -> list[str]:
    """The words of a text in the form in which the parser stores them."""
    return _WORD.findall(normalise(text))


def measure(file: Path, site: str, totals: Totals) -> None:
    """Adds one page to the totals."""
    root = html.fromstring(file.read_bytes(), parser=html.HTMLParser(encoding="utf-8"))
    navigation, body = split_page(root, site, file.name)
    try:
        result, _ = assemble(DocumentParser().parse(file, file.name))
    except DocumentError as error:
        result = ""
        if body:
            totals.lost.append(f"{file.name}: {error}")
    totals.pages += 1
    if not body:
        totals.link_pages += 1
        totals.link_pages_left += bool(result)
    kept = Counter(words(result))
    wanted = Counter(word for text in body for word in words(text))
    offered = Counter(word for text in navigation for word in words(text))
    left = (kept - wanted) & offered
    totals.navigation_words += offered.total()
    totals.navigation_left += left.total()
    totals.left.update({file.name: left.total()})
    totals.body_words += wanted.total()
    totals.body_words_lost += (wanted - kept).total()
    searched = " " + " ".join(words(result)) + " "
    for text in body:
        for start, end in split_sentences(text):
            sentence = " ".join(words(text[start:end]))
            totals.body_sentences += bool(sentence)
            if sentence and f" {sentence} " not in searched:
                totals.lost.append(f"{file.name}: {text[start:end].strip()}")


def main() -> None:
    """Measures both sites and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pages", type=int, default=0, help="at most so many pages of each site")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    found: dict[str, Any] = {}
    for site, folder in SITES.items():
        files = sorted(
            file for file in folder.rglob("*.html") if not {"_sources", "_static"} & {*file.parts}
        )
        if not files:
            print(f"{folder} is not installed: left out")
            continue
        if options.pages:
            files = files[:: max(1, len(files) // options.pages)]
        totals = Totals()
        for file in files:
            measure(file, site, totals)
        found[site] = totals.figures()
        if not options.json:
            print(site, json.dumps(found[site], indent=1))
            print("most navigation left:", totals.left.most_common(5))
            for text in totals.lost[:_SHOWN]:
                print("lost:", text[:200])
    if options.json:
        print(json.dumps(found))


if __name__ == "__main__":
    main()
