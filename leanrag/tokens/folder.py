"""Exact token counts with a Hugging Face tokenizer folder."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from leanrag.errors import ModelError
from leanrag.tokens.bound import PER_MESSAGE, PER_PROMPT
from leanrag.tokens.folder_files import TokenizerFiles
from leanrag.tokens.memory import remember, without_surrogates
from leanrag.tokens.messages import MessageTexts, as_json, read_messages
from leanrag.types import Message


class FolderCounter:
    """Counts with the tokenizer in a folder and the chat template that lies beside it.

    A text is counted without the special tokens that a tokenizer adds to a whole input; text that
    spells a special token is that token, as it is for the model. A chat is rendered by the
    folder's template with the head of the reply, and then counted. Without a template the texts
    are exact, the marks around them are the allowances of ``UpperBoundCounter``, and ``exact`` is
    false.

    Raises:
        ConfigError: The folder holds no tokenizer, or a broken one.
    """

    def __init__(self, folder: Path) -> None:
        files = TokenizerFiles(folder)
        self.name = folder.resolve().name
        self._folder = folder
        self._encode = files.encoder()
        self._template = files.template()
        self._special_tokens = files.special_tokens(self._template)
        self.exact = self._template is not None
        self.hint = (
            ""
            if self.exact
            else f"{folder} has no chat template, so an allowance is counted for the marks around "
            "each message; add the model's chat_template.jinja to the folder that tokenizer "
            "(LEANRAG_TOKENIZER) names for an exact count"
        )
        self.count: Callable[[str], int] = remember(self._count)

    def count_messages(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered chat with the head of the reply.

        Content given as text parts goes to the template as it is where the template walks
        through parts, else joined by line breaks, as servers do it.

        Raises:
            InputError: A message is malformed or has a part that is not text, or the template
                refuses the messages (no system role, roles that must alternate).
        """
        texts = read_messages(messages)
        if self._template is None:
            return PER_PROMPT + sum(map(self._allowance, texts))
        chat = [
            _plain(message, text, f"message {number}", join_parts=not self._template.takes_parts)
            for number, (message, text) in enumerate(zip(messages, texts, strict=True))
        ]
        return self._count(self._template.render(chat, self._special_tokens))

    def _allowance(self, message: MessageTexts) -> int:
        texts = (message.role, message.name or "", *message.content, *message.extras)
        return PER_MESSAGE + sum(map(self.count, texts))

    def _count(self, text: str) -> int:
        if not text:
            return 0
        try:
            return self._encode(without_surrogates(text))
        except Exception as error:  # the tokenizers library raises no class of its own
            raise ModelError(
                f"{self._folder}: the tokenizer cannot encode a text: {error}", service="tokenizers"
            ) from error


def _plain(
    message: Message, texts: MessageTexts, where: str, *, join_parts: bool
) -> dict[str, Any]:
    """The message as plain JSON values, so that a template sees no foreign objects."""
    fields = {key: value for key, value in message.items() if value is not None}
    if join_parts and not isinstance(fields.get("content", ""), str):
        fields["content"] = "\n".join(texts.content)
    plain: dict[str, Any] = json.loads(as_json(fields, where))
    return plain
