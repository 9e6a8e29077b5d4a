"""Counters against slow references and, for the bound, against tokenizers made to be dear."""

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import tiktoken
from hypothesis import given, settings
from hypothesis import strategies as st
from tiktoken_ext.openai_public import r50k_pat_str
from tokenizers import (
    AddedToken,
    Regex,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    trainers,
)

from leanrag.tokens import FolderCounter, OpenAICounter, UpperBoundCounter
from leanrag.tokens.encodings import load_encoding
from leanrag.tokens.openai import count_tokens

BOUND = UpperBoundCounter()
ODD = "ﷺ㍿½Åﬁſẛ̣ΐŉİßΣςK한글각नि🇩🇪👩‍👩‍👧é\u0301\u0323\u200b\u200d\ufeff\u2581\u3000\xa0\x85\x00"

plain = st.text(st.characters(exclude_categories=("Cs",)), max_size=60)
pieces = st.one_of(
    plain,
    st.text("你好世界分词测试数据库のカタカナ한국어", max_size=40),
    st.text("😀👍🏽👩‍👩‍👧🇩🇪❤️", max_size=20),
    st.text(ODD, max_size=20),
    st.text(" \t\n\r'<|>▁abAB12", max_size=40),
    st.binary(max_size=60).map(lambda data: data.decode("latin-1")),
    st.binary(max_size=60).map(lambda data: data.decode("utf-8", "replace")),
    st.builds(lambda c, n: c * n, st.characters(exclude_categories=("Cs",)), st.integers(0, 400)),
    st.sampled_from(["<|endoftext|>", "<|im_end|>", "</s>", "<0x41>"]),
)
texts = st.lists(pieces, max_size=4).map("".join)
roles = st.sampled_from(["system", "user", "assistant", "tool", "developer"])
messages = st.lists(
    st.fixed_dictionaries(
        {"role": roles, "content": texts | st.none()},
        optional={"name": st.text("abc_-", max_size=9)},
    ),
    max_size=5,
)
fast = settings(max_examples=150, deadline=None)


# ── tiktoken ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
@fast
@given(text=texts | st.text(max_size=40))
def test_openai_texts_as_tiktoken_encodes_them(encoding: str, text: str) -> None:
    expected = len(load_encoding(encoding).encode(text, disallowed_special=()))
    assert OpenAICounter(encoding).count(text) == expected


@pytest.mark.parametrize("encoding", ["o200k_base", "cl100k_base"])
@fast
@given(chat=messages)
def test_openai_chats_by_the_published_rule(encoding: str, chat: list[dict[str, Any]]) -> None:
    """The cookbook's loop, one ``encode`` for each value."""
    encode = load_encoding(encoding).encode
    expected = 3
    for message in chat:
        expected += 3
        for key, value in message.items():
            if value is not None:
                expected += len(encode(value, disallowed_special=()))
            if key == "name":
                expected += 1
    assert OpenAICounter(encoding).count_messages(chat) == expected


@cache
def older_encoding() -> tiktoken.Encoding:
    """The pattern of the older encodings over a vocabulary that merges white space."""
    merged = [b"  ", b"    ", b"\n\n", b" \n", b"  \n", b"a ", b" a"]
    ranks = {bytes([value]): value for value in range(256)}
    ranks |= {token: 256 + rank for rank, token in enumerate(merged)}
    return tiktoken.Encoding(
        "older", pat_str=r50k_pat_str, mergeable_ranks=ranks, special_tokens={}
    )


@pytest.mark.parametrize("name", ["o200k_base", "cl100k_base", "older"])
@settings(max_examples=400, deadline=None)
@given(
    text=st.text(" \t\u3000\x85\u2028\n\r aA1!/中'́\ud800", max_size=40),
    long_run=st.integers(2, 4),
)
def test_white_space_encoded_apart_changes_no_token(name: str, text: str, long_run: int) -> None:
    encoding = older_encoding() if name == "older" else load_encoding(name)
    assert count_tokens(encoding, text, long_run=long_run) == len(encoding.encode_ordinary(text))


# ── the upper bound ─────────────────────────────────────────────────────────────────────────────

FORMS: dict[str, Callable[[], Any]] = {
    "none": lambda: None,
    "NFC": normalizers.NFC,
    "NFD": normalizers.NFD,
    "NFKC": normalizers.NFKC,
    "NFKD": normalizers.NFKD,
    "lower NFC": lambda: normalizers.Sequence([normalizers.Lowercase(), normalizers.NFC()]),
    "NFKD lower": lambda: normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase()]),
    "Nmt NFKC": lambda: normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()]),
    "NFD no accents": lambda: normalizers.Sequence([normalizers.NFD(), normalizers.StripAccents()]),
}


@cache
def byte_level(form: str, *, prefix: bool, vocabulary: int) -> Tokenizer:
    """Byte-level BPE; with 256 entries it has no merges, and every byte costs a token."""
    tokenizer = Tokenizer(models.BPE())
    if (normalizer := FORMS[form]()) is not None:
        tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=prefix)
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|endoftext|>"] if vocabulary > 256 else [],
        show_progress=False,
    )
    tokenizer.train_from_iterator(["the quick brown fox 你好 世界 😀", "a a a b b"], trainer)
    return tokenizer


@cache
def byte_fallback(form: str, *, unigram: bool, metaspace: bool) -> Tokenizer:
    """A Llama-like tokenizer: few pieces, all else falls back to bytes."""
    entries = ["<unk>", *(f"<0x{value:02X}>" for value in range(256)), "▁", "a", "b", "你", "▁a"]
    if unigram:
        scored = [(piece, -1.0 * rank) for rank, piece in enumerate(entries)]
        tokenizer = Tokenizer(models.Unigram(scored, 0, byte_fallback=True))
    else:
        vocabulary = {piece: number for number, piece in enumerate(entries)}
        tokenizer = Tokenizer(
            models.BPE(vocabulary, [("▁", "a")], unk_token="<unk>", byte_fallback=True)
        )
    steps = [step] if (step := FORMS[form]()) is not None else []
    if metaspace:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always", split=False)
    else:
        steps += [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    if steps:
        tokenizer.normalizer = normalizers.Sequence(steps)
    tokenizer.add_special_tokens([AddedToken("</s>", special=True)])
    return tokenizer


def holds(tokenizer: Tokenizer, text: str) -> None:
    tokens = len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert tokens <= BOUND.count(text)


@pytest.mark.parametrize("form", FORMS)
@fast
@given(text=texts, prefix=st.booleans(), vocabulary=st.sampled_from([256, 330]))
def test_no_byte_level_tokenizer_exceeds_the_bound(
    form: str, text: str, prefix: bool, vocabulary: int
) -> None:
    holds(byte_level(form, prefix=prefix, vocabulary=vocabulary), text)


@pytest.mark.parametrize("form", FORMS)
@fast
@given(text=texts, unigram=st.booleans(), metaspace=st.booleans())
def test_no_byte_fallback_tokenizer_exceeds_the_bound(
    form: str, text: str, unigram: bool, metaspace: bool
) -> None:
    holds(byte_fallback(form, unigram=unigram, metaspace=metaspace), text)


@fast
@given(text=texts)
def test_tiktoken_does_not_exceed_the_bound(text: str) -> None:
    assert OpenAICounter("cl100k_base").count(text) <= BOUND.count(text)


def test_the_bound_is_reached() -> None:
    """It is not merely large: bytes without merges cost exactly that."""
    for text in ("plain ascii", "你好", "😀"):
        tokenizer = byte_level("none", prefix=True, vocabulary=256)
        assert len(tokenizer.encode(text).ids) == BOUND.count(text)


@fast
@given(first=texts, second=texts)
def test_the_bound_of_a_whole_is_that_of_its_parts(first: str, second: str) -> None:
    together = BOUND.count(first + second)
    assert max(BOUND.count(first), BOUND.count(second)) <= together
    assert together <= BOUND.count(first) + BOUND.count(second)


# ── folders ─────────────────────────────────────────────────────────────────────────────────────

CHATML = (
    "{{ bos_token }}{% for m in messages %}<|im_start|>{{ m['role'] }}\n"
    "{{ m['content'] | trim if m['content'] else '' }}{% if m.name %} ({{ m.name }}){% endif %}"
    "<|im_end|>\n{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


@cache
def model_folder() -> Path:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.normalizer = normalizers.NFC()
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\p{N}{1,3}|\s+"), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        special_tokens=["<|im_start|>", "<|im_end|>", "<s>"],
        show_progress=False,
    )
    tokenizer.train_from_iterator(["user assistant system 你好世界 the fox 😀 12 345"], trainer)
    folder = Path(mkdtemp(prefix="leanrag-tokenizer-"))
    tokenizer.save(str(folder / "tokenizer.json"))
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "bos_token": "<s>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "chat_template.jinja").write_text(CHATML)
    return folder


@cache
def folder_counter() -> FolderCounter:
    return FolderCounter(model_folder())


@cache
def transformers_tokenizer() -> Any:
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(model_folder()), local_files_only=True)


@fast
@given(text=texts)
def test_folder_texts_as_transformers_encodes_them(text: str) -> None:
    expected = len(transformers_tokenizer().encode(text, add_special_tokens=False))
    assert folder_counter().count(text) == expected


@fast
@given(chat=messages.filter(bool))
def test_folder_chats_as_transformers_renders_them(chat: list[dict[str, Any]]) -> None:
    ids = transformers_tokenizer().apply_chat_template(
        chat, add_generation_prompt=True, tokenize=True, return_dict=False
    )
    assert folder_counter().count_messages(chat) == len(ids)
