"""Where tracks stand on the ground and how they move there, filtered over time.

A box is measured where it stands on a flat ground (see footprint). One picture is rough, the
more so the further away; a filter per track adds them up and knows the tram's own speed, so that
a standing obstacle closes at that speed from the first moment. Places are measured along the
track and beside it: there, what stands keeps its side in a bend while the tram turns.

A vehicle seen from its end keeps its width. That tells how it comes nearer more steadily than
its foot does, and still tells it when the foot has left the picture at the lower border.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vision.arrays import BoolArray, FloatArray, IntArray
from vision.frame import NS_PER_S
from vision.ground import GroundCamera, forward_sigma_m
from vision.motion_filter import MotionFilter
from vision.tram.centre_line import STRAIGHT, CentreLine
from vision.tram.footprint import Footprints
from vision.tram.growth import Growth

NOBODY = -1
GAP_S = 1.0  # a longer time without pictures starts everything anew

EDGE_SIGMA_PX = 1.5  # of a detector's lower edge
EDGE_SIGMA_SHARE = 0.03  # and in addition, as a share of the box height
SIDE_SIGMA_SHARE = 0.1  # of the box width: parked vehicles hide parts of each other
PITCH_SIGMA_DEG = 0.15  # nodding of the vehicle on its springs
LATERAL_SIGMA_M = 0.15
CUT_SIGMA_M = 30.0  # sideways, of a box that goes on beyond the picture: it says next to nothing
CUT_FORWARD_SIGMA_M = 5.0  # the near end of such a box lies somewhere nearer than what is seen
WIDTH_SIGMA_PX, WIDTH_SIGMA_SHARE = 1.5, 0.025  # of a box's width; rendered clips
GROWTH_SIGMA_MPS = 0.15  # at the best: parts of a thing lie at several distances
WIDEST_BEHIND_M = 0.6  # a vehicle's end is narrower than its body about the wheels
SIDE_LENGTH_M = 4.5  # of a car: so much of its side adds to its width when it stands turned
USUAL_LOOKS = 8  # at its foot, that what is usual of a vehicle's width is worth
WIDTH_GAIN = 0.04  # of each later look: a vehicle's width does not change, its bias does
CROWD_SIGMA_SHARE = 0.9  # of the box width: boxes that overlap take parts of each other
JUMP_SIGMAS = 4.0  # a box that moves further between pictures is another view of the object
CORRECTION_RANGE = (0.5, 2.0)  # of a distance by one picture
STEEPEST_RAD = 1.5  # of a line of sight to the track
FIRST_SPEED_SHARE = 0.3  # of the top speed: what is usual before anything is known
HEIR_SIGMA_MPS = 1.0  # by which who is found where another one was followed may go otherwise
SPEED_WANDER_MPS = 1.0  # by which a road user's speed may change within a second


@dataclass(frozen=True, slots=True, eq=False)
class GroundTracks:
    """N tracks on the ground; row i of every array describes track i."""

    forward_m: FloatArray
    """(N,) along the track from the camera."""
    anchor_m: FloatArray
    """(N,) of the footprint's anchor, right of the track's middle."""
    along_mps: FloatArray
    """(N,) own speed along the track, positive away from the tram."""
    across_mps: FloatArray
    """(N,) own speed to the right."""
    across_sigma_mps: FloatArray
    """(N,) one standard deviation of it."""
    forward_sigma_m: FloatArray
    """(N,) one standard deviation of the distance; errors of the calibration not included."""
    anchor_sigma_m: FloatArray
    """(N,) likewise of the anchor's place aside."""
    along_sigma_mps: FloatArray
    """(N,) likewise of the speed along the track."""
    seen_for_s: FloatArray
    """(N,) since it was first measured."""
    sight_slope: FloatArray
    """(N,) how far the line of sight runs to the right per metre along the track there."""


class RangeFilter:
    """Remembers the ground positions of one tracker's tracks."""

    def __init__(self) -> None:
        self._motion = MotionFilter.empty(2)
        self._track_id: IntArray = np.zeros(0, np.int64)
        self._first_ns: IntArray = np.zeros(0, np.int64)
        self._place_share: FloatArray = np.zeros(0)  # of a distance's doubt, not motion's
        self._raised_m: FloatArray = np.zeros(0)
        self._width_m: FloatArray = np.zeros(0)
        self._width_looks: IntArray = np.zeros(0, np.int64)
        self._now_ns: int | None = None

    def update(
        self,
        camera: GroundCamera,
        track_id: IntArray,
        xyxy: FloatArray,
        footprints: Footprints,
        top_speed_mps: FloatArray,
        ego_speed_mps: float,
        timestamp_ns: int,
        line: CentreLine = STRAIGHT,
        looks: "Looks | None" = None,
    ) -> GroundTracks:
        """The ground positions of N tracks whose boxes all stand below the horizon.

        `track_id` (N,), `xyxy` (N, 4) px, their `footprints` by the same `line`, and
        `top_speed_mps` (N, 2) along and across the track, which nothing of their kinds exceeds.
        `ego_speed_mps` is the tram's mean since the last picture. Tracks that are not named are
        forgotten.
        """
        looks = looks or Looks.clear(len(track_id))
        self._predict(ego_speed_mps, timestamp_ns)
        measured = np.stack([footprints.forward_m, footprints.anchor_m], axis=1)
        sigma = _measurement_sigma(camera, footprints, xyxy, looks)
        self._keep(track_id)
        self._stand(camera, track_id, looks.raised_m)
        sight = _LineOfSight(camera.lateral_offset_m, line)
        self._forget_jumped(sight, track_id, measured, sigma)
        is_known = _is_among(track_id, self._track_id)
        known, new = np.flatnonzero(is_known), np.flatnonzero(~is_known)
        rows = _rows_of(self._track_id, track_id[known])
        is_steady = footprints.is_ahead & ~footprints.is_cut & looks.is_seen
        width_px = np.where(is_steady, xyxy[:, 2] - xyxy[:, 0], np.nan)
        self._take_width(camera, rows, width_px[known], looks.turned_rad[known])
        self._correct(sight, rows, measured[known], sigma[known], top_speed_mps[known])
        self._learn_width(camera, rows, width_px[known], footprints.is_deep[known])
        self._start(
            track_id[new],
            measured[new],
            np.minimum(sigma[new], CUT_SIGMA_M),
            FIRST_SPEED_SHARE * top_speed_mps[new],
            looks.raised_m[new],
            np.where(footprints.is_ahead, footprints.usual_width_m, 0.0)[new],
            looks.heir_of[new],
        )
        return self._read(track_id, sight)

    def _take_width(
        self,
        camera: GroundCamera,
        rows: IntArray,
        width_px: FloatArray,
        turned_rad: FloatArray,
    ) -> None:
        """Correct the distances of (M,) rows by their widths (M,), nan where they say nothing.

        Where the track may bend by `turned_rad` (M,), a vehicle may show its side as well.
        """
        usable = np.isfinite(width_px) & (self._width_m[rows] > 0)
        rows, wide_px = rows[usable], width_px[usable]
        forward_m = camera.focal_px * self._width_m[rows] / wide_px - WIDEST_BEHIND_M
        share = np.hypot(WIDTH_SIGMA_PX / wide_px, WIDTH_SIGMA_SHARE)
        share = np.hypot(share, SIDE_LENGTH_M * turned_rad[usable] / self._width_m[rows])
        sigma = np.stack([share * forward_m, np.full(len(rows), np.inf)], axis=1)
        measured = np.stack([forward_m, self._motion.position[rows, 1]], axis=1)
        self._motion.correct(rows, measured, sigma)

    def _learn_width(
        self, camera: GroundCamera, rows: IntArray, width_px: FloatArray, is_deep: BoolArray
    ) -> None:
        """Remember how wide the tracks of (M,) rows are, from where their feet are seen."""
        usable = np.isfinite(width_px) & ~is_deep & (self._width_m[rows] > 0)
        rows = rows[usable]
        widest_m = self._motion.position[rows, 0] + WIDEST_BEHIND_M
        wide_m = width_px[usable] * widest_m / camera.focal_px
        gain = np.maximum(1 / (self._width_looks[rows] + 1), WIDTH_GAIN)
        self._width_m[rows] += gain * (wide_m - self._width_m[rows])
        self._width_looks[rows] += 1

    def _stand(self, camera: GroundCamera, track_id: IntArray, raised_m: FloatArray) -> None:
        """What is found to stand higher or lower than thought was always nearer or further."""
        known = _is_among(track_id, self._track_id)
        rows = _rows_of(self._track_id, track_id[known])
        raised = raised_m[known]
        if not raised.any() and not self._raised_m[rows].any():
            return
        nearer = (camera.height_m - raised) / (camera.height_m - self._raised_m[rows])
        self._motion.position[rows, 0] *= nearer
        self._motion.position[rows, 1] *= nearer
        self._width_m[rows] *= nearer
        self._raised_m[rows] = raised

    def grow(self, growths: Mapping[int, Growth], ego_mps: float) -> None:
        """Take how fast known tracks grow in the picture, by their ids."""
        if not growths:
            return
        rows = _rows_of(self._track_id, np.array(list(growths)))
        rate, sigma = np.array([(g.rate_per_s, g.sigma_per_s) for g in growths.values()]).T
        forward_m = self._motion.position[rows, 0]
        along = np.stack([ego_mps - rate * forward_m, np.zeros(len(rows))], axis=1)
        sigma = np.stack([sigma * forward_m, np.full(len(rows), np.inf)], axis=1)
        self._motion.correct_velocity(rows, along, np.maximum(sigma, GROWTH_SIGMA_MPS))

    def read(self, camera: GroundCamera, track_id: IntArray, line: CentreLine) -> GroundTracks:
        """What is known of these tracks by now."""
        return self._read(track_id, _LineOfSight(camera.lateral_offset_m, line))

    def is_followed(self, track_id: IntArray) -> BoolArray:
        """(N,) whether each track was on the ground in the last picture."""
        return _is_among(track_id, self._track_id)

    def _predict(self, ego_speed_mps: float, timestamp_ns: int) -> None:
        elapsed_s = 0.0
        if self._now_ns is not None:
            elapsed_s = max(timestamp_ns - self._now_ns, 0) / NS_PER_S
        self._now_ns = timestamp_ns
        if elapsed_s > GAP_S:
            self._keep(np.zeros(0, np.int64))
        elif elapsed_s > 0 and len(self._motion) > 0:
            place = self._motion.position_variance[:, 0] + elapsed_s * self._motion.covariance[:, 0]
            self._motion.predict(elapsed_s, np.full_like(self._motion.position, SPEED_WANDER_MPS))
            self._motion.position[:, 0] -= ego_speed_mps * elapsed_s
            self._place_share = np.clip(place / self._motion.position_variance[:, 0], 0, 1)

    def _keep(self, track_id: IntArray) -> None:
        kept = _is_among(self._track_id, track_id)
        if not kept.all():
            self._motion.keep(kept)
            self._track_id, self._first_ns = self._track_id[kept], self._first_ns[kept]
            self._place_share = self._place_share[kept]
            self._raised_m, self._width_m = self._raised_m[kept], self._width_m[kept]
            self._width_looks = self._width_looks[kept]

    def _correct(
        self,
        sight: "_LineOfSight",
        rows: IntArray,
        measured: FloatArray,
        sigma: FloatArray,
        top_speed_mps: FloatArray,
    ) -> None:
        """Forward first; then sideways by the direction of sight at the filtered distance.

        A picture knows directions well and distances badly, above all of someone who comes out
        from behind a car. A corrected distance moves the place along the line of sight, and is
        no motion sideways; as far as it was wrong because of the motion along the track, that led
        to another place along the track.
        """
        unused = np.full(len(rows), np.inf)
        before = self._motion.position[rows]
        self._motion.correct(rows, measured, np.stack([sigma[:, 0], unused], axis=1))
        after_m = self._motion.position[rows, 0]
        by_place_m = self._place_share[rows] * (after_m - before[:, 0])
        aside_m = sight.aside_m(
            np.concatenate([before, measured]),
            np.concatenate([before[:, 0] + by_place_m, after_m]),
        )
        self._motion.position[rows, 1] = aside_m[: len(rows)]
        sideways = measured.copy()
        sideways[:, 1] = aside_m[len(rows) :]
        self._motion.correct(rows, sideways, np.stack([unused, sigma[:, 1]], axis=1))
        self._motion.velocity[rows] = np.clip(
            self._motion.velocity[rows], -top_speed_mps, top_speed_mps
        )

    def _forget_jumped(
        self, sight: "_LineOfSight", track_id: IntArray, measured: FloatArray, sigma: FloatArray
    ) -> None:
        """Start those anew that are where nothing of their history can be; speed is not made up.

        Sideways, a box that slides from one parked car to the next jumps like that.
        """
        known = _is_among(track_id, self._track_id)
        rows = _rows_of(self._track_id, track_id[known])
        position = self._motion.position[rows]
        seen = measured[known].copy()
        seen[:, 1] = sight.aside_m(seen, position[:, 0])
        expected = np.sqrt(self._motion.position_variance[rows] + sigma[known] ** 2)
        jumped = (np.abs(seen - position) > JUMP_SIGMAS * expected).any(axis=1)
        if jumped.any():
            self._keep(track_id[known][~jumped])

    def _start(
        self,
        track_id: IntArray,
        measured: FloatArray,
        sigma: FloatArray,
        first_speed_sigma_mps: FloatArray,
        raised_m: FloatArray,
        usual_width_m: FloatArray,
        heir_of: IntArray,
    ) -> None:
        if len(track_id) == 0:
            return
        speed, speed_sigma = np.zeros_like(measured), first_speed_sigma_mps.copy()
        is_heir = _is_among(heir_of, self._track_id)
        rows = _rows_of(self._track_id, heir_of[is_heir])
        speed[is_heir, 0] = self._motion.velocity[rows, 0]
        inherited = np.hypot(np.sqrt(self._motion.velocity_variance[rows, 0]), HEIR_SIGMA_MPS)
        speed_sigma[is_heir, 0] = np.minimum(speed_sigma[is_heir, 0], inherited)
        self._motion.append(MotionFilter.start(measured, speed, sigma, speed_sigma))
        self._track_id = np.concatenate([self._track_id, track_id])
        first_ns = np.full(len(track_id), self._now_ns or 0, np.int64)
        self._first_ns = np.concatenate([self._first_ns, first_ns])
        self._place_share = np.concatenate([self._place_share, np.ones(len(track_id))])
        self._raised_m = np.concatenate([self._raised_m, raised_m])
        self._width_m = np.concatenate([self._width_m, usual_width_m])
        looks = np.full(len(track_id), USUAL_LOOKS, np.int64)
        self._width_looks = np.concatenate([self._width_looks, looks])

    def _read(self, track_id: IntArray, sight: "_LineOfSight") -> GroundTracks:
        rows = _rows_of(self._track_id, track_id)
        return GroundTracks(
            forward_m=self._motion.position[rows, 0],
            anchor_m=self._motion.position[rows, 1],
            along_mps=self._motion.velocity[rows, 0],
            across_mps=self._motion.velocity[rows, 1],
            across_sigma_mps=np.sqrt(self._motion.velocity_variance[rows, 1]),
            sight_slope=sight.slope(self._motion.position[rows]),
            forward_sigma_m=np.sqrt(self._motion.position_variance[rows, 0]),
            anchor_sigma_m=np.sqrt(self._motion.position_variance[rows, 1]),
            along_sigma_mps=np.sqrt(self._motion.velocity_variance[rows, 0]),
            seen_for_s=((self._now_ns or 0) - self._first_ns[rows]) / NS_PER_S,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """How well one picture shows N tracks; row i of every array describes track i."""

    is_seen: BoolArray
    """(N,) whether the picture shows it at all; else its box is a guess, no measurement."""
    crowding: FloatArray
    """(N,) 0 alone to 1: how far another box covers the same part of the picture."""
    raised_m: FloatArray
    """(N,) above the rails, of the ground it stands on."""
    turned_rad: FloatArray
    """(N,) one standard deviation of the track's direction there, and so of a vehicle's."""
    heir_of: IntArray
    """(N,) id of a track followed before that shows the same thing, NOBODY for none."""

    @classmethod
    def clear(cls, count: int) -> "Looks":
        """All of them seen, each alone and on the level of the rails."""
        crowding, raised_m, turned_rad = np.zeros((3, count))
        nobody = np.full(count, NOBODY)
        return cls(np.ones(count, np.bool_), crowding, raised_m, turned_rad, nobody)

    def __getitem__(self, rows: BoolArray) -> "Looks":
        """The chosen rows."""
        return Looks(
            self.is_seen[rows],
            self.crowding[rows],
            self.raised_m[rows],
            self.turned_rad[rows],
            self.heir_of[rows],
        )


@dataclass(frozen=True, slots=True, eq=False)
class _LineOfSight:
    """Where the straight lines from the camera run beside a track that may bend."""

    camera_m: float
    """Of the camera, to the right of the vehicle's axis."""
    line: CentreLine

    def aside_m(self, places_m: FloatArray, along_m: FloatArray) -> FloatArray:
        """(N,) of (N, 2) track points, moved along their lines of sight to (N,) `along_m`."""
        camera = np.array([0.0, self.camera_m])
        corrected = np.clip(along_m / places_m[:, 0], *CORRECTION_RANGE)
        seen_m = self.line.to_vehicle(places_m) - camera
        return self.line.to_track(camera + corrected[:, None] * seen_m)[:, 1]

    def slope(self, places_m: FloatArray) -> FloatArray:
        """(N,) metres to the right per metre along the track, at (N, 2) track points."""
        seen_m = self.line.to_vehicle(places_m) - np.array([0.0, self.camera_m])
        angle = np.arctan2(seen_m[:, 1], seen_m[:, 0]) - self.line.heading_at(places_m[:, 0])
        slope: FloatArray = np.tan(np.clip(angle, -STEEPEST_RAD, STEEPEST_RAD))
        return slope


def _measurement_sigma(
    camera: GroundCamera, footprints: Footprints, xyxy: FloatArray, looks: Looks
) -> FloatArray:
    """(N, 2) how far one picture may be off: in distance, and sideways at a known distance."""
    edge_px = np.hypot(EDGE_SIGMA_PX, EDGE_SIGMA_SHARE * (xyxy[:, 3] - xyxy[:, 1]))
    forward = forward_sigma_m(camera, footprints.forward_m, edge_px, PITCH_SIGMA_DEG)
    is_partial = footprints.is_cut | footprints.is_deep
    forward = np.where(is_partial, np.maximum(forward, CUT_FORWARD_SIGMA_M), forward)
    side_share = SIDE_SIGMA_SHARE + CROWD_SIGMA_SHARE * looks.crowding
    side_px = np.hypot(EDGE_SIGMA_PX, side_share * (xyxy[:, 2] - xyxy[:, 0]))
    lateral = np.hypot(LATERAL_SIGMA_M, side_px * footprints.forward_m / camera.focal_px)
    sigma = np.stack([forward, np.where(footprints.is_cut, CUT_SIGMA_M, lateral)], axis=1)
    return np.where(looks.is_seen[:, None], sigma, np.inf)


def _is_among(wanted: IntArray, ours: IntArray) -> BoolArray:
    """(N,) whether each wanted id is one of ours; for so few, `np.isin` is slow."""
    return np.asarray((wanted[:, None] == ours).any(axis=1), np.bool_)


def _rows_of(ours: IntArray, wanted: IntArray) -> IntArray:
    """Row of each wanted id; every one of them is there."""
    order = np.argsort(ours)
    return order[np.searchsorted(ours, wanted, sorter=order)]
