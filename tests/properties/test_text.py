"""Properties of the text basics on texts that nobody would write."""

import re
import unicodedata
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from leanrag.text.bm25 import document_weights, term_counts
from leanrag.text.graphemes import grapheme_ends, is_extender
from leanrag.text.languages import detect_language
from leanrag.text.normalise import normalise
from leanrag.text.sentences import split_lines, split_long, split_sentences
from leanrag.text.terms import terms

PATIENT = settings(deadline=None)  # a busy machine is no failure
LISTED = (
    'Dr. |e.g. |U.S. |J. K. |3.14 |1,234,567|v2.0.1 |postgresql.conf |... |… |"Stop!" |(a.) |'
    "The end. |z. B. |т. е. |Он ушёл. |他说。|“好”！|；|，|「はい。」と|https://a.b/c?d=e |"
    "\n|\n\n|\n- x|1. |# H\n|a|B|ß|é|e\u0301|\u0301|👩\u200d💻|🇩🇪|\u200d|\ufe0f|한국|\ud83d|\ude00|"
    "\x00|\ufeff|\r\n|\u00a0|\u2028|--flag |snake_case |CamelCase |C++ |don't |½|² |15GB |Straße |"
    "it |who |\u0627\u0644؟ |है। |*|_|'|-|.|!| "
)
FRAGMENTS = st.sampled_from(LISTED.split("|"))
TEXTS = st.one_of(st.lists(FRAGMENTS, max_size=40).map("".join), st.text(max_size=80))
LANGUAGES = st.sampled_from(["en", "de", "es", "fr", "ru", "zh", "ja", "ko", "xx"])


def tiles(spans, start, end):
    if start == end:
        return spans == []
    edges = [start, *(stop for _, stop in spans)]
    return (
        [begin for begin, _ in spans] == edges[:-1]
        and edges[-1] == end
        and all(begin < stop for begin, stop in spans)
    )


@PATIENT
@given(TEXTS)
def test_normalise_is_idempotent_and_leaves_no_noise(text):
    once = normalise(text)
    assert normalise(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u00a0\u00ad\u200b\ufeff\ud800-\udfff]", once)


@PATIENT
@given(TEXTS)
def test_normalise_keeps_letters_and_digits(text):
    def content(value):
        return [c for c in unicodedata.normalize("NFC", value) if c.isalnum()]

    # Where noise kept letter and accent apart they are composed: compare without marks.
    def bare(value):
        return [c for c in unicodedata.normalize("NFD", value) if c.isalnum()]

    assert bare(normalise(text)) == bare(text)
    assert len(content(normalise(text))) <= len(content(text))


@PATIENT
@given(TEXTS, LANGUAGES)
def test_sentences_tile(text, language):
    assert tiles(split_sentences(text, language), 0, len(text))


@PATIENT
@given(TEXTS, LANGUAGES)
def test_sentences_never_start_inside_a_word_a_number_or_a_character(text, language):
    for start, _ in split_sentences(text, language)[1:]:
        before, after = text[start - 1], text[start]
        assert not is_extender(after)
        assert not ("\ud800" <= before <= "\udbff" and "\udc00" <= after <= "\udfff")
        assert not (before.isalnum() and after.isalnum())
        assert not re.match(r"\d[.,]\d", text[start - 2 : start + 1])


@PATIENT
@given(st.lists(TEXTS.filter(lambda part: part.strip()), min_size=2, max_size=4), LANGUAGES)
def test_blank_lines_end_sentences(parts, language):
    parts = [f"x{part.strip()}x" for part in parts]
    text = "\n\n".join(parts)
    starts = {start for start, _ in split_sentences(text, language)}
    position = 0
    for part in parts:
        assert position in starts
        position += len(part) + 2


@PATIENT
@given(TEXTS)
def test_sentences_are_stable_when_split_again(text):
    # A sentence alone gives itself, or is cut finer; never does it lose a cut at a blank line.
    for start, end in split_sentences(text):
        assert tiles(split_sentences(text[start:end]), 0, end - start)


@PATIENT
@given(TEXTS)
def test_lines_tile_at_line_ends(text):
    spans = split_lines(text)
    assert tiles(spans, 0, len(text))
    for start, end in spans[1:]:
        assert text[start - 1] == "\n"
        assert text[start:end].strip() or not text.strip()
    for start, end in spans:
        assert "\n" not in text[start:end].strip()


@PATIENT
@given(TEXTS, st.integers(0, 20), st.integers(1, 30), st.booleans())
def test_long_sentences_tile_and_fit(text, skip, limit, in_bytes):
    def size(piece):
        return len(piece.encode("utf-8", "surrogatepass")) if in_bytes else len(piece)

    span = (min(skip, len(text)), len(text))
    spans = split_long(text, span, lambda piece: size(piece) <= limit)
    assert tiles(spans, *span)
    for start, end in spans:
        # A surrogate pair counts as the one character that it is.
        single = end - start == 1 or re.fullmatch("[\ud800-\udbff][\udc00-\udfff]", text[start:end])
        assert size(text[start:end]) <= limit or single


@PATIENT
@given(TEXTS, st.integers(1, 30))
def test_long_sentences_keep_characters_and_numbers_whole_where_they_fit(text, limit):
    spans = split_long(text, (0, len(text)), lambda piece: len(piece) <= limit)
    cuts = {start for start, _ in spans[1:]}
    edges = [0, *grapheme_ends(text, 0, len(text))]
    for start, end in pairwise(edges):
        if end - start <= limit:
            assert not any(start < cut < end for cut in cuts)
    for number in re.finditer(r"[0-9]+(?:[.,][0-9]+)*", text):
        # Room for what clings to a number: the marks on its last digit.
        if number.end() - number.start() <= limit and not is_extender(
            text[number.end() :][:1] or "a"
        ):
            assert not any(number.start() < cut < number.end() for cut in cuts)


@PATIENT
@given(TEXTS, st.lists(st.booleans(), min_size=1, max_size=50))
def test_long_sentences_end_whatever_fits_says(text, answers):
    count = 0

    def fits(_):
        nonlocal count
        count += 1
        return answers[count % len(answers)]

    assert tiles(split_long(text, (0, len(text)), fits), 0, len(text))


@PATIENT
@given(TEXTS, st.one_of(st.none(), LANGUAGES))
def test_terms_are_never_empty_for_a_text_with_words(text, language):
    found = terms(text, language)
    assert all(found)
    assert found == terms(text, language)
    if re.search(r"[A-Za-z0-9一-鿿]", normalise(text)):
        assert found
    assert sum(term_counts(found).values()) == len(found)


@PATIENT
@given(TEXTS, LANGUAGES)
def test_terms_do_not_depend_on_surroundings(text, language):
    # White space separates tokens, so terms of parts add up (stop words are kept only alone).
    whole = terms(f"zebra {text} zebra", language)
    part = terms(text, language)
    assert whole[:1] == whole[-1:] == terms("zebra", language)
    if whole[1:-1]:
        assert whole[1:-1] == part


@PATIENT
@given(st.dictionaries(st.integers(0, 2**32 - 1), st.integers(1, 50), max_size=20))
def test_weights_lie_between_zero_and_the_bound(counts):
    weights = document_weights(counts, 12.5)
    assert set(weights) == set(counts)
    assert all(0 < weight < 2.2 for weight in weights.values())


@PATIENT
@given(TEXTS)
def test_the_language_of_anything_is_a_code(text):
    assert re.fullmatch("[a-z]{2}", detect_language(text))
