"""Which cameras came, went or changed between two readings of the site files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

import numpy as np

from service.site.site import Camera, Site

CameraKey = tuple[str, str]
"""site_id and camera_id."""


@dataclass(frozen=True, slots=True)
class SiteDifference:
    """Cameras by what became of them."""

    added: tuple[CameraKey, ...]
    changed: tuple[CameraKey, ...]
    removed: tuple[CameraKey, ...]


def site_difference(before: Sequence[Site], after: Sequence[Site]) -> SiteDifference:
    """What must be started, started anew and stopped."""
    old, new = cameras_of(before), cameras_of(after)
    return SiteDifference(
        added=tuple(key for key in new if key not in old),
        changed=tuple(key for key in new if key in old and not is_same(old[key], new[key])),
        removed=tuple(key for key in old if key not in new),
    )


def cameras_of(sites: Sequence[Site]) -> dict[CameraKey, Camera]:
    """All cameras by site and id."""
    return {(site.site_id, each.camera_id): each for site in sites for each in site.cameras}


def is_same(one: Any, other: Any) -> bool:
    """Whether two settings say the same, arrays and all."""
    if type(one) is not type(other):
        return False
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    if is_dataclass(one):
        return all(
            is_same(getattr(one, each.name), getattr(other, each.name)) for each in fields(one)
        )
    if isinstance(one, tuple | list):
        return len(one) == len(other) and all(map(is_same, one, other))
    if isinstance(one, Mapping):
        return one.keys() == other.keys() and all(is_same(one[key], other[key]) for key in one)
    return bool(one == other)
