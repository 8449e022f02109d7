"""The room a tram needs ahead, on the ground and in the picture.

In a bend a car stands askew on its two pivots: its front swings out of the bend by u (u + a) / 2R
and its middle into it by a² / 8R, with the pivots `a` apart and the front `u` ahead of them, in a
bend of radius R (chord geometry; the difference of two arcs' heights).
"""

from functools import lru_cache

import numpy as np

from vision.arrays import FloatArray
from vision.ground import GroundCamera, ground_to_image, nearest_visible_m
from vision.tram.branch import Branch
from vision.tram.centre_line import CentreLine
from vision.tram.settings import TramSettings

SAMPLES = 40  # points along each edge


def half_width_m(
    settings: TramSettings, line: CentreLine, along_m: FloatArray, branch: Branch | None = None
) -> FloatArray:
    """(N, 2) from the track's middle to the left and the right edge, at (N,) metres along it.

    Beyond a fork both ways are covered.
    """
    bend = line.curvature_at(along_m)
    pivots_m, overhang_m = settings.bogie_distance_m, settings.front_overhang_m
    outside_m = np.abs(bend) * overhang_m * (overhang_m + pivots_m) / 2
    inside_m = np.abs(bend) * pivots_m**2 / 8
    left_m, right_m = np.where(bend > 0, (outside_m, inside_m), (inside_m, outside_m))
    half = settings.envelope_half_width_m + np.stack([left_m, right_m], axis=1)
    if branch is not None:
        aside_m = branch.aside_m(along_m)
        half += np.stack([np.clip(-aside_m, 0, None), np.clip(aside_m, 0, None)], axis=1)
    return half


def envelope_outline_px(
    camera: GroundCamera,
    settings: TramSettings,
    line: CentreLine,
    far_m: float,
    size_px: tuple[int, int],
    branch: Branch | None = None,
) -> FloatArray:
    """(K, 2) outline in px along the track up to `far_m`, cut to what the picture shows."""
    along = _along_m(camera, far_m, size_px)
    half = half_width_m(settings, line, along, branch)
    edges = np.empty((2 * len(along), 2))  # up the left one and down the right one
    edges[:, 0] = np.concatenate([along, along[::-1]])
    edges[:, 1] = np.concatenate([-half[:, 0], half[::-1, 1]])
    outline = ground_to_image(camera, line.to_vehicle(edges))
    return outline[np.isfinite(outline).all(axis=1)]


@lru_cache(maxsize=64)
def _along_m(camera: GroundCamera, far_m: float, size_px: tuple[int, int]) -> FloatArray:
    """(S,) metres ahead from the lower border of the picture on; none where it shows no ground."""
    near_m = max(nearest_visible_m(camera, size_px), 0.5)
    return np.geomspace(near_m, far_m, SAMPLES) if near_m < far_m else np.zeros(0)
