"""Words that carry a full stop without ending a sentence, by language.

All in lower case and without their last full stop. Three kinds, by what follows them:

- ``NEVER``: the sentence goes on, whatever stands next (``Dr.``, ``e.g.``, ``z. B.``).
- ``MAYBE``: it ends only before a word that commonly starts sentences (``Inc. The``).
- ``BEFORE_NUMBER``: it goes on only before a number (``No. 5``, but ``He said no.``).
"""

_NEVER = {
    "en": """
        mr mrs ms messrs mmes dr prof hon cmdr cpl sgt supt msgr e.g eg i.e ie v vs viz cf approx
        ca resp esp incl excl a.k.a w.r.t
    """,
    "de": """
        z.b d.h u.a i.d.r z.t u.u v.a s.o s.u o.ä i.e e.g bzw bspw evtl ggf sog ca vgl inkl exkl
        zzgl dr prof hr fr frl dipl ing hl st geb gest gegr insb insbes max min mind allg urspr
        engl franz lat griech dt amerik brit abk bes hrsg mio mrd jh jhd jhs
    """,
    "es": """
        sr sra srta sres dr dra prof profa ing lic arq gral cap cnel sto sta d dña fr p.ej ej vs
        cf aprox ca pág págs núm
    """,
    "fr": """
        m mm mme mmes mlle mlles dr pr me st ste p.ex ex c.-à-d cf env vs av apr
    """,
    "ru": """
        т.е т.к т.н т.о т.ч т.наз напр см ср св ул просп пер пл обл р-н проф акад доц канд ред изд
        вып тыс коп англ нем фр лат греч рус яп исп итал букв прим гос зам
    """,
}
_MAYBE = {
    "en": """
        inc ltd co corp bros llc plc dept univ assn jr sr esq ph.d m.d b.a m.a b.sc m.sc ph d.c
        u.s u.k u.n e.u u.s.a u.s.s.r a.m p.m am pm b.c a.d b.c.e c.e etc al st ste ave blvd rd mt
        mts ft fr rev gen adm capt col lt maj sen rep gov pres insp
        jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri sat sun
        ed eds trans min max avg est ext tel ser
    """,
    "de": """
        usw etc ag gmbh co str jan feb mär apr jun jul aug sep sept okt nov dez chr v.chr n.chr
        u.s.w
    """,
    "es": """
        etc ud uds vd vds ee.uu ee s.a s.l av avda a.c d.c a.m p.m
    """,
    "fr": """
        etc av bd j.-c janv févr avr juil sept oct nov déc s.a
    """,
    "ru": """
        т.д т.п др пр гг вв н.э э соавт млн млрд трлн чел руб долл кв куб им ген
    """,
}
_BEFORE_NUMBER = {
    "en": "no nos vol vols fig figs sec sect ch chap art p pp par para eq eqs ref refs tab ver op",
    "de": "nr nrn abb abs art bd kap s tab ziff § teil",
    "es": "nº no núm pág págs pp art fig cap vol tomo",
    "fr": "no nº art p pp fig chap vol",
    "ru": "№ стр с гл рис табл т п ст ум род ок тел",
}
# Words at which a sentence commonly starts, beyond the function words of the language.
_STARTERS = {
    "en": """
        however moreover furthermore therefore thus hence meanwhile nevertheless instead since once
        despite unlike like according many most several all another one two three
        today later now finally first second next
    """,
    "de": """
        jedoch außerdem danach zudem dennoch heute heutzutage derzeit später zuerst schließlich
        viele mehrere alle seither obwohl trotz laut anschließend daher deshalb
    """,
    "es": "además luego después hoy entonces finalmente todos muchos algunos tras",
    "fr": "cependant toutefois ensuite puis enfin aujourd'hui plusieurs tous après",
    "ru": "однако кроме затем потом сегодня позже наконец многие некоторые впоследствии",
}


def _by_language(listed: dict[str, str]) -> dict[str, frozenset[str]]:
    # English abbreviations turn up in every language's texts; the reverse is rare.
    english = frozenset(listed["en"].split())
    return {code: frozenset(words.split()) | english for code, words in listed.items()}


NEVER = _by_language(_NEVER)
MAYBE = _by_language(_MAYBE)
BEFORE_NUMBER = _by_language(_BEFORE_NUMBER)
STARTERS = {code: frozenset(words.split()) for code, words in _STARTERS.items()}
