"""Text for terminals, and progress."""

import pytest

from leanrag.cli.console import one_line, visible
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
