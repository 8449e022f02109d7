"""Reading pictures with labelled track: own track, all track, or RailSem19's classes."""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_obstacles import PICTURE_ENDINGS, read_picture
from vision.arrays import BoolArray, ImageArray

RAILSEM_TRACK = (3, 12, 17, 18)  # tram-track, rail-track, rail-raised, rail-embedded
RAILSEM_IGNORED = 255


class TrackKind(StrEnum):
    """What a set's masks mark; the value is the folder they lie in."""

    OWN = "ego_track"
    EVERY = "track"
    RAILSEM = "masks"


@dataclass(frozen=True, slots=True)
class TrackPicture:
    """One picture and where its mask lies."""

    path: Path
    mask_path: Path
    kind: TrackKind
    group: str | None = None
    """What it is judged with besides all: its video, or `tram` where the set lists tram frames."""

    def read(self) -> ImageArray:
        """The picture itself, (H, W, 3) BGR; raises LabelledSetError if it cannot be read."""
        return read_picture(self.path)

    def read_mask(self, size_px: tuple[int, int]) -> tuple[BoolArray, BoolArray]:
        """Two (H, W): track, and what counts at all, for a picture of this width and height."""
        mask: ImageArray | None = cv2.imread(str(self.mask_path), cv2.IMREAD_UNCHANGED)
        if mask is None:
            raise LabelledSetError(f"{self.mask_path} is no picture")
        if (mask.shape[1], mask.shape[0]) != size_px:
            raise LabelledSetError(
                f"{self.mask_path} is {mask.shape[1]}x{mask.shape[0]}, "
                f"its picture {size_px[0]}x{size_px[1]}"
            )
        if self.kind is not TrackKind.RAILSEM:
            shown = mask if mask.ndim == 2 else mask[..., :3].max(axis=2)
            return shown > 0, np.ones(shown.shape, np.bool_)
        if mask.ndim != 2:
            raise LabelledSetError(f"{self.mask_path} must hold one class number per pixel")
        return np.isin(mask, RAILSEM_TRACK), mask != RAILSEM_IGNORED


def read_track_set(folder: Path) -> tuple[TrackPicture, ...]:
    """All pictures of `folder` that have a mask; those without are passed over.

    Raises LabelledSetError where there is no picture with a mask.
    """
    kind = next((kind for kind in TrackKind if (folder / kind.value).is_dir()), None)
    if kind is None or not (folder / "images").is_dir():
        raise LabelledSetError(
            f"{folder} is no labelled track set: wanted images/ and one of "
            f"{', '.join(f'{kind.value}/' for kind in TrackKind)}"
        )
    tram_stems = _tram_stems(folder / "meta.json")
    pictures = []
    for path in sorted((folder / "images").iterdir()):
        mask_path = folder / kind.value / f"{path.stem}.png"
        if path.suffix.lower() not in PICTURE_ENDINGS or not mask_path.is_file():
            continue
        video, _, number = path.stem.rpartition("_")
        group = "tram" if path.stem in tram_stems else video if number.isdecimal() else None
        pictures.append(TrackPicture(path, mask_path, kind, group or None))
    if not pictures:
        raise LabelledSetError(f"{folder / kind.value} has no mask for any picture of images/")
    return tuple(pictures)


def _tram_stems(path: Path) -> frozenset[str]:
    """The frames that the set's meta.json lists as tram frames; none where there is no list."""
    if not path.is_file():
        return frozenset()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise LabelledSetError(f"{path} is no JSON: {error}") from None
    listed = content.get("tram_track_frames", []) if isinstance(content, dict) else []
    return frozenset(str(stem) for stem in listed)
