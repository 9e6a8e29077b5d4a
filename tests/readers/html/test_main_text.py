"""On a single web page what is about other things goes, and nothing of the page's text."""

from pathlib import Path

import pytest

from leanrag.readers.formats import DocumentParser

WORDS = (
    "The harbour office opened a second pier on Monday, and the ferries to the islands now leave "
    "twice an hour, as the harbour master had promised the fishermen in the spring of last year."
)
TEXT = [f"Part {n}. {WORDS}" for n in ("one", "two", "three", "four", "five")]
STANDFIRST = "Why the second pier took eleven years."
CAPTION = "The pier at low tide."
CODE = "ferry --to islands --twice"
CARDS = "".join(
    f'<a class="card" href="/other/{n}"><div>You will not believe what happened to boat {n}</div>'
    f"<span>dailyboats.example</span></a>"
    for n in range(12)
)
SURROUNDINGS = (
    '<div class="top"><div><a href="/">Front page</a> <a href="/sport">Sport</a></div></div>',
    f'<div class="recirc"><h3>More for you</h3>{CARDS}</div>',
    '<div class="newsletter"><p>Get the best of the harbour in your inbox every single morning, '
    "free of charge.</p></div>",
    '<div id="legal"><p>All rights reserved by the Harbour Post and its partners.</p></div>',
)


def article(text: str = "".join(f"<p>{part}</p>" for part in TEXT)) -> str:
    top, cards, letter, legal = SURROUNDINGS
    return (
        f"<html><head><title>A second pier</title></head><body>{top}<div class='story'>"
        f"<h1>A second pier</h1><p class='deck'>{STANDFIRST}</p>"
        f"<figure><img src='p.jpg'/><figcaption>{CAPTION}</figcaption></figure>{text}"
        f"<h2>How to ask for it</h2><pre>{CODE}</pre>{letter}</div>{cards}{legal}</body></html>"
    )


def read(folder: Path, page: str) -> list[str]:
    file = folder / "page.html"
    file.write_text(page, encoding="utf-8")
    return [element.text for element in DocumentParser().parse(file, file.name).elements]


def test_what_is_about_other_things_goes(tmp_path: Path) -> None:
    whole = "\n".join(read(tmp_path, article()))
    for gone in ("believe", "dailyboats", "inbox", "More for you", "Front page"):
        assert gone not in whole


def test_the_text_stays_with_standfirst_caption_and_code(tmp_path: Path) -> None:
    texts = read(tmp_path, article())
    assert texts[0] == "A second pier"
    for kept in (STANDFIRST, CAPTION, *TEXT, "How to ask for it", CODE):
        assert kept in texts


def test_links_in_a_list_of_the_text_stay(tmp_path: Path) -> None:
    items = [
        "<li>The old pier was closed for the winter, and it opens again in the month of May.</li>",
        '<li><a href="/1">Order 17: the second pier</a></li>',
        '<li><a href="/2">Order 18: the ferries</a></li>',
    ]
    text = "".join(f"<p>{part}</p>" for part in TEXT) + f"<ul>{''.join(items)}</ul><p>{WORDS}</p>"
    whole = "\n".join(read(tmp_path, article(text)))
    assert "Order 17: the second pier" in whole
    assert "Order 18: the ferries" in whole


def test_a_table_stays_whole(tmp_path: Path) -> None:
    rows = "".join(f"<tr><td>Island {n}</td><td>{n}0 minutes</td></tr>" for n in range(1, 6))
    table = f"<table><tr><th>To</th><th>Time</th></tr>{rows}</table>"
    text = "".join(f"<p>{part}</p>" for part in TEXT) + table + f"<p>{WORDS}</p>"
    lines = "\n".join(read(tmp_path, article(text))).split("\n")
    assert [line for line in lines if "Island" in line] == [
        f"Island {n} | {n}0 minutes" for n in range(1, 6)
    ]


def test_chinese(tmp_path: Path) -> None:
    said = "港务局星期一开放了第二座码头,开往各岛的渡船现在每小时两班,这是去年春天答应渔民的事。"
    text = "".join(f"<p>第{n}段。{said}</p>" for n in "一二三四五六")
    links = "".join(f'<a href="/{n}"><div>猜你喜欢的新闻标题{n}</div></a>' for n in range(12))
    page = f"<html><body><div><h1>第二座码头</h1>{text}</div><div>{links}</div></body></html>"
    texts = read(tmp_path, page)
    assert [f"第{n}段。{said}" for n in "一二三四五六"] == texts[1:]


@pytest.mark.parametrize(
    "head",
    [
        '<meta name="generator" content="Docutils 0.22"/>',
        '<meta name="Generator" content="mdBook">',
    ],
)
def test_a_page_that_a_tool_for_documentation_made_is_left_alone(tmp_path: Path, head: str) -> None:
    page = article().replace("<head>", f"<head>{head}")
    assert "You will not believe what happened to boat 3" in read(tmp_path, page)


def test_a_page_without_an_article_is_left_alone(tmp_path: Path) -> None:
    posts = "".join(
        f"<div class='post'><b>user{n}</b><div>My boat number {n} does not start in the cold, "
        f"what can I do about it?</div></div>"
        for n in range(30)
    )
    texts = "\n".join(read(tmp_path, f"<html><body><div>{posts}</div></body></html>"))
    assert all(f"My boat number {n} does" in texts for n in range(30))


def test_a_short_page_is_left_alone(tmp_path: Path) -> None:
    page = (
        '<html><body><p>The pier is open.</p><a href="/a"><div>Front page</div></a></body></html>'
    )
    assert read(tmp_path, page) == ["The pier is open.", "Front page"]


def test_what_breaks_the_judge_costs_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import trafilatura

    def broken(*_: object, **__: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(trafilatura, "extract", broken)
    assert "You will not believe what happened to boat 3" in read(tmp_path, article())
