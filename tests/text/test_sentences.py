import pytest

from leanrag.text.sentences import split_lines, split_sentences


def pieces(text, language="en"):
    return [text[start:end] for start, end in split_sentences(text, language)]


# Each text is written with ¦ where a sentence starts.
ENGLISH = [
    "It works. ¦Does it? ¦Yes! ¦Good.",
    "Dr. Smith met Mrs. Jones, Ph.D., at 5 p.m. on Main St. in Boston. ¦They talked.",
    "Use a tool, e.g. Foo, i.e. a bar, vs. Baz, cf. Qux, etc. for this. ¦Fine.",
    "He lived in the U.S. from 1990. ¦The U.S. Army left the U.S. ¦It never came back.",
    "Written by J. K. Rowling and George R. R. Martin. ¦J.R.R. Tolkien did not.",
    "Pi is 3.14 and e is 2.718. ¦Version 3.11.2 costs $1,544.50. ¦Edit postgresql.conf. ¦Restart.",
    "See No. 5 and Fig. 3, pp. 12-14 of Vol. II. ¦He said no. ¦Then he left.",
    "Sun Inc. sued Acme Corp. in May. ¦It sued Foo Ltd. ¦The case closed.",
    'He said, "Stop." ¦Then he left. ¦"Why?" she asked. ¦“Because,” he said.',
    "Wait... what? ¦Well... ¦She left.",
    "He left (she stayed.) ¦Then it rained. ¦(It often does. ¦It did.) ¦Done.",
    "He shouted (loudly!) At once it stopped.",
    "See https://example.org/a.b?c=d!e for more. ¦Or mail a.b@c.org. ¦Bye.",
    "In 1999. ¦12 people came. ¦Room 7. ¦Next.",
    "It ended.[12] ¦Another began.[3,4] ¦A third.",
    "1. Item one. ¦2. Item two is longer. ¦3. Item three.",
    "Table 8.1. Numeric Types ¦",
    "33.2. Test Evaluation is a section. ¦F.38. postgres_fdw is another.",
    "First paragraph\n\n¦Second paragraph\n \n¦e.g. third",
    "Prose is wrapped\nat some column. ¦And it goes\non.",
    "The steps are:\n¦- first\n¦- second\n¦1. third\n¦2. fourth",
    "# Heading\n¦Some text under it. ¦More.",
    "| a | b |\n¦| 1 | 2 |\n¦After it.",
    "Set the option. ¦max_connections limits it. ¦port is a string. ¦iPhone sold well.",
    "encoding and errors are given in order.  ¦auth is exposed to a facility.",
    "The form is CREATE TABLE ... AS with a query. ¦Use it.",
    "He paid approx. 5 dollars (ca. 4 euros) to St. Mary. ¦Mt. Everest is high.",
    "You know `` this is it . '' ¦Then he left . ¦Right ?",
    "all is lower case. ¦nothing starts big. ¦see e.g. this.",
    "Yahoo! is a company. ¦E! is a channel.",
    "Brown v. Board of Education was decided. ¦It mattered.",
    "**Note.** ¦This is bold. ¦_Really._ ¦Yes.",
]
OTHERS = [
    ("de", "Das kostet z. B. 5 Mio. Euro, d. h. viel. ¦Am 3. Oktober war Feiertag. ¦Gut."),
    ("de", "Dr. Müller, geb. Meier, wohnt bzw. lebt im 19. Jahrhundert. ¦Das ist z.B. so."),
    ("de", "Die Firma Foo AG usw. wuchs. ¦Im Jahr 1999. ¦Es sind 1.544,50 Euro."),
    ("de", "„Halt!“ ¦Er ging. ¦»Warum?« fragte sie. ¦Ludwig XIV. von Frankreich kam."),
    ("es", "El Sr. García y la Sra. López llegaron. ¦¿Quién llamó? ¦¡Nadie! ¦Son 3,5 km."),
    ("es", "Vive en EE. UU. desde 1990. ¦El Dr. Ruiz, p. ej., no. ¦Véase la pág. 5."),
    ("ru", "Он родился в 1918 г. в Москве, т. е. в столице. ¦Это д-р Иванов и т. д. ¦Вот так."),
    ("ru", "А. С. Пушкин писал стихи. ¦«Стой!» — сказал он. ¦Это 3,5 млн. руб. и др. ¦Но мало."),
    ("fr", "M. Dupont est venu. ¦« Qui est là ? » ¦Personne ! ¦Voir p. 5."),
    ("zh", "他来了。¦你好吗？¦很好！¦他说：“我去。”¦然后走了。"),
    ("zh", "有三个（其一；其二；其三）。¦“瘟疫”这个词。¦1.5 米，约3.14。¦完"),
    ("zh", "他走了……¦她没有。¦使用Python。¦好！¦OK?¦是的。"),
    ("ja", "「はい。」と言った。¦彼は「行くよ！」って答えた。¦次の文です。"),
    ("ko", "안녕하세요. ¦저는 학생입니다. ¦3.14는 수입니다."),
    ("hi", "यह एक वाक्य है। ¦यह दूसरा है।"),
    ("ar", "ما هذا؟ ¦هذا كتاب. ¦انتهى"),
]


@pytest.mark.parametrize("marked", ENGLISH)
def test_english(marked):
    assert pieces(marked.replace("¦", "")) == [part for part in marked.split("¦") if part]


@pytest.mark.parametrize(("language", "marked"), OTHERS)
def test_other_languages(language, marked):
    assert pieces(marked.replace("¦", ""), language) == marked.split("¦")


def test_empty_and_blank_texts():
    assert split_sentences("") == []
    assert split_sentences(" \n\n ") == [(0, 4)]
    assert split_sentences("\n\nA. Then") == [(0, len("\n\nA. Then"))]
    assert split_sentences(".") == [(0, 1)]


def test_an_unknown_language_is_split_as_english():
    assert pieces("Dr. No came. He left.", "xx") == ["Dr. No came. ", "He left."]


def test_a_mark_under_a_combining_mark_stays_whole():
    text = "Stop. \u0301Then! \u20dd Good。\ufe00好"
    for start, _ in split_sentences(text, "zh"):
        assert text[start] not in "\u0301\u20dd\ufe00"


def test_long_runs_without_sentences_are_linear():
    for text in ("U.S. " * 40000, ". " * 60000, "a!) " * 40000, "\n" * 100000, "1.5 " * 50000):
        spans = split_sentences(text)
        assert spans[0][0] == 0
        assert spans[-1][1] == len(text)


def test_lines_tile_with_blank_ones_joined_to_the_line_before():
    text = "\n\na = 1\n\n  \nb = 2\nc"
    spans = split_lines(text)
    assert [text[a:b] for a, b in spans] == ["\n\na = 1\n\n  \n", "b = 2\n", "c"]
    assert split_lines("") == []
    assert split_lines("one") == [(0, 3)]
    assert split_lines("\n\n") == [(0, 2)]
    assert split_lines("x\n \n") == [(0, 4)]
