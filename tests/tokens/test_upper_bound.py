import re
import sys
import unicodedata

import pytest

from leanrag.errors import InputError
from leanrag.tokens import OpenAICounter, UpperBoundCounter
from leanrag.tokens.bound import (
    LONGEST_FORM,
    PER_MESSAGE,
    PER_PROMPT,
    PREFIX,
    character_cost,
)

COUNTER = UpperBoundCounter(hint="set tokenizer")


def every_character() -> map:
    return map(chr, range(sys.maxunicode + 1))


def test_ascii_costs_a_byte_for_each_character_and_the_prefix() -> None:
    text = "".join(map(chr, range(128)))
    assert COUNTER.count(text) == len(text) + PREFIX == sum(map(character_cost, text)) + PREFIX


@pytest.mark.parametrize(
    ("character", "cost"),
    [
        ("中", 3),
        ("😀", 4),
        ("é", 3),  # e and the accent
        ("한", 9),  # three jamo
        ("ﷺ", 33),  # eighteen letters under NFKD
        ("\ud800", 3),
        ("\U0010ffff", LONGEST_FORM),
    ],
)
def test_the_dearest_form_counts(character: str, cost: int) -> None:
    assert character_cost(character) == cost


def test_a_composed_character_costs_no_more_than_what_it_is_made_of() -> None:
    """The lemma behind NFC and NFKC, over all of Unicode."""
    checked = 0
    for character in every_character():
        parts = unicodedata.decomposition(character).split()
        hangul = 0xAC00 <= ord(character) <= 0xD7A3
        if hangul:
            pair = list(unicodedata.normalize("NFD", character))
        elif len(parts) == 2 and not parts[0].startswith("<"):
            pair = [chr(int(part, 16)) for part in parts]
        else:
            continue
        checked += 1
        assert character_cost(character) <= sum(map(character_cost, pair)), character
    assert checked > 12_000


def test_the_cost_covers_every_form_of_every_character() -> None:
    for character in every_character():
        if unicodedata.category(character) in ("Cn", "Co", "Cs"):
            continue
        if "\u3400" <= character <= "\u9fff" or "\U00017000" <= character <= "\U0003ffff":
            continue  # ideographs have one form
        forms = [unicodedata.normalize(form, character) for form in ("NFC", "NFD", "NFKC", "NFKD")]
        forms += [form.lower() for form in forms] + [form.casefold() for form in forms]
        longest = max(len(form.encode()) for form in (character, *forms))
        assert longest <= character_cost(character) < LONGEST_FORM, character


def test_a_chat_costs_its_texts_and_the_allowances() -> None:
    messages = [
        {"role": "system", "content": "abc"},
        {"role": "user", "name": "ann", "content": [{"type": "text", "text": "de"}]},
    ]
    texts = ("system", "abc", "user", "ann", "de")
    expected = PER_PROMPT + 2 * PER_MESSAGE + sum(map(COUNTER.count, texts))
    assert COUNTER.count_messages(messages) == expected


def test_the_counter_says_that_it_is_not_exact() -> None:
    assert (COUNTER.exact, COUNTER.hint, COUNTER.name) == (False, "set tokenizer", "upper-bound")


def test_malformed_messages_are_input_errors() -> None:
    with pytest.raises(InputError, match="message 0"):
        COUNTER.count_messages([{"content": "no role"}])


MARKS = re.compile(r"<[^<>\s]+>|\[/?INST\]")
RENDERED = {
    "ChatML with a default system text": (
        "<|im_start|>system\nYou are Qwen, created by Alibaba Cloud. You are a helpful assistant."
        "<|im_end|>\n<|im_start|>user\nHI<|im_end|>\n<|im_start|>assistant\n"
    ),
    "Llama 3 with dates": (
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nCutting Knowledge Date: "
        "December 2023\nToday Date: 26 Jul 2024\n\n<|eot_id|><|start_header_id|>user"
        "<|end_header_id|>\n\nHI<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n"
    ),
    "Llama 2": "<s>[INST] <<SYS>>\nSYS\n<</SYS>>\n\nHI [/INST]",
    "Mistral": "<s>[INST] HI [/INST]",
    "Gemma": "<bos><start_of_turn>user\nHI<end_of_turn>\n<start_of_turn>model\n",
    "Granite": (
        "<|start_of_role|>system<|end_of_role|>Knowledge Cutoff Date: April 2024.\nToday's Date: "
        "June 24, 2025.\nYou are Granite, developed by IBM. You are a helpful AI assistant."
        "<|end_of_text|>\n<|start_of_role|>user<|end_of_role|>HI<|end_of_text|>\n"
        "<|start_of_role|>assistant<|end_of_role|>"
    ),
    "plain text marks": (
        "Below is an instruction that describes a task. Write a response that appropriately "
        "completes the request.\n\n### Instruction:\nHI\n\n### Response:\n"
    ),
}


@pytest.mark.parametrize("rendered", RENDERED.values(), ids=RENDERED.keys())
def test_the_allowances_cover_the_usual_templates_for_a_single_message(rendered: str) -> None:
    text_tokens = OpenAICounter("cl100k_base").count
    overhead = len(MARKS.findall(rendered)) + text_tokens(MARKS.sub("", rendered))
    assert overhead <= PER_PROMPT + PER_MESSAGE
