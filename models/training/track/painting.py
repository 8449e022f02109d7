"""Scenes painted in milliseconds: any track on any ground before a real backdrop.

Nothing in them is as it really looks; there is so much variety that what they share is what a
track is: two lines a gauge apart which go on.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from models.training.obstacles.cutouts import Cutout
from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.canvas import Canvas, grey
from models.training.track.courses import GAUGE_M, HEAD_M, Course, random_bend, random_courses
from models.training.track.sample import Sample
from models.training.track.surfaces import MATERIALS, noise_tile, random_tile
from models.training.track.trackside import plant_masts, raise_beside
from models.training.track.view import random_view
from models.training.track.walls import park_trains, raise_walls

HALF_M = GAUGE_M / 2
OUTER_M = HALF_M + HEAD_M
LABEL_REACH_M = 120.0


@dataclass(frozen=True, slots=True, eq=False)
class Props:
    """What scenes are painted with."""

    backdrops: Sequence[ImageArray]
    cutouts: Sequence[Cutout]


def paint_scene(
    rng: np.random.Generator, size: tuple[int, int], props: Props, *, has_track: bool = True
) -> Sample:
    """A scene of this width and height with its masks; without track it has lines and lanes."""
    view = random_view(rng, size)
    forward, right, span = view.ground()
    bend = random_bend(rng)
    along, off = bend.track_frame(forward, right)
    backdrop = props.backdrops[int(rng.integers(len(props.backdrops)))]
    colours = _backdrop(rng, backdrop, size, view.horizon_px)
    whole = Canvas(colours, along, off, np.where(np.isfinite(span), span, 1e3), view)
    canvas = whole.lower()
    courses = random_courses(rng) if has_track else []
    look = _Look.random(rng)
    if rng.random() < 0.8:
        _pave(rng, canvas, courses, props)
    if courses and look.is_on_ballast:
        _spread_ballast(rng, canvas, courses)
    own, every = (np.zeros(along.shape, np.bool_) for _ in range(2))
    _lay_strips(rng, canvas, props)
    _distract(rng, canvas)
    for number, course in reversed(list(enumerate(courses))):
        _lay_track(rng, canvas, course, look, props)
        is_track = _is_track(whole, course)
        every |= is_track
        if number == 0:
            own = is_track
    if has_track and rng.random() < 0.12:
        _zebra(rng, canvas)
    hidden = raise_walls(rng, whole, bend, courses, props.backdrops)
    hidden |= raise_beside(rng, whole, bend, courses, props.backdrops)
    hidden |= park_trains(rng, whole, bend, courses)
    hidden |= plant_masts(rng, whole, bend, courses)
    _light(rng, whole)
    hidden |= _stand_about(rng, whole, props)
    image = np.clip(whole.colours, 0, 255).astype(np.uint8)
    return Sample(image, own & ~hidden, every & ~hidden)


def _is_track(canvas: Canvas, course: Course) -> BoolArray:
    """(H, W) between and including the rails, as far as anybody can see them."""
    off = course.off_m(canvas.along_m, canvas.off_m)
    is_track = canvas.is_ground & (np.abs(off) <= OUTER_M) & (canvas.along_m < LABEL_REACH_M)
    if np.isfinite(course.radius_m):
        is_part = canvas.along_m > course.parts_at_m
        is_track &= ~is_part if course.is_joining else is_part
    return np.asarray(is_track)


def _backdrop(
    rng: np.random.Generator, picture: ImageArray, size: tuple[int, int], horizon_px: float
) -> FloatArray:
    """A real picture stretched so that some row of its middle meets the horizon."""
    width, height = size
    zoom = float(rng.uniform(1.0, 1.6))
    tall, wide = int(height * zoom) + 1, int(width * zoom) + 1
    shown = cv2.resize(picture, (wide, tall), interpolation=cv2.INTER_AREA)
    top = int(np.clip(tall * rng.uniform(0.35, 0.65) - horizon_px, 0, tall - height))
    left = int(rng.integers(0, wide - width + 1))
    shown = shown[top : top + height, left : left + width]
    if rng.random() < 0.5:
        shown = shown[:, ::-1]
    return shown.astype(np.float32)


def _pave(
    rng: np.random.Generator, canvas: Canvas, courses: Sequence[Course], props: Props
) -> None:
    """Cover the ground between walls, hedges or whatever the backdrop shows beyond."""
    tile = random_tile(rng, props.backdrops)
    seen = tile.sample(canvas.along_m, canvas.off_m, canvas.span_m)
    lefts = [course.right_m for course in courses] or [0.0]
    walls = (min(lefts) - rng.uniform(1.5, 14), max(lefts) + rng.uniform(1.5, 14))
    cover = canvas.between(canvas.off_m, *walls)
    edge = rng.uniform(0.8, 1.0)
    canvas.lay(cover * edge, seen)
    if rng.random() < 0.6:  # another surface on one side, or a bed for all tracks
        low = float(rng.uniform(walls[0], min(lefts) + 1))
        high = float(rng.uniform(max(lefts) - 1, walls[1]))
        other = random_tile(rng, props.backdrops)
        seen = other.sample(canvas.along_m, canvas.off_m, canvas.span_m)
        canvas.lay(canvas.between(canvas.off_m, low, high), seen)


def _spread_ballast(rng: np.random.Generator, canvas: Canvas, courses: Sequence[Course]) -> None:
    """One bed of ballast under all tracks, as on railways."""
    name = str(rng.choice([name for name in MATERIALS if "ballast" in name]))
    places = [course.right_m for course in courses]
    low, high = min(places) - rng.uniform(1.3, 3.5), max(places) + rng.uniform(1.3, 3.5)
    seen = noise_tile(rng, name).sample(canvas.along_m, canvas.off_m, canvas.span_m)
    canvas.lay(canvas.between(canvas.off_m, low, high), seen)


def _lay_strips(rng: np.random.Generator, canvas: Canvas, props: Props) -> None:
    """Paths, drains and verges about as wide as a track, edged or not, which are none."""
    for _ in range(int(rng.choice([0, 1, 2, 3], p=[0.45, 0.3, 0.15, 0.1]))):
        low = float(rng.uniform(-11, 9))
        high = low + float(np.exp(rng.uniform(np.log(0.4), np.log(4))))
        seen = random_tile(rng, props.backdrops).sample(
            canvas.along_m, canvas.off_m, canvas.span_m)  # fmt: skip
        canvas.lay(canvas.between(canvas.off_m, low, high) * float(rng.uniform(0.5, 1)), seen)
        for at in (low, high):
            if rng.random() < 0.6:
                wide = float(rng.uniform(0.03, 0.3))
                canvas.lay(
                    canvas.between(canvas.off_m, at, at + wide),
                    grey(rng, rng.choice([35, 110, 220])),
                )


def _distract(rng: np.random.Generator, canvas: Canvas) -> None:
    """Lines that run along like rails and are none: markings, kerbs, cracks, fences, shadows."""
    for _ in range(int(rng.choice([0, 1, 2, 4], p=[0.35, 0.3, 0.2, 0.15]))):
        at = float(rng.uniform(-9, 9))
        wide = float(rng.uniform(0.04, 0.35))
        colour = grey(rng, rng.choice([30, 90, 225]))
        cover = canvas.between(canvas.off_m, at, at + wide) * float(rng.uniform(0.3, 1.0))
        if rng.random() < 0.35:
            period = float(rng.uniform(2, 9))
            known = np.where(canvas.is_ground, canvas.along_m, 0)
            cover = cover * (known / period % 1 < 0.5)
        canvas.lay(cover, colour)
    if rng.random() < 0.25:  # something across: joints, shadows, a crossing road
        at, wide = float(rng.uniform(4, 40)), float(np.exp(rng.uniform(np.log(0.1), np.log(6))))
        known = np.where(canvas.is_ground, canvas.along_m, 1e4)
        canvas.lay(((known > at) & (known < at + wide)) * float(rng.uniform(0.3, 1)),
                   grey(rng, rng.choice([40, 110, 200])))  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """How the rails of one scene look."""

    head: FloatArray
    head_far: FloatArray  # rails shine more, or less, the flatter they are seen
    head_m: float
    side: FloatArray
    side_m: float
    groove: float
    foot_m: float
    foot: FloatArray
    sleeper: FloatArray
    sleeper_every_m: float
    sleeper_m: tuple[float, float]
    sleeper_share: float
    is_on_ballast: bool

    @classmethod
    def random(cls, rng: np.random.Generator) -> "_Look":
        has_sleepers = rng.random() < 0.42
        near = float(rng.choice([235, 170, 110, 60]) * rng.uniform(0.75, 1.1))
        far = near if rng.random() < 0.4 else float(rng.choice([250, 200, 120, 50]))
        tint = np.array([1.0, 1.0, 1.0]) if rng.random() < 0.6 else np.array([0.6, 0.78, 1.0])
        return cls(
            grey(rng, near) * tint.astype(np.float32),
            grey(rng, far) * tint.astype(np.float32),
            float(rng.uniform(0.05, 0.085)),
            grey(rng, rng.uniform(12, 70)) * np.array([0.7, 0.85, 1.0], np.float32),
            float(rng.uniform(0.02, 0.16)),
            float(rng.choice([0, 1], p=[0.35, 0.65])) if not has_sleepers else 0.0,
            float(rng.uniform(0.05, 0.4)) if rng.random() < 0.3 else 0.0,
            grey(rng, rng.uniform(30, 210)),
            grey(rng, rng.choice([45, 90, 160, 190]))
            * (np.array([0.75, 0.88, 1.0], np.float32) if rng.random() < 0.5 else np.float32(1)),
            float(rng.uniform(0.5, 0.8)) if has_sleepers else 0.0,
            (float(rng.uniform(0.16, 0.34)), float(rng.uniform(2.1, 2.8))),
            float(rng.uniform(0.5, 1.0)),
            bool(has_sleepers and rng.random() < 0.6),
        )


def _lay_track(
    rng: np.random.Generator,
    canvas: Canvas,
    course: Course,
    look: _Look,
    props: Props,
) -> None:
    """One track: bed, sleepers, then both rails."""
    off_m = course.off_m(canvas.along_m, canvas.off_m)
    reach = np.ones_like(off_m)
    if np.isfinite(course.radius_m):
        known = np.where(canvas.is_ground, canvas.along_m, 0)
        reach = (known <= course.parts_at_m) if course.is_joining else (known > course.parts_at_m)
        reach = reach.astype(np.float32)
    if rng.random() < (0.15 if look.is_on_ballast else 0.45):
        tile = random_tile(rng, props.backdrops)
        half = float(rng.choice([HALF_M, OUTER_M + rng.uniform(0.05, 0.9)]))
        seen = tile.sample(canvas.along_m, off_m, canvas.span_m)
        cover = canvas.between(off_m, -half, half) * float(rng.uniform(0.4, 1))
        canvas.lay(cover * reach, seen)
    elif rng.random() < 0.3:  # a stain between the rails
        canvas.lay(canvas.between(off_m, -0.45, 0.45) * reach * float(rng.uniform(0.1, 0.5)),
                   grey(rng, 40))  # fmt: skip
    if look.sleeper_every_m:
        _sleepers(canvas, off_m, look, reach)
    depth = np.clip(canvas.span_m * canvas.view.focal_px / 35, 0, 1)[..., None]
    shine = look.head * (1 - depth) + look.head_far * depth
    patchy = rng.random() < 0.3
    for hand in (-1, 1):
        inner = hand * HALF_M
        outer = hand * (HALF_M + look.head_m)
        foot = hand * (HALF_M + look.head_m + look.foot_m)
        if look.foot_m:
            canvas.lay(canvas.between(off_m, *sorted((inner - hand * look.foot_m, foot))) * reach,
                       look.foot)  # fmt: skip
        lit = hand if rng.random() < 0.5 else -hand
        dark = sorted((outer, outer + hand * look.side_m)) if lit > 0 else sorted(
            (inner, inner - hand * look.side_m))  # fmt: skip
        canvas.lay(canvas.between(off_m, *dark) * reach * 0.8, look.side)
        if look.groove:
            canvas.lay(canvas.between(off_m, *sorted((inner, inner - hand * 0.05))) * reach * 0.9,
                       grey(rng, 25))  # fmt: skip
        cover = canvas.between(off_m, *sorted((inner, outer))) * reach
        if patchy:
            known = np.where(canvas.is_ground, canvas.along_m, 0)
            waves = np.sin(known * rng.uniform(0.2, 1.2) + rng.uniform(0, 6.3))
            cover = cover * np.clip(0.6 + 0.5 * waves, 0.15, 1)
        canvas.lay(cover, shine)


def _sleepers(canvas: Canvas, off_m: FloatArray, look: _Look, reach: FloatArray) -> None:
    wide, long = look.sleeper_m
    across = canvas.between(off_m, -long / 2, long / 2)
    known = np.where(canvas.is_ground, canvas.along_m, 0)
    phase = known / look.sleeper_every_m % 1
    duty = wide / look.sleeper_every_m
    sharp = np.clip(1.2 - canvas.depth_span_m() / look.sleeper_every_m, 0, 1)
    ahead = np.where(phase < duty, 1.0, 0.0) * sharp + duty * (1 - sharp)
    canvas.lay((across * ahead * reach * look.sleeper_share).astype(np.float32), look.sleeper)


def _zebra(rng: np.random.Generator, canvas: Canvas) -> None:
    at = float(rng.uniform(5, 30))
    known = np.where(canvas.is_ground, canvas.along_m, 1e4)
    stripes = (canvas.off_m / rng.uniform(0.9, 1.3) % 1 < 0.5) & (known > at) & (known < at + 3.5)
    canvas.lay(stripes * float(rng.uniform(0.4, 0.95)), grey(rng, 225))


def _light(rng: np.random.Generator, canvas: Canvas) -> None:
    """Shadows, haze, wet reflections of the sky, and at night the tram's own light."""
    height, width = canvas.along_m.shape
    if rng.random() < 0.35:  # shadows of trees and houses, soft or hard
        field = np.zeros((height, width), np.float32)
        for cells in (3, 7, 15):
            coarse = rng.standard_normal((cells, cells * 2), np.float32)
            field += cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC) / 2
        soft = float(rng.uniform(0.05, 0.8))
        shade = np.clip((field - rng.normal(0, 0.5)) / soft + 0.5, 0, 1)[..., None]
        dark = 1 - float(rng.uniform(0.25, 0.7)) * shade
        canvas.colours *= np.where(canvas.is_ground[..., None], dark, 1)
    depth = np.minimum(canvas.span_m * canvas.view.focal_px, 200)[..., None]
    if rng.random() < 0.3:
        haze = 1 - np.exp(-depth / float(np.exp(rng.uniform(np.log(25), np.log(300)))))
        canvas.colours += haze * (grey(rng, rng.uniform(90, 230)) - canvas.colours)
    if rng.random() < 0.2:
        cone = np.exp(-((depth / rng.uniform(12, 40)) ** 2)) * rng.uniform(0.5, 1.2)
        glow = np.array([0.75, 0.95, 1.0]) if rng.random() < 0.6 else np.ones(3)
        canvas.colours *= float(rng.uniform(0.08, 0.35)) + cone * glow.astype(np.float32)


def _stand_about(rng: np.random.Generator, canvas: Canvas, props: Props) -> BoolArray:
    """People and vehicles on the ground; returns the pixels they hide."""
    hidden = np.zeros(canvas.along_m.shape, np.bool_)
    if not props.cutouts:
        return hidden
    count = int(rng.choice([0, 1, 2, 4, 7], p=[0.4, 0.2, 0.2, 0.12, 0.08]))
    for ahead in -np.sort(-rng.uniform(6, 60, count)):
        cutout = props.cutouts[int(rng.integers(len(props.cutouts)))]
        column, row, scale = canvas.view.place(float(ahead), float(rng.uniform(-8, 8)))
        tall = float(rng.uniform(1.3, 2.4)) * scale
        share = tall / cutout.image.shape[0]
        size = (int(cutout.image.shape[1] * share), int(tall))
        if min(size) < 3 or size[1] > 1.5 * hidden.shape[0]:
            continue
        image = cv2.resize(cutout.image, size, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(cutout.alpha, size, interpolation=cv2.INTER_AREA)
        canvas.paste(hidden, image, alpha, int(column - size[0] / 2), int(row - size[1]))
    return hidden
