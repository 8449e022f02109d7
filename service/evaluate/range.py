"""How well the distance and the time to collision of a vehicle ahead are measured."""

import csv
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from service.evaluate.errors import LabelledSetError
from service.evaluate.labelled_obstacles import PICTURE_ENDINGS, read_picture
from service.timestamps import NS_PER_S
from vision.arrays import FloatArray, ImageArray
from vision.boxes import iou_matrix
from vision.classes import KIND_OF, Kind
from vision.detector import ObjectDetector
from vision.ground import GroundCamera
from vision.tracker import Tracker, TrackerSettings
from vision.tram.ahead_view import AheadView, next_ahead_view
from vision.tram.centre_line import STRAIGHT
from vision.tram.duplicates import without_duplicates
from vision.tram.footprint import footprints_of
from vision.tram.obstacle import LEAST_CLOSING_MPS, TRAITS
from vision.tram.range_filter import RangeFilter

SAME_IOU = 0.3
LONGEST_TTC_S = 20.0  # beyond it nobody acts on the number
COLUMNS = ("frame", "t_s", "lead_dist_velodyne_m", "u1", "v1", "u2", "v2", "ttc_s")
FAINT_CONFIDENCE = 0.1


@dataclass(frozen=True, slots=True)
class LeadPicture:
    """One picture of a vehicle ahead, with what is true of it."""

    path: Path
    t_s: float
    xyxy: tuple[float, float, float, float]
    distance_m: float
    ttc_s: float | None

    def read(self) -> ImageArray:
        """The picture itself, (H, W, 3) BGR; raises LabelledSetError if it cannot be read."""
        return read_picture(self.path)


@dataclass(frozen=True, slots=True)
class LeadSet:
    """A sequence behind one vehicle."""

    camera: GroundCamera
    pictures: tuple[LeadPicture, ...]


@dataclass(frozen=True, slots=True)
class LeadRange:
    """One picture's figures beside the truth."""

    distance_m: float
    true_distance_m: float
    ttc_s: float | None
    true_ttc_s: float | None


@dataclass(frozen=True, slots=True)
class RangeReport:
    """What `wayside evaluate range` prints; relative errors, None where there are none."""

    distance: dict[str, float] | None
    ttc: dict[str, float] | None
    n: int
    pictures: int

    def to_json(self) -> dict[str, Any]:
        """The report as plain values."""
        return {"distance": self.distance, "ttc": self.ttc, "n": self.n, "pictures": self.pictures}


def read_lead_set(folder: Path) -> LeadSet:
    """A folder with images/, calib.json and lead_gt.csv; raises LabelledSetError."""
    camera = _camera(folder / "calib.json")
    files = {
        int(path.stem): path
        for path in sorted((folder / "images").glob("*"))
        if path.suffix.lower() in PICTURE_ENDINGS and path.stem.isdigit()
    }
    pictures = [
        LeadPicture(
            path=files[int(row["frame"])],
            t_s=float(row["t_s"]),
            xyxy=(float(row["u1"]), float(row["v1"]), float(row["u2"]), float(row["v2"])),
            distance_m=float(row["lead_dist_velodyne_m"]),
            ttc_s=_time(row["ttc_s"]),
        )
        for row in _rows(folder / "lead_gt.csv")
        if int(row["frame"]) in files
    ]
    if not pictures:
        raise LabelledSetError(f"{folder} has no picture in images/ that lead_gt.csv speaks of")
    return LeadSet(camera, tuple(pictures))


def evaluate_range(
    lead: LeadSet,
    detector: ObjectDetector,
    *,
    confidence: float,
    on_picture: Callable[[], None] = lambda: None,
) -> RangeReport:
    """Follow the vehicle ahead through the pictures, without the own speed, and compare.

    `confidence` is where the detector's tracks begin. What is measured is the way to its near
    end; the own speed is not known, so its motion is taken from the pictures alone.
    """
    kinds = [KIND_OF.get(name) for name in detector.class_names]
    order = list(Kind)
    kind_id = np.array([order.index(kind) if kind else -1 for kind in kinds])
    tracker = Tracker(
        TrackerSettings(low_confidence=FAINT_CONFIDENCE, high_confidence=confidence), kind_id
    )
    ranges, found = RangeFilter(), []
    view = AheadView()
    for picture in lead.pictures:
        image = picture.read()
        now_ns = round(picture.t_s * NS_PER_S)
        seen = detector(image)
        of_kind = kind_id[seen.class_id]
        wanted = without_duplicates(seen[of_kind >= 0], of_kind[of_kind >= 0])
        tracks = tracker.update(wanted, now_ns)
        size_px = (image.shape[1], image.shape[0])
        kept = [kind for row in tracks.class_id if (kind := kinds[row]) is not None]
        footprints = footprints_of(lead.camera, tracks.xyxy, kept, size_px)
        below = np.isfinite(footprints.forward_m)
        tracks, footprints = tracks[below], footprints[below]
        speeds = np.array([[TRAITS[kind].top_speed_mps] * 2 for kind in kept]).reshape(-1, 2)[below]
        ground = ranges.update(
            lead.camera, tracks.track_id, tracks.xyxy, footprints, speeds, 0.0, now_ns
        )
        row = _lead_row(tracks.xyxy, picture.xyxy)
        if row is not None:
            track_id = int(tracks.track_id[row])
            if tracks.is_seen[row]:
                view = next_ahead_view(view, image, {track_id: tracks.xyxy[row]}, now_ns)
                ranges.grow(view.growths(), 0.0)
                ground = ranges.read(lead.camera, tracks.track_id, STRAIGHT)
            found.append(
                _compared(picture, float(ground.forward_m[row]), -float(ground.along_mps[row]))
            )
        on_picture()
    return range_report(found, len(lead.pictures))


def range_report(found: Sequence[LeadRange], pictures: int) -> RangeReport:
    """Median and 90th percentile of the relative errors."""
    distance = [abs(each.distance_m / each.true_distance_m - 1) for each in found]
    ttc = [
        abs(min(each.ttc_s, 2 * LONGEST_TTC_S) / each.true_ttc_s - 1) if each.ttc_s else 1.0
        for each in found
        if each.true_ttc_s is not None and each.true_ttc_s <= LONGEST_TTC_S
    ]
    return RangeReport(_quantiles(distance), _quantiles(ttc), len(found), pictures)


def _compared(picture: LeadPicture, distance_m: float, closing_mps: float) -> LeadRange:
    ttc_s = distance_m / closing_mps if closing_mps > LEAST_CLOSING_MPS else None
    return LeadRange(distance_m, picture.distance_m, ttc_s, picture.ttc_s)


def _lead_row(xyxy: FloatArray, true_xyxy: tuple[float, float, float, float]) -> int | None:
    if len(xyxy) == 0:
        return None
    overlap = iou_matrix(xyxy.astype(np.float64), np.array([true_xyxy]))[:, 0]
    best = int(overlap.argmax())
    return best if overlap[best] >= SAME_IOU else None


def _camera(path: Path) -> GroundCamera:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        matrix = np.array(data["K"], np.float64)
        return GroundCamera(
            height_m=float(data["camera_height_m"]),
            pitch_deg=float(data.get("pitch_deg", 0.0)),
            focal_px=float(matrix[0, 0]),
            principal_px=(float(matrix[0, 2]), float(matrix[1, 2])),
        )
    except OSError as error:
        raise LabelledSetError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise LabelledSetError(
            f"{path} must hold K (3×3) and camera_height_m, got {error}"
        ) from None


def _rows(path: Path) -> list[dict[str, str]]:
    try:
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
            if missing:
                raise LabelledSetError(f"{path} has no column {', '.join(missing)}")
            return list(rows)
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise LabelledSetError(f"{path} cannot be read: {reason}") from None


def _time(text: str) -> float | None:
    value = float(text)
    return value if math.isfinite(value) and value > 0 else None


def _quantiles(errors: Sequence[float]) -> dict[str, float] | None:
    if not errors:
        return None
    return {
        "median": round(float(np.median(errors)), 4),
        "p90": round(float(np.percentile(errors, 90)), 4),
    }
