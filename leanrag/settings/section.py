"""What all sections of the settings share."""

from pydantic import BaseModel, ConfigDict, JsonValue


class Section(BaseModel):
    """A part of the settings: frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def only_with(condition: str) -> dict[str, JsonValue]:
    """Marks a setting that matters under a condition alone, as ``json_schema_extra`` of a field."""
    return {"only_with": condition}
