"""The names that a file of settings must have."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from models.training.faults import WrongSettings


def check_names(content: Mapping[str, Any], kind: type) -> None:
    """Raise WrongSettings if a section's names are not those of its dataclass."""
    wanted = {field.name for field in fields(kind)}
    if content.keys() != wanted:
        odd = sorted(content.keys() ^ wanted)
        raise WrongSettings(f"settings missing or unknown in {kind.__name__}: {', '.join(odd)}")
