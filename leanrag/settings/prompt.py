"""How the prompt is laid out."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section


class PromptSettings(Section):
    """How the prompt is laid out."""

    system: str | None = Field(None, description="replaces the built-in system text")
    show_headings: bool = Field(True, description="title and headings stand beside each source")
    order: Literal["best_first", "best_last", "both_ends", "document"] = Field(
        "best_first",
        description="order of the evidence by its relevance; the parts of one document stay "
        "together in their own order; 'document' goes by source",
    )
