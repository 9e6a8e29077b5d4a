"""Who said a turn and when, and which turns a question points to by naming that."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from leanrag.history.dates import Named, named_date
from leanrag.history.messages import Turn
from leanrag.text.turns import speaker

SPEAKER = 0.3
"""What a turn gains, in standard deviations, where the question names the one who speaks."""
DATE = 1.0
"""What it gains where the question names its day or month; half of that a little off."""
_DAYS_AFTER, _DAYS_ABOUT = 7, 14
"""People speak of a day on the day itself and in the week that follows."""
_COLON = re.compile("[:：]")
_STAMP = re.compile(r"[(\[](?P<time>[^()\[\]\n]{4,40})[)\]]:?\s+")


@dataclass(frozen=True, slots=True)
class Heading:
    """Who said a turn and when; both may be unknown. ``length`` characters of the text say so."""

    speaker: str
    time: str
    length: int = 0


def heading(turn: Turn) -> Heading:
    """From the fields of the message, or else from how its text starts.

    "(8 May 2023) Ann: Hello" was said by Ann on that day.
    """
    start, time = 0, turn.time
    stamp = _STAMP.match(turn.text)
    if stamp and named_date(stamp["time"]):
        start, time = stamp.end(), time or stamp["time"]
    name = speaker(turn.text[start : start + 80])
    if name:
        colon = _COLON.search(turn.text, turn.text.index(name, start) + len(name))
        start = colon.end() if colon else start
    return Heading(turn.speaker or name, time, start)


def hints(question: str, headings: Sequence[Heading]) -> NDArray[np.float64]:
    """What each turn gains by what the question names, shape (turns,)."""
    gains = np.zeros(len(headings))
    names = {one.speaker for one in headings if one.speaker}
    asked = [name for name in names if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", question)]
    if len(asked) == 1:
        gains += SPEAKER * np.array([one.speaker == asked[0] for one in headings])
    wanted = named_date(question)
    if wanted:
        gains += DATE * np.array([_closeness(wanted, one.time) for one in headings])
    return gains


def _closeness(wanted: Named, time: str) -> float:
    known = named_date(time) if time else None
    if known is None or known.year is None:
        return 0.0
    said, asked = known.in_year(known.year), wanted.in_year(known.year)
    if said is None or asked is None:
        return 0.0
    days = (said - asked).days
    if wanted.day is None:
        same = (said.year, said.month) == (asked.year, asked.month)
        return 1.0 if same else 0.5 * (31 <= days < 31 + _DAYS_ABOUT)
    if 0 <= days <= _DAYS_AFTER:
        return 1.0
    return 0.5 * (-2 <= days <= _DAYS_ABOUT)
