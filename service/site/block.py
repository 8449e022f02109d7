"""What all parts of a site file have in common: strict keys, ids and numbers."""

import difflib
from typing import Annotated, Any

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from service.site.yaml_lines import WrittenInt


def _id_from_yaml(value: object) -> object:
    """Ids such as `7` reach us as numbers; they are names all the same."""
    if isinstance(value, WrittenInt) and value.text != str(value):
        raise ValueError(f"wanted '{value.text}' in quotes, else it is another number, got {value}")
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value


Id = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=64),
    BeforeValidator(_id_from_yaml),
]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Pixel = Annotated[float, Field(ge=-100_000, le=100_000, allow_inf_nan=False)]
"""A place in a picture; outlines may reach a little over its rim."""
PictureSide = Annotated[int, Field(gt=0, le=100_000)]
"""Width or height of a picture in px."""
Share = Annotated[float, Field(ge=0, le=1)]


class Block(BaseModel):
    """A part of the site file; keys that it does not know are refused with a suggestion."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown_keys(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        known = list(cls.model_fields)
        for key in data:
            if key not in known:
                close = difflib.get_close_matches(str(key), known, n=1)
                hint = f"did you mean {close[0]!r}?" if close else f"known are {', '.join(known)}"
                raise ValueError(f"unknown key {str(key)!r}; {hint}")
        return data
