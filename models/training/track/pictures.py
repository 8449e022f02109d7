"""Training pictures from folders: which there are, what is known of each, which only choose."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import yaml

from models.training.obstacles.blocks import INNER_SPAN, VALIDATION_SHARE, video_of
from models.training.picture_file import read_image, read_mask
from models.training.track.arrays import BoolArray
from models.training.track.sample import Sample

TRAM_LINE = Path("data/tram/tram_line")
PHOTOS = "photos"  # the source of places without track
PHOTO_SETS = ("coco_train", "street_clean", "street_openimages")
OWN_LEVEL, TRACK_LEVEL = 255, 128  # in rendered `track/` masks
DRAWN = Path(__file__).with_name("drawn_tracks.yaml")
Polygon = tuple[tuple[int, int], ...]
HELD_EVERY = 8  # of rendered scenes, every eighth is for choosing
HORIZON_SHARE = 0.61  # of the tram line's picture height; no ground lies above
RAIL_SHARE = 0.14  # of the guide's width: so far outside of it lie the rails, on either side


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered or painted view, with a mask of all that shows of tracks."""

    path: Path

    def read(self) -> Sample:
        """The picture and its masks."""
        mask = read_mask(self.path.parent.parent / "track" / f"{self.path.stem}.png")
        return Sample(read_image(self.path), mask == OWN_LEVEL, mask >= TRACK_LEVEL)


@dataclass(frozen=True, slots=True)
class RenderedOwn:
    """A rendered view of which only the own track is known, under whatever stands on it."""

    path: Path
    hidden_px: tuple[tuple[int, int, int, int], ...]

    def read(self) -> Sample:
        """The picture and its masks; what bodies may hide counts as unknown."""
        own = read_mask(self.path.parent.parent / "ego_track" / f"{self.path.stem}.png") > 0
        unknown = np.zeros_like(own)
        for x0, y0, x1, y1 in self.hidden_px:
            unknown[y0:y1, x0:x1] = True
        return Sample(read_image(self.path), own, own, unknown, unknown | ~own)


@dataclass(frozen=True, slots=True)
class Guided:
    """A frame of the tram line whose own track a guide shows."""

    path: Path

    def read(self) -> Sample:
        """The picture and its masks.

        The guide lies between the rails and ends some way off; the ground above its end, and for
        all track also the rails beside it and the other track, are unknown.
        """
        own = read_mask(self.path.parent.parent / "ego_track" / f"{self.path.stem}.png") > 0
        return Sample(read_image(self.path), own, own, _beyond(own), _beyond(own) | _beside(own))


@dataclass(frozen=True, slots=True)
class Trackless:
    """A photograph of a place without track."""

    path: Path

    def read(self) -> Sample:
        """The picture and empty masks."""
        image = read_image(self.path)
        nothing = np.zeros(image.shape[:2], np.bool_)
        return Sample(image, nothing, nothing)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A real picture whose tracks were drawn by eye, in `drawn_tracks.yaml`.

    Where a guide shows the own track, that is it; elsewhere it is unknown.
    """

    path: Path
    tracks: tuple[Polygon, ...]
    unknown: tuple[Polygon, ...]

    def read(self) -> Sample:
        """The picture and its masks."""
        image = read_image(self.path)
        every, unknown = (_filled(p, image.shape[:2]) for p in (self.tracks, self.unknown))
        unknown &= ~every
        guide = self.path.parent.parent / "ego_track" / f"{self.path.stem}.png"
        if not guide.is_file():
            own = np.zeros_like(every)
            return Sample(image, own, every, np.ones_like(every), unknown)
        own = read_mask(guide) > 0
        return Sample(image, own, every, _beyond(own), unknown)


def _filled(polygons: Sequence[Polygon], size: tuple[int, int]) -> BoolArray:
    mask = np.zeros(size, np.uint8)
    for polygon in polygons:
        cv2.fillPoly(mask, [np.array(polygon, np.int32)], 1)
    return mask > 0


Picture = Drawn | Rendered | RenderedOwn | Guided | Trackless


def _beyond(own: BoolArray) -> BoolArray:
    """Between the guide's end and the horizon, where the track goes on and has no label."""
    unknown = np.zeros_like(own)
    top = int(np.flatnonzero(own.any(axis=1))[0])
    columns = np.flatnonzero(own[top + 1])
    margin = len(columns)
    horizon = int(HORIZON_SHARE * own.shape[0])
    unknown[horizon : top + 1, max(columns[0] - margin, 0) : columns[-1] + margin] = True
    return unknown


def _beside(own: BoolArray) -> BoolArray:
    """The rails themselves, and the ground on the left, where there may be another track.

    On the right of the own track there is a road all along the line.
    """
    unknown = np.zeros_like(own)
    horizon, rows = int(HORIZON_SHARE * own.shape[0]), np.flatnonzero(own.any(axis=1))
    unknown[horizon : rows[0], :] = True
    for row in rows:
        columns = np.flatnonzero(own[row])
        reach = max(round(RAIL_SHARE * len(columns)), 1)
        unknown[row, : max(columns[0] - 4 * reach, 0)] = True
        unknown[row, max(columns[0] - reach + 1, 0) : columns[0]] = True
        unknown[row, columns[-1] + 1 : columns[-1] + reach] = True
    return unknown


def read_tram_line(shared: Path) -> tuple[list[Guided], list[Guided], list[Guided]]:
    """Frames with a guide: to train on, to choose by, and to judge by alone.

    The last quarter of each video's frames is for judging. That of the night has no guide, so
    the last quarter of the guided night frames is kept out of training as well.
    """
    folder = shared / TRAM_LINE
    train, inner, judged = [], [], []
    videos: dict[str, list[Path]] = {}
    for path in sorted((folder / "images").iterdir()):
        videos.setdefault(video_of(path)[0], []).append(path)
    for frames in videos.values():
        cut = int(len(frames) * (1 - VALIDATION_SHARE))
        guided = [i for i, path in enumerate(frames) if _guide(folder, path).is_file()]
        if guided[-1] < cut:
            cut = guided[int(len(guided) * (1 - VALIDATION_SHARE))]
        free = [i for i in guided if i < cut]
        first, last = (round(len(free) * share) for share in INNER_SPAN)
        inner += [Guided(frames[i]) for i in free[first:last]]
        train += [Guided(frames[i]) for i in free[:first] + free[last:]]
        judged += [Guided(frames[i]) for i in guided if i >= cut]
    return train, inner, judged


def _guide(folder: Path, path: Path) -> Path:
    return folder / "ego_track" / f"{path.stem}.png"


def read_rendered(folder: Path) -> tuple[list[Picture], list[Picture]]:
    """Rendered views to train on and to choose by; none where the folder is not there."""
    if not (folder / "images").is_dir():
        return [], []
    pictures: list[Picture] = []
    for path in sorted((folder / "images").iterdir()):
        label = folder / "labels" / f"{path.stem}.json"
        if (folder / "track" / f"{path.stem}.png").is_file():
            pictures.append(Rendered(path))
        elif label.is_file():
            boxes = [tuple(box["xyxy"]) for box in json.loads(label.read_text())["boxes"]]
            pictures.append(RenderedOwn(path, tuple(boxes)))
    return [p for i, p in enumerate(pictures) if i % HELD_EVERY], pictures[::HELD_EVERY]


def read_drawn(shared: Path, drawn: Path = DRAWN) -> tuple[list[Drawn], list[Drawn]]:
    """Pictures with drawn tracks, to train on and to choose by."""
    train, held = [], []
    for entry in yaml.safe_load(drawn.read_text()):
        folder = shared / "data" / entry["set"] / "images"
        tracks, unknown = (
            tuple(tuple((x, y) for x, y in polygon) for polygon in entry.get(name, ()))
            for name in ("tracks", "unknown")
        )
        for name in entry["pictures"]:
            target = held if entry.get("held") else train
            target.append(Drawn(folder / name, tracks, unknown))
    return train, held


def read_photos(shared: Path) -> list[Trackless]:
    """Photographs of the free sets with neither a labelled train nor a track that we saw."""
    photos = []
    drawn = {picture.path for part in read_drawn(shared) for picture in part}
    for name in PHOTO_SETS:
        folder = shared / "data" / name
        content = json.loads((folder / "instances.json").read_text())
        trains = {c["id"] for c in content["categories"] if c["name"] in ("train", "tram")}
        with_train = {a["image_id"] for a in content["annotations"] if a["category_id"] in trains}
        photos += [
            Trackless(folder / "images" / image["file_name"])
            for image in content["images"]
            if image["id"] not in with_train and folder / "images" / image["file_name"] not in drawn
        ]
    return photos


def photos_to_train(shared: Path) -> list[Trackless]:
    """The photographs less those that choose."""
    return [p for i, p in enumerate(read_photos(shared)) if i % HELD_EVERY]


def sources(folder: Path, shared: Path, stills: Sequence[Path]) -> dict[str, list[Picture]]:
    """What trains, by name of the source; a frame whose drawn tracks choose does not."""
    drawn, held = read_drawn(shared)
    chooses = {picture.path for picture in held}
    rendered = [p for still in stills for p in read_rendered(still)[0]]
    return {
        "painted": list(read_rendered(folder / "painted")[0]),
        "rendered": rendered,
        "tram_line": [p for p in read_tram_line(shared)[0] if p.path not in chooses],
        "drawn": list(drawn),
        PHOTOS: list(photos_to_train(shared)),
    }


def holdout(folder: Path, shared: Path, stills: Sequence[Path]) -> dict[str, list[Picture]]:
    """What chooses, by name of the measure."""
    inner = read_tram_line(shared)[1]
    return {
        "painted": list(read_rendered(folder / "painted")[1])[:80],
        "rendered": [p for still in stills for p in read_rendered(still)[1]][:120],
        "drawn": list(read_drawn(shared)[1]),
        PHOTOS: list(read_photos(shared)[::HELD_EVERY]),
        "line_day": [p for p in inner if p.path.stem.startswith("day")],
        "line_night": [p for p in inner if p.path.stem.startswith("night")],
    }
