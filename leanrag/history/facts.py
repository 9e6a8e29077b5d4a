"""Short dated statements out of a conversation, of which newer ones supersede older ones.

Names, decisions, preferences and open questions are recognised by English phrases; dates and
numbers also by their form in other languages. A model may look for facts instead, see
``leanrag.history.makers``.
"""

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from leanrag.history.messages import Turn
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.text.terms import terms
from leanrag.types import Fact, FactKind

LONGEST = 240
"""Characters of a statement; a longer sentence is cut at a word."""
_SCANNED = 20_000
"""Characters of one turn that are looked at."""
_MOST = 12
"""Facts of one turn."""
_SUBJECT_TERMS = 4
_ANSWERED = 0.6
"""Share of an open question's terms that a later fact has to have."""

_LOOKED_AHEAD = 200
"""Later facts among which the one that closes a question is looked for."""

_MONTHS = (
    "jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    "|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?"
)
_DATE = re.compile(
    rf"\b\d{{4}}-\d\d-\d\d\b|\b\d{{1,2}}[./]\d{{1,2}}[./]\d{{2,4}}\b|\d+月\d+日"
    rf"|\b(?:{_MONTHS})\.? \d{{1,4}}(?:st|nd|rd|th)?\b"
    rf"|\b\d{{1,2}}(?:st|nd|rd|th)?\.? (?:of )?(?:{_MONTHS})\b"
    rf"|\bin (?:{_MONTHS})\b"
    r"|\b(?:on |next |this |last )(?:mon|tues|wednes|thurs|fri|satur|sun)day\b"
    r"|\b(?:tomorrow|yesterday|tonight)\b|\b(?:at|by|until) \d{{1,2}}(?::\d\d| ?[ap]m)\b",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d")
_QUANTITY = re.compile(
    r"[$€£¥]\s?\d|\b(?!100\s?%)\d[\d.,]{0,24}\s?(?:%|[€$£¥元]|(?:percent|euros?|dollars?|pounds|usd|eur|kg|km|miles"
    r"|hours?|minutes|days|weeks|months|years|people|gb|mb|ms|tokens)\b)",
    re.IGNORECASE,
)
_IS = (
    r"(?:is|are|was|were|will be|becomes?|costs?|starts?|ends?|leaves?|expires?|equals"
    r"|(?:has been |is |was |got )?(?:moved|changed|set|raised|lowered|postponed) to)"
)
_STATED = re.compile(
    rf"\b(?P<owner>(?i:my|our|his|her|their|the)|[A-Z][\w-]*['’]s)\s+"
    rf"(?P<subject>(?:[\w-]+\s+){{0,3}}?[\w-]+)\s+(?:now\s+)?{_IS}\b\s*(?P<value>.+)",
)
_NAMED = re.compile(
    r"\b(?:(?P<self>(?i:my name is|call me|I am called|I['’]m called))|(?:is|are|was) "
    r"(?:called|named))\s+(?P<value>[A-ZÀ-Þ][\w'’-]+(?: [A-ZÀ-Þ][\w'’-]+){0,2})(?=[\s,.!?;]|$)"
)
_PREFERENCE = re.compile(
    r"\bI(?: really| do| don['’]t| do not| also| always| would|['’]d| no longer| now| still| never"
    r"| used to| am|['’]m)* "
    r"(?P<verb>prefer|rather have|like|love|hate|dislike|enjoy|can['’]t stand|cannot stand|avoid"
    r"|allergic to|vegetarian|vegan)\b(?!,? (?:it|that|this|them|those|how|what|when|the way|to see"
    r"|to hear|seeing|hearing|you|your|yours)\b)(?P<value>[^.!?]*)",
    re.IGNORECASE,
)
_DECISION = re.compile(
    r"\b(?:(?:we|I|they|he|she|the \w+|[A-Z]\w+)(?:['’]ve| have| has| had)? "
    r"(?:decided|agreed|chose|chosen|settled on|picked|approved|(?:['’]?ll|will|are going to) "
    r"(?:use|go with|take|pick))|let['’]s (?:use|go with|take|pick|do)|it is decided"
    r"|decision:)\b(?P<value>[^.!?]*)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:(?:we|I)? ?still (?:need|have) to (?:decide|find out|check|clarify|agree)"
    r"|to be (?:decided|confirmed)|TBD|TODO|open question|not (?:yet )?(?:decided|clear)"
    r"|undecided|remains open"
    r"|let me (?:get back|find out)|I['’]ll (?:check|find out|get back))\b",
    re.IGNORECASE,
)
_UNKNOWN = re.compile(
    r"\b(?:I don['’]t know|I do not know|not sure|no idea|cannot say|can['’]t say|unclear"
    r"|do not have that information|don['’]t have that information)\b",
    re.IGNORECASE,
)
_HEDGE = re.compile(
    r"\b(?:any ?more|any longer|at all|(?:very|so) much|too|again|now|most)\b", re.I
)
_OFFER = re.compile(r"\bI(?:['’]d| would)(?: really| also)? (?:love|like|enjoy)\b", re.IGNORECASE)
_PURPOSE = re.compile(
    r"\b(?:for|as|regarding|on)\s+(?:the |our |my |a |an )?(?P<object>[\w -]{2,40})"
)
_MEASURES: tuple[tuple[FactKind, re.Pattern[str], re.Pattern[str]], ...] = (
    ("date", _DATE, _DATE),
    ("number", _QUANTITY, re.compile(r"[\d.,$€£¥%]+")),
)
_FEWEST_TERMS = 2
_MEASURED: tuple[FactKind, ...] = ("name", "number", "date")
"""Kinds of which a newer one supersedes an older one of another of them."""


def facts_of(turns: Sequence[Turn], start: int, before: Turn | None = None) -> list[Fact]:
    """The facts in turns, the first of which stands at position ``start``.

    Args:
        turns: in order; what tools and instructions say is left out.
        start: position of the first.
        before: the turn in front of it, whose question may turn out to be open.
    """
    found: list[Fact] = []
    for position, turn in enumerate(turns, start):
        if turn.role in ("user", "assistant"):
            found += _of_turn(turn, position)
            found += _left_open(turn, before, position)
        before = turn if turn.role != "tool" else before
    return found


def current(facts: Sequence[Fact]) -> list[Fact]:
    """The facts, each with the turn that supersedes it where there is one.

    A fact is superseded by a newer one of the same subject; what was said later counts as newer,
    whatever the clock showed. An open question is closed by a later fact that has its words.
    """
    newest: dict[tuple[str, str], Fact] = {}
    marked: list[Fact] = []
    later: list[tuple[Fact, frozenset[str]]] = []
    for fact in sorted(facts, key=lambda fact: fact.position)[::-1]:
        group = "value" if fact.kind in _MEASURED else fact.kind
        by = newest.setdefault((group, fact.subject), fact)
        if fact.kind == "question":
            asked = set(fact.subject.split())
            closing = [other for other, words in later[-_LOOKED_AHEAD:]
                       if other.position > fact.position
                       and len(asked & words) >= _ANSWERED * max(1, len(asked))]  # fmt: skip
            by = closing[-1] if closing else by
        else:
            later.append((fact, _words(fact.statement)))
        same = by is fact or by.position == fact.position
        marked.append(fact if same else replace(fact, superseded_by=by.turn_id))
    return marked[::-1]


@lru_cache(maxsize=1 << 14)
def _words(statement: str) -> frozenset[str]:
    return frozenset(terms(statement))


def clip(text: str, longest: int = LONGEST) -> str:
    """The text on one line, cut at a word where it is long."""
    line = " ".join(text.split())
    if len(line) <= longest:
        return line
    cut = line[: longest - 1]
    return (cut.rpartition(" ")[0] or cut) + "…"


def _of_turn(turn: Turn, position: int) -> list[Fact]:
    text = turn.text[:_SCANNED]
    speaker = turn.speaker or turn.role
    found: list[Fact] = []
    for a, b in split_sentences(text, detect_language(text)):
        sentence = text[a:b].strip()
        if sentence.endswith(("?", "？")):
            continue
        kind, subject = _recognised(sentence, speaker)
        if kind is None or not subject:
            continue
        found.append(
            Fact(kind, subject, clip(sentence), turn.id, position, turn.time, turn.speaker)
        )
        if len(found) == _MOST:
            break
    return found


def _recognised(sentence: str, speaker: str) -> tuple[FactKind | None, str]:
    """Kind and subject of what a sentence states, nothing where it states no fact."""
    if _OPEN.search(sentence):
        return "question", _key(_OPEN.sub(" ", sentence), most=12)
    if match := _DECISION.search(sentence):
        purpose = _PURPOSE.search(match["value"])
        return "decision", _key(purpose["object"] if purpose else match["value"])
    match = _PREFERENCE.search(sentence)
    if match and not _OFFER.search(sentence):
        value = _HEDGE.sub(" ", match["value"])
        words = terms(value)
        if match["verb"].lower() == "prefer" and words:
            return "preference", f"{speaker} prefer {words[-1]}"
        return "preference", f"{speaker} {_key(value) or match['verb'].lower()}"
    if (match := _NAMED.search(sentence)) and (match["self"] or _before(sentence, match.start())):
        if match["self"]:
            return "name", f"{speaker} name"
        return "name", f"{_before(sentence, match.start())} name"
    if match := _STATED.search(sentence):
        owner = match["owner"].lower()
        subject = _key(match["subject"])
        whose = {"my": speaker, "our": "", "the": ""}.get(owner, owner)
        kind = _kind_of(match["value"], subject)
        if subject and "favourit" in subject.replace("favorit", "favourit"):
            kind = "preference"
        return kind, f"{whose} {subject}".strip()
    return _measured(sentence)


def _measured(sentence: str) -> tuple[FactKind | None, str]:
    """A date or a quantity in a sentence that says enough beside it to be told by."""
    for kind, pattern, rest in _MEASURES:
        if pattern.search(sentence):
            subject = _key(rest.sub(" ", sentence), most=8)
            enough = len(subject.split()) >= _FEWEST_TERMS
            return (kind, subject) if enough else (None, "")
    return None, ""


def _kind_of(value: str, subject: str) -> FactKind | None:
    if _DATE.search(value):
        return "date"
    if _NUMBER.search(value):
        return "number"
    if "name" in subject.split() or re.match(r"\s*[A-ZÀ-Þ][\w-]+\W*$", value):
        return "name"
    return None


def _before(sentence: str, at: int) -> str:
    """The noun phrase in front, such as ``the parrot`` in front of ``is called``."""
    words = terms(" ".join(sentence[:at].split()[-3:]))
    return words[-1] if words else ""


def _key(text: str, *, most: int = _SUBJECT_TERMS) -> str:
    """The words that tell subjects apart, in order, without repeats."""
    return " ".join(list(dict.fromkeys(terms(text, detect_language(text))))[:most])


def _left_open(turn: Turn, before: Turn | None, position: int) -> list[Fact]:
    """The question in the turn before that this one could not answer."""
    if turn.role != "assistant" or before is None or before.role != "user":
        return []
    text = turn.text[:_SCANNED]
    if not _UNKNOWN.search(text):
        return []
    asked = before.text[:_SCANNED]
    spans = split_sentences(asked, detect_language(asked))
    questions = [asked[a:b].strip() for a, b in spans]
    questions = [question for question in questions if question.endswith(("?", "？"))]
    if not questions:
        return []
    question = questions[-1]
    subject = _key(question, most=12)
    return [Fact("question", subject, clip(question), before.id, position - 1, before.time,
                 before.speaker)] if subject else []  # fmt: skip
