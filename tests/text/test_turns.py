from time import process_time

import pytest

from leanrag.text.turns import is_transcript, speaker


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Ann: Hello.", "Ann"),
        ("Dr. Mary O'Hara: Well.", "Dr. Mary O'Hara"),
        ("[00:12:05] Bob: Yes.", "Bob"),
        ("Bob [00:12]: Yes.", "Bob"),
        ("**Ann:** Hello.", "Ann"),
        ("**Ann**: Hello.", "Ann"),
        ("Project Manager (PM): Good.", "Project Manager (PM)"),
        ("张三：你好，今天天气怎么样", "张三"),
        ("user: hi", "user"),
        ("http://example.org is a page", ""),
        ("At 10:30 we met", ""),
        ("It is a long sentence that goes on for a while and then: this.", ""),
        (": nobody", ""),
        ("No label here.", ""),
    ],
)
def test_the_speaker_stands_in_front(text: str, name: str) -> None:
    assert speaker(text) == name


TALK = ["Ann: We should really begin now.", "Bob: I am not so sure about that."] * 4


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        (TALK, True),
        (TALK[:5], False),
        ([*TALK, "They pause.", "They go on."], True),
        (["Only Ann: speaks here, and speaks a lot."] * 9, False),
        ([f"Term{n}: its meaning in one line of text." for n in range(20)], False),
        (["Name: Ann", "Age: 30", "City: Bonn"] * 5, False),
        (["张三：我们今天讨论预算的问题。", "李四：我觉得应该先看去年的数字。"] * 4, True),
        ([], False),
    ],
)
def test_a_transcript_has_speakers_that_come_back(paragraphs: list[str], expected: bool) -> None:
    assert is_transcript(paragraphs) is expected


def test_time_grows_no_faster_than_the_line() -> None:
    def seconds(spaces: int) -> float:
        line = "- [1:11:11.1]" + " " * spaces + "\x00"
        start = process_time()
        for _ in range(20):
            speaker(line)
        return process_time() - start

    seconds(100)
    assert seconds(4000) < 30 * max(seconds(500), 1e-3)
