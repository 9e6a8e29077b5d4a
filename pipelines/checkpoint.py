"""A training's state on disk, so that it goes on where it was stopped as if it had not been."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch


class Checkpoint:
    """The state of model, optimizer and the like after a number of steps.

    Resumed on a CPU, a training ends with the weights of one that was not stopped: the state of
    the random numbers is kept, too.
    """

    def __init__(self, file: Path, parts: Mapping[str, Any], given: argparse.Namespace) -> None:
        """Takes the file, what has a ``state_dict``, and the arguments of the training."""
        self._file = file
        self._parts = parts
        self._given = {name: str(value) for name, value in vars(given).items()}

    def save(self, done: int) -> None:
        """Writes the state after ``done`` steps; stopped in between, the one before stays."""
        state = {
            "done": done,
            "given": self._given,
            "random": torch.get_rng_state(),
            "parts": {name: part.state_dict() for name, part in self._parts.items()},
        }
        part = self._file.with_suffix(".part")
        torch.save(state, part)
        part.replace(self._file)

    def resume(self, device: torch.device) -> int:
        """Takes the state on; how many steps are done, 0 where there is no file.

        Raises:
            ValueError: the state is of a training with other arguments.
        """
        if not self._file.is_file():
            return 0
        state = torch.load(self._file, map_location=device, weights_only=True)
        if state["given"] != self._given:
            raise ValueError(
                f"{self._file} is of a training with {state['given']}, not with {self._given}; "
                "give those arguments, or another --out"
            )
        for name, part in self._parts.items():
            part.load_state_dict(state["parts"][name])
        torch.set_rng_state(state["random"].cpu())
        return int(state["done"])

    def remove(self) -> None:
        """The training is done."""
        self._file.unlink(missing_ok=True)
