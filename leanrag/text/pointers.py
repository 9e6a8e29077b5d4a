"""How far a question leans on what was said before it: pronouns, ellipses, connectives.

Rules by language for English, German, Spanish, French, Russian and Chinese; a question in another
language leans as far as it is short. A word that mostly points at nothing said (the ``it`` of ``is
it possible``, the German ``sie`` that addresses, a relative ``that``) does not count.
"""

import re

from leanrag.text.languages import detect_language
from leanrag.text.terms import terms

_FRAGMENT = 2
_SHORT = 3
_LONG = 6
"""Numbers of different content terms. In a long question a pronoun often points into itself."""

_POINTING = {
    "en": r"""\b(?:
        its?|they|them|themselves|theirs?|these|those|he|she|him|himself|herself|hers?|his
        |this|the\ same|such|(?:the\ )?(?:former|latter)|(?:an)?others?|else
        |(?:which|this|that|another|the|each|new|both|n?either)\ ones?|one(?=\s*[?.!]?\s*$)
        |(?:about|of|with|for|to|from|by|on|in|like|after|before|do|does|did|is|are|was|mean|than
            |and)\ that(?=\s*[?.,!]|\s*$|\s+(?:is|was|a|the|mean|work|happen|possible|not|so)\b)
        |that(?=\s*[?.!]\s*$)|there(?=\s*[?.,!]|\s*$)
        )\b|(?:^|[.!?]\s*)that(?=\s)""",
    "de": r"""\b(?:er|es|ihn|ihm|ihnen|dies\w*|jene[rsnm]?|deren|dessen|damit|dafür|davon|dabei
        |dazu|dagegen|daran|darauf|darin|darüber|darum|dadurch|danach|dort|solche?\w*|letztere\w*
        |erstere\w*|andere[rsnm]?|derselben?|dieselben?|dasselbe|sonst)\b
        |\b(?:ihre?[rmns]?|seine?[rmns]?|sie)\b
        |(?:^|\s)(?:das|die|der)(?=\s*[?.,!]|\s*$|\s+(?:heißt|bedeutet|geht|kostet|macht)\b)""",
    "es": r"""\b(?:él|ella|ellos|ellas|ello|eso|esto|aquello|es[ea]s?|esos|est[ea]s?|estos
        |aquel(?:la|los|las)?|sus?|suy[oa]s?|lo|los(?=\s+(?:usa|puedo|hace|compr)\w*)|les?
        |mism[oa]s?|dich[oa]s?|otr[oa]s?|allí|ahí|(?:\w+(?:ar|er|ir)(?:l[oa]s?|les?)))\b""",
    "fr": r"""\b(?:il|elle|ils|elles|ce|ça|cela|ceci|celui|celle|ceux|celles|cet|cette|ces|lui
        |leurs?|sa|son|ses|en|y|même|autres?)\b""",
    "ru": r"""\b(?:он|она|оно|они|его|её|ее|ему|ей|им|их|ими|нём|нем|ней|него|неё|нее|них|ним
        |нему|ними|это|этот|эта|эти|этого|этой|этому|этим|этих|эту|этом|тот|та|те|того|той|тому
        |тем|тех|там|туда|оттуда|такой|такая|такое|такие|таких|друг(?:ой|ая|ие|их|ое)|сво[йияею]\w*
        |последн(?:ий|яя|ее|ие))\b""",
    "zh": r"[它他她]们?|[这這那](?!么|麼|样|樣)|此(?!外)|其(?![中他實实它])|该(?=[^不怎如])"
    r"|上述|前者|后者|後者|[同一]样的|另外|别的|其他的",
}
_EMPTY = {
    "en": r"\b(?:is|was|would|will|can|does|did|has)(?:n't)?\s+it\s+(?:be\s+|been\s+)?"
    r"(?:possible|true|ok|okay|legal|necessary|safe|normal|worth|better|take|cost|mean)\b"
    r"|\bit\s*(?:is|['’]s|was)\s+(?:not\s+)?(?:possible|true|ok|okay|legal|necessary|safe|normal"
    r"|worth)\b|\b(?:is|are|was|were)\s+there\b|\bthere\s+(?:is|are|was|were)\b|\bin other words\b",
    "de": r"\bgibt es\b|\bes gibt\b|\bist es (?:möglich|wahr|erlaubt|nötig|sinnvoll|besser)\b"
    r"|\bkönnen Sie\b|\b(?:haben|sind|wissen|würden) Sie\b",
    "es": r"\blo que\b",
    "fr": r"\by a-t-il\b|\bil y a\b|\best-ce que?\b|\bqu['’]est-ce\b",
    "ru": r"\bчто это за\b",
    "zh": r"那么|这么|有没有",
}
_OPENING = {
    "en": r"(?:and|but|or|so|then|also|what about|how about|ok(?:ay)?|why(?: not)?\s*\??$|no,|yes,"
    r"|i meant?)\b",
    "de": r"(?:und|aber|oder|dann|auch|also|wie sieht es (?:mit|bei)|was ist mit|warum\s*\??$"
    r"|ja,|nein,)\b",
    "es": r"¿?\s*(?:y|pero|o|entonces|también|qué (?:tal|hay de|pasa con)|por qué\s*\??$|sí,|no,)"
    r"(?=\s|$)",
    "fr": r"(?:et|mais|ou|alors|aussi|qu['’]en est-il|pourquoi\s*\??$|oui,|non,)\b",
    "ru": r"(?:а|и|но|или|тогда|также|как насчёт|как насчет|что насчёт|почему\s*\??$|да,|нет,)"
    r"(?=\s|$)",
    "zh": r"那(?:么)?|然后|還有|还有|而且|但是?|所以|为什么[？?]?$|為什麼[？?]?$|也",
}
_CLOSING = {"zh": r"呢[？?。]?\s*$"}

_POLITE = frozenset(
    term
    for language, words in {
        "en": "thanks thank you ok okay yes no please great good hello hi sorry sure interesting "
        "know see hmm oh nice awesome cool wow right fine tell well think want really bye welcome "
        "appreciate understand got",
        "de": "danke ok ja nein bitte gut hallo super prima verstanden klar interessant ach achso "
        "stimmt richtig genau schön",
        "es": "gracias ok sí no favor bien hola genial entiendo claro interesante vale perfecto",
        "fr": "merci ok oui non bien bonjour super compris intéressant parfait accord plaît",
        "ru": "спасибо ок да нет пожалуйста хорошо привет понятно ясно интересно отлично ладно",
    }.items()
    for term in terms(words, language)
)
_POLITE_CHINESE = re.compile(
    r"谢谢你?|謝謝你?|好的?|嗯+|明白了?|知道了|了解了?|是的|对的?|不客气|你好|有意思|原来如此|哦+|请问?"
)


def _compiled(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {code: re.compile(text, re.I | re.X) for code, text in patterns.items()}


def _plain(patterns: dict[str, str]) -> dict[str, re.Pattern[str]]:
    return {code: re.compile(text, re.I) for code, text in patterns.items()}


_POINTERS = _compiled(_POINTING)
_EMPTIES = _plain(_EMPTY)
_OPENINGS = _plain(_OPENING)
_CLOSINGS = _plain(_CLOSING)


def leaning(question: str, language: str | None = None) -> float:
    """How far the question leans on what came before, 0 (stands alone) to 1 (needs it).

    1 for a fragment, for a pronoun in a short question and for one that opens with ``and`` or
    ``what about``; less for a pronoun in a long one, or where it is merely short.
    """
    language = language or detect_language(question)
    size = _size(question, language)
    opening = _OPENINGS.get(language)
    closing = _CLOSINGS.get(language)
    continues = (opening is not None and opening.match(question.lstrip())) or (
        closing is not None and closing.search(question)
    )
    if size <= _FRAGMENT or continues:
        return 1.0
    pattern = _POINTERS.get(language)
    if pattern is not None:
        empty = _EMPTIES.get(language)
        said = empty.sub(" ", question) if empty else question
        if pattern.search(said):
            return 1.0 if size < _LONG else 0.6
    return 0.5 if size <= _SHORT else 0.0


def content_terms(text: str, language: str | None = None) -> list[str]:
    """The different terms of a turn, without those that are mere politeness."""
    language = language or detect_language(text)
    if language == "zh":
        text = _POLITE_CHINESE.sub(" ", text)
        if not text.strip(" ，。！？,.!?、\n"):
            return []
    return [term for term in dict.fromkeys(terms(text, language)) if term not in _POLITE]


def _size(question: str, language: str) -> int:
    found = content_terms(question, language)
    if language not in ("zh", "ja"):
        return len(found)
    # Unspaced text gives a term a character and one a pair; a word has about two characters.
    single = sum(len(term) == 1 and not term.isascii() for term in found)
    spaced = sum(term.isascii() for term in found)
    return (single + 1) // 2 + spaced
