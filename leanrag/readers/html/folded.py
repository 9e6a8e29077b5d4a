"""Tells what a page only folds away or sets apart from what nobody is meant to read.

Answers of an accordion, panels behind a tab, the rest behind "read more", an article inside a
``header`` or a ``noscript``: all of it is content. Dialogs, menus, copies for screen readers and
what no control of the page opens are not.
"""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Any

from leanrag.readers.html.controls import (
    FRAMES,
    LINK_SHARE,
    TITLES,
    is_control,
    is_junk,
    is_link,
    may_be_title,
    titles,
)
from leanrag.readers.html.survey import MIN_COPIED, Survey, has_text, says, start_of, surveyed
from leanrag.readers.html.text import flat, names

JUDGED_TAGS = names("noscript button nav template")
"""Tags that are dropped unless this module finds content in them."""
_INLINE = names("a abbr b code em i img kbd label small span strong sub sup svg u var")
_LISTED = ("li", "tr")
_PANEL = re.compile(
    r"collaps|accord|tab[-_]?(?:pane|panel|content|item)|\b(?:tab|panel|pane|more|fold(?:ed)?)\b|faq"
    r"|toggle[-_]?(?:content|body|text|panel)|expand|answer|spoiler|disclosure",
    re.IGNORECASE,
)
_NO_SCRIPTS = re.compile(r"java\s?-?script|cookies|enable scripts", re.IGNORECASE)
_MAIN_SHARE = 0.5
_MAX_CONTROL = 300
_MAX_FRAMES = 100


def without_content(root: Any, undecided: Iterable[Any], title: str) -> list[Any]:
    """Those of the elements that hold nothing to read; the others are made readable, in place.

    ``undecided`` are in the order of the page, whose certain boilerplate is gone already: frames,
    hidden elements and ``JUDGED_TAGS``. ``title`` is what the page calls itself.
    """
    gone: list[Any] = []
    buttons: list[Any] = []
    judged: list[Any] = []
    frames = 0
    for element in undecided:
        if element.tag == "button":
            (buttons if may_be_title(element) else gone).append(element)
            continue
        frames += element.tag in FRAMES
        if frames > _MAX_FRAMES or not _may_hold_content(element):
            gone.append(element)
        else:
            judged.append(element)
    survey = surveyed(root, judged) if judged or buttons else Survey()
    dropped: set[Any] = set()
    for element in judged:
        if not dropped.isdisjoint(element.iterancestors()):
            continue
        if _is_content(element, survey, title):
            if element.tag in ("noscript", "template"):
                element.tag = "div"
        else:
            dropped.add(element)
    kept = titles(buttons, survey, dropped)
    return [*gone, *dropped, *(button for button in buttons if button not in kept)]


def _is_content(element: Any, survey: Survey, title: str) -> bool:
    size = survey.sizes[element]
    if element.tag == "template":
        return element.get("shadowrootmode") is not None
    if element.tag not in FRAMES and is_junk(element):
        return False
    if (
        element.tag == "noscript"
        and size.text < _MAX_CONTROL
        and _NO_SCRIPTS.search(start_of(element))
    ):
        return False
    if size.own >= _MAIN_SHARE * (survey.page.text - survey.page.links) and says(element):
        return True
    if element.tag == "header" and element.get("role") != "banner":
        return _is_head_of_article(element, title)
    if element.tag in FRAMES or element.tag == "noscript":
        return False
    return _is_folded(element, survey)


def _may_hold_content(element: Any) -> bool:
    """Whether a look at an element alone leaves it open that there is content in it.

    A frame may hold some where it was never closed, or was put around the page.
    """
    if element.tag not in FRAMES:
        return has_text(element)
    if next(element.iterdescendants("main", "article", "h1"), None) is not None:
        return True
    return sum(says(paragraph) for paragraph in islice(element.iterdescendants("p"), 5)) > 1


def _is_head_of_article(header: Any, title: str) -> bool:
    """Whether a page's header holds the headline with its standfirst, or the headline alone.

    Of one without a standfirst nothing but the headline is left.
    """
    headline = next(header.iterdescendants("h1"), None)
    if headline is None or is_link(headline):
        return False
    text = flat("".join(headline.itertext()))
    for part in islice(header.iterdescendants("p", "div", "h2"), 20):
        if next(part.iter("h1"), None) is None and says(part) and not is_link(part):
            for links in header.iterdescendants("ul", "ol", "menu"):
                if is_link(links):
                    links.clear(keep_tail=True)
            return True
    root = header.getroottree().getroot()
    if (
        not text
        or not title.startswith(text)
        or any(other is not headline for other in root.iter("h1"))
    ):
        return False
    header.text = headline.tail = None
    header[:] = [headline]
    return True


def _is_folded(element: Any, survey: Survey) -> bool:
    """Whether a hidden element is what some control of the page shows."""
    size = survey.sizes[element]
    if size.links >= LINK_SHARE * size.text or size.form:
        return False
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    if element.tag in _INLINE and not (_PANEL.search(named) and says(element)):
        return False
    if not (
        element.get("id") in survey.opened
        or _is_opened_by_neighbour(element)
        or (_PANEL.search(named) is not None and says(element))
    ):
        return False
    return size.nested or not _is_copy(element, survey.seen)


def _is_copy(element: Any, seen: set[str]) -> bool:
    """Whether all that an element says stands elsewhere on the page in sight."""
    texts = [text.strip() for text in element.itertext() if len(text.strip()) >= MIN_COPIED]
    return bool(texts) and all(text in seen for text in texts)


def _is_opened_by_neighbour(element: Any) -> bool:
    """Whether what stands next to an element opens it, or is the title of it."""
    before, after = element.getprevious(), element.getnext()
    parent = element.getparent()
    if before is None and parent is not None and parent.tag != "body":
        before = parent.getprevious()
    if before is not None and is_control(before):
        return True
    titled = before is not None and before.tag in TITLES and before.tag != "h1"
    if titled and (after is None or after.tag in TITLES):  # nothing else stands below the title
        return True
    if element.tag in _LISTED:
        rows = parent.getparent() if parent is not None and parent.tag == "tbody" else parent
        after = rows.getnext() if rows is not None else None
    return after is not None and is_control(after)
