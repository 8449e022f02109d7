"""Markings painted on the ground of a spot before it is looked at: crosses, hatching, numbers.

Without them a network that met a cross on few places takes the next one for a car.
"""

import cv2
import numpy as np

Rng = np.random.Generator
FREE_CHANCE, OCCUPIED_CHANCE = 0.18, 0.06
COLOURS = ((235, 235, 235), (200, 200, 200), (60, 200, 230), (90, 170, 190), (180, 120, 60))


def paint_markings(patch: np.ndarray, polygon: np.ndarray, occupied: bool, rng: Rng) -> np.ndarray:
    """The patch, sometimes with markings: on a free spot, or beside an occupied one."""
    if rng.random() >= (OCCUPIED_CHANCE if occupied else FREE_CHANCE):
        return patch
    corners = _four_corners(polygon)
    if occupied:
        side = corners[1] - corners[0] if rng.random() < 0.5 else corners[3] - corners[0]
        corners = corners + side * rng.choice([-1, 1])
    painted = patch.copy()
    colour = COLOURS[rng.integers(len(COLOURS))]
    width = int(rng.integers(2, 8))
    style = rng.random()
    if style < 0.45:
        for start, end in ((0, 2), (1, 3)):
            _line(painted, corners[start], corners[end], colour, width)
    elif style < 0.7:
        for share in np.linspace(0, 1, rng.integers(3, 9)):
            start = corners[0] + share * (corners[1] - corners[0])
            end = corners[3] + share * (corners[2] - corners[3])
            _line(painted, start, end, colour, width)
    else:
        middle = corners.mean(0)
        text = str(rng.choice(["P", "12", "7", "E", "TAXI", "T", "38"]))
        size = rng.uniform(0.6, 1.8)
        place = (int(middle[0]) - 12, int(middle[1]) + 8)
        cv2.putText(painted, text, place, cv2.FONT_HERSHEY_SIMPLEX, size, colour, 3, cv2.LINE_AA)
    if rng.random() < 0.6:
        outline = [np.int32(np.round(corners))]
        cv2.polylines(painted, outline, True, colour, width, cv2.LINE_AA)
    share = rng.uniform(0.35, 0.95)
    return cv2.addWeighted(painted, share, patch, 1 - share, 0)


def _four_corners(polygon: np.ndarray) -> np.ndarray:
    """The outline itself where it has four corners, else its upright box."""
    if len(polygon) == 4:
        return polygon
    (left, top), (right, bottom) = polygon.min(0), polygon.max(0)
    return np.array([[left, top], [right, top], [right, bottom], [left, bottom]])


def _line(picture: np.ndarray, start: np.ndarray, end: np.ndarray, colour, width: int) -> None:
    cv2.line(picture, np.int32(start).tolist(), np.int32(end).tolist(), colour, width, cv2.LINE_AA)
