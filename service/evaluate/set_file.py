"""The JSON file of a labelled set, read and checked."""

import json
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError

from service.evaluate.errors import LabelledSetError
from service.shape_fault import shape_fault

Entry = TypeVar("Entry", bound=BaseModel)


def read_set_file(path: Path, shape: type[Entry]) -> Entry:
    """What the file holds; raises LabelledSetError naming file, place and what came."""
    try:
        return shape.model_validate(json.loads(path.read_text(encoding="utf-8")))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LabelledSetError(f"{path} is no JSON: {error}") from None
    except ValidationError as error:
        raise LabelledSetError(f"{path}: {shape_fault(error)}") from None
