import signal

import pytest

from leanrag.compress.protect import hard_strings, lost, protect
from leanrag.types import Span


def protected(text: str, *patterns: str) -> set[str]:
    return {text[item.start : item.end] for item in protect(text, patterns)}


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("a revenue of $3.14 million", "$3.14"),
        ("it took 12 million years", "12 million"),
        ("about 1 544 km away", "1 544 km"),
        ("between 3 – 5 °C today", "3 – 5"),
        ("grew by -4.5 %", "-4.5 %"),
        ("the twenty ships", "twenty"),
        ("Er hat 12 Millionen Euro", "12 Millionen"),
        ("más de 3 millones", "3 millones"),
        ("за 5 млн рублей", "5 млн"),
        ("они купили три дома", "три"),
        ("第十二届大会有三十一人参加", "第十二届"),
        ("第十二届大会有三十一人参加", "三十一人"),
        ("在2008年9月", "2008年"),
        ("约三年后", "三年"),
        ("on March 3, 2020 they", "March 3, 2020"),
        ("am 3. März 2020 war", "3. März 2020"),
        ("el 3 de marzo de 2020", "3 de marzo de 2020"),
        ("с 3 марта 2020 года", "3 марта 2020"),
        ("ISO 2020-03-05 date", "2020-03-05"),
        ("call os.path.join now", "os.path.join"),
        ("set max_connections high", "max_connections"),
        ("order ACME-1234-X please", "ACME-1234-X"),
        ("use getItem or std::sort", "getItem"),
        ("use getItem or std::sort", "std::sort"),
        ("run it with --dry-run=yes first", "--dry-run=yes"),
        ("call open(path, mode) here", "open(path, mode)"),
        ("see https://a.org/b?c=d#e for it", "https://a.org/b?c=d#e"),
        ("见（https://a.org/b）。", "https://a.org/b"),
        ("write to jane.doe@a-b.org today", "jane.doe@a-b.org"),
        ("type `git push` now", "`git push`"),
        ("```\nx = 1\ny\n```", "```\nx = 1\ny\n```"),
        ("| a | b |\nand prose", "| a | b |"),
        ('he said "so it goes" again', '"so it goes"'),
        ("er sagte „so ist es“ nur", "„so ist es“"),
        ("он сказал «так и есть» тут", "«так и есть»"),
        ("读《红楼梦》的人", "《红楼梦》"),
        ("他说：“好的。”", "“好的。”"),
        ("it's 'very good' work", "'very good'"),
        ("shown before [12] and", "[12]"),
        ("shown before [3, 4–6] and", "[3, 4–6]"),
        ("shown (Smith et al., 2019) and", "(Smith et al., 2019)"),
        ("as shown¹² before", "¹²"),
        ("he did not win it", "not win"),
        ("they didn't leave", "didn't leave"),
        ("she was never in the team", "never in the team"),
        ("ohne Zweifel nicht gut", "ohne Zweifel"),
        ("no fue sin problemas", "sin problemas"),
        ("он не выиграл войну", "не выиграл"),
        ("他没有去北京", "没有去"),
        ("数据并非如此", "非如此"),
    ],
)
def test_what_a_reader_needs_is_protected(text: str, kept: str) -> None:
    covered = {position for item in protect(text) for position in range(item.start, item.end)}
    start = text.index(kept)
    assert {at for at in range(start, start + len(kept)) if not text[at].isspace()} <= covered


@pytest.mark.parametrize(
    "text",
    [
        "The old bridge over the river was closed for repairs.",
        "Die alte Brücke über den Fluss wurde gesperrt.",
        "El viejo puente sobre el río fue cerrado.",
        "Старый мост через реку был закрыт на ремонт.",
        "他们去了上海的一个公园。",
        "An inch mark \" alone, and it's the dogs' home.",
    ],
)
def test_plain_prose_is_not(text: str) -> None:
    assert not protected(text)


def test_patterns_of_the_user() -> None:
    text = "Contoso  GmbH sold ACME-one, ACME-two (and acme); 华为公司和其他公司。 [x] a.b"
    assert "Contoso  GmbH" in protected(text, "Contoso GmbH")
    assert {"ACME-one", "ACME-two"} <= protected(text, "ACME-*")
    assert "acme" not in protected(text, "ACME*")
    assert "sold ACME-one" in protected(text, "sold ACME-???")
    assert "华为公司" in protected(text, "华为公司")
    assert "[x]" in protected(text, "[x]*")
    assert "axb" not in protected("axb", "a.b")


def test_what_is_lost_is_found() -> None:
    text = "In 1937 he paid $5 for it."
    items = protect(text)
    whole: list[Span] = [(0, len(text))]
    assert lost(items, whole) == []
    assert {text[i.start : i.end] for i in lost(items, [(0, 7), (17, 26)])} == {"$5"}
    assert {text[i.start : i.end] for i in lost(items, [(0, 5)])} == {"1937", "$5", "5"}
    assert lost(items, []) == items


def test_a_forged_number_shows() -> None:
    source = "Room 12 has a wall of 300 bricks."
    assert hard_strings("Room 12 300 bricks.") - hard_strings(source)
    assert not hard_strings("Room 12 wall 300 bricks.") - hard_strings(source)


@pytest.mark.parametrize(
    "piece",
    [
        *("a.", "a@", "`a", '"a', "[", "(", "1 ", "1", "1-", "1,", "'a", "‘a", "--a", "汉不", "一"),
        *(
            "```",
            "f(",
            "$",
            "<= ",
            "[1",
            "http://",
            "www.",
            "a*",
            "\n|",
            "not ",
            "May 1 ",
            "e\u0301",
        ),
    ],
)
def test_hostile_texts_take_no_more_than_their_length(piece: str) -> None:
    """Linear work takes a fraction of a second of this; patterns that go back take hours."""

    def stop(*_: object) -> None:
        raise AssertionError("the work grows faster than the text")

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, 30)
    try:
        found = protect(piece * (60_000 // len(piece)), ["a*b*c*d", "*x*y?z", "a a"])
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
    assert all(item.start < item.end for item in found)
