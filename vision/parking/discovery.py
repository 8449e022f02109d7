"""A layout proposed from the places where vehicles stood.

The boxes of standing vehicles tell how the camera looks at the ground: vehicles are alike in size
and stand square to their rows. Camera and rows are fitted together; on the ground the rows are
regular, so that gaps between vehicles are spots as well. What comes out is a proposal to edit.
"""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from scipy.optimize import least_squares

from vision.arrays import FloatArray, IntArray
from vision.errors import LayoutError

VEHICLE_M = np.array([1.8, 4.4, 1.5])  # width, length, height of a usual car
SPOT_WIDTHS_M = np.arange(2.3, 3.01, 0.05)
USUAL_WIDTH_M = 2.5
SPOT_LENGTH_M = 5.0
FOCAL_WIDTHS = 0.8  # focal length in picture widths where nothing is known: 64 degrees across
ROW_GAP_M = 3.0  # vehicles of one row stand no farther than this from its line
MOST_GAP_SPOTS = 6  # a longer gap within a row is a lane
SAME_SPOT_SHARE = 2 / 3  # of a spot's width: vehicles nearer than this stood in one
LEAST_VEHICLES = 3
STARTS = ((12.0, 4.0), (25.0, 8.0), (45.0, 16.0))  # pitch in degrees, height in metres
HEADINGS_RAD = np.radians(np.arange(-90, 90, 7.5))
FINER_STEPS_RAD = np.radians([3.75, 2.0, 1.0])
SIZE_SIGMA = 0.15  # of the logarithm of a vehicle's width or height in the picture
ROW_SPREAD_M = 0.6  # how far vehicles of one row stand from its line
ALONE = 2.0  # a row of one vehicle explains little


@dataclass(frozen=True, slots=True, eq=False)
class LotView:
    """How the camera sees the ground, and how the rows run on it."""

    focal_px: float
    principal_px: tuple[float, float]
    pitch_rad: float
    """Positive looks down."""
    height_m: float
    heading_rad: float
    """Direction in which vehicles are long, from straight ahead to the right."""

    def to_pixels(self, ground: FloatArray, up_m: FloatArray | float = 0.0) -> FloatArray:
        """(N, 2) px of (N, 2) metres to the right and ahead on the ground, `up_m` above it."""
        drop = self.height_m - up_m
        sine, cosine = np.sin(self.pitch_rad), np.cos(self.pitch_rad)
        depth = np.maximum(ground[:, 1] * cosine + drop * sine, 0.1)
        down = drop * cosine - ground[:, 1] * sine
        across = self.focal_px * ground[:, 0] / depth + self.principal_px[0]
        return np.stack([across, self.focal_px * down / depth + self.principal_px[1]], axis=1)

    def to_ground(self, pixels: FloatArray) -> FloatArray:
        """(N, 2) metres right and ahead of (N, 2) px of the ground; far for the sky."""
        x = (pixels[:, 0] - self.principal_px[0]) / self.focal_px
        y = (pixels[:, 1] - self.principal_px[1]) / self.focal_px
        sine, cosine = np.sin(self.pitch_rad), np.cos(self.pitch_rad)
        slope = np.maximum(y * cosine + sine, 1e-3)
        ahead = self.height_m * (cosine - y * sine) / slope
        depth = ahead * cosine + self.height_m * sine
        return np.stack([x * depth, ahead], axis=1)

    def vehicle_boxes(self, centres: FloatArray) -> FloatArray:
        """(N, 4) boxes of usual cars whose middles stand at (N, 2) on the ground."""
        corners = rectangle(np.zeros(2), VEHICLE_M[0], VEHICLE_M[1], self.heading_rad)
        ground = (centres[:, None] + corners[None]).reshape(-1, 2)
        low = self.to_pixels(ground).reshape(len(centres), 4, 2)
        high = self.to_pixels(ground, VEHICLE_M[2]).reshape(len(centres), 4, 2)
        both = np.concatenate([low, high], axis=1)
        return np.concatenate([both.min(axis=1), both.max(axis=1)], axis=1)


def propose_spots(boxes: FloatArray, width_px: int, height_px: int) -> list[FloatArray]:
    """(4, 2) outlines in px, row by row, from the (N, 4) boxes of vehicles that stood.

    Raises LayoutError for fewer vehicles than a view can be found from.
    """
    if len(boxes) < LEAST_VEHICLES:
        raise LayoutError(
            f"wanted {LEAST_VEHICLES} vehicles or more that stood still, saw {len(boxes)}"
        )
    view, centres = fit_view(boxes, width_px, height_px)
    along, across = _axes(view.heading_rad)
    row_u, row_v = centres @ across, centres @ along
    outlines = []
    for row in _rows(row_v):
        line_m = float(np.median(row_v[row]))
        for place_m, width_m in _places(np.sort(row_u[row])):
            middle = place_m * across + line_m * along
            corners = rectangle(middle, width_m, SPOT_LENGTH_M, view.heading_rad)
            outline = view.to_pixels(corners)
            outlines.append(np.clip(outline, 0, [width_px, height_px]))
    return outlines


def fit_view(boxes: FloatArray, width_px: int, height_px: int) -> tuple[LotView, FloatArray]:
    """The view that explains (N, 4) boxes of vehicles best, and their (N, 2) middles in metres."""
    found = [_fit(heading, boxes, width_px, height_px) for heading in HEADINGS_RAD]
    best = min(found, key=lambda each: each[0])
    for step_rad in FINER_STEPS_RAD:
        middle = best[1].heading_rad
        near = [_fit(middle + turn, boxes, width_px, height_px) for turn in (-step_rad, step_rad)]
        best = min([best, *near], key=lambda each: each[0])
    return best[1], best[2]


def _fit(
    heading_rad: float, boxes: FloatArray, width_px: int, height_px: int
) -> tuple[float, LotView, FloatArray]:
    """Misfit, view and middles of the best view whose rows have this heading."""
    found = []
    for pitch_deg, height_m in STARTS:
        fitted = least_squares(
            _misfit,
            np.array([np.radians(pitch_deg), np.log(height_m)]),
            bounds=([0.02, np.log(2.0)], [1.5, np.log(60.0)]),
            args=(heading_rad, boxes, width_px, height_px),
            loss="soft_l1",
            max_nfev=25,
        )
        view = _view(fitted.x, heading_rad, width_px, height_px)
        middles = _middles(view, boxes)
        found.append((float(fitted.cost) + row_misfit(middles, heading_rad), view, middles))
    return min(found, key=lambda each: each[0])


def row_misfit(middles: FloatArray, heading_rad: float) -> float:
    """How badly (N, 2) places in metres stand in rows side by side under a heading."""
    along, across = _axes(heading_rad)
    position_u, position_v = middles @ across, middles @ along
    misfit = 0.0
    for row in _rows(position_v):
        off_line = np.abs(position_v[row] - np.median(position_v[row])) / ROW_SPREAD_M
        gaps = np.diff(np.sort(position_u[row]))
        too_near = np.clip((VEHICLE_M[0] + 0.2 - gaps) / VEHICLE_M[0], 0, None)
        off_grid = np.abs(gaps / USUAL_WIDTH_M - np.round(gaps / USUAL_WIDTH_M))
        near = gaps < MOST_GAP_SPOTS * USUAL_WIDTH_M
        misfit += float(np.minimum(off_line, 3).sum() + 4 * too_near.sum() + off_grid[near].sum())
        misfit += ALONE if len(row) == 1 else 0.0
    return misfit


def rectangle(
    middle: FloatArray, width_m: float, length_m: float, heading_rad: float
) -> FloatArray:
    """(4, 2) corners around a middle, `length_m` long in the heading."""
    along, across = _axes(heading_rad)
    half_l, half_w = along * length_m / 2, across * width_m / 2
    return np.array(
        [
            middle - half_l - half_w,
            middle - half_l + half_w,
            middle + half_l + half_w,
            middle + half_l - half_w,
        ]
    )


def _view(parameters: FloatArray, heading_rad: float, width_px: int, height_px: int) -> LotView:
    return LotView(
        focal_px=FOCAL_WIDTHS * width_px,
        principal_px=(width_px / 2, height_px / 2),
        pitch_rad=float(parameters[0]),
        height_m=float(np.exp(parameters[1])),
        heading_rad=heading_rad,
    )


def _middles(view: LotView, boxes: FloatArray) -> FloatArray:
    """(N, 2) where cars must stand so that their boxes lie as these do at the foot."""
    foot = np.stack([(boxes[:, 0] + boxes[:, 2]) / 2, boxes[:, 3]], axis=1)
    centres = view.to_ground(foot)
    for _ in range(3):
        seen = view.vehicle_boxes(centres)
        seen_foot = np.stack([(seen[:, 0] + seen[:, 2]) / 2, seen[:, 3]], axis=1)
        centres = centres + view.to_ground(foot) - view.to_ground(seen_foot)
    return centres


def _misfit(
    parameters: FloatArray, heading_rad: float, boxes: FloatArray, width_px: int, height_px: int
) -> FloatArray:
    """(2N,) differences of the boxes' sizes, in units of what vehicles differ among themselves."""
    view = _view(parameters, heading_rad, width_px, height_px)
    centres = _middles(view, boxes)
    seen = view.vehicle_boxes(centres)
    size, wanted = seen[:, 2:] - seen[:, :2], boxes[:, 2:] - boxes[:, :2]
    difference = (np.log(np.maximum(size, 1.0) / np.maximum(wanted, 1.0)) / SIZE_SIGMA).ravel()
    return np.asarray(np.nan_to_num(difference, nan=50.0, posinf=50.0, neginf=-50.0))


def _axes(heading_rad: float) -> tuple[FloatArray, FloatArray]:
    """(2,) along the vehicles and (2,) across them, in metres right and ahead."""
    along = np.array([np.sin(heading_rad), np.cos(heading_rad)])
    return along, np.array([along[1], -along[0]])


def _rows(positions_m: FloatArray) -> list[IntArray]:
    """Indices of the vehicles of each row, by their place along the heading."""
    order = np.argsort(positions_m)
    ends = [0]
    for number, (here, there) in enumerate(pairwise(positions_m[order]), 1):
        if there - here > ROW_GAP_M:
            ends.append(number)
    ends.append(len(order))
    return [order[start:end] for start, end in pairwise(ends)]


def _places(positions_m: FloatArray) -> list[tuple[float, float]]:
    """Middle and width of each spot of a row, from the sorted places of its vehicles."""
    width_m = _spot_width(positions_m)
    places = [float(positions_m[0])]
    for position in positions_m[1:]:
        gap_m = float(position) - places[-1]
        if gap_m < SAME_SPOT_SHARE * width_m:
            continue
        steps = round(gap_m / width_m)
        if steps > MOST_GAP_SPOTS + 1:
            places.append(float(position))
            continue
        start = places[-1]
        places += [start + gap_m * step / steps for step in range(1, steps + 1)]
    return [(place, width_m) for place in places]


def _spot_width(positions_m: FloatArray) -> float:
    """The spacing that the vehicles of a row keep best."""
    gaps = np.diff(positions_m)
    gaps = gaps[gaps > SPOT_WIDTHS_M[0] * 0.8]
    if len(gaps) == 0:
        return USUAL_WIDTH_M
    steps = np.maximum(np.round(gaps[None] / SPOT_WIDTHS_M[:, None]), 1)
    misfit = (np.abs(gaps[None] / steps - SPOT_WIDTHS_M[:, None]) * np.sqrt(steps)).mean(axis=1)
    leaning = 0.1 * np.abs(SPOT_WIDTHS_M - USUAL_WIDTH_M)
    best = int((misfit + leaning).argmin())
    return float(np.median(gaps / steps[best]))
