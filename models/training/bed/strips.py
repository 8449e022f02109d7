"""Training strips: the bed of a view from a cab, and where on it something stands."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np

from models.training.bed.cab_picture import CabPicture, CabView
from models.training.bed.settings import Settings
from models.training.bed.things import Props, with_flat, with_upright
from models.training.drawing import drawn
from models.training.obstacles.light import spoil
from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.augmentation import recoloured
from vision.tram.bed_reader import FOOT_COLUMNS
from vision.tram.bed_strip import ALONG_M, FINER, STEP, strip_picture, strip_places_px
from vision.tram.centre_line import ALONG_M as LINE_ALONG_M
from vision.tram.centre_line import CentreLine

FREE, TAKEN, UNKNOWN = 0, 1, 255
FOOT_LENGTH = 0.08  # of the logarithm of the distance, in which a foot counts
RING_M, RING = 0.15, STEP  # around it nobody knows whether it still counts
ASIDE_CELLS = 3  # of a foot, on either side of a hidden place, of which nobody knows either
NEAREST_M, FURTHEST_M = 6.5, 50.0  # between which it is asked for


@dataclass(frozen=True, slots=True, eq=False)
class Strip:
    """One strip to learn from."""

    shown: ImageArray
    """(FINER R, FINER C, 3)"""
    wanted: ImageArray
    """(R, N) FREE, TAKEN or UNKNOWN at ALONG_M and FOOT_ASIDE_M."""


def strip_of(view: CabView, line: CentreLine, pitch_off_deg: float = 0.0) -> Strip:
    """The bed of a view along a line that may differ a little from the true one.

    `pitch_off_deg` is by how much the camera's pitch is taken wrong.
    """
    camera = view.camera
    believed = replace(camera, pitch_deg=camera.pitch_deg + pitch_off_deg)

    def to_image(track_m: FloatArray) -> FloatArray:
        ground = line.to_vehicle(track_m)
        return believed.project(np.column_stack([ground, np.zeros(len(ground))]))

    places_px = strip_places_px(to_image)
    at_px = places_px[::FINER, ::FINER][:, FOOT_COLUMNS]
    ground = camera.ground(at_px.reshape(-1, 2).astype(np.float64))
    track = view.line.to_track(np.nan_to_num(ground, nan=1e3)).reshape(*at_px.shape)
    wanted = np.full(at_px.shape[:2], FREE, np.uint8)
    wanted[_hidden(view, at_px)] = UNKNOWN
    along, aside = track[..., 0], track[..., 1]
    # from far to near: what is nearer hides what is further
    for each in sorted(view.standing, key=lambda one: -one.near_m):
        near_m = max(each.near_m, 0.1)
        deep = np.log(np.maximum(along, 0.1) / near_m)
        seen_again = max(1 - each.height_m / camera.height_m, 0.0)  # its foot's distance, of that
        top = -np.log(seen_again) if seen_again > 0 else np.inf
        top = max(top, FOOT_LENGTH) + np.log(max(each.far_m, near_m) / near_m)
        widens = np.clip(np.exp(np.maximum(deep, 0)), 1, 3)
        middle, half = (each.left_m + each.right_m) / 2, (each.right_m - each.left_m) / 2
        lies = np.abs(aside - middle * widens) - half * widens
        wanted[(lies < RING_M) & (deep > -2 * RING) & (deep < top + RING)] = UNKNOWN
        wanted[(lies < 0) & (deep > -RING / 2) & (deep < FOOT_LENGTH)] = TAKEN
    size = np.array(view.image.shape[1::-1])
    is_seen = ((at_px > 0) & (at_px < size - 1)).all(axis=2)
    is_asked = (ALONG_M >= NEAREST_M) & (min(FURTHEST_M, view.reach_m) > ALONG_M)
    wanted[~is_seen | ~is_asked[:, None]] = UNKNOWN
    return Strip(strip_picture(view.image, places_px), wanted)


def _hidden(view: CabView, at_px: FloatArray) -> BoolArray:
    """(R, N) places that something hides, or that lie aside of such a place."""
    if view.is_hidden is None:
        return np.zeros(at_px.shape[:2], np.bool_)
    mask = view.is_hidden.astype(np.uint8)
    shown = cv2.remap(mask, at_px[..., 0], at_px[..., 1], cv2.INTER_NEAREST)
    near = cv2.dilate(shown, np.ones((3, 2 * ASIDE_CELLS + 1), np.uint8))
    return np.asarray(near > 0)


def random_strip(
    view: CabView, props: Props, settings: Settings, rng: np.random.Generator
) -> Strip:
    """A strip of a view with things set onto its bed, in other light, a little askew."""
    view = set_out(view, props, settings, rng)
    image = view.image
    if rng.random() < settings.recolour_share:
        image = recoloured(rng, image)
    if rng.random() < settings.spoil_share:
        image = spoil(image, rng, settings.night_share)
    strip = strip_of(
        replace(view, image=image),
        askew(view.line, settings, rng),
        float(rng.normal(0, settings.pitch_deg)),
    )
    if rng.random() < 0.5:
        return Strip(np.ascontiguousarray(strip.shown[:, ::-1]), strip.wanted[:, ::-1].copy())
    return strip


def set_out(view: CabView, props: Props, settings: Settings, rng: np.random.Generator) -> CabView:
    """The view with flat and upright things on the bed."""
    while rng.random() < settings.flat_share:
        view = replace(view, image=with_flat(view, props, rng))
    for _ in range(int(rng.choice(len(settings.upright_shares), p=settings.upright_shares))):
        added = with_upright(view, props, rng)
        if added is not None:
            image, where = added
            view = replace(view, image=image, standing=(*view.standing, where))
    return view


def askew(line: CentreLine, settings: Settings, rng: np.random.Generator) -> CentreLine:
    """A line as it may be taken for, where the true one is not quite known."""
    curvature = line.curvature_per_m + rng.normal(0, settings.curvature_per_m)
    assert len(curvature) == len(LINE_ALONG_M)
    return CentreLine.from_curvature(
        curvature,
        float(line.points_m[0, 1] + rng.normal(0, settings.offset_m)),
        float(line.heading_rad[0] + rng.normal(0, settings.heading_rad)),
    )


class Pool:
    """Views by source, each read once."""

    def __init__(self, sources: dict[str, Sequence[CabPicture]]) -> None:
        self.sources = {name: pictures for name, pictures in sources.items() if pictures}
        self._read: dict[CabPicture, CabView] = {}

    def draw(self, rng: np.random.Generator, shares: dict[str, float]) -> CabView:
        """A view from a source drawn by its share; sources without pictures count nothing."""
        picture = drawn(rng, self.sources, shares)
        if picture not in self._read:
            self._read[picture] = picture.read()
        return self._read[picture]
