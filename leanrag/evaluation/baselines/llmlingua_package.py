"""llmlingua 0.2.2 on today's transformers: what it takes to run it as it was meant.

Two mends, neither of which changes a result. The package passes key and value tensors as plain
lists, where transformers 5 wants a ``DynamicCache``; and it tells a tokenizer's kind from the
model's name, which a local folder need not have.
"""

from typing import Any

from leanrag.evaluation.baselines.offline import use_carried_vocabularies

_NAMES = {"bert": "bert-base-multilingual-cased", "xlm-roberta": "xlm-roberta-large"}


def load_compressor(folder: str, *, device: str, classifier: bool) -> Any:
    """A PromptCompressor over the model in ``folder``; ``classifier`` for LLMLingua-2."""
    from llmlingua import PromptCompressor

    use_carried_vocabularies()
    compressor = PromptCompressor(
        folder,
        device_map=device,
        # A folder of weights gives no right to run code from it.
        model_config={"trust_remote_code": False},
        use_llmlingua2=classifier,
    )
    if classifier:
        kind = str(compressor.model.config.model_type)
        compressor.model_name = _NAMES.get(kind, compressor.model_name)
        compressor.tokenizer.padding_side = "right"
    else:
        compressor.model = _WithListCache(compressor.model)
    return compressor


class _WithListCache:
    """A causal model that takes and gives its cache as lists of key and value tensors."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def __getattr__(self, name: str) -> Any:
        return getattr(self._model, name)

    def __call__(self, *args: Any, past_key_values: Any = None, **options: Any) -> Any:
        from transformers import DynamicCache

        cache = DynamicCache()
        for layer, (keys, values) in enumerate(past_key_values or ()):
            cache.update(keys, values, layer)
        output = self._model(*args, past_key_values=cache, **options)
        output.past_key_values = [
            [layer.keys, layer.values] for layer in output.past_key_values.layers
        ]
        return output
