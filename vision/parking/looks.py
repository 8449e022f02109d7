"""What each spot looked like when it was last classified, so that only changes are.

A spot whose picture is the same would be told the same again; its last answer stands. Slow
changes of light add up against the picture that was classified, so they are looked at as well,
only seldom.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.frame import NS_PER_S
from vision.parking.spot_view import KEPT_VIEWS, ViewShape

LOOK = ViewShape(size_px=12)
"""What is remembered of a spot: as much as decides about it."""


@dataclass(frozen=True, slots=True)
class GateSettings:
    """When a spot is classified again."""

    is_on: bool = True
    changed_grey: float = 9.0
    """Largest difference in any of the view's 12 × 12 cells: a twelfth of a spot's width of
    something new. Noise and rain stay below 6 in the rendered clips."""
    look_anyway_s: float = 30.0
    """However alike the pictures are."""
    clear_probability: float = 0.9
    """An answer that is less sure than this, of a vehicle or of none, is asked for again."""


@dataclass(frozen=True, slots=True, eq=False)
class SpotLook:
    """One classified view."""

    cells: ImageArray
    """(12, 12, 3)"""
    seen_ns: int
    probability: float
    """Of a vehicle, as it was told then."""


def spot_cells(image: ImageArray, polygon: FloatArray) -> ImageArray:
    """(12, 12, 3) the part of the picture that decides about a (K, 2) outline."""
    seen = image[_seen_part(np.asarray(polygon, np.float64).tobytes())]
    cells = cv2.resize(seen, (LOOK.size_px, LOOK.size_px), interpolation=cv2.INTER_AREA)
    return np.asarray(cells, np.uint8)


@lru_cache(maxsize=KEPT_VIEWS)
def _seen_part(corners: bytes) -> tuple[slice, slice]:
    """Rows and columns that decide about a float64 outline."""
    polygon = np.frombuffer(corners).reshape(-1, 2)
    low, high = polygon.min(axis=0), polygon.max(axis=0)
    longer = float((high - low).max())
    reach = LOOK.sides * longer / 2
    centre = (low + high) / 2 - [0.0, LOOK.rise * longer]
    left, top = (int(each) for each in np.clip(np.floor(centre - reach), 0, None))
    right, bottom = (int(each) for each in np.ceil(centre + reach))
    return slice(top, max(bottom, top + 1)), slice(left, max(right, left + 1))


def is_clear(probability: float, least: float) -> bool:
    """Whether an answer is sure of a vehicle, or of none, by `least` at the least."""
    return max(probability, 1 - probability) >= least


def is_look_due(
    look: SpotLook | None, cells: ImageArray, now_ns: int, settings: GateSettings
) -> bool:
    """Whether a spot that now looks like `cells` must be classified."""
    if look is None or not settings.is_on:
        return True
    if now_ns - look.seen_ns >= settings.look_anyway_s * NS_PER_S:
        return True
    if not is_clear(look.probability, settings.clear_probability):
        return True
    return cv2.norm(look.cells, cells, cv2.NORM_INF) > settings.changed_grey


class SpotLooks:
    """The last classified view of each spot of one camera."""

    def __init__(self, settings: GateSettings | None = None) -> None:
        self._settings = settings or GateSettings()
        self._looks: dict[str, SpotLook] = {}
        self._waiting: dict[str, ImageArray] = {}
        self.classified = 0
        """Spots that were classified since the start."""
        self.spared = 0
        """And those whose last answer stood."""

    def due(
        self, image: ImageArray, outlines: Mapping[str, FloatArray], now_ns: int
    ) -> Sequence[str]:
        """The ids of the spots to classify in this picture."""
        self._waiting = {name: spot_cells(image, each) for name, each in outlines.items()}
        due = [
            name
            for name, cells in self._waiting.items()
            if is_look_due(self._looks.get(name), cells, now_ns, self._settings)
        ]
        self.classified += len(due)
        self.spared += len(outlines) - len(due)
        return due

    def take(self, probabilities: Mapping[str, float], now_ns: int) -> dict[str, float]:
        """Remember what was just classified; returns what is known of every spot in view."""
        for name, probability in probabilities.items():
            self._looks[name] = SpotLook(self._waiting[name], now_ns, probability)
        return {name: self._looks[name].probability for name in self._waiting}

    def forget(self) -> None:
        """The view is another one: everything is classified again."""
        self._looks.clear()
