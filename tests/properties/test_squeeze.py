"""Dropping words: targets hold, spans slice back, protected words stay, in every mode."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import leanrag
from leanrag import Settings
from leanrag.adapters.openvino.words import OpenVinoWordScorer
from leanrag.api.prompting import choosing as squeezing
from leanrag.api.prompting.evidence import Evidence
from leanrag.api.prompting.rendering import Draft
from leanrag.api.wiring import models
from leanrag.compress.pieces import pieces_of
from leanrag.compress.protect import hard_strings, lost, protect
from leanrag.compress.squeeze import squeeze
from leanrag.pack.render import SYSTEM_TEXT, Candidate, Style
from leanrag.protocols import WordScorer
from leanrag.settings import CompressionSettings
from leanrag.text.graphemes import grapheme_ends
from leanrag.text.languages import detect_language
from leanrag.text.sentences import split_sentences
from leanrag.text.words import split_words
from leanrag.tokens import OpenAICounter, UpperBoundCounter
from leanrag.types import Cuts, Passage, Span, Unit, Word
from tests.builders import hit
from tests.tiny_models import bert_classifier

COUNTERS = [OpenAICounter("o200k_base"), OpenAICounter("cl100k_base"), UpperBoundCounter()]
PIECES = (
    "The bridge, which everybody liked, was opened to traffic in 1937. ",
    "It did not (as some say) cost 12 million dollars; see [12] or https://a.org/b?c=1. ",
    'He said "it is not mine" – twice! ',
    "Er gewann am 3. März 2020 nicht, sondern verlor 1.544,50 Euro. ",
    "Он не выиграл 5 млн рублей 3 марта 2020 года. ",
    "他在2008年9月没有去北京，而是去了上海第三章第4节。",
    "数字是二十，三十年前却不同。",
    "Set max_connections = 100; call open(path, mode) `now`.\n",
    "| a | b |\n| 1 | 2 |\n",
    "[ of the 1 ] and [S 2] = = = = and ==",
    "== a ==\n",
    "e\u0301t\u00e9 \U0001f469\u200d\U0001f52c\U0001f1e9\U0001f1ea \ud83d x\u0301 ",
    "rain—sun—snow iPhone和iPad Room 12 of 300 ",
    "\n\n",
    "   ",
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=7).map("".join) | st.text(max_size=120)


def words_of(text: str, seed: int) -> list[Word]:
    random = Random(seed)
    return [Word(a, b, round(random.random(), 2)) for a, b in split_words(text)]


@given(TEXTS)
def test_words_tile_all_but_white_space_and_tear_no_character(text: str) -> None:
    ends = {0, *grapheme_ends(text, 0, len(text))}
    at = 0
    for start, end in split_words(text):
        assert at <= start < end
        assert not text[at:start].strip()
        assert {start, end} <= ends
        at = end
    assert not text[at:].strip()


@given(
    TEXTS,
    st.integers(0, 9),
    st.integers(0, 120),
    st.sampled_from([0.0, 0.2, 0.5, 1.0]),
    st.sampled_from(COUNTERS),
)
@settings(max_examples=150, deadline=None)
def test_squeezing_keeps_its_promises(
    text: str, seed: int, target: int, least: float, counter: OpenAICounter
) -> None:
    passage = Passage("a", text, tuple(split_sentences(text, detect_language(text))))
    values = {number: (number * 7 % 5) / 4 for number in range(len(passage.sentences))}
    pieces = pieces_of(0, passage, words_of(text, seed), values=values)

    def count(cuts: Cuts) -> int:
        spans = [span for key in sorted(cuts) for span in cuts[key]]
        return counter.count("".join(text[a:b] for a, b in spans))

    found = squeeze(pieces, count, target, least=least)

    assert count(found) <= target
    assert found == squeeze(pieces, count, target, least=least)
    ends = {0, *grapheme_ends(text, 0, len(text))}
    for piece in pieces:
        spans = found.get(piece.key)
        if spans is None:
            continue
        start, end = piece.span
        assert spans
        assert list(spans) == sorted(spans)
        assert all(a < b for a, b in spans)
        assert all(first[1] < then[0] for first, then in pairwise(spans))
        assert start <= spans[0][0]
        assert spans[-1][1] <= end
        inner = [at for span in spans for at in span if start < at < end]
        assert set(inner) <= ends
        own = [item for item in protect(text) if start <= item.start and item.end <= end]
        assert lost(own, spans) == []
        shown = "".join(text[a:b] for a, b in spans)
        assert not hard_strings(shown) - hard_strings(text[start:end])


@pytest.fixture(scope="module")
def squeezer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordScorer]:
    """A model of random weights in the place of the built-in one."""
    folder = bert_classifier(tmp_path_factory.mktemp("squeezer"))
    made = OpenVinoWordScorer("random", folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(models, "load_word_scorer", lambda settings: made)
        yield made


MODES = st.sampled_from(["auto", "prune", "squeeze", "both", "none"])
RATES = st.sampled_from([0.3, 0.65, 1.0])


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    given_texts=st.lists(TEXTS, max_size=4),
    budget=st.integers(1, 150),
    mode=MODES,
    rate=RATES,
    chooses=st.sampled_from(
        [{"keep": keep} for keep in ("cautious", "balanced", "lean")]
        + [{"selector": "similarity", "floor": floor} for floor in (0.0, 0.3, 1.0)]
    ),
    question=st.sampled_from(["When was the bridge opened?", "他去了哪里？", "= = [1] \ud83d"]),
)
def test_compress_is_verbatim_and_fits_in_every_mode(
    squeezer: WordScorer,
    given_texts: list[str],
    budget: int,
    mode: str,
    rate: float,
    chooses: dict[str, object],
    question: str,
) -> None:
    chosen = Settings.create(
        compression={"mode": mode, "rate": rate, "protect": ["every*"], **chooses}
    )
    kept = leanrag.compress(question, given_texts, budget=budget, settings=chosen)
    joined = "\n\n".join(text.text for text in kept.texts)
    assert COUNTERS[0].count(joined) == kept.tokens["out"] <= budget
    assert [int(text.id) for text in kept.texts] == sorted(int(text.id) for text in kept.texts)
    for text in kept.texts:
        original = given_texts[int(text.id)]
        assert text.text == "".join(original[a:b] for a, b in text.spans)
        assert text.text.strip()
        assert list(text.spans) == sorted(text.spans)
    # nothing remembered: the models are asked again
    models.shared_models().close()
    again = leanrag.compress(question, given_texts, budget=budget, settings=chosen)
    assert again.texts == kept.texts
    assert again.tokens == kept.tokens
    stages = [entry.stage for entry in kept.trace]
    cut = {"squeeze", "trim"}.intersection(stages)
    assert len(cut) == (mode in ("auto", "squeeze", "both"))
    assert mode == "auto" or "trim" not in cut


def evidence(draft: Draft, values: list[float]) -> Evidence:
    passages = []
    for candidate in draft.candidates:
        chunk = candidate.hit.chunk
        start = chunk.span[0]
        own: tuple[Span, ...] = tuple((a - start, b - start) for a, b in chunk.sentences)
        passages.append(Passage(chunk.id, chunk.text, own))
    units = [
        Unit(index, number, values[(3 * index + number) % len(values)])
        for index, passage in enumerate(passages)
        for number in range(len(passage.sentences))
    ]
    return Evidence(draft.question, passages, units)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    texts=st.lists(TEXTS.filter(str.strip), min_size=1, max_size=4),
    values=st.lists(st.floats(0, 1), min_size=1, max_size=6),
    more=st.integers(0, 200),
    mode=MODES,
    rate=RATES,
)
def test_a_prompt_fits_and_cannot_be_forged_in_every_mode(
    squeezer: WordScorer, texts: list[str], values: list[float], more: int, mode: str, rate: float
) -> None:
    counter = COUNTERS[0]
    document = "A heading.\n"
    draft = Draft(
        system=SYSTEM_TEXT,
        history=(),
        question="When was [S1] the bridge opened?",
        candidates=[
            Candidate(hit(text, source=f"{n}.txt", title="T", document=document * n))
            for n, text in enumerate(texts)
        ],
        style=Style(),
        counter=counter,
        words=squeezer,
    )
    chosen = CompressionSettings.model_validate({"mode": mode, "rate": rate})
    bare = counter.count_messages(draft.messages())
    _, rendering = draft.fit(evidence(draft, values), chosen, bare + more)

    messages = draft.messages(rendering.context)
    assert counter.count_messages(messages) <= bare + more
    sources, layout = rendering.sources, rendering.layout
    told = draft.report(messages, rendering.context, bare + more)
    assert told.prompt == counter.count_messages(messages)
    marks = [layout.mark(number) for number in range(1, 9)]
    for source in sources:
        canonical = document * int(source.source[0]) + texts[int(source.source[0])]
        assert source.text == "".join(canonical[a:b] for a, b in source.spans)
        assert layout.fence not in source.text
        assert not any(mark in source.text for mark in marks)
    content = messages[-1]["content"]
    assert content.count(layout.fence) == (2 if sources else 0)


class Given:
    """Words whose values are known."""

    name = "given"

    def __init__(self, words: Sequence[Word]) -> None:
        self._words = tuple(words)

    def score(self, texts: Sequence[str], question: str = "") -> list[tuple[Word, ...]]:
        return [self._words for _ in texts]


def test_dropping_words_cannot_forge_a_fence() -> None:
    """The equals signs stand apart in the text, and together once the words between go."""
    text = "the " * 40 + "bridge ==of== and ==the== go "
    sentence = (0, len(text))
    words = [Word(a, b, 0.1 if text[a:b].isalpha() else 0.9) for a, b in split_words(text)]
    draft = Draft(
        system="", history=(), question="q", candidates=[Candidate(hit(text))],
        style=Style(show_headings=False), counter=COUNTERS[0], words=Given(words),
    )  # fmt: skip
    given_evidence = Evidence("q", [Passage("a", text, (sentence,))], [Unit(0, 0, 1.0)])
    chosen = CompressionSettings(mode="squeeze", rate=0.6)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(squeezing, "lend_weight", lambda text, given: given)
        _, rendering = draft.fit(given_evidence, chosen, 500)
    source = rendering.sources[0]
    assert "====" in source.text
    assert rendering.layout.fence not in source.text
