"""What all sections of the settings share."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue

from leanrag.text.addresses import shown

NO_ADDRESS = (
    "expected an address such as http://host:6333; in a user's name or password, / : @ ? and # are "
    "written as %2F %3A %40 %3F and %23"
)


class Section(BaseModel):
    """A part of the settings: frozen, and a name that it does not know is an error.

    Neither its ``repr`` nor an error shows credentials.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    def __repr_args__(self) -> Iterator[tuple[str | None, Any]]:
        return ((name, shown(value, name or "")) for name, value in super().__repr_args__())


def only_with(condition: str) -> dict[str, JsonValue]:
    """Marks a setting that matters under a condition alone, as ``json_schema_extra`` of a field."""
    return {"only_with": condition}
