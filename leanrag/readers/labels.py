"""What the label of an encoding means: what browsers take it for, as a codec of Python's.

https://encoding.spec.whatwg.org: ISO-8859-1 is windows-1252, GB 2312 its superset, and so on.
"""

import codecs
import re

_WIDER = {
    "shift_jis": "cp932",
    "euc-kr": "cp949",
    "big5": "big5hkscs",
    "gbk": "gb18030",
}
"""The codecs that hold what browsers read under these names."""
_REFUSED = {
    "hz-gb-2312": "hz",
    "hz": "hz",
    "iso-2022-kr": "iso2022_kr",
    "csiso2022kr": "iso2022_kr",
}
"""What browsers read no more, for reasons that do not touch text without scripts."""
_NAMED_OTHERWISE = {"x-mac-ce": "mac_latin2", "x-mac-turkish": "mac_turkish"}
_ELSE = re.compile(
    r"(?:cp|ibm|windows|iso|koi|mac|x-mac|euc|big5|gb|shift|tis|kz|ptcp|hp-roman|latin|johab)[\w-]*"
    r"|utf-?(?:8|16|32)(?:[-_]?[lb]e)?"
)
"""Names that browsers do not know and mail programs write; no codec that is a transformation."""


def codec(label: str) -> str:
    """The codec for a label, "" for one that names none."""
    name = " ".join(label.split()).strip("\"' ").lower()
    if name in _REFUSED:
        return _REFUSED[name]
    found = _of_browsers(name)
    if found is not None:
        return found
    if not _ELSE.fullmatch(name):
        return ""
    try:
        name = codecs.lookup(_NAMED_OTHERWISE.get(name, name)).name
    except (LookupError, ValueError):
        return ""
    return _of_browsers(name) or name


def _of_browsers(name: str) -> str | None:
    """The codec for a name that the standard has; "" where it stands for no text."""
    import webencodings

    found = webencodings.lookup(name)
    if found is None:
        return None
    if found.name in ("x-user-defined", "replacement"):
        return ""
    return _WIDER.get(found.name, str(found.codec_info.name))
