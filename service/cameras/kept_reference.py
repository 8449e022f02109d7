"""What a parking camera's place looks like, kept in a small file over restarts.

Kept are points and descriptors of their surroundings, no picture. The file is written when the
reference is first taken, and when a new light was added to it, once an hour at most and at the end.
"""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import structlog

from service.site.site import Camera, ParkingPlan, Site
from service.timestamps import NS_PER_S
from vision.arrays import FloatArray
from vision.parking.alignment import MOST_REFERENCES, Reference
from vision.parking.landmarks import DESCRIPTOR_LENGTH, LANDMARKS, Landmarks

FORMAT = 1
LEAST_PAUSE_NS = 3600 * NS_PER_S
STEPS = 255  # of a descriptor's numbers, which lie between 0 and 1
MOST_POINTS = 2 * LANDMARKS  # in one light; SIFT finds a few more than asked for
MOST_BYTES = MOST_REFERENCES * MOST_POINTS * (DESCRIPTOR_LENGTH + 8) + 4096
UNREADABLE = (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile)


class KeptReference:
    """One camera's reference in a file; a file that does not fit is ignored and written anew."""

    def __init__(self, path: Path, layout_version: int) -> None:
        self._path = path
        self._layout_version = layout_version
        self._written: Reference | None = None
        self._due_ns: int | None = None
        self._newest: Reference | None = None
        self._log = structlog.get_logger()

    def recall(self) -> Reference | None:
        """What was kept for this layout; None where nothing fits."""
        if not self._path.exists():
            return None
        try:
            reference = _read(self._path, self._layout_version)
        except UNREADABLE as trouble:
            self._log.warning("kept reference not used; a new one is taken", reason=str(trouble))
            return None
        self._written = self._newest = reference
        return reference

    def keep(self, reference: Reference | None, now_ns: int) -> None:
        """Keep it if it is another one than before; the first at once, later ones rarely.

        What cannot be written is tried again as rarely, and at the end.
        """
        self._newest = reference
        if self._due_ns is None:
            self._due_ns = now_ns if self._written is None else now_ns + LEAST_PAUSE_NS
        if reference is not None and reference is not self._written and now_ns >= self._due_ns:
            self._due_ns = now_ns + LEAST_PAUSE_NS
            self._write(reference)

    def close(self) -> None:
        """Write what waited for its hour."""
        if self._newest is not None and self._newest is not self._written:
            self._write(self._newest)

    def _write(self, reference: Reference) -> None:
        part = self._path.with_suffix(".part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with part.open("wb") as file:
                np.savez(
                    file,
                    format=FORMAT,
                    layout_version=self._layout_version,
                    size_px=reference.size_px,
                    counts=[len(each.points) for each in reference.lights],
                    points=np.concatenate([each.points for each in reference.lights]),
                    descriptors=_in_steps([each.descriptors for each in reference.lights]),
                )
            part.replace(self._path)
            self._written = reference
        except OSError as trouble:
            self._log.warning("reference not kept", reason=str(trouble))


OpenReference = Callable[[Site, Camera], KeptReference | None]


def references_in(folder: Path) -> OpenReference:
    """Gives each parking camera a file below `folder`, unless its site file names a picture."""

    def open_reference(site: Site, camera: Camera) -> KeptReference | None:
        plan = camera.plan
        if not isinstance(plan, ParkingPlan) or plan.reference is not None:
            return None
        path = folder / site.site_id / f"{camera.camera_id}.npz"
        return KeptReference(path, plan.layout.version)

    return open_reference


def _in_steps(descriptors: list[FloatArray]) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.round(np.concatenate(descriptors) * STEPS).astype(np.uint8)


def _read(path: Path, layout_version: int) -> Reference:
    """Raises one of `UNREADABLE` with what came and what was wanted."""
    size_bytes = path.stat().st_size
    if size_bytes > MOST_BYTES:
        raise ValueError(f"it has {size_bytes} bytes, wanted {MOST_BYTES} at most")
    with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
        told = (int(file["format"]), int(file["layout_version"]))
        wanted = (FORMAT, layout_version)
        if told != wanted:
            raise ValueError(f"its format and layout version are {told}, wanted {wanted}")
        width_px, height_px = map(int, file["size_px"])
        counts = [int(each) for each in file["counts"]]
        points = np.asarray(file["points"], np.float32)
        descriptors = np.asarray(file["descriptors"], np.float32) / STEPS
    total = sum(counts)
    is_sound = (
        min(width_px, height_px) > 0
        and 1 <= len(counts) <= MOST_REFERENCES
        and min(counts) >= 0
        and points.shape == (total, 2)
        and descriptors.shape == (total, DESCRIPTOR_LENGTH)
        and bool(np.isfinite(points).all())
    )
    if not is_sound:
        raise ValueError(
            f"it is damaged: points {points.shape}, descriptors {descriptors.shape} for {counts}"
        )
    ends = np.cumsum(counts)[:-1]
    parts = zip(np.split(points, ends), np.split(descriptors, ends), strict=True)
    return Reference((width_px, height_px), tuple(Landmarks.of_points(*part) for part in parts))
