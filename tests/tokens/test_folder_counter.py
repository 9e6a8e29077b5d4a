import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from leanrag.errors import ConfigError, InputError, ModelError
from leanrag.tokens import FolderCounter
from leanrag.tokens.bound import PER_MESSAGE, PER_PROMPT

MakeFolder = Callable[..., Path]
CHAT = [
    {"role": "system", "content": "Answer from the sources."},
    {"role": "user", "content": "中文 question? 😀 <|im_end|> \n"},
    {"role": "assistant", "content": "An answer."},
    {"role": "user", "content": "  Next one, with spaces.  "},
]


def reference(folder: Path, messages: list[dict[str, Any]]) -> int:
    """What transformers makes of the chat."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(folder), local_files_only=True)
    ids = tokenizer.apply_chat_template(
        messages, add_generation_prompt=True, tokenize=True, return_dict=False
    )
    return len(ids)


def test_a_text_is_counted_whole_and_without_added_special_tokens(
    make_folder: MakeFolder, tokenizer_json: str
) -> None:
    counter = FolderCounter(make_folder())
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    text = "The quick brown fox. " * 40
    assert counter.count(text) == len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert counter.count("a") == 1  # neither cut to eight tokens nor padded up to eight
    assert counter.count("<|im_start|>") == 1  # a special token in a text is that token


def test_a_chat_is_counted_as_transformers_renders_it(make_folder: MakeFolder) -> None:
    folder = make_folder()
    counter = FolderCounter(folder)
    assert (counter.name, counter.exact, counter.hint) == ("model", True, "")
    assert counter.count_messages(CHAT) == reference(folder, CHAT)
    assert counter.count_messages(CHAT[:1]) == reference(folder, CHAT[:1])


TEMPLATES = {
    "special tokens": "{{ bos_token }}{% for m in messages %}{{ m.content }}{{ eos_token }}"
    "{% endfor %}",
    "json, loop controls and trimmed blocks": "{%- for m in messages %}\n"
    "    {%- if m.role == 'system' %}{% continue %}{% endif %}\n"
    "    {{ m | tojson(indent=2) }} <é>\n"
    "{%- endfor %}\n",
    "generation marks": "{% for m in messages %}{% generation %}{{ m.content | trim }}"
    "{% endgeneration %}{% endfor %}",
    "tools and documents": "{% if tools is none and documents is none %}none {% endif %}"
    "{% for m in messages %}{{ m['content'] }}{% endfor %}",
    "the date": "{{ strftime_now('%Y') }}{% for m in messages %}{{ m['content'] }}{% endfor %}",
    "missing keys": "{% for m in messages %}{{ m.name }}{{ m.content }}"
    "{% if m.tool_calls is defined %}calls{% endif %}{% endfor %}",
}


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=TEMPLATES.keys())
def test_templates_render_as_in_transformers(make_folder: MakeFolder, template: str) -> None:
    folder = make_folder(template, bos_token={"content": "<|endoftext|>", "__type": "AddedToken"})
    messages = [*CHAT, {"role": "assistant", "content": "x", "tool_calls": None}]
    assert FolderCounter(folder).count_messages(messages) == reference(folder, messages)


def test_the_template_may_stand_in_the_configuration(make_folder: MakeFolder) -> None:
    template = "{% for m in messages %}[{{ m.role }}] {{ m.content }}{% endfor %}"
    plain = make_folder(None, name="plain", chat_template=template)
    named = make_folder(
        None,
        name="named",
        chat_template=[
            {"name": "tool_use", "template": "never"},
            {"name": "default", "template": template},
        ],
    )
    expected = reference(plain, CHAT)
    assert FolderCounter(plain).count_messages(CHAT) == expected
    assert FolderCounter(named).count_messages(CHAT) == expected


def test_the_template_file_wins_over_the_configuration(make_folder: MakeFolder) -> None:
    folder = make_folder("short", chat_template="a much longer template")
    assert FolderCounter(folder).count_messages(CHAT) == reference(folder, CHAT)


def test_tokens_that_only_the_configuration_declares_are_known(make_folder: MakeFolder) -> None:
    folder = make_folder(
        "{% for m in messages %}<turn>{{ m.content }}<end of turn>{% endfor %}",
        added_tokens_decoder={
            "900": {
                "content": "<turn>",
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                "normalized": False,
                "special": True,
            }
        },
        extra_special_tokens=["<end of turn>"],
    )
    counter = FolderCounter(folder)
    assert counter.count("<turn>") == counter.count("<end of turn>") == 1
    assert counter.count_messages(CHAT) == reference(folder, CHAT)


def test_special_tokens_of_an_older_folder(make_folder: MakeFolder) -> None:
    folder = make_folder("{{ bos_token }}{% for m in messages %}{{ m.content }}{% endfor %}")
    (folder / "special_tokens_map.json").write_text('{"bos_token": "<|begin of chat|>"}')
    assert FolderCounter(folder).count_messages(CHAT) == reference(folder, CHAT)


def test_special_tokens_that_a_tokenizer_class_has_by_default(make_folder: MakeFolder) -> None:
    folder = make_folder(
        "{% for m in messages %}{{ bos_token }}{{ m.content }}{% endfor %}",
        tokenizer_class="GPT2Tokenizer",
    )
    with_default = FolderCounter(folder).count_messages(CHAT)
    assert with_default == reference(folder, CHAT)
    other = make_folder("{% for m in messages %}{{ m.content }}{% endfor %}", name="other")
    assert with_default == FolderCounter(other).count_messages(CHAT) + len(CHAT)


def test_parts_go_to_a_template_that_walks_through_them(make_folder: MakeFolder) -> None:
    folder = make_folder(
        "{% for m in messages %}{% for part in m['content'] %}({{ part.text }})"
        "{% endfor %}{% endfor %}"
    )
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    messages = [{"role": "user", "content": parts}]
    assert FolderCounter(folder).count_messages(messages) == reference(folder, messages)


def test_parts_are_joined_for_a_template_of_text_models(make_folder: MakeFolder) -> None:
    counter = FolderCounter(make_folder())
    parts = [{"type": "text", "text": "one"}, {"type": "text", "text": "two"}]
    joined = counter.count_messages([{"role": "user", "content": "one\ntwo"}])
    assert counter.count_messages([{"role": "user", "content": parts}]) == joined


def test_parts_that_are_not_text_are_refused(make_folder: MakeFolder) -> None:
    image = [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "x"}}]}]
    with pytest.raises(InputError, match="image_url"):
        FolderCounter(make_folder()).count_messages(image)


def test_without_a_template_an_allowance_is_counted_and_said(make_folder: MakeFolder) -> None:
    folder = make_folder(None)
    counter = FolderCounter(folder)
    assert not counter.exact
    assert str(folder) in counter.hint
    assert "chat_template.jinja" in counter.hint
    contents = sum(counter.count(m["role"]) + counter.count(m["content"]) for m in CHAT)
    assert counter.count_messages(CHAT) == PER_PROMPT + len(CHAT) * PER_MESSAGE + contents


@pytest.mark.parametrize(
    ("template", "messages", "complaint"),
    [
        (
            "{% if messages[0].role == 'system' %}"
            "{{ raise_exception('System role not supported') }}{% endif %}",
            CHAT,
            "System role not supported",
        ),
        (
            "{% for m in messages %}{% if (m.role == 'user') != (loop.index0 % 2 == 0) %}"
            "{{ raise_exception('Roles must alternate') }}{% endif %}{% endfor %}",
            [{"role": "user", "content": "a"}, {"role": "user", "content": "b"}],
            "Roles must alternate",
        ),
        ("{{ messages[0].content.strip() + 1 }}", CHAT, "refuses these messages"),
        ("{{ messages[0]['content']['x'].y }}", CHAT, "refuses these messages"),
        ("{{ 1 // 0 }}", CHAT, "refuses these messages"),
        ("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", CHAT, "refuses these messages"),
        ("{% for i in range(10 ** 9) %}{% endfor %}", CHAT, "refuses these messages"),
    ],
)
def test_what_a_template_refuses_is_an_input_error_with_its_words(
    make_folder: MakeFolder, template: str, messages: list[dict[str, Any]], complaint: str
) -> None:
    folder = make_folder(template)
    with pytest.raises(InputError, match=complaint) as caught:
        FolderCounter(folder).count_messages(messages)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ raise_exception.__globals__['json'] }}",
        "{{ messages.append('x') }}",
        "{{ (strftime_now.__code__).co_consts }}",
        "{% for m in messages %}{{ m.update({'a': 1}) }}{% endfor %}",
    ],
)
def test_a_hostile_template_is_stopped(make_folder: MakeFolder, template: str) -> None:
    with pytest.raises(ConfigError, match="not safe"):
        FolderCounter(make_folder(template)).count_messages(CHAT)


def test_messages_are_not_changed_by_a_template(make_folder: MakeFolder) -> None:
    template = "{% set ns = namespace(m=messages) %}{% set ns.m = ns.m[1:] %}{{ ns.m | length }}"
    before = json.dumps(CHAT)
    FolderCounter(make_folder(template)).count_messages(CHAT)
    assert json.dumps(CHAT) == before


def test_a_broken_template_names_its_file(make_folder: MakeFolder) -> None:
    with pytest.raises(ConfigError, match=r"chat_template\.jinja: the chat template is not valid"):
        FolderCounter(make_folder("{% for m in messages %}"))


@pytest.mark.parametrize(
    ("file", "content", "complaint"),
    [
        ("tokenizer.json", b"{", r"tokenizer\.json: not a tokenizer"),
        ("tokenizer.json", b"\xff\xfe", r"tokenizer\.json: not a tokenizer"),
        ("tokenizer.json", b'{"model": {"type": "Unheard"}}', r"tokenizer\.json: not a tokenizer"),
        ("tokenizer_config.json", b"[1]", r"tokenizer_config\.json: expected a JSON object"),
        ("tokenizer_config.json", b"{nope", r"tokenizer_config\.json: not valid JSON"),
        ("tokenizer_config.json", b"\xff", r"tokenizer_config\.json: cannot be read"),
        ("special_tokens_map.json", b"{", r"special_tokens_map\.json: not valid JSON"),
        ("chat_template.jinja", b"\xff\xff", r"chat_template\.jinja: cannot be read"),
        (
            "tokenizer_config.json",
            b'{"added_tokens_decoder": {"x": 1}}',
            "malformed added or special token",
        ),
        ("tokenizer_config.json", b'{"bos_token": 7}', "malformed added or special token"),
    ],
)
def test_a_broken_folder_names_the_file(
    make_folder: MakeFolder, file: str, content: bytes, complaint: str
) -> None:
    folder = make_folder()
    (folder / file).write_bytes(content)
    with pytest.raises(ConfigError, match=complaint) as caught:
        FolderCounter(folder)
    assert str(folder) in str(caught.value)


@pytest.mark.parametrize("template", [7, {"tool_use": "x"}, [{"name": "rag", "template": "x"}]])
def test_a_template_of_another_kind(make_folder: MakeFolder, template: Any) -> None:
    with pytest.raises(ConfigError, match="chat_template"):
        FolderCounter(make_folder(None, chat_template=template))


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no tokenizer in this folder; it needs one of"):
        FolderCounter(tmp_path)


def test_a_tokenizer_with_an_empty_vocabulary_is_refused(make_folder: MakeFolder) -> None:
    folder = make_folder()
    values = json.loads((folder / "tokenizer.json").read_text())
    values["model"].update(vocab={}, merges=[])
    values["added_tokens"] = []
    (folder / "tokenizer.json").write_text(json.dumps(values))
    with pytest.raises(ConfigError, match="empty or missing"):
        FolderCounter(folder)


def test_a_tokenizer_that_cannot_encode_a_text_is_a_model_error(make_folder: MakeFolder) -> None:
    folder = make_folder()
    words = ["The", "quick", "brown", "fox,", "12", "times."]
    tokenizer = {
        "version": "1.0",
        "added_tokens": [],
        "pre_tokenizer": {"type": "WhitespaceSplit"},
        "model": {
            "type": "WordLevel",
            "vocab": {word: number for number, word in enumerate(words)},
            "unk_token": "[UNK]",
        },
    }
    (folder / "tokenizer.json").write_text(json.dumps(tokenizer))
    (folder / "tokenizer_config.json").write_text("{}")
    counter = FolderCounter(folder)
    assert counter.count("quick fox,") == 2
    with pytest.raises(ModelError, match="cannot encode"):
        counter.count("slow")


def test_a_folder_of_vocabulary_files_is_read_by_transformers(
    tmp_path: Path, tokenizer_json: str
) -> None:
    tokenizer = Tokenizer.from_str(tokenizer_json)
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.model.save(str(tmp_path))
    config = {"tokenizer_class": "GPT2Tokenizer", "chat_template": "{{ messages[0].content }}"}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    counter = FolderCounter(tmp_path)
    text = "Cancel a query, 中文 and 😀."
    assert counter.count(text) == len(tokenizer.encode(text, add_special_tokens=False).ids)
    assert counter.count_messages([{"role": "user", "content": text}]) == counter.count(text)


def test_a_wordpiece_folder_is_read_by_transformers(tmp_path: Path) -> None:
    letters = "abcdefghijklmnopqrstuvwxyz0123456789"
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "quick", ",", "."]
    words += [*letters, *("##" + letter for letter in letters)]
    (tmp_path / "vocab.txt").write_text("\n".join(words))
    (tmp_path / "tokenizer_config.json").write_text('{"tokenizer_class": "BertTokenizer"}')
    assert FolderCounter(tmp_path).count("Quick ox.") == 4


def test_a_folder_that_transformers_cannot_load(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.model").write_bytes(b"not a model")
    with pytest.raises(ConfigError, match="transformers cannot load the tokenizer") as caught:
        FolderCounter(tmp_path)
    assert "tokenizer.json" in str(caught.value)


def test_code_that_a_folder_brings_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text("{}")
    (tmp_path / "evil.py").write_text("open('ran', 'w').close()\nclass Evil: pass\n")
    config = {"tokenizer_class": "Evil", "auto_map": {"AutoTokenizer": ["evil.Evil", None]}}
    (tmp_path / "tokenizer_config.json").write_text(json.dumps(config))
    with pytest.raises(ConfigError):
        FolderCounter(tmp_path)
    assert not (tmp_path / "ran").exists()
    assert not Path("ran").exists()


def test_counting_with_tokenizer_json_loads_neither_torch_nor_transformers(
    make_folder: MakeFolder,
) -> None:
    program = f"""
import sys
sys.path[:0] = {[path for path in sys.path if path]!r}
from leanrag.tokens import counter_for
counter = counter_for("x", tokenizer={str(make_folder())!r})
assert counter.count_messages([{{"role": "user", "content": "a"}}]) > 1
print(sorted({{"torch", "transformers", "tiktoken"}} & set(sys.modules)))
"""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=120
    )
    assert "torch" not in done.stdout
    assert "transformers" not in done.stdout
