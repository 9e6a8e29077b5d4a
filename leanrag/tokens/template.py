"""A model folder's own chat template, rendered as transformers renders it."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from leanrag.errors import ConfigError, InputError

if TYPE_CHECKING:
    from jinja2 import Template, nodes
    from jinja2.ext import Extension

SPECIAL_TOKENS = (
    "bos_token",
    "eos_token",
    "unk_token",
    "sep_token",
    "pad_token",
    "cls_token",
    "mask_token",
)


class ChatTemplate:
    """A Jinja chat template in a sandbox.

    Templates come with model folders, so they are foreign code: the sandbox keeps them from
    anything but the messages, the special tokens and the date. It does not bound their time.

    Raises:
        ConfigError: The template is not valid Jinja.
    """

    def __init__(self, source: str, *, origin: str) -> None:
        from jinja2 import TemplateError

        self._source = source
        self._origin = origin
        try:
            self._template = _compile(source)
        except (TemplateError, RecursionError) as error:
            raise ConfigError(f"{origin}: the chat template is not valid: {error}") from error

    @cached_property
    def _syntax(self) -> "nodes.Template":
        return self._template.environment.parse(self._source)

    @property
    def special_tokens(self) -> set[str]:
        """The special tokens that the template refers to, for example ``bos_token``."""
        from jinja2 import meta

        return meta.find_undeclared_variables(self._syntax).intersection(SPECIAL_TOKENS)

    @cached_property
    def takes_parts(self) -> bool:
        """Whether the template walks through content that is a list of parts.

        Templates of text models print the content, whatever it is; servers join the parts before
        they render such a template, and so does the counter.
        """
        from jinja2 import nodes

        return any(_mentions_content(loop.iter) for loop in self._syntax.find_all(nodes.For))

    def render(
        self, messages: Sequence[Mapping[str, Any]], special_tokens: Mapping[str, str]
    ) -> str:
        """The chat as text, with the head of the reply.

        Raises:
            InputError: The template refuses the messages; its complaint is passed on.
            ConfigError: The template reaches for what the sandbox forbids.
        """
        from jinja2.exceptions import SecurityError, TemplateError

        try:
            return self._template.render(
                messages=[dict(message) for message in messages],
                tools=None,
                documents=None,
                add_generation_prompt=True,
                **special_tokens,
            )
        except SecurityError as error:
            raise ConfigError(f"{self._origin}: the chat template is not safe: {error}") from error
        except (
            TemplateError,
            TypeError,
            ValueError,
            ArithmeticError,
            LookupError,
            AttributeError,
            RecursionError,
            MemoryError,
        ) as error:
            raise InputError(
                f"{self._origin}: the chat template refuses these messages: {error}"
            ) from error


def _compile(source: str) -> "Template":
    from jinja2.exceptions import TemplateError
    from jinja2.ext import loopcontrols
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def raise_exception(message: str) -> None:
        raise TemplateError(str(message))

    def to_json(value: Any, ensure_ascii: bool = False, **options: Any) -> str:
        allowed = {k: v for k, v in options.items() if k in ("indent", "separators", "sort_keys")}
        return json.dumps(value, ensure_ascii=ensure_ascii, **allowed)

    def strftime_now(pattern: str) -> str:
        return datetime.now().astimezone().strftime(pattern)

    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=[_generation_tag(), loopcontrols]
    )
    environment.filters["tojson"] = to_json  # Jinja's own escapes HTML
    environment.globals["raise_exception"] = raise_exception
    environment.globals["strftime_now"] = strftime_now
    return environment.from_string(source)


def _generation_tag() -> "type[Extension]":
    """``{% generation %}`` marks the assistant's text for training; it renders its body."""
    from jinja2 import nodes
    from jinja2.ext import Extension
    from jinja2.parser import Parser

    class GenerationTag(Extension):
        tags = {"generation"}  # noqa: RUF012 (declared so by Jinja)

        def parse(self, parser: Parser) -> nodes.Node:
            line = next(parser.stream).lineno
            body = parser.parse_statements(("name:endgeneration",), drop_needle=True)
            return nodes.Scope(body, lineno=line)

    return GenerationTag


def _mentions_content(expression: "nodes.Node") -> bool:
    from jinja2 import nodes

    if isinstance(expression, nodes.Name) and expression.name == "content":
        return True
    if isinstance(expression, nodes.Getattr) and expression.attr == "content":
        return True
    if isinstance(expression, nodes.Const) and expression.value == "content":
        return True
    return any(_mentions_content(child) for child in expression.iter_child_nodes())
