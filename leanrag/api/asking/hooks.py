"""What is put around calls to models: who is told of them, and what masks what is sent."""

from collections.abc import Callable
from dataclasses import dataclass

from leanrag.api.ledger import recorder_for
from leanrag.api.masking import factory_for
from leanrag.protocols import CallRecorder, Masker
from leanrag.settings import Settings


@dataclass(frozen=True, slots=True)
class Hooks:
    """What an application puts around its calls to models.

    ``recorder`` is told of each call; ``masker`` makes what masks one prompt and its answer.
    """

    recorder: CallRecorder | None = None
    masker: Callable[[], Masker] | None = None


def hooks_for(settings: Settings, given: Hooks | None = None) -> Hooks:
    """What the settings put around calls to models, where the caller gives nothing else.

    Raises:
        MissingDependencyError: spans are asked for and OpenTelemetry is not installed.
    """
    recorder = given.recorder if given else None
    masker = given.masker if given else None
    if masker is None and settings.masking.enabled:
        masker = factory_for(settings.masking)
    return Hooks(recorder or recorder_for(settings), masker)
