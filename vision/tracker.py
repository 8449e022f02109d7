"""Gives every object one id for as long as it is seen, across gaps and crossings.

Association in two stages as in ByteTrack (Zhang et al., 2022): sure detections first, then
unsure ones for the tracks left over, so that a half-hidden object keeps its id. Time comes with
the pictures, so a variable frame rate and dropped frames change nothing but the uncertainty.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.boxes import box_area, centre_size_to_xyxy, intersection_matrix, iou_matrix
from vision.detections import Detections
from vision.errors import SettingError
from vision.frame import NS_PER_S
from vision.motion_filter import MotionFilter
from vision.tracks import Tracks

# ByteTrack's noise, stated per frame at 30 pictures a second, here in seconds; times the height.
BOX_SIGMA = 1 / 20
FIRST_SPEED_SIGMA = 30 * 10 / 160
SPEED_WANDER = 30**1.5 / 160
INSIDE_SHARE = 0.5  # of a box within the track of what the picture does not show: a part of that
FAINT_LOOKS, FAINT_LOOKS_S = 3, 0.35  # a faint track is real after so many in a row, over so long


@dataclass(frozen=True, slots=True)
class TrackerSettings:
    """When a detection joins, starts or ends a track."""

    low_confidence: float = 0.1
    """Detections below are ignored."""
    high_confidence: float = 0.3
    """Detections from here on start a track and are matched first."""
    min_iou: float = 0.1
    """A detection overlaps the predicted box at least this much to join its track."""
    confirm_frames: int = 2
    """Matched pictures in a row that make a track real."""
    faint_share: float = 0.8
    """Detections from this share of `high_confidence` on start a track where none is: one that
    needs more pictures in a row to be real. Somebody in rain at night is seldom seen as sure."""
    coast_s: float = 0.25
    """A track that was just missed is still reported for this long, at its predicted place."""
    lost_for_s: float = 1.0
    """And is remembered for this long, to get its id back."""
    doubt_s: float = 2.0
    """A track's confidence, once reached, fades with this time constant unless seen as sure."""

    def __post_init__(self) -> None:
        if not 0 <= self.low_confidence <= self.high_confidence <= 1:
            raise SettingError(
                "confidences must be 0 ≤ low ≤ high ≤ 1, got "
                f"{self.low_confidence} and {self.high_confidence}"
            )
        if not 0 < self.faint_share <= 1:
            raise SettingError(f"faint_share must be above 0 and at most 1, got {self.faint_share}")
        if self.confirm_frames < 1:
            raise SettingError(f"confirm_frames must be 1 or more, got {self.confirm_frames}")


class Tracker:
    """Follows objects through the pictures of one camera; ids belong to this instance.

    `class_group` (C,) gives each class a number; only classes of the same number may be the same
    object, so that a car may turn out to be a truck but never a person. None: all classes may.
    """

    _motion: MotionFilter
    _track_id: IntArray
    _confidence: FloatArray
    _class_id: IntArray
    _age_frames: IntArray
    _first_ns: IntArray
    _is_sure: BoolArray
    _seen_ns: IntArray

    def __init__(
        self,
        settings: TrackerSettings | None = None,
        class_group: IntArray | None = None,
        may_start_faint: BoolArray | None = None,
    ) -> None:
        self._settings = settings or TrackerSettings()
        self._class_group = class_group
        self._may_start_faint = may_start_faint
        self._next_id = 1
        self._now_ns: int | None = None
        self._forget_all()

    def update(self, detections: Detections, timestamp_ns: int) -> Tracks:
        """The confirmed tracks after one more picture, taken at `timestamp_ns`."""
        followed = self.follow(detections, timestamp_ns)
        return followed[followed.is_confirmed]

    def follow(
        self,
        detections: Detections,
        timestamp_ns: int,
        panned_px: float = 0.0,
        is_out_of_sight: Callable[[FloatArray, IntArray], BoolArray] | None = None,
    ) -> Tracks:
        """Likewise, with those that are not confirmed yet.

        `panned_px` is how far to the right all moved since the last picture as the camera turned.
        `is_out_of_sight` tells of boxes (N, 4) and their classes (N,) which of them this look
        could not have found; None: it could have found all. Their tracks go on as they were, and
        no less sure.
        """
        settings = self._settings
        elapsed_s = self._predict(timestamp_ns)
        self._motion.position[:, 0] += panned_px
        predicted = self._boxes()
        hidden = np.zeros(len(predicted), np.bool_)
        if is_out_of_sight is not None:
            hidden = is_out_of_sight(predicted, self._class_id)
            detections = detections[~self._is_part_of(hidden, predicted, detections)]
        self._confidence[~hidden] *= np.float32(math.exp(-elapsed_s / settings.doubt_s))
        is_high = detections.confidence >= settings.high_confidence
        is_low = ~is_high & (detections.confidence >= settings.low_confidence)
        high, low = np.flatnonzero(is_high), np.flatnonzero(is_low)

        waiting = np.flatnonzero(~hidden)
        tracks, columns = self._match(predicted, waiting, detections, high)
        late_tracks, late_columns = self._match(
            predicted, _without(waiting, tracks), detections, low
        )
        self._correct(
            np.concatenate([tracks, late_tracks]),
            detections[np.concatenate([columns, late_columns])],
            timestamp_ns,
        )
        self._forget(timestamp_ns, hidden)
        self._start(detections[_without(high, columns)], timestamp_ns)
        self._start(self._alone(detections[_without(low, late_columns)]), timestamp_ns)
        return self._reported(timestamp_ns)

    def _predict(self, timestamp_ns: int) -> float:
        """Move all tracks on; gives the seconds since the last picture."""
        elapsed_s = 0.0
        if self._now_ns is not None:
            elapsed_s = max(timestamp_ns - self._now_ns, 0) / NS_PER_S
        if elapsed_s > self._settings.lost_for_s:
            self._forget_all()
        elif elapsed_s > 0 and len(self._motion) > 0:
            self._motion.predict(elapsed_s, SPEED_WANDER * self._heights())
        self._now_ns = timestamp_ns
        return elapsed_s

    def _match(
        self, predicted: FloatArray, rows: IntArray, detections: Detections, columns: IntArray
    ) -> tuple[IntArray, IntArray]:
        """Pairs of track rows and detection rows with the greatest overlap in all."""
        if len(rows) == 0 or len(columns) == 0:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        overlap = iou_matrix(predicted[rows], detections.xyxy[columns].astype(np.float64))
        if self._class_group is not None:
            ours = self._class_group[self._class_id[rows]]
            theirs = self._class_group[detections.class_id[columns]]
            overlap[ours[:, None] != theirs[None, :]] = 0
        overlap[overlap < self._settings.min_iou] = 0
        picked_rows, picked_columns = linear_sum_assignment(overlap, maximize=True)
        real = overlap[picked_rows, picked_columns] > 0
        return rows[picked_rows[real]], columns[picked_columns[real]]

    def _correct(self, rows: IntArray, found: Detections, timestamp_ns: int) -> None:
        measured = _centre_size(found.xyxy)
        sigma = BOX_SIGMA * np.repeat(measured[:, 3:4], 4, axis=1)
        self._motion.correct(rows, measured, sigma)
        self._confidence[rows] = np.maximum(self._confidence[rows], found.confidence)
        sure = found.confidence >= self._settings.high_confidence
        self._class_id[rows[sure]] = found.class_id[sure]
        self._is_sure[rows[sure]] = True
        self._age_frames[rows] += 1
        self._seen_ns[rows] = timestamp_ns

    def _alone(self, found: Detections) -> Detections:
        """Those faint ones that may start a track: no part or double of what is followed."""
        settings = self._settings
        if self._may_start_faint is None:
            return found[:0]
        is_enough = found.confidence >= settings.faint_share * settings.high_confidence
        found = found[is_enough & self._may_start_faint[found.class_id]]
        overlap = iou_matrix(found.xyxy.astype(np.float64), self._boxes())
        overlap[:, ~self._may_start_faint[self._class_id]] = 0  # comes out from behind a vehicle
        return found[overlap.max(axis=1, initial=0) < settings.min_iou]

    def _start(self, found: Detections, timestamp_ns: int) -> None:
        if len(found) == 0:
            return
        measured = _centre_size(found.xyxy)
        height = np.repeat(measured[:, 3:4], 4, axis=1)
        self._motion.append(
            MotionFilter.start(
                measured, np.zeros_like(measured), BOX_SIGMA * height, FIRST_SPEED_SIGMA * height
            )
        )
        count = len(found)
        ids = np.arange(self._next_id, self._next_id + count)
        self._next_id += count
        self._track_id = np.concatenate([self._track_id, ids])
        self._confidence = np.concatenate([self._confidence, found.confidence])
        self._class_id = np.concatenate([self._class_id, found.class_id])
        self._age_frames = np.concatenate([self._age_frames, np.ones(count, np.int64)])
        now_ns = np.full(count, timestamp_ns)
        self._first_ns = np.concatenate([self._first_ns, now_ns])
        self._seen_ns = np.concatenate([self._seen_ns, now_ns])
        is_sure = found.confidence >= self._settings.high_confidence
        self._is_sure = np.concatenate([self._is_sure, is_sure])

    def _is_part_of(
        self, hidden: BoolArray, predicted: FloatArray, detections: Detections
    ) -> BoolArray:
        """(N,) whether each detection shows a part of what a hidden track follows."""
        boxes = detections.xyxy.astype(np.float64)
        shared = intersection_matrix(boxes, predicted[hidden])
        shared /= np.maximum(box_area(boxes), 1)[:, None]
        if self._class_group is not None:
            ours = self._class_group[self._class_id[hidden]]
            theirs = self._class_group[detections.class_id]
            shared[theirs[:, None] != ours] = 0
        is_part: BoolArray = shared.max(axis=1, initial=0) >= INSIDE_SHARE
        return is_part

    def _forget(self, timestamp_ns: int, hidden: BoolArray) -> None:
        """Drop what was never confirmed and is missed, and what has been lost for too long."""
        missed_ns = timestamp_ns - self._seen_ns
        kept = (missed_ns == 0) | (
            (self._is_confirmed() | hidden) & (missed_ns <= self._settings.lost_for_s * NS_PER_S)
        )
        if kept.all():
            return
        self._motion.keep(kept)
        self._track_id, self._confidence = self._track_id[kept], self._confidence[kept]
        self._class_id, self._age_frames = self._class_id[kept], self._age_frames[kept]
        self._first_ns, self._seen_ns = self._first_ns[kept], self._seen_ns[kept]
        self._is_sure = self._is_sure[kept]

    def _forget_all(self) -> None:
        self._motion = MotionFilter.empty(4)
        self._track_id = np.zeros(0, np.int64)
        self._confidence = np.zeros(0, np.float32)
        self._class_id = np.zeros(0, np.int64)
        self._age_frames = np.zeros(0, np.int64)
        self._first_ns = np.zeros(0, np.int64)
        self._seen_ns = np.zeros(0, np.int64)
        self._is_sure = np.zeros(0, np.bool_)

    def _reported(self, timestamp_ns: int) -> Tracks:
        missed_ns = timestamp_ns - self._seen_ns
        rows = missed_ns <= self._settings.coast_s * NS_PER_S
        return Tracks(
            track_id=self._track_id[rows],
            xyxy=self._boxes()[rows].astype(np.float32),
            velocity_px_s=self._motion.velocity[rows].astype(np.float32),
            confidence=self._confidence[rows],
            class_id=self._class_id[rows],
            age_frames=self._age_frames[rows],
            is_seen=missed_ns[rows] == 0,
            is_confirmed=self._is_confirmed()[rows],
        )

    def _is_confirmed(self) -> BoolArray:
        confirm_frames = self._settings.confirm_frames
        followed_ns = self._seen_ns - self._first_ns
        is_long = followed_ns >= FAINT_LOOKS_S * NS_PER_S
        is_steady = is_long & (self._age_frames >= max(FAINT_LOOKS, confirm_frames))
        confirmed: BoolArray = is_steady | (self._is_sure & (self._age_frames >= confirm_frames))
        return confirmed

    def _heights(self) -> FloatArray:
        return np.repeat(np.maximum(self._motion.position[:, 3:4], 1), 4, axis=1)

    def _boxes(self) -> FloatArray:
        return centre_size_to_xyxy(self._motion.position)


def _without(rows: IntArray, taken: IntArray) -> IntArray:
    others: IntArray = rows[(rows[:, None] != taken).all(axis=1)]
    return others


def _centre_size(xyxy: FloatArray) -> FloatArray:
    boxes = xyxy.astype(np.float64)
    size = boxes[:, 2:4] - boxes[:, 0:2]
    return np.concatenate([boxes[:, 0:2] + size / 2, size], axis=1)
