"""Labelled spots of every training set, cut out once with room around them and kept as arrays."""

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np

from models.training.faults import WrongSettings
from models.training.parking.settings import SetNames
from models.training.picture_file import read_image, read_member

PATCH_PX = 176
PATCH_SIDES = 2.4  # side of a patch in lengths of the spot's longer side
OUTSIDE = (114, 114, 114)  # what stands where the picture has ended; the runtime does the same
PICTURES, LABELS = "pictures.npy", "labels.npz"
STATES = ("free", "busy")  # of a cut-out, as its folder is called
PATCH_SQUARE = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float64)


class PatchRow(NamedTuple):
    """One labelled spot before all are put together."""

    picture: np.ndarray
    polygon: np.ndarray
    occupied: int
    source: str
    site: str
    is_outlined: bool


@dataclass(frozen=True, slots=True, eq=False)
class SpotPatches:
    """N labelled spots; row i of everything describes spot i."""

    pictures: np.ndarray
    """(N, PATCH_PX, PATCH_PX, 3) uint8 BGR."""
    polygons: list[np.ndarray]
    """(K, 2) outline in patch px."""
    occupied: np.ndarray
    """(N,) 0 or 1."""
    sources: np.ndarray
    """(N,) name of the set."""
    sites: np.ndarray
    """(N,) place, or camera where a set knows no sites."""
    is_outlined: np.ndarray
    """(N,) bool: the outline bounds what stands on the spot."""

    def __len__(self) -> int:
        return len(self.polygons)


def cut_patch(picture: np.ndarray, polygon: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The patch around one outline, and the outline in it."""
    low, high = polygon.min(0), polygon.max(0)
    side = max(2, round(PATCH_SIDES * float((high - low).max())))
    left, top = np.floor((low + high) / 2 - side / 2).astype(int)
    height, width = picture.shape[:2]
    seen = picture[max(0, top) : min(height, top + side), max(0, left) : min(width, left + side)]
    beyond = (
        max(0, -top),
        max(0, top + side - height),
        max(0, -left),
        max(0, left + side - width),
    )
    padded = cv2.copyMakeBorder(seen, *beyond, cv2.BORDER_CONSTANT, value=OUTSIDE)
    shrinks = side > PATCH_PX
    patch = cv2.resize(
        padded,
        (PATCH_PX, PATCH_PX),
        interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
    )
    return patch, (polygon - [left, top]) * (PATCH_PX / side)


def _patches_of_set(folder: Path) -> list[PatchRow]:
    """Every spot that is not doubtful."""
    content = json.loads((folder / "set.json").read_text())
    if str(content.get("role", "")).startswith("evaluate"):
        raise WrongSettings(f"{folder.name} is for evaluation: it must not be trained on")
    found = []
    for frame in content["frames"]:
        picture = read_image(folder / frame["file"])
        outlines = content["spots"][frame["camera"]]
        for spot_id, occupied in frame["occupied"].items():
            if spot_id in frame.get("doubtful", ()):
                continue
            patch, polygon = cut_patch(picture, np.array(outlines[spot_id], np.float64))
            site = frame.get("site") or frame["camera"]
            found.append(PatchRow(patch, polygon, occupied, folder.name, site, True))
    return found


def _patches_of_archive(archive: Path) -> list[PatchRow]:
    """The same of spots cut out whole: pictures called camera/busy/… and camera/free/…."""
    found = []
    with zipfile.ZipFile(archive) as members:
        for name in sorted(members.namelist()):
            if name.endswith("/"):
                continue
            camera, state = Path("-", "-", name).parts[-3:-1]
            if state not in STATES:
                raise WrongSettings(
                    f"a cut-out is called camera/free/… or camera/busy/…, got {name} in {archive}"
                )
            picture = read_member(members, name)
            square = PATCH_SQUARE * picture.shape[1::-1]
            patch, polygon = cut_patch(picture, square)
            site = f"{archive.stem}_{camera}"
            occupied = STATES.index(state)
            found.append(PatchRow(patch, polygon, occupied, archive.stem, site, False))
    return found


def parking_rows(folder: Path, sets: SetNames) -> list[PatchRow]:
    """All spots of the parking sets, which lie under `folder`."""
    rows: list[PatchRow] = []
    for name in sets.outlined:
        rows += _patches_of_set(folder / name)
    for name in sets.cut_out:
        rows += _patches_of_archive(folder / f"{name}.zip")
    return rows


def save_patches(rows: list[PatchRow], sets: SetNames, cache: Path) -> None:
    """Keep the rows, which are those of the sets, in the folder `cache`."""
    cache.mkdir(parents=True, exist_ok=True)
    pictures, polygons, occupied, sources, sites, is_outlined = zip(*rows, strict=True)
    np.save(cache / PICTURES, np.stack(pictures))
    np.savez(
        cache / LABELS,
        corners=np.concatenate(polygons),
        corner_counts=[len(polygon) for polygon in polygons],
        occupied=occupied,
        sources=sources,
        sites=sites,
        is_outlined=is_outlined,
        sets=str(sets),
    )


def load_patches(sets: SetNames, cache: Path) -> SpotPatches | None:
    """What `save_patches` kept of these sets, None where nothing is or that of other sets.

    The pictures are mapped into memory: several runs share them.
    """
    if not (cache / LABELS).exists():
        return None
    kept = np.load(cache / LABELS)
    if kept.get("sets") != str(sets):
        return None
    polygons = np.split(kept["corners"], np.cumsum(kept["corner_counts"])[:-1])
    pictures = np.load(cache / PICTURES, mmap_mode="r")
    rest = (kept[name] for name in ("occupied", "sources", "sites", "is_outlined"))
    return SpotPatches(pictures, polygons, *rest)


def vehicles_of_place(patches: SpotPatches, row: int) -> np.ndarray:
    """Rows of occupied spots of the row's place whose outlines bound their vehicle."""
    is_there = (patches.sites == patches.sites[row]) & (patches.occupied == 1)
    return np.flatnonzero(is_there & patches.is_outlined)
