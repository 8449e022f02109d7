"""Pictures from cabs of which it is known where the own track runs and what stands on it.

Vehicle points are metres forward of the camera and to the right of the track's middle there;
track points are metres along the track from the camera and to the right of its middle.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models.training.obstacles.blocks import video_of
from models.training.obstacles.pictures import Picture, read_folder
from models.training.picture_file import read_image, read_mask
from models.training.track.arrays import BoolArray, FloatArray, ImageArray
from models.training.track.pictures import (
    HELD_EVERY,
    OWN_LEVEL,
    read_tram_line,
)
from vision.tram.centre_line import ALONG_M, CentreLine

NEAREST_M = 0.3
REACH_M = 60.0
# The tram line's camera. Its guides are about so wide; a wrong focal length would only move what
# lies on the strip along it.
GUIDE_M, FOCAL_SHARE = 1.15, 0.9
GUIDE_TRUST = 1.15  # times the distance to the guide's end: so far the course is taken as known


@dataclass(frozen=True, slots=True)
class CabCamera:
    """A pinhole above flat ground; it may be tilted to every side."""

    height_m: float
    pitch_deg: float
    """Positive looks down."""
    yaw_deg: float
    """Positive looks to the right of the track."""
    roll_deg: float
    """Positive is turned clockwise."""
    focal_px: float
    principal_px: tuple[float, float]
    offset_m: float = 0.0
    """Where it hangs, to the right of the track's middle."""

    def project(self, points_m: FloatArray) -> FloatArray:
        """(N, 2) px of (N, 3) vehicle points with their heights; nan behind the camera."""
        right, down, forward = self._axes()
        seen = points_m - np.array([0.0, self.offset_m, self.height_m])
        depth = seen @ forward
        depth = np.where(depth > NEAREST_M, depth, np.nan)
        offsets = np.stack([seen @ right, seen @ down], axis=1) / depth[:, None]
        px: FloatArray = offsets * self.focal_px + np.array(self.principal_px)
        return px

    def ground(self, px: FloatArray) -> FloatArray:
        """(N, 2) vehicle points on the ground that (N, 2) px show; nan above the horizon."""
        right, down, forward = self._axes()
        offsets = (px - np.array(self.principal_px)) / self.focal_px
        rays = forward + offsets[:, :1] * right + offsets[:, 1:] * down
        fall = np.where(rays[:, 2] < -1e-6, -rays[:, 2], np.nan)
        points: FloatArray = rays[:, :2] * (self.height_m / fall)[:, None]
        return points + np.array([0.0, self.offset_m])

    def _axes(self) -> FloatArray:
        """(3, 3) rows: right, down and forward; as forward, to the right and up of the track."""
        pitch, yaw, roll = np.deg2rad([self.pitch_deg, self.yaw_deg, self.roll_deg])
        ahead = np.array([np.cos(yaw), np.sin(yaw), 0.0])
        aside = np.array([-np.sin(yaw), np.cos(yaw), 0.0])
        up = np.array([0.0, 0.0, 1.0])
        forward = np.cos(pitch) * ahead - np.sin(pitch) * up
        down = -np.sin(pitch) * ahead - np.cos(pitch) * up
        right = np.cos(roll) * aside + np.sin(roll) * down
        return np.stack([right, np.cos(roll) * down - np.sin(roll) * aside, forward])


@dataclass(frozen=True, slots=True)
class Standing:
    """The ground that something stands on, in track metres, and how high it rises."""

    near_m: float
    far_m: float
    left_m: float
    right_m: float
    height_m: float = np.inf


@dataclass(frozen=True, slots=True, eq=False)
class CabView:
    """A picture (H, W, 3) from a cab, and what is known of the way ahead."""

    image: ImageArray
    camera: CabCamera
    line: CentreLine
    standing: tuple[Standing, ...]
    reach_m: float = REACH_M
    """How far along the track the course is known."""
    is_hidden: BoolArray | None = None
    """(H, W) where own track lies that something hides; None: nowhere that is known of."""

    def project(self, points_m: FloatArray) -> FloatArray:
        """(N, 2) px of (N, 3) track points with their heights."""
        ground = self.line.to_vehicle(points_m[:, :2])
        return self.camera.project(np.column_stack([ground, points_m[:, 2]]))


@dataclass(frozen=True, slots=True)
class RenderedView:
    """A still of `sample_videos.render` whose label tells the own way."""

    path: Path
    """Of the picture."""

    def read(self) -> CabView:
        """The view."""
        folder = self.path.parent.parent
        label = json.loads((folder / "labels" / f"{self.path.stem}.json").read_text())
        way = label["own_way"]
        line = CentreLine.from_curvature(np.array(way["curvature_per_m"]))
        camera = CabCamera(**way["camera"])
        whole, shown = (
            read_mask(folder / part / f"{self.path.stem}.png") == OWN_LEVEL
            for part in ("ego_track", "track")
        )
        standing = tuple(Standing(*each) for each in way["standing"])
        return CabView(
            read_image(self.path), camera, line, standing, is_hidden=np.asarray(whole & ~shown)
        )


@dataclass(frozen=True, slots=True)
class LineView:
    """A frame of the tram line with a guide.

    What its labels show on the track is taken as standing there; its labels lack some things.
    """

    path: Path
    boxes: tuple[tuple[float, float, float, float], ...]

    def read(self) -> CabView:
        """The view."""
        mask = read_mask(self.path.parent.parent / "ego_track" / f"{self.path.stem}.png") > 0
        camera, reach_m = line_camera(mask)
        line = CentreLine.from_curvature(np.zeros(len(ALONG_M)))
        standing = []
        for left, _, right, bottom in self.boxes:
            feet_m = camera.ground(np.array([[left, bottom], [right, bottom]]))
            if np.isfinite(feet_m).all():
                (near_m, left_m), (far_m, right_m) = feet_m.min(axis=0), feet_m.max(axis=0)
                standing.append(Standing(near_m, far_m + 0.5, left_m, right_m))
        return CabView(read_image(self.path), camera, line, tuple(standing), reach_m)


def line_camera(guide: np.ndarray) -> tuple[CabCamera, float]:
    """The camera over a straight track that a guide mask (H, W) tells, and the guide's reach."""
    rows = np.flatnonzero(guide.any(axis=1))[1:]
    columns = [np.flatnonzero(guide[row]) for row in rows]
    wide = np.array([each[-1] - each[0] + 1 for each in columns])
    middle = np.array([each.mean() for each in columns])
    slope, start = np.polyfit(rows, wide, 1)
    horizon = -start / slope
    drift, at_zero = np.polyfit(rows, middle, 1)
    height, width = guide.shape
    height_m, focal = GUIDE_M / slope, FOCAL_SHARE * width
    pitch = np.arctan2(height / 2 - horizon, focal)
    yaw = np.arctan2(width / 2 - (at_zero + drift * horizon), focal)
    camera = CabCamera(
        height_m, float(np.rad2deg(pitch)), float(np.rad2deg(yaw)), 0.0, focal,
        (width / 2, height / 2), -float(drift) * height_m,
    )  # fmt: skip
    return camera, GUIDE_TRUST * focal * height_m / (rows[0] - horizon)


CabPicture = RenderedView | LineView


def read_stills(folder: Path) -> list[CabPicture]:
    """Rendered views with an own way; none where the folder is not there."""
    labels = sorted((folder / "labels").glob("*.json"))
    return [
        RenderedView(folder / "images" / f"{label.stem}.jpg")
        for label in labels
        if "own_way" in json.loads(label.read_text())
        and (folder / "track" / f"{label.stem}.png").is_file()
    ]


def read_line(shared: Path) -> tuple[list[CabPicture], list[CabPicture]]:
    """Frames of the tram line to train on and to choose by; those for judging are left out."""
    boxes = {each.path.stem: _seen(each) for each in read_folder(shared / "data/tram/tram_line")}
    train, inner, _ = read_tram_line(shared)
    return tuple(
        [LineView(guided.path, boxes.get(guided.path.stem, ())) for guided in part]
        for part in (train, inner)
    )


def _seen(picture: Picture) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(v) for v in box) for box in picture.boxes)


def pictures(
    shared: Path, stills: Sequence[Path]
) -> tuple[dict[str, list[CabPicture]], dict[str, list[CabPicture]]]:
    """What trains and what chooses, by name of the source."""
    rendered = [each for folder in stills for each in read_stills(folder)]
    train, inner = read_line(shared)
    trained: dict[str, list[CabPicture]] = {
        "rendered": [p for i, p in enumerate(rendered) if i % HELD_EVERY]
    }
    held: dict[str, list[CabPicture]] = {"rendered": rendered[::HELD_EVERY]}
    for target, source in ((trained, train), (held, inner)):
        for picture in source:
            target.setdefault(f"line_{video_of(picture.path)[0]}", []).append(picture)
    return trained, held
