"""Text for terminals, and progress."""

import io
import re

import pytest
from rich.markdown import Markdown
from rich.rule import Rule
from rich.table import Table

from leanrag.cli.console import ResultConsole, one_line, visible
from leanrag.cli.progress import progress_bar


def test_control_characters_become_visible() -> None:
    assert visible("a\x1b[31mb\x07\x9bc\u202ed") == "a\ufffd[31mb\ufffd\ufffdc\ufffdd"
    assert visible("line\r\nnext\tcell") == "line\nnext\tcell"
    assert one_line("  two\n\nlines\u2028three ") == "two lines three"


def test_progress_goes_to_stderr_with_count_and_label(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(quiet=False) as move:
        move(1, 3, "[red]a[/red]\n.md")
        move(3, 3, "x" * 100 + ".md")
    out, err = capsys.readouterr()
    assert out == ""
    assert "3/3" in err
    assert "xxx.md" in err
    assert "x" * 40 not in err


def test_a_label_is_no_markup(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar(quiet=False) as move:
        move(1, 0, "[red]a[/red].md")
    assert "[red]a[/red].md" in capsys.readouterr().err


@pytest.mark.parametrize("steps", [0, 2])
def test_no_bar_where_none_is_wanted(capsys: pytest.CaptureFixture[str], steps: int) -> None:
    with progress_bar(quiet=steps > 0) as move:
        for step in range(steps):
            move(step, steps, "a")
    assert capsys.readouterr() == ("", "")


def test_an_error_leaves_no_bar_running(capsys: pytest.CaptureFixture[str]) -> None:
    def work() -> None:
        with progress_bar(quiet=False) as move:
            move(1, 2, "a")
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        work()
    with progress_bar(quiet=False) as move:
        move(1, 2, "a second bar can start")
    assert "second" in capsys.readouterr().err


# Every character that the terminal of a reader must not get from a document.
STEERING = "".join(
    chr(code)
    for first, last in (
        *((0x00, 0x08), (0x0B, 0x1F), (0x7F, 0x9F), (0x61C, 0x61C), (0x200E, 0x200F)),
        *((0x202A, 0x202E), (0x2066, 0x2069), (0xD800, 0xDFFF), (0xE0000, 0xE007F)),
    )
    for code in range(first, last + 1)
)


def test_every_steering_character_becomes_visible() -> None:
    shown = visible(STEERING)
    assert set(shown) == {"\N{REPLACEMENT CHARACTER}"}
    assert len(shown) == len(STEERING)
    assert visible("a\tb\nc 猫 \u200d\N{NO-BREAK SPACE}é") == "a\tb\nc 猫 \u200d\N{NO-BREAK SPACE}é"


@pytest.mark.parametrize("terminal", [True, False])
def test_a_console_lets_no_text_steer_wherever_it_stands(terminal: bool) -> None:
    stream = io.StringIO()
    console = ResultConsole(file=stream, force_terminal=terminal, width=100, markup=False)
    hostile = "a\x9b31mb\x1b]0;title\x07\u202ec\u200f\udc80\U000e0041d"
    table = Table("column")
    table.add_row(hostile)
    for thing in (hostile, Rule(hostile), table, Markdown("x&#27;[31m " + hostile)):
        console.print(thing)
    console.out(hostile)
    out = stream.getvalue()
    # What rich itself writes to a terminal: colours and the weight of letters.
    out = re.sub(r"\x1b\[[0-9;]*m", "", out) if terminal else out
    assert not set(out) & set(STEERING)
    assert "\ufffd31mb" in out
    out.encode("utf-8")
