"""Makes the models that settings ask for when they are first needed, and keeps them."""

from functools import cached_property
from typing import Literal

from leanrag.adapters.models import best_variant, load_embedder, load_selector
from leanrag.adapters.rank_bm25 import RankBM25Scorer
from leanrag.adapters.word_scorers import load_word_scorer
from leanrag.api.memory.indexing import reader
from leanrag.api.memory.reading import TurnReader
from leanrag.api.wiring.keeping import Keeper
from leanrag.compress.remembered import RememberedPruner, RememberedWords
from leanrag.compress.select import SelectorPruner
from leanrag.compress.similarity import SentencePruner, SimilarityPruner, Weights
from leanrag.compress.values import Pruner
from leanrag.errors import ConfigError
from leanrag.protocols import Embedder, PairScorer, Reranker, Selector, TokenEmbedder, WordScorer
from leanrag.retrieve.late import LateScorer
from leanrag.retrieve.question import dense_share
from leanrag.retrieve.rerank import NoReranker, PairReranker, ScoreReranker, SelectorReranker
from leanrag.settings import CompressionSettings, EmbeddingSettings, Settings

BESIDE_LATE = 1.0
"""Weight of the fused score beside that of late interaction, by the tune rows."""


class Models:
    """Embedders, selectors, rerankers and word scorers, with what they remember.

    Each is made once, when it is first needed, by the settings that it depends on; who needs it
    meanwhile waits. What several ``Models`` of a process keep at the same time is one object,
    since its weights are large, and is freed when the last of them is closed. Safe to use from
    several threads.
    """

    def __init__(self) -> None:
        self._embedders: Keeper[Embedder] = Keeper(4, shared=True)
        self._selectors: Keeper[Selector] = Keeper(2, shared=True)
        self._word_scorers: Keeper[WordScorer] = Keeper(2, shared=True)
        self._pair_scorers: Keeper[PairScorer] = Keeper(2, shared=True)
        self._pruners: Keeper[RememberedPruner] = Keeper(4)
        self._words: Keeper[RememberedWords] = Keeper(4)
        self._turn_readers: Keeper[TurnReader] = Keeper(4)

    def close(self) -> None:
        """Lets go of all models and of what was remembered; a later call makes them anew."""
        for keeper in (
            self._turn_readers, self._words, self._pruners,
            self._pair_scorers, self._word_scorers, self._selectors, self._embedders,
        ):  # fmt: skip
            keeper.clear()

    def embedder(self, settings: EmbeddingSettings, variant: str | None = None) -> Embedder:
        """The embedder; ``variant`` is what a store was made with, and decides for ``auto``.

        Raises:
            ModelError: the built-in model's package is not installed.
        """
        if settings.variant == "auto":
            settings = settings.model_copy(update={"variant": variant or self._best_variant})
        # The languages say how its vectors are used, not how they are made.
        needed = settings.model_copy(update={"languages": ()})
        return self._embedders.get((load_embedder, needed), lambda: load_embedder(needed))

    @cached_property
    def _best_variant(self) -> Literal["fp32", "bf16"]:
        return best_variant()

    def selector(self, name: str) -> Selector:
        """The selector ``builtin``, or that in a folder. Raises ``ModelError``."""
        return self._selectors.get((load_selector, name), lambda: load_selector(name))

    def reranker(self, settings: Settings) -> Reranker:
        """The reranker: ``selector``, ``late``, ``scores``, ``none``, or a cross-encoder's name.

        Raises:
            ModelError: the selector's model is not there.
            ConfigError: late interaction is asked for, and the embedder gives no token vectors.
        """
        name, depth = settings.retrieval.reranker, settings.retrieval.rerank_depth
        if name == "selector":
            model = settings.compression.selector
            selector = self.selector("builtin" if model == "similarity" else model)
            return SelectorReranker(selector, ScoreReranker(), depth=depth)
        if name == "none":
            return NoReranker()
        if name == "scores":
            return ScoreReranker()
        if name == "late":
            late = LateScorer(self._token_embedder(settings.embedding))
            return PairReranker(late, ScoreReranker(), depth=depth, earlier=BESIDE_LATE)
        return PairReranker(self._cross_encoder(name), ScoreReranker(), depth=depth)

    def pruner(self, settings: Settings, variant: str | None = None) -> Pruner:
        """What says which sentences are worth sending; it remembers what it said last.

        Raises:
            ModelError: the selector's model is not there.
        """
        chosen, embedding = settings.compression, settings.embedding
        embedder = self.embedder(embedding, variant)

        def weights(question: str) -> Weights:
            share = dense_share(question, embedding.languages)
            return Weights(dense=chosen.similarity_weight * share)

        def make() -> RememberedPruner:
            if chosen.selector == "similarity":
                scorer = SentencePruner(embedder, RankBM25Scorer())
                return RememberedPruner(SimilarityPruner(scorer, weights, floor=chosen.floor))
            return RememberedPruner(
                SelectorPruner(
                    self.selector(chosen.selector),
                    RankBM25Scorer(),
                    embedder=embedder,
                    keep=chosen.keep,
                    fluent=embedding.languages or ("en",),
                )
            )

        needed = (chosen.selector, chosen.keep, chosen.similarity_weight, chosen.floor)
        key = (load_embedder, load_selector, *needed, embedding, variant)
        return self._pruners.get(key, make)

    def words(self, settings: CompressionSettings) -> WordScorer:
        """What says how much each word matters, loaded at its first use; it remembers likewise."""
        needed = CompressionSettings(squeezer=settings.squeezer, method=settings.method)
        key = (load_word_scorer, needed)

        def scorer() -> WordScorer:
            return self._word_scorers.get(key, lambda: load_word_scorer(needed))

        return self._words.get(key, lambda: RememberedWords(needed.squeezer, scorer))

    def turns(self, settings: Settings) -> TurnReader:
        """What reads the turns of a list of messages, loaded at its first use."""
        embedding, name = settings.embedding, reader(settings, stored=False)
        return self._turn_readers.get(
            (load_embedder, load_selector, embedding, name),
            lambda: TurnReader(
                lambda: self.embedder(embedding),
                None if name is None else lambda: self.selector(name),
                languages=embedding.languages,
            ),
        )

    def _token_embedder(self, settings: EmbeddingSettings) -> TokenEmbedder:
        embedder = self.embedder(settings)
        if not isinstance(embedder, TokenEmbedder):
            raise ConfigError(
                f"retrieval.reranker: late needs token vectors, which {embedder.name} does not give"
            )
        return embedder

    def _cross_encoder(self, name: str) -> PairScorer:
        from leanrag.adapters.huggingface.cross_encoder import CrossEncoderScorer

        return self._pair_scorers.get((CrossEncoderScorer, name), lambda: CrossEncoderScorer(name))


_shared = Models()


def shared_models() -> Models:
    """The models of all that has no ``LeanRAG`` of its own.

    Those are ``leanrag.compress`` and ``leanrag.condense``, conversations that are made directly,
    the components for LlamaIndex and the evaluation. They stay until the process ends, or until
    somebody closes them, which harms nobody: the next call makes them anew.
    """
    return _shared
