"""Windows: every sentence is read in at least one, whole where it fits, within the limits."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leanrag.adapters.models import SELECTOR_FOLDER
from leanrag.adapters.openvino.engine import load_tokenizer
from leanrag.adapters.openvino.selector_windows import (
    CONTEXT_TOKENS,
    LABEL_TOKENS,
    NO_SENTENCE,
    QUESTION_TOKENS,
    SHORT_TOKENS,
    TEXT_TOKENS,
    Window,
    cut_windows,
    mark_windows,
    read_question,
)
from leanrag.text.languages import detect_language
from leanrag.text.marks import ABSENT, ASKED, MARKS
from leanrag.text.sentences import split_sentences
from leanrag.tokens.memory import without_surrogates
from leanrag.types import Passage

pytestmark = pytest.mark.skipif(
    not (SELECTOR_FOLDER / "tokenizer.json").is_file(), reason="the model is not in this tree"
)
PIECES = (
    "The bridge opened in 1937. ",
    "Tolls are paid by plate, not in cash. ",
    "它在1937年通车。",
    "Мост открыт в 1937 году. ",
    "👩‍🔬🇩🇪 🙂! ",
    "e\u0301t\u00e9 \ud83d lone. ",
    "x" * 90 + " ",
    "word " * 70,
    "7" * 300 + ". ",
    "\u200b",
    "\n\n",
    "  ",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=14).map("".join) | st.text(max_size=80)
LABELS = st.sampled_from(["", "Bridges", "Bridges > Golden Gate", "word " * 80, "桥"])


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    return load_tokenizer(SELECTOR_FOLDER / "tokenizer.json")


def passage(text: str, label: str = "", *, name: str = "p") -> Passage:
    language = detect_language(text)
    return Passage(name, text, tuple(split_sentences(text, language)), label, language)


def body(window: Window) -> np.ndarray:
    return np.arange(len(window.ids)) >= window.label


MANY = st.lists(st.builds(passage, TEXTS, LABELS), max_size=5)


@settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck))
@given(passages=MANY)
def test_every_token_of_every_sentence_is_scored_once(
    tokenizer: Any, passages: list[Passage]
) -> None:
    scored = []
    for window in cut_windows(tokenizer, passages):
        size = len(window.ids)
        assert len(window.sentences) == len(window.passages) == len(window.starts) == size
        assert window.label <= LABEL_TOKENS
        assert 0 < size - window.label <= TEXT_TOKENS
        assert (window.sentences[: window.label] == NO_SENTENCE).all()
        assert (window.passages[: window.label] == -1).all()
        assert (window.passages[window.label :] >= 0).all()
        used = window.sentences != NO_SENTENCE
        columns = (window.passages, window.starts, window.sentences, window.ids)
        scored += zip(*(column[used].tolist() for column in columns), strict=True)
    expected, first = [], 0
    for number, one in enumerate(passages):
        tokens = tokenizer.encode(without_surrogates(one.text), add_special_tokens=False)
        for token, (start, _) in zip(tokens.ids, tokens.offsets, strict=True):
            own = [n for n, (a, b) in enumerate(one.sentences) if a <= start < b]
            expected.append((number, start, first + own[0], token))
        first += len(one.sentences)
    assert scored == expected


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(passages=MANY, question=TEXTS)
def test_marks_fit_whatever_is_read(tokenizer: Any, passages: list[Passage], question: str) -> None:
    windows = cut_windows(tokenizer, passages)
    read = read_question(tokenizer, question)
    asked, marks = mark_windows(question, passages, windows, read)
    assert len(read.ids) == len(read.starts) == len(asked) <= QUESTION_TOKENS
    assert set(asked.tolist()) <= {0, *range(ABSENT, MARKS)}
    for window, marked in zip(windows, marks, strict=True):
        assert len(marked) == len(window.ids)
        assert set(marked.tolist()) <= set(range(ABSENT))


def test_sentences_are_cut_apart_only_where_one_is_too_long(tokenizer: Any) -> None:
    text = "A short sentence about the bridge comes first. " * 60
    windows = cut_windows(tokenizer, [passage(text)])
    assert len(windows) > 2
    seen: set[int] = set()
    for window in windows:
        own = set(window.sentences[window.sentences != NO_SENTENCE].tolist())
        assert not own & seen, "a sentence is scored in one window"
        seen |= own
    assert seen == set(range(60))


def test_a_sentence_longer_than_a_window_is_read_in_several(tokenizer: Any) -> None:
    one = Passage("p", "word " * 700, ((0, 3500),))
    windows = cut_windows(tokenizer, [one])
    assert len(windows) == 3
    assert all((window.sentences == 0).any() for window in windows)


def test_what_stands_before_a_window_is_read_but_not_scored(tokenizer: Any) -> None:
    windows = cut_windows(tokenizer, [passage("The bridge opened in 1937. " * 80)])
    for before, window in pairwise(windows):
        context = window.sentences == NO_SENTENCE
        assert 0 < context.sum() <= CONTEXT_TOKENS
        assert not context[int(context.sum()) :].any(), "context stands in front"
        end = before.starts[before.sentences != NO_SENTENCE][-1]
        assert window.starts[context][-1] == end


def test_headings_within_a_text_are_read_but_not_scored(tokenizer: Any) -> None:
    one = Passage("p", "Tolls\nThey rise.", ((6, 16),), "Bridge")
    (window,) = cut_windows(tokenizer, [one])
    assert ((window.sentences == 0) == (window.starts >= 6))[body(window)].all()
    assert (window.sentences[body(window)] == NO_SENTENCE).any()


def test_short_passages_of_one_label_share_a_window(tokenizer: Any) -> None:
    turns = [passage(f"Ana: this is turn {n}.", "Monday", name=str(n)) for n in range(60)]
    windows = cut_windows(tokenizer, turns)
    assert 1 < len(windows) < 8
    for window in windows:
        assert tokenizer.decode(window.ids[: window.label].tolist()) == "monday"
    seen = [n for window in windows for n in sorted(set(window.passages[body(window)].tolist()))]
    assert seen == list(range(60)), "no passage is cut apart, and their order stays"


@pytest.mark.parametrize(
    ("first", "second"),
    [("Monday", "Tuesday"), ("", "")],
    ids=["other label", "no label"],
)
def test_passages_of_other_labels_are_read_apart(tokenizer: Any, first: str, second: str) -> None:
    two = [passage("One turn.", first), passage("Another turn.", second)]
    assert len(cut_windows(tokenizer, two)) == 2


def test_a_long_passage_has_its_windows_alone(tokenizer: Any) -> None:
    long = "The bridge opened in the year 1937. " * 20
    label = "Bridge"
    three = [passage("First.", label), passage(long, label), passage("Last.", label)]
    assert len(tokenizer.encode(long, add_special_tokens=False).ids) > SHORT_TOKENS
    windows = cut_windows(tokenizer, three)
    assert [sorted(set(w.passages[body(w)].tolist())) for w in windows] == [[0], [1], [2]]


def test_passages_without_words_have_no_window(tokenizer: Any) -> None:
    some = [passage(text, "Label") for text in ("", "  ", "One.", "\u200b", "Two.")]
    (window,) = cut_windows(tokenizer, some)
    assert set(window.passages[body(window)].tolist()) == {2, 4}
    assert cut_windows(tokenizer, some[:2]) == []
    assert cut_windows(tokenizer, []) == []


def test_of_a_long_question_the_end_is_read(tokenizer: Any) -> None:
    question = "By the way, " * 60 + "when did it open?"
    read = read_question(tokenizer, question)
    assert len(read.ids) == QUESTION_TOKENS
    assert tokenizer.decode(read.ids.tolist()).endswith("when did it open?")
    assert question[read.starts[-1] :] == "?"


def test_shared_words_are_marked_where_they_stand(tokenizer: Any) -> None:
    question = "When did the bridge open, captain?"
    texts = ["The Golden Gate Bridge opened in 1937. It is red.", "Tickets are sold online."]
    given_passages = [passage(text, "A bridge") for text in texts]
    windows = cut_windows(tokenizer, given_passages)
    read = read_question(tokenizer, question)
    asked, (marked,) = mark_windows(question, given_passages, windows, read)

    def words(ids: np.ndarray, marks: np.ndarray) -> list[str]:
        return [tokenizer.id_to_token(int(n)) for n, m in zip(ids, marks, strict=True) if m]

    assert words(windows[0].ids, marked) == ["bridge", "bridge", "opened"]
    assert words(read.ids, asked) == ["bridge", "open", "captain"]
    assert ABSENT in asked
    assert ASKED in asked, "in one sentence of all"


def test_all_tokens_of_a_word_are_marked(tokenizer: Any) -> None:
    text = "The Pfefferminzbonbon is green."
    one = passage(text)
    (window,) = windows = cut_windows(tokenizer, [one])
    read = read_question(tokenizer, "What is Pfefferminzbonbon?")
    _, (marked,) = mark_windows("What is Pfefferminzbonbon?", [one], windows, read)
    at = (window.starts >= 4) & (window.starts < 4 + len("Pfefferminzbonbon"))
    assert at.sum() > 2
    assert (marked[at] > 0).all()
    assert (marked[~at] == 0).all()
