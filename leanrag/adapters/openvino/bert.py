"""A BERT network in a folder: its tokenizer, the ends of its inputs, and its runs on OpenVINO."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from leanrag.adapters.openvino.engine import compile_graph, import_openvino, load_tokenizer
from leanrag.errors import ModelError

CLS, SEP = "[CLS]", "[SEP]"

Graph: TypeAlias = Callable[[Path, Any], Any]
"""Makes the network from the folder and its tokenizer; raises ``ValueError`` where they differ."""


@dataclass(frozen=True)
class OpenVinoBert:
    """What the selector and the word model share. Used by several threads, it runs one at a time.

    Args:
        name: the model's name in messages, with what it is for.
        folder: holds ``config.json``, ``model.safetensors`` and ``tokenizer.json``.
        graph: makes the network.
        service: the part of the product that a failure concerns.
        advice: what to do about a folder that cannot be loaded.
        bf16: whether bfloat16 is used where the CPU has it.
    """

    name: str
    folder: Path
    graph: Graph
    service: str
    advice: str
    bf16: bool = False
    _lock: Lock = field(default_factory=Lock, compare=False, repr=False)

    def run(self, inputs: Sequence[NDArray[Any]]) -> list[NDArray[np.float32]]:
        """The network's outputs.

        Raises:
            ModelError: the model is not there or fails.
        """
        try:
            with self._lock:
                found = self._request.infer(list(inputs))
                return [found[number].copy() for number in range(len(found))]
        except RuntimeError as error:
            raise ModelError(f"{self.name} failed: {error}", service=self.service) from error

    @cached_property
    def tokenizer(self) -> Any:
        """The folder's tokenizer, without truncation and padding."""
        try:
            return load_tokenizer(self.folder / "tokenizer.json")
        except (OSError, ValueError) as error:
            raise self.damaged(error) from error

    @cached_property
    def ends(self) -> tuple[int, int]:
        """The ids that stand before and behind every text."""
        found = [self.tokenizer.token_to_id(name) for name in (CLS, SEP)]
        if None in found:
            raise self.damaged(ValueError(f"its tokenizer has no {CLS} and {SEP}"))
        return found[0], found[1]

    @cached_property
    def _request(self) -> Any:
        import_openvino()
        from safetensors import SafetensorError

        try:
            compiled = compile_graph(self.graph(self.folder, self.tokenizer), bf16=self.bf16)
        except (
            OSError, ValueError, TypeError, LookupError, ArithmeticError, RuntimeError,
            SafetensorError,
        ) as error:  # fmt: skip
            raise self.damaged(error) from error
        return compiled.create_infer_request()

    def damaged(self, error: Exception) -> ModelError:
        """The error to raise where the folder cannot be used."""
        return ModelError(
            f"{self.name} cannot be loaded from {self.folder} "
            f"({type(error).__name__}: {error}); {self.advice}",
            service=self.service,
        )
