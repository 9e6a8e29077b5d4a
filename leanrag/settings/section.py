"""What all sections of the settings share."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """A part of the settings: frozen, and a name that it does not know is an error."""

    model_config = ConfigDict(extra="forbid", frozen=True)
