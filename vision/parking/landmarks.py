"""Points of a picture that are found again in later pictures of the same place.

Corners are described by SIFT after the light has been evened out, so that a picture at noon and
one under lamps still have points in common. What moves, or comes and goes, is outvoted: a
homography is believed only when many points all over the picture agree on it. Its upper and lower
edges are left out: the time and the camera's name, written there, stay wherever it looks.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np

from vision.arrays import FloatArray, ImageArray
from vision.parking.working_picture import WIDTH_PX

LANDMARKS = 600
DESCRIPTOR_LENGTH = 128
CONTRAST_LIMIT, LIGHT_CELLS = 3.0, (8, 5)  # evening out of light
LEAST_CONTRAST = 0.02
BEST_TO_SECOND = 0.8  # a match must be this much nearer than the next best one (Lowe)
TOLERANCE_PX = 2.0
LEAST_INLIERS = 14  # 40 and more under a change from noon to lamps; by chance 6 to 8 agree
LEAST_INLIER_SHARE = 0.3  # of all matches
LEAST_SPREAD = 0.15  # of the picture's width and height that the agreeing points must span
WRITTEN_SHARE = 0.1  # of the height, above and below: a line of a camera's largest print
PATCH_PX = 11
PATCHES = 160
LEAST_LENGTH = 6.0 * PATCH_PX  # of a patch with texture: its standard deviation is 6 grey
ALIKE = 0.6  # correlation of a patch that is the same thing in another light


@dataclass(frozen=True, slots=True, eq=False)
class Landmarks:
    """The points of one picture, in px of the picture made `WIDTH_PX` wide."""

    points: FloatArray
    """(N, 2)"""
    descriptors: FloatArray
    """(N, 128)"""
    patch_points: FloatArray
    """(M, 2) points all over the picture whose surroundings are kept."""
    patches: FloatArray
    """(M, P) surroundings, each of mean 0 and length 1."""

    @classmethod
    def of_points(cls, points: FloatArray, descriptors: FloatArray) -> Self:
        """Landmarks whose surroundings were not kept: they can be registered, not agreed with."""
        no_points, no_patches = np.zeros((0, 2)), np.zeros((0, PATCH_PX**2), np.float32)
        return cls(points, descriptors, no_points, no_patches)


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """How one picture lies over another."""

    homography: FloatArray
    """(3, 3) from px of the first to px of the second, both `WIDTH_PX` wide."""
    inliers: int
    """Points that agree on it."""


def find_landmarks(grey: ImageArray) -> Landmarks:
    """The landmarks of a grey picture, `WIDTH_PX` wide.

    Points are looked for in evened-out light. Patches are kept as they are: each has its own mean
    and contrast taken off anyway, so that a picture is held against them without evening it out.
    """
    even = np.asarray(cv2.createCLAHE(CONTRAST_LIMIT, LIGHT_CELLS).apply(grey), np.uint8)
    sift = cv2.SIFT.create(nfeatures=LANDMARKS, contrastThreshold=LEAST_CONTRAST)
    written_px = round(WRITTEN_SHARE * len(even))
    unwritten = even[written_px : len(even) - written_px]
    found, descriptors = sift.detectAndCompute(unwritten, None)
    if descriptors is None:
        found, descriptors = (), np.zeros((0, DESCRIPTOR_LENGTH), np.float32)
    below = np.array([0, written_px], np.float32)
    points = np.array([each.pt for each in found], np.float32).reshape(-1, 2) + below
    roots = np.sqrt(descriptors / np.maximum(descriptors.sum(axis=1, keepdims=True), 1e-9))
    patch_points = _spread_corners(unwritten) + below
    patch_points = patch_points[_length(_patches(even, patch_points)) > LEAST_LENGTH]
    return Landmarks(points, roots, patch_points, _normalised(_patches(grey, patch_points)))


def register(first: Landmarks, second: Landmarks) -> Registration | None:
    """How the second picture lies over the first; None where they have too little in common."""
    if min(len(first.points), len(second.points)) < LEAST_INLIERS:
        return None
    pairs = cv2.BFMatcher().knnMatch(first.descriptors, second.descriptors, k=2)
    good = [
        best for best, second_best in pairs if best.distance < BEST_TO_SECOND * second_best.distance
    ]
    if len(good) < LEAST_INLIERS:
        return None
    here = first.points[[match.queryIdx for match in good]]
    there = second.points[[match.trainIdx for match in good]]
    homography, mask = cv2.findHomography(
        here, there, cv2.USAC_MAGSAC, TOLERANCE_PX, maxIters=2000, confidence=0.999
    )
    if homography is None:
        return None
    is_inlier = mask.ravel() > 0
    inliers = int(is_inlier.sum())
    if inliers < max(LEAST_INLIERS, LEAST_INLIER_SHARE * len(good)):
        return None
    if not _is_spread(here[is_inlier]) or not _is_plausible(homography):
        return None
    return Registration(homography, inliers)


def agreement(landmarks: Landmarks, homography: FloatArray, grey: ImageArray) -> float:
    """Share of the landmarks' patches that the picture shows where `homography` puts them."""
    points = map_points(homography, landmarks.patch_points)
    height_px, width_px = grey.shape
    margin = PATCH_PX // 2 + 1
    limit = np.array([width_px - margin, height_px - margin])
    is_inside = ((points >= margin) & (points < limit)).all(axis=1)
    if not is_inside.any():
        return 0.0
    patches = _normalised(_patches(grey, points[is_inside]))
    alike = np.einsum("ij,ij->i", patches, landmarks.patches[is_inside])
    return float(np.mean(alike > ALIKE))


def map_points(homography: FloatArray, points: FloatArray) -> FloatArray:
    """The (N, 2) points through the (3, 3) homography."""
    if len(points) == 0:
        return np.zeros((0, 2))
    mapped = cv2.perspectiveTransform(
        np.asarray(points, np.float64).reshape(-1, 1, 2), np.asarray(homography, np.float64)
    )
    return np.asarray(mapped).reshape(-1, 2)


def _spread_corners(grey: ImageArray) -> FloatArray:
    """(M, 2) corners, spread over the picture."""
    corners = cv2.goodFeaturesToTrack(grey, PATCHES, 0.01, grey.shape[1] / 40)
    if corners is None:
        return np.zeros((0, 2), np.float32)
    points = np.asarray(corners, np.float32).reshape(-1, 2)
    margin = PATCH_PX // 2 + 1
    limit = np.array([grey.shape[1] - margin, grey.shape[0] - margin])
    return points[((points >= margin) & (points < limit)).all(axis=1)]


def _patches(grey: ImageArray, points: FloatArray) -> FloatArray:
    """(M, P) surroundings of the (M, 2) points, each of mean 0."""
    corners = np.round(points).astype(int) - PATCH_PX // 2
    windows = np.lib.stride_tricks.sliding_window_view(grey, (PATCH_PX, PATCH_PX))
    cut: FloatArray = windows[corners[:, 1], corners[:, 0]].astype(np.float32)
    cut = cut.reshape(len(points), PATCH_PX**2)
    cut -= cut.mean(axis=1, keepdims=True)
    return cut


def _length(patches: FloatArray) -> FloatArray:
    """(M,) of (M, P)."""
    length: FloatArray = np.linalg.norm(patches, axis=1)
    return length


def _normalised(patches: FloatArray) -> FloatArray:
    """(M, P), each of length 1."""
    patches /= np.maximum(_length(patches), 1e-6)[:, None]
    return patches


def _is_spread(points: FloatArray) -> bool:
    """Whether the middle four fifths of the points span enough of the picture."""
    low, high = np.percentile(points, [10, 90], axis=0)
    return bool(((high - low) >= LEAST_SPREAD * WIDTH_PX * np.array([1.0, 0.5])).all())


def _is_plausible(homography: FloatArray) -> bool:
    """Whether a camera that turned a little could have made it: no mirror, no sharp squeeze."""
    corners = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 0.56], [0.0, 0.56]]) * WIDTH_PX
    mapped = map_points(homography, corners)
    sides = np.linalg.norm(mapped - np.roll(mapped, -1, axis=0), axis=1)
    before = np.linalg.norm(corners - np.roll(corners, -1, axis=0), axis=1)
    turned = np.roll(mapped, -1, axis=0) - mapped
    cross = turned[:, 0] * np.roll(turned[:, 1], -1) - turned[:, 1] * np.roll(turned[:, 0], -1)
    return bool((cross > 0).all() and (sides / before > 0.6).all() and (sides / before < 1.7).all())
