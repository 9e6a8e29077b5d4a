"""The selector in torch: MiniLM with marks on shared words, a relevance head and a token head."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from pipelines.selector.arrays import MARKS


class Selector(nn.Module):
    """Scores tokens; a sentence's score is pooled over its tokens, see ``pooled``.

    Every token has two logits and its window has a relevance: a sentence is worth the mean of the
    first and the soft maximum of the second, plus the relevance. So the model can say both that a
    sentence is about the matter and that an answer stands at one place of it.
    """

    def __init__(
        self,
        vocabulary: int,
        *,
        layers: int = 6,
        dropout: float = 0.1,
        attention_dropout: float = 0.0,
    ) -> None:
        super().__init__()
        from transformers import BertConfig, BertModel

        config = BertConfig(
            vocab_size=vocabulary,
            hidden_size=384,
            num_hidden_layers=layers,
            num_attention_heads=12,
            intermediate_size=1536,
            max_position_embeddings=512,
            hidden_dropout_prob=dropout,
            attention_probs_dropout_prob=attention_dropout,
        )
        self.bert = BertModel(config, add_pooling_layer=False)
        self.marks = nn.Embedding(MARKS, config.hidden_size)
        self.tokens = nn.Linear(config.hidden_size, 2)
        self.similar = nn.Linear(config.hidden_size, 1)
        self.share = nn.Parameter(torch.tensor(0.5))
        self.relevance = nn.Sequential(
            nn.Linear(config.hidden_size, config.hidden_size),
            nn.Tanh(),
            nn.Linear(config.hidden_size, 1),
        )
        nn.init.normal_(self.marks.weight, std=0.02)
        with torch.no_grad():
            self.marks.weight[0] = 0.0

    def forward(self, ids: Tensor, types: Tensor, marks: Tensor, mask: Tensor) -> Any:
        """Token logits (windows, tokens, 2), relevance (windows,), and likeness (windows,).

        Likeness is taught by the embedder that the encoder starts from, so that what that one
        knows is not forgotten; relevance includes a share of it.
        """
        embedded = self.bert.embeddings.word_embeddings(ids) + self.marks(marks)
        state = self.bert(
            inputs_embeds=embedded, token_type_ids=types, attention_mask=mask
        ).last_hidden_state
        first = state[:, 0]
        likeness = self.similar(first).squeeze(-1).float()
        relevance = self.relevance(first).squeeze(-1).float() + self.share * likeness
        return self.tokens(state).float(), relevance, likeness

    def start_from(self, weights: Mapping[str, Tensor]) -> None:
        """Takes the encoder's weights; layers that this model does not have are left out."""
        wanted = self.bert.state_dict()
        found = {name: weights[name].float() for name in wanted if name in weights}
        missing = set(wanted) - set(found)
        if missing:
            raise KeyError(f"the start weights lack {sorted(missing)[:3]}")
        self.bert.load_state_dict(found)


def pooled(tokens: Tensor, relevance: Tensor, owners: Tensor, sentences: int) -> Tensor:
    """Scores of shape (sentences,).

    Args:
        tokens: logits of shape (windows, tokens, 2).
        relevance: of each window.
        owners: the number of each token's sentence, -1 for none; (windows, tokens).
        sentences: how many there are.
    """
    used = owners >= 0
    owner = owners[used]
    about = (tokens[..., 0] + relevance[:, None])[used]
    point = tokens[..., 1][used].clamp(-20, 20)
    zeros = torch.zeros(sentences, device=tokens.device)
    count = zeros.index_add(0, owner, torch.ones_like(about)).clamp(min=1)
    mean = zeros.index_add(0, owner, about) / count
    soft = torch.log(zeros.index_add(0, owner, point.exp()) / count + 1e-9)
    return mean + soft


def save(model: Selector, file: Path) -> None:
    """Half-precision weights under the encoder's usual names."""
    from safetensors.torch import save_file

    state = {name: value.detach().half().cpu().contiguous() for name, value in _named(model)}
    save_file(state, file)


def load(model: Selector, file: Path) -> None:
    """Takes the weights that ``save`` wrote, or those that ``pipelines.selector.export`` packed."""
    from safetensors.numpy import load_file

    from pipelines.selector.export import unpacked

    found = {name: torch.from_numpy(value) for name, value in unpacked(load_file(file)).items()}
    state = {name: found[_plain(name)].float() for name in model.state_dict()}
    model.load_state_dict(state)


def _named(model: Selector) -> list[tuple[str, Tensor]]:
    return [(_plain(name), value) for name, value in model.state_dict().items()]


def _plain(name: str) -> str:
    return name.removeprefix("bert.")
