"""Masking in the way of a prompt: what is masked, in which order, and what is kept of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from leanrag.history.messages import Turn
from leanrag.mask.detect import detector_for
from leanrag.mask.masker import TextMasker
from leanrag.mask.messages import mask_messages, texts_of
from leanrag.pack.render import Candidate
from leanrag.protocols import Masker
from leanrag.settings import MaskingSettings
from leanrag.types import Document, Message, Prompt

_AROUND = 200
_AROUND_KEYS = 4000
_KEY = "PRIVATE KEY"
"""Characters beside a chunk that are looked at too, since a value may reach over its edge; a block
with a private key is longer than any other."""


def factory_for(settings: MaskingSettings) -> Callable[[], TextMasker]:
    """Makes a masker for each prompt."""
    detector = detector_for(settings)
    return lambda: TextMasker(detector)


def learn_all(masker: Masker, system: str, turns: Sequence[Turn], question: str) -> None:
    """Tells a masker of all that stands around the evidence, in the order of the conversation.

    So the stand-ins in a conversation that grows stay the same from call to call, and with them
    the beginning of the prompt that a provider keeps in its cache.

    Raises:
        MaskingError: the history holds what cannot be masked.
    """
    for text in (system, *texts_of([turn.message for turn in turns]), question):
        masker.learn(text)


def learn_evidence(
    masker: Masker, candidates: Sequence[Candidate], document: Callable[[str], Document | None]
) -> None:
    """Tells a masker of all texts that may be shown of the candidates."""
    for candidate in candidates:
        hit = candidate.hit
        for text in (hit.title, *hit.headings, candidate.lead, candidate.table_head):
            masker.learn(text)
        found = document(hit.chunk.document_id)
        start, end = hit.chunk.span
        # A document that was replaced since the search has another text.
        whole = found.text if found and found.text[start:end] == hit.text else None
        first = 0 if whole is None else max(0, start - _AROUND_KEYS)
        text = hit.text if whole is None else whole[first : end + _AROUND_KEYS]
        if whole is not None and _KEY not in text:
            first = max(0, start - _AROUND)
            text = whole[first : end + _AROUND]
        offset = start if whole is None else first
        masker.learn(
            text, [(a - offset, b - offset) for a, b in (hit.chunk.span, *hit.chunk.sentences)]
        )


def with_masks(prompt: Prompt, masker: Masker | None) -> Prompt:
    """The prompt with the values of its stand-ins, where leanrag's own masker made them.

    Raises:
        MaskingError: a value is left in its messages, against all expectation.
    """
    if not isinstance(masker, TextMasker):
        return prompt
    texts = texts_of(prompt.messages)
    masker.check(texts)
    return replace(prompt, masks=masker.used(texts))


def masked(messages: Sequence[Message], masker: Masker) -> list[Message]:
    """The messages as they may leave the machine.

    Raises:
        MaskingError: they hold what cannot be masked.
    """
    for text in texts_of(messages):
        masker.learn(text)
    sent: list[Message] = [*mask_messages(messages, masker.mask)]
    if isinstance(masker, TextMasker):
        masker.check(texts_of(sent))
    return sent


def unmask(text: str, masks: Mapping[str, str]) -> str:
    """A model's answer with every stand-in replaced by its value.

    Args:
        text: the whole answer; see ``unmask_stream`` for one that comes in pieces.
        masks: the prompt's ``masks``.
    """
    return TextMasker(detector_for(MaskingSettings()), masks).unmask(text)


def unmask_stream(pieces: Iterable[str], masks: Mapping[str, str]) -> Iterator[str]:
    """The pieces of a streamed answer with stand-ins replaced, also those that are cut in two."""
    masker = TextMasker(detector_for(MaskingSettings()), masks)
    held = ""
    for piece in pieces:
        held += piece
        ready = len(held) - masker.unfinished(held)
        if ready:
            yield masker.unmask(held[:ready])
            held = held[ready:]
    if held:
        yield masker.unmask(held)
