"""The names that a file of settings must have, and those of sets that it must not train on."""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Any

from models.training.faults import WrongSettings

EVALUATION_SET = "coco_val310"  # of street pictures; sets of spots tell their own role


def check_names(content: Mapping[str, Any], kind: type) -> None:
    """Raise WrongSettings if a section's names are not those of its dataclass."""
    wanted = {field.name for field in fields(kind)}
    if content.keys() != wanted:
        odd = sorted(content.keys() ^ wanted)
        raise WrongSettings(f"settings missing or unknown in {kind.__name__}: {', '.join(odd)}")


def refuse_evaluation_set(sets: Collection[str]) -> None:
    """Raise WrongSettings if the street pictures that judge are among the sets that train."""
    if EVALUATION_SET in sets:
        raise WrongSettings(f"{EVALUATION_SET} is for evaluation: it must not be trained on")
