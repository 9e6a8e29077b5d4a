"""How files are taken in."""

from typing import Literal

from pydantic import Field

from leanrag.settings.section import Section, only_with


class IngestSettings(Section):
    """How files are taken in: limits of each, and where metadata comes from."""

    path_templates: tuple[str, ...] = Field(
        (),
        description="metadata from paths, such as '{company}_{year}_{form}.pdf'; the first that "
        "fits the end of a path holds",
    )
    file_fields: tuple[Literal["modified", "size", "hash"], ...] = Field(
        ("modified", "size", "hash"),
        description="what is stored of each file, as file_modified, file_size and file_hash",
    )
    timeout_s: float = Field(120.0, gt=0, description="time that one file may take to be parsed")
    memory_mb: int = Field(
        2048,
        ge=512,
        description="memory that the parser process may take",
        json_schema_extra=only_with("Linux"),
    )
    max_file_mb: int = Field(64, ge=1, le=1024, description="larger files are refused")
    notebook_outputs: bool = Field(
        False, description="whether what the cells of a notebook put out is read, too"
    )
    pdf: Literal["fast", "hi_res"] = Field(
        "fast",
        description="'fast' reads the text that a PDF holds; 'hi_res' is unstructured's layout "
        "detection with text recognition for scans, and needs the extra of that name",
    )
