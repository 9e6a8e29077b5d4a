"""Finds keys, tokens and passwords: by their well-known beginnings, their form, or what they are
assigned to.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator

from leanrag.types import Span

_KNOWN = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"sk-(?:ant-|proj-|svcacct-|or-v1-)?[A-Za-z0-9_-]{20,200}"  # OpenAI, Anthropic, OpenRouter
    r"|gh[pousr]_[A-Za-z0-9]{36,255}|github_pat_[A-Za-z0-9_]{22,255}|glpat-[A-Za-z0-9_-]{20,60}"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,250}|xapp-[A-Za-z0-9-]{10,250}"  # Slack
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}|LTAI[A-Za-z0-9]{12,30}|AKID[A-Za-z0-9]{32}"  # clouds
    r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,300}|GOCSPX-[A-Za-z0-9_-]{28}"  # Google
    r"|hf_[A-Za-z0-9]{30,60}|npm_[A-Za-z0-9]{36}|pypi-[A-Za-z0-9_-]{50,300}"
    r"|(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{10,200}|whsec_[A-Za-z0-9+/=]{20,100}"  # Stripe
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{16,64}|shp(?:at|ca|pa|ss)_[A-Fa-f0-9]{32}"
    r"|dop_v1_[a-f0-9]{64}"  # DigitalOcean
    r"|eyJ[A-Za-z0-9_-]{8,4000}\.eyJ[A-Za-z0-9_-]{8,8000}\.[A-Za-z0-9_-]{8,2000}"  # JSON Web Token
    r")(?![A-Za-z0-9])"
)
_KNOWN_STARTS = (
    "sk-", "sk_", "rk_", "pk_", "gh", "glpat-", "xox", "xapp-", "AKIA", "ASIA", "ABIA", "ACCA",
    "LTAI", "AKID", "AIza", "ya29.", "GOCSPX-", "hf_", "npm_", "pypi-", "whsec_", "SG.", "shp",
    "dop_", "eyJ",
)  # fmt: skip
_TELEGRAM = re.compile(r"(?<![0-9])[0-9]{8,10}:AA[A-Za-z0-9_-]{33}(?![A-Za-z0-9])")
_HEADER = re.compile(
    r"(?<![A-Za-z])(?:Bearer|Basic)\s{1,3}(?P<value>[A-Za-z0-9._~+/-]{16,4000}={0,2})"
)
_IN_ADDRESS = re.compile(
    r"[A-Za-z][A-Za-z0-9+.-]{1,30}://[^\s/:@<>\"']{0,100}:(?P<value>[^\s/@<>\"']{3,200})@"
)
_ASSIGNED = re.compile(
    r"(?:pass(?:word|wd|phrase)|pwd|secret|token|api[_-]?key|access[_-]?key(?:[_-]?id)?"
    r"|(?:private|account|encryption|signing)[_-]?key|credentials?|密码|密碼|口令|密钥|金鑰|令牌)"
    r"[\"'”*`]{0,2}\s{0,3}(?::=|=>|[:=：]|是|为|(?<=\s)is(?=\s))\s{0,3}[\"'“`]?"
    r"(?P<value>[^\s\"'“”`,;，；。、<>(){}\[\]\\]{6,200})",
    re.IGNORECASE,
)
_ASSIGNED_STARTS = (
    "pass", "pwd", "secret", "token", "api", "access", "private", "account", "encryption",
    "signing", "credential", "密", "口令", "金鑰", "令牌",
)  # fmt: skip
_LABEL = r"[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
_BREAK = r"(?:[ \t]*+(?:\r?\n|\\r\\n|\\n)[ \t]*+)"
_ENCODED = r"[A-Za-z0-9+/=]"
# Lines of a key may have been joined by spaces; then only long ones are told from words.
_KEY_BLOCK = re.compile(
    rf"-----BEGIN {_LABEL}(?:(?:{_BREAK}{{1,2}}(?:[A-Z][A-Za-z-]{{2,20}}: [^\n\\]{{1,120}}+"
    rf"|{_ENCODED}{{1,100}}+(?![ \t]+\S))|[ \t]{{1,3}}(?:[A-Z][A-Za-z-]{{2,20}}: \S{{1,120}}+"
    rf"|{_ENCODED}{{16,}}+|{_ENCODED}{{1,76}}+(?=\s{{0,3}}-----END)))"
    rf"(?={_BREAK}|[ \t]|\Z|-----))*+(?:(?:{_BREAK}|[ \t]){{0,2}}-----END {_LABEL})?"
)
_KEY_END = re.compile(rf"-----END {_LABEL}")
_KEY_LINE = re.compile(rf"(?:{_ENCODED}|\\[rn])+")
_LONG_LINE = 16
_RUN = re.compile(rf"(?<!{_ENCODED})(?<![_.-])[A-Za-z0-9+/]{{32,200}}={{0,2}}(?!{_ENCODED}|[_.-])")
_MOST_KEY_LINES = 400
_LONGEST_KEY = 30_000

_ENTROPY = 2.7
"""Bits a character that a value has at least which was drawn at random; 8 different ones have 3."""
_RUN_ENTROPY = 4.1
_DIGITS_OF_RUN = 3
_NOT_DRAWN = re.compile(
    r"[$%]\w|://|^[./~]|\.{3}|[*xX•]{4}|^(?:your|my|the|example|changeme|none|null|true|false)"
    r"|^\w+(?:\.[A-Za-z_]\w*)+$|\d\.\d+\.\d",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(?:[A-Z]{0,4}[a-z]{2,}|[A-Z]{2,5}\d?|[-_.])+")
_PASSWORD = re.compile(r"pass|pwd|密|口令", re.IGNORECASE)
_LEAST_DRAWN = 8
_LONG = 16


def find_secrets(text: str) -> Iterator[Span]:
    """Spans of keys, tokens and passwords in a plain text; they may overlap."""
    for match in _at(text, _KNOWN, _KNOWN_STARTS):
        if _mixed(match.group()) or not match.group().startswith("sk-"):
            yield match.span()
    if ":AA" in text:
        yield from (match.span() for match in _TELEGRAM.finditer(text))
    if "://" in text and "@" in text:
        yield from (match.span("value") for match in _IN_ADDRESS.finditer(text))
    yield from (
        m.span("value") for m in _at(text, _HEADER, ("Bearer", "Basic")) if _drawn(m["value"])
    )
    for match in _at(text, _ASSIGNED, _ASSIGNED_STARTS, lowered=True):
        value = match["value"].rstrip(".:")
        if _NOT_DRAWN.search(value) or _WORDS.fullmatch(value):
            continue
        if _drawn(value) or (_PASSWORD.match(match.group()) and _mixed(value)):
            yield match.start("value"), match.start("value") + len(value)
    if "PRIVATE KEY" in text:
        yield from (match.span() for match in _KEY_BLOCK.finditer(text))
        before = 0
        for match in _KEY_END.finditer(text):
            yield _upwards(text, match.span(), before)
            before = match.end()
    for match in _RUN.finditer(text):
        value = match.group()
        cased = any(map(str.isupper, value)) and any(map(str.islower, value))
        path = value.count("/") > len(value) // 10
        digits = sum(map(str.isdigit, value)) >= _DIGITS_OF_RUN
        if cased and digits and not path and entropy(value) >= _RUN_ENTROPY:
            yield match.span()


def _at(
    text: str, pattern: re.Pattern[str], starts: tuple[str, ...], *, lowered: bool = False
) -> Iterator[re.Match[str]]:
    """Matches that begin with one of the texts; much faster than trying every position."""
    searched = text.lower() if lowered else text
    if len(searched) != len(text):  # some capital letters have two small ones
        searched = "".join(mark.lower() if mark.isascii() else mark for mark in text)
    for start in starts:
        place = searched.find(start)
        while place >= 0:
            if match := pattern.match(text, place):
                yield match
            place = searched.find(start, place + 1)


def entropy(value: str) -> float:
    """Bits a character by Shannon's formula over the value's own characters."""
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts)


def _mixed(value: str) -> bool:
    return any(map(str.isdigit, value)) and any(map(str.isalpha, value))


def _drawn(value: str) -> bool:
    """Whether it looks drawn at random: no word, no date, no number."""
    marked = any(not mark.isalnum() and mark not in "._-/:" for mark in value)
    kinds = (any(map(str.isdigit, value)) or marked) + any(map(str.isalpha, value))
    enough = kinds > 1 or len(value) >= _LONG
    return len(value) >= _LEAST_DRAWN and enough and entropy(value) >= _ENTROPY


def _upwards(text: str, span: Span, before: int) -> Span:
    """The end of a private key with the lines in front of it, from ``before`` on, that are its."""
    first = max(before, span[0] - _LONGEST_KEY)
    lines = list(re.finditer(r"\S+", text[first : span[0]]))[-_MOST_KEY_LINES:]
    start = span[0]
    short = False
    for line in reversed(lines):
        value = line.group()
        if not _KEY_LINE.fullmatch(value):
            break
        if len(value) < _LONG_LINE:
            # The last line of a key is short, and so are words.
            if short or start != span[0]:
                break
            short = True
            if not value.endswith("="):
                continue
        start = first + line.start()
    return start, span[1]
