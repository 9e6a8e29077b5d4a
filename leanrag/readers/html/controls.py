"""Knows what opens and names the folded parts of a page: buttons, tabs, lines to click."""

import re
from collections.abc import Container, Iterable, Mapping
from itertools import islice
from typing import Any

from lxml import etree

from leanrag.readers.html.survey import NAMED, OPENS, Survey, has_text
from leanrag.readers.html.text import HEADINGS, flat, length, linked, names

LABEL_CLASS = "callout-title"
"""The class by which the walk knows a line that belongs to the paragraph below it."""
FRAMES = names("header footer nav")
TITLES = (*HEADINGS, "dt", "summary")
_TOGGLE = re.compile(r"accord|collaps|toggle|expand|faq|question|trigger|spoiler", re.IGNORECASE)
_JUNK = re.compile(
    r"modal|pop-?(?:up|over)|dropdown|menu|(?:\b|_)nav|off-?canvas|drawer|tooltip|cookie|consent"
    r"|gdpr|search|lightbox|overlay|toast|\bshare|social|\blog-?in\b|\bsign-?(?:in|up)\b|clone"
    r"|template|newsletter|subscri|alert|error|success|loading|spinner|skeleton|\bads?\b|advert",
    re.IGNORECASE,
)
_JUNK_ROLES = names(
    "dialog alertdialog alert status menu menubar listbox tooltip search navigation banner "
    "contentinfo"
)
_TOGGLES = names("aria-expanded aria-controls data-toggle data-bs-toggle")
LINK_SHARE = 0.6
_TAB_LISTS = etree.XPath(".//*[@role='tablist']")
_MAX_CONTROL = 300


def is_control(element: Any) -> bool:
    """Whether an element is a button or the like, or a short line that is one."""
    if not _is_short(element):
        return False
    for part in islice(element.iter(etree.Element), 10):
        if not _TOGGLES.isdisjoint(part.keys()) or _TOGGLE.search(part.get("class") or ""):
            return True
        if (
            part.tag in ("button", "summary")
            or part.get("role") in ("button", "tab")
            or part.get("onclick")
            or (part.tag == "a" and (part.get("href") or "#").startswith(("#", "javascript:")))
        ):
            return 2 * length(part) >= length(element)
    return False


def _is_short(element: Any) -> bool:
    size = 0
    for text in islice(element.itertext(), _MAX_CONTROL):
        size += len(text.strip())
        if size > _MAX_CONTROL:
            return False
    return True


def may_be_title(button: Any) -> bool:
    """Whether a button may name what it opens, as far as it itself tells."""
    if not has_text(button) or _JUNK.search(button.get("class") or ""):
        return False
    given: Mapping[str, str] = button.attrib
    if not _TOGGLES.isdisjoint(given) or given.get("role") == "tab":
        return True
    if _TOGGLE.search(given.get("class") or ""):
        return True
    return next(button.iterancestors(*TITLES), None) is not None


def titles(buttons: Iterable[Any], survey: Survey, dropped: Container[Any]) -> set[Any]:
    """Those of the buttons that name what they open, made a line of text, in place.

    A button in a heading does where it is the whole heading, or says that it opens something.
    """
    kept: set[Any] = set()
    known: dict[Any, bool] = {}
    for button in buttons:
        if any(ancestor in dropped for ancestor in button.iterancestors()):
            continue
        title = next(button.iterancestors(*TITLES), None)
        if title is not None:
            if title not in known:
                known[title] = True
                alone = flat("".join(title.itertext())) == flat("".join(button.itertext()))
                if alone or not _TOGGLES.isdisjoint(button.keys()):
                    kept.add(button)
                    button.tag = "span"
            continue
        panel = _panel_of(button, survey)
        if panel is None:
            continue
        if panel not in known:
            known[panel] = _is_panel(panel, dropped)
        if known[panel]:
            kept.add(button)
            button.tag = "span"
            if button.get("role") != "tab":
                button.tag = "div"
                button.set("class", LABEL_CLASS)
    return kept


def _is_panel(element: Any, dropped: Container[Any]) -> bool:
    if any(part in dropped for part in (element, *element.iterancestors())):
        return False
    if element.tag in FRAMES or element.tag in ("button", "form") or is_junk(element):
        return False
    return has_text(element) and not is_link(element)


def _panel_of(button: Any, survey: Survey) -> Any:
    """What a button opens: by its id, else what follows it, or follows what holds it alone."""
    for key in OPENS:
        for name in (button.get(key) or "").split():
            if survey.opened.get(name.lstrip("#")) is not None:
                return survey.opened[name.lstrip("#")]
    following = button.getnext()
    parent = button.getparent()
    return following if following is not None or parent is None else parent.getnext()


def is_junk(element: Any) -> bool:
    """Whether a hidden element is known by its names as a part of no page's text."""
    named = f"{element.get('class') or ''} {element.get('id') or ''}"
    return element.get("role") in _JUNK_ROLES or _JUNK.search(named) is not None


def is_link(element: Any) -> bool:
    """Whether most of an element's text stands in links."""
    return linked(element) > LINK_SHARE * length(element)


def name_panels(root: Any) -> None:
    """Puts the name of each tab in front of its panel, where it says what the panel is about."""
    by_id: dict[str, Any] = {}
    for tabs in _TAB_LISTS(root):
        labels = [tab for tab in tabs.iter(etree.Element) if tab.get("role") == "tab"]
        by_id = by_id or {panel.get("id"): panel for panel in NAMED(root)}
        panels = _panels(tabs, labels, by_id)
        if len(panels) != len(labels):
            continue
        for tab, panel in zip(labels, panels, strict=True):
            text = flat("".join(tab.itertext()))
            if not text or not has_text(panel):
                continue
            tab.clear(keep_tail=True)
            if not flat("".join(islice(panel.itertext(), 20))).startswith(text):
                label = etree.Element("p", {"class": LABEL_CLASS})
                label.text, label.tail, panel.text = text, panel.text, None
                panel.insert(0, label)


def _panels(tabs: Any, labels: list[Any], by_id: Mapping[str, Any]) -> list[Any]:
    """The panels of the tabs: by their ids, else those that follow, one a tab."""
    wanted = [tab.get("aria-controls") or (tab.get("href") or "").lstrip("#") for tab in labels]
    if all(wanted):
        return [by_id[name] for name in wanted if name in by_id]
    return [
        panel
        for following in islice(tabs.itersiblings(), 2)
        for panel in following.iter(etree.Element)
        if panel.get("role") == "tabpanel"
    ]
