"""``tests/`` has the rooms of ``leanrag/``, so that a test is found where its module is."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
TESTS = ROOT / "tests"
OF_NO_PACKAGE = {"architecture", "contracts", "docs", "golden", "properties"}
"""Rooms for tests of the whole; the others are named after a package, or a folder beside it."""
BESIDE = ("eval", "examples", "pipelines")


def rooms(folder: Path) -> set[Path]:
    """Folders below a folder that hold Python files themselves, as paths inside of it."""
    return {file.parent.relative_to(folder) for file in folder.rglob("*.py")}


def test_every_room_of_the_tests_is_one_of_the_package() -> None:
    packages = rooms(ROOT / "leanrag") | {
        Path(name, room) for name in BESIDE for room in rooms(ROOT / name)
    }
    strangers = {
        str(room)
        for room in rooms(TESTS)
        if room.parts and room.parts[0] not in OF_NO_PACKAGE and room not in packages
    }
    assert strangers == set()


def test_every_package_of_two_files_or_more_has_tests() -> None:
    tested = {room.parts[0] for room in rooms(TESTS) if room.parts}
    packages = {
        folder.name for folder in (ROOT / "leanrag").iterdir() if len(list(folder.glob("*.py"))) > 1
    }
    assert packages - tested == {"types"}  # values alone; every test uses them


def test_the_places_that_contributing_names_are_there() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = text.partition("## Find the place of a change")[2].partition("\n\nLayers")[0]
    places = re.findall(r"`((?:leanrag|tests|eval|pipelines|examples)/[^`]*)`", table)
    assert len(places) >= 30
    assert [place for place in places if not (ROOT / place).exists()] == []
    named = {place.split("/")[1] for place in places if place.startswith("leanrag/")}
    packages = {file.parent.name for file in (ROOT / "leanrag").glob("*/__init__.py")}
    assert packages - named == {"models", "types"}  # weights, and values that all share
