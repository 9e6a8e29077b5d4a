"""Small models of random weights, made on the fly, of the kinds that squeezing uses."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

ENGLISH = (
    "The tower is old. It was not built in 1889, and many people like to visit it every year. "
    'He said: "How old is it?" Nobody could tell; the archive holds no record of the builder.'
)
CHINESE = "他在2008年9月没有去北京，而是去了上海。这座塔很古老，每年都有很多人来参观。"


def bert_classifier(folder: Path, *, cased: bool = False, labels: int = 2, **shape: int) -> Path:
    """A BERT token classifier with a WordPiece vocabulary of letters, characters and some words."""
    import torch
    from transformers import BertForTokenClassification

    text = ENGLISH + CHINESE if cased else (ENGLISH + CHINESE).lower()
    fast, size = _word_pieces(text, cased=cased)
    fast.save_pretrained(folder)
    torch.manual_seed(3)
    return _save(BertForTokenClassification(_bert_config(size, labels, shape)), folder)


def bert_cross_encoder(folder: Path, *, labels: int = 1, **shape: int) -> Path:
    """A BERT that scores pairs of texts, as sentence-transformers loads it."""
    import torch
    from transformers import BertForSequenceClassification

    fast, size = _word_pieces((ENGLISH + CHINESE).lower(), cased=False)
    fast.save_pretrained(folder)
    torch.manual_seed(5)
    config = _bert_config(size, labels, {"initializer_range": 1.0, **shape})
    return _save(BertForSequenceClassification(config), folder)


def _bert_config(vocabulary: int, labels: int, shape: Mapping[str, float]) -> Any:
    from transformers import BertConfig

    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "intermediate_size": 32} | shape
    return BertConfig(
        vocab_size=vocabulary, num_attention_heads=2, num_labels=labels,
        max_position_embeddings=sizes.pop("max_position_embeddings", 64), **sizes,
    )  # fmt: skip


def _word_pieces(text: str, *, cased: bool) -> tuple[Any, int]:
    """A fast WordPiece tokenizer of the text's letters and first words, and its size."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    letters = sorted(set(text) - {" "})
    pieces = [*special, *letters, *(f"##{letter}" for letter in letters), *text.split()[:12]]
    vocabulary = {piece: number for number, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordPiece(vocabulary, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=not cased)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]",
        sep_token="[SEP]", mask_token="[MASK]",
    )  # fmt: skip
    return fast, len(vocabulary)


def xlmr_classifier(folder: Path) -> Path:
    """An XLM-RoBERTa token classifier with a SentencePiece-like vocabulary."""
    import torch
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import (
        PreTrainedTokenizerFast,
        XLMRobertaConfig,
        XLMRobertaForTokenClassification,
    )

    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    trainer = trainers.UnigramTrainer(
        vocab_size=160, special_tokens=special, unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator([ENGLISH, CHINESE, "他去了北京 他去了上海"] * 5, trainer)
    tokenizer.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0))
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", cls_token="<s>",
        sep_token="</s>", unk_token="<unk>", pad_token="<pad>", mask_token="<mask>",
    )  # fmt: skip
    fast.save_pretrained(folder)
    torch.manual_seed(4)
    config = XLMRobertaConfig(
        vocab_size=len(fast), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
        intermediate_size=32, max_position_embeddings=66, num_labels=2,
        pad_token_id=1, bos_token_id=0, eos_token_id=2,
    )  # fmt: skip
    return _save(XLMRobertaForTokenClassification(config), folder)


def gpt2(folder: Path) -> Path:
    """A GPT-2 with a byte-level tokenizer, which cuts characters of other scripts into bytes."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    tokens = _byte_level(folder)
    torch.manual_seed(5)
    config = GPT2Config(
        vocab_size=tokens, n_positions=64, n_embd=16, n_layer=2, n_head=2,
        bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return _save(GPT2LMHeadModel(config), folder)


def llama(folder: Path) -> Path:
    """A Llama of two small layers with a byte-level tokenizer."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokens = _byte_level(folder)
    torch.manual_seed(6)
    config = LlamaConfig(
        vocab_size=tokens, hidden_size=16, intermediate_size=32, num_hidden_layers=2,
        num_attention_heads=2, max_position_embeddings=64, bos_token_id=0, eos_token_id=0,
    )  # fmt: skip
    return _save(LlamaForCausalLM(config), folder)


def _byte_level(folder: Path) -> int:
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    tokenizer = ByteLevelBPETokenizer()
    tokenizer.train_from_iterator(
        [ENGLISH] * 5, vocab_size=300, special_tokens=["<|endoftext|>"], show_progress=False
    )
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer._tokenizer, bos_token="<|endoftext|>", eos_token="<|endoftext|>"
    )
    fast.save_pretrained(folder)
    return len(fast)


def _save(model: Any, folder: Path) -> Path:
    model.save_pretrained(folder)
    return folder
