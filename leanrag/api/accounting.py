"""The methods of ``LeanRAG`` for what calls cost and what is masked."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from leanrag.api import masking
from leanrag.api.asking.hooks import Hooks
from leanrag.api.asking.tracked import NO_LABEL
from leanrag.api.ledger import (
    LedgerReport,
    OwnCall,
    ledger_report,
    query_for,
    record_call,
)
from leanrag.errors import ConfigError
from leanrag.settings import Settings
from leanrag.types import CallLabel, Prompt


class Accounting:
    """Tells what calls cost, takes down those that the application makes, and reads answers."""

    settings: Settings
    _hooks: Hooks

    def record(
        self,
        prompt: Prompt,
        *,
        usage: Any = None,
        model: str | None = None,
        label: CallLabel = NO_LABEL,
        seconds: float = 0.0,
        error: str = "",
    ) -> None:
        """Adds a call that the application made itself with this prompt to the ledger.

        Args:
            prompt: what was sent.
            usage: of the reply, as the provider sends it (an object or a mapping); without it
                leanrag's own count of the input stands, and the output is not known.
            model: the model that was asked; by default the settings' one.
            label: tenant and tags of the call.
            seconds: how long it took.
            error: the name of the error's class where it failed; no message, which may hold texts.

        Raises:
            InputError: prompt or usage are malformed.
            ConfigError: ``ledger.prompts`` is set, so the prompt was recorded when it was made.
        """
        if self.settings.ledger.prompts:
            raise ConfigError(
                "ledger.prompts is true, so every prompt is recorded when it is made; set it to "
                "false to record calls with their usage"
            )
        self._record(prompt, OwnCall(usage, model, label, seconds, error))

    def ledger(
        self,
        *,
        since: str | date | None = None,
        until: str | date | None = None,
        tenant: str | None = None,
        tag: str | None = None,
    ) -> LedgerReport:
        """What calls cost and saved between two days (UTC, both included), and what that advises.

        Raises:
            InputError: a day is none.
            StoreError: the ledger cannot be read.
        """
        return ledger_report(self.settings, query_for(since, until, tenant=tenant, tag=tag))

    def unmask(self, answer: str, prompt: Prompt) -> str:
        """A model's answer to a masked prompt, every stand-in replaced by its value."""
        return masking.unmask(answer, prompt.masks)

    def unmask_stream(self, pieces: Iterable[str], prompt: Prompt) -> Iterator[str]:
        """``unmask`` for an answer that comes in pieces."""
        return masking.unmask_stream(pieces, prompt.masks)

    def _record(self, prompt: Prompt, call: OwnCall) -> None:
        recorder = self._hooks.recorder
        if recorder is not None:
            record_call(prompt, call, settings=self.settings, recorder=recorder)

    def _taken_down(self, prompt: Prompt, model: str | None) -> Prompt:
        """A prompt that the application asked for, recorded where the settings say so."""
        if self.settings.ledger.prompts:
            self._record(prompt, OwnCall(model=model))
        return prompt
