"""The place as it looked when it was settled, and which spots something nearer now hides.

A vehicle that comes into a spot or leaves it changes the picture within the outline and above it.
What changes it below as well, where the ground is nearer to the camera, stands before the spot:
a van in the lane, a crowd. The picture's columns are judged one by one; a spot is hidden by the
share of them in which the change runs through the spot and on below it.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from vision.arrays import BoolArray, FloatArray, ImageArray, IntArray
from vision.frame import NS_PER_S
from vision.polygons import polygon_mask

CHANGED_GREY = 24.0  # of one colour; rain and noise stay below 18 in the rendered clips
STILL_GREY = 12.0  # between two pictures
NEARER_SHARE = 0.5  # of the outline's height that a change must reach below it
COLUMN_SHARE = 0.7  # of a column's pixels above and below the edge that must have changed
NEW_LIGHT_SHARE = 0.35  # so much of a picture does not change by vehicles
VEHICLE_RISE = 0.7  # of the outline's longer side: how high above its middle a vehicle reaches
FOLLOW_S = 1.5  # time constant by which slow changes of light are followed
CLOSE_KERNEL = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class BackdropSettings:
    """When what is new becomes part of the place."""

    settle_s: float = 6.0
    """What stands still for this long and hides nothing."""
    give_up_s: float = 1200.0
    """And whatever has stood still for this long."""


@dataclass(frozen=True, slots=True, eq=False)
class Region:
    """Where one outline lies in the working picture."""

    inside: ImageArray
    """(h, w) 1 within the outline, in its bounding box."""
    weight: IntArray
    """(w,) of the outline in each of the box's columns, in px."""
    rows: slice
    columns: slice
    below: slice
    """Rows under the box that a nearer thing would cover."""
    vehicle_rows: slice
    """Rows that a vehicle in the outline may cover, its roof included."""


class Backdrop:
    """Remembers the settled place of one camera, for outlines that stay where they are."""

    def __init__(
        self, outlines: Sequence[FloatArray], settings: BackdropSettings | None = None
    ) -> None:
        """`outlines` are (K, 2) each, in px of the pictures."""
        self._outlines = outlines
        self._settings = settings or BackdropSettings()
        self._regions: list[Region] = []
        self._settled: FloatArray = np.zeros((0, 0), np.float32)
        self._latest: ImageArray = np.zeros((0, 0), np.uint8)
        self._still_s: FloatArray = np.zeros((0, 0), np.float32)
        self._changed: ImageArray = np.zeros((0, 0), np.uint8)
        self._updated_ns = 0

    def update(self, image: ImageArray, now_ns: int, is_explained: BoolArray) -> FloatArray:
        """Take one (H, W, 3) picture; returns the (N,) hidden share of each outline, 0 to 1.

        `is_explained` (N,) tells in which outlines a vehicle, or none, is known to be: what they
        show belongs to the place even where it hides another outline.
        """
        planes = _planes(image)
        nothing = np.zeros(len(self._outlines))
        if self._settled.shape != planes.shape:
            height_px, width_px = image.shape[:2]
            self._regions = [region_of(each, width_px, height_px) for each in self._outlines]
            self._begin(planes, now_ns)
            return nothing
        elapsed_s = max(now_ns - self._updated_ns, 0) / NS_PER_S
        changed = _changes(planes, self._settled)
        if cv2.countNonZero(changed) > NEW_LIGHT_SHARE * changed.size:
            self._begin(planes, now_ns)
            return nothing
        self._updated_ns = now_ns
        moves = _most(cv2.absdiff(planes, self._latest)) >= STILL_GREY
        self._still_s += np.float32(elapsed_s)
        np.copyto(self._still_s, 0, where=moves)
        self._latest = planes
        self._changed = changed
        hidden = np.array([hidden_share(region, changed) for region in self._regions])
        self._learn(elapsed_s, hidden, is_explained)
        return hidden

    def standing(self, least_s: float) -> BoolArray:
        """(h, w) where something new has stood still for so long."""
        return np.asarray((self._changed > 0) & (self._still_s >= least_s), np.bool_)

    def without_vehicles_in(self, standing: BoolArray, is_taken: BoolArray) -> BoolArray:
        """The (h, w) mask without what a vehicle in one of the taken (N,) outlines may cover."""
        rest = standing.copy()
        for region, taken in zip(self._regions, is_taken, strict=True):
            if taken:
                rest[region.vehicle_rows, region.columns] = False
        return rest

    def _begin(self, planes: ImageArray, now_ns: int) -> None:
        self._settled = planes.astype(np.float32)
        self._latest = planes
        shape = len(planes) // 3, planes.shape[1]
        self._still_s = np.zeros(shape, np.float32)
        self._changed = np.zeros(shape, np.uint8)
        self._updated_ns = now_ns

    def _learn(self, elapsed_s: float, hidden: FloatArray, is_explained: BoolArray) -> None:
        share = 1 - math.exp(-elapsed_s / FOLLOW_S)
        if not cv2.countNonZero(self._changed):
            cv2.accumulateWeighted(self._latest, self._settled, share)
            return
        unchanged = np.tile(1 - self._changed, (3, 1))
        cv2.accumulateWeighted(self._latest, self._settled, share, mask=unchanged)
        stands = self.standing(self._settings.settle_s)
        if not stands.any():
            return
        is_part = stands
        if (hidden > 0).any():
            is_part = stands & ~self._things_at(hidden > 0)
            for region, explained in zip(self._regions, is_explained, strict=True):
                if explained:
                    place = region.vehicle_rows, region.columns
                    is_part[place] |= stands[place]
            is_part |= stands & (self._still_s >= self._settings.give_up_s)
        np.copyto(self._settled, self._latest, where=np.tile(is_part, (3, 1)))

    def _things_at(self, is_wanted: BoolArray) -> BoolArray:
        """(h, w) every connected change that reaches into one of the wanted outlines."""
        count, labels = cv2.connectedComponents(self._changed)
        is_found = np.zeros(count, np.bool_)
        for region, wanted in zip(self._regions, is_wanted, strict=True):
            if wanted:
                is_found[labels[region.rows, region.columns][region.inside > 0]] = True
        is_found[0] = False
        return np.asarray(is_found[labels], np.bool_)


def region_of(outline: FloatArray, width_px: int, height_px: int) -> Region:
    """Where a (K, 2) outline lies in a picture of this size."""
    low = np.clip(np.floor(outline.min(axis=0)), 0, [width_px - 1, height_px - 1]).astype(int)
    high = np.clip(np.ceil(outline.max(axis=0)), low + 1, [width_px, height_px]).astype(int)
    rows, columns = slice(low[1], high[1]), slice(low[0], high[0])
    reach = max(2, round(NEARER_SHARE * (high[1] - low[1])))
    inside = polygon_mask(outline - low, int(high[0] - low[0]), int(high[1] - low[1]))
    longer = int((high - low).max())
    top = max(0, (low[1] + high[1]) // 2 - round(VEHICLE_RISE * longer))
    return Region(
        inside=inside.astype(np.uint8),
        weight=inside.sum(axis=0),
        rows=rows,
        columns=columns,
        below=slice(high[1], min(high[1] + reach, height_px)),
        vehicle_rows=slice(min(top, low[1]), high[1]),
    )


def hidden_share(region: Region, changed: ImageArray) -> float:
    """Share of the outline whose columns changed both in it and on below it.

    An outline at the picture's lower edge, with nothing to be seen below, is never hidden.
    """
    below = changed[region.below, region.columns]
    if below.shape[0] < 2 or not cv2.countNonZero(below) or not region.weight.any():
        return 0.0
    within = (changed[region.rows, region.columns] & region.inside).sum(axis=0)
    is_hidden = (within >= COLUMN_SHARE * region.weight) & (below.mean(axis=0) >= COLUMN_SHARE)
    return float((region.weight * is_hidden).sum() / region.weight.sum())


def _planes(image: ImageArray) -> ImageArray:
    """(3·h, w) the colours of a (h, w, 3) picture, one below the other: quicker to compare."""
    height_px, width_px = image.shape[:2]
    planes = np.empty((3, height_px, width_px), np.uint8)
    cv2.split(image, list(planes))
    return planes.reshape(-1, width_px)


def _changes(planes: ImageArray, settled: FloatArray) -> ImageArray:
    """(h, w) 1 where the picture differs from the settled place, whatever the light as a whole."""
    light = _middle_grey(planes) / max(_middle_grey(settled), 1.0)
    expected = cv2.convertScaleAbs(settled, alpha=light)
    changed = (_most(cv2.absdiff(planes, expected)) > CHANGED_GREY).view(np.uint8)
    if not cv2.countNonZero(changed):
        return changed
    return np.asarray(cv2.morphologyEx(changed, cv2.MORPH_CLOSE, CLOSE_KERNEL), np.uint8)


def _middle_grey(planes: FloatArray | ImageArray) -> float:
    """Median over some of the (3·h, w) picture."""
    return float(np.median(planes.reshape(3, -1, planes.shape[1])[:, ::8, ::8]))


def _most(difference: ImageArray | cv2.Mat) -> ImageArray:
    """(h, w) the largest of the three colours of (3·h, w)."""
    blue, green, red = np.asarray(difference).reshape(3, -1, difference.shape[1])
    return np.asarray(cv2.max(cv2.max(blue, green), red), np.uint8)
