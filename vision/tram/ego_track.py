"""The course of the own track, followed from picture to picture while the tram moves on it."""

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from vision.arrays import FloatArray
from vision.tram.branch import (
    Branch,
    moved_branch,
    next_branch,
    seen_branch,
    shows_joining,
)
from vision.tram.centre_line import ALONG_M, STEP_M, CentreLine
from vision.tram.rail_evidence import RailEvidence
from vision.tram.rail_fit import STRETCH_ENDS_M, RailFit, fit_rails

FORWARD_STEP_M = STEP_M / 2
FORWARD_M: FloatArray = np.arange(0.0, STRETCH_ENDS_M[-1], FORWARD_STEP_M)
STRETCH_OF = np.searchsorted(STRETCH_ENDS_M, FORWARD_M, side="right")
"""Places ahead at which a fit is read, and the stretch each lies in."""

UNSURE_SHARE = 0.5  # of a picture's weight where another course is as good
GAP_S = 2.0  # after a longer time without pictures nothing is known


SEEN_SIGMA_M, SEEN_SIGMA_SHARE = 0.05, 0.004  # rendered clips: 0.02 m at 10 m, 0.15 m at 40 m
BRANCHES_FROM_M = 12.0  # sure of the own track at least, before another is told apart from it
LOST_AFTER_S, LOST_AFTER_M = 8.0, 80.0  # a crossing or a snowed-up stop is shorter
UNKNOWN_BEND_PER_M = 1 / 200  # usual curvature of a tram track about which nothing is known
BEND_END_M = 6.0  # of the sure part, at its end, whose bend may go on or not


@dataclass(frozen=True, slots=True)
class EgoTrackSettings:
    """What the rails are like, and how fast new pictures count and old ones are forgotten."""

    gauge_m: float = 1.435
    settle_s: float = 0.1
    """Over which pictures are averaged."""
    fade_s: float = 4.0
    """Over which a bend that is no longer seen becomes straight."""
    forget_mps: float = 2.0
    """By which the sure distance shrinks while no rail is seen, besides the way driven."""


@dataclass(frozen=True, eq=False)
class EgoTrack:
    """What is known of the track ahead; curvature belongs to places, so it moves with them."""

    curvature_per_m: FloatArray = field(default_factory=lambda: np.zeros(len(ALONG_M)))
    """(M,) at `ALONG_M` ahead of the camera, positive in bends to the right."""
    offset_m: float = 0.0
    """Where the line begins, to the right of the vehicle's axis."""
    heading_rad: float = 0.0
    """Of its beginning: a vehicle stands askew in a bend."""
    sure_to_m: float = 0.0
    """How far ahead along the track rails were seen without a rival; 0 when nowhere."""
    confidence: float = 0.0
    """Share of the sure stretch on which both rails show, 0 to 1."""
    is_started: bool = False
    """Whether any rail has been seen yet."""
    unseen_s: float = 0.0
    """Since a rail was last seen."""
    unseen_m: float = 0.0
    """Way since then."""
    branch: Branch | None = None
    """A switch ahead."""

    @cached_property
    def line(self) -> CentreLine:
        """The middle of the track in the vehicle's frame."""
        return CentreLine.from_curvature(self.curvature_per_m, self.offset_m, self.heading_rad)

    @property
    def fork(self) -> Branch | None:
        """The switch ahead, once it is confirmed: the tram may go either way."""
        return self.branch if self.branch is not None and self.branch.is_confirmed else None

    @property
    def certain_to_m(self) -> float:
        """How far ahead the way of the tram is sure: the rails, and no switch before."""
        return self.sure_to_m if self.fork is None else min(self.sure_to_m, self.fork.fork_m)

    @property
    def is_lost(self) -> bool:
        """Whether the last course seen is too old to stand for the one ahead."""
        return self.unseen_s > LOST_AFTER_S and self.unseen_m > LOST_AFTER_M

    def lateral_sigma_m(self, along_m: FloatArray) -> FloatArray:
        """(N,) one standard deviation of the line's place aside.

        Beyond the sure part it opens like a bend of unknown radius.
        """
        unseen_m = np.clip(along_m - self.certain_to_m, 0, None)
        seen_m = SEEN_SIGMA_M + SEEN_SIGMA_SHARE * along_m
        sigma: FloatArray = seen_m + UNKNOWN_BEND_PER_M * unseen_m**2 / 2
        return sigma

    def bend_sigma_m(self, along_m: FloatArray) -> FloatArray:
        """(N,) how far aside the line lies if the bend in which its sure part ends goes on or not.

        Next to nothing where that is straight; metres where a sharp bend hides its own end.
        """
        is_end = np.abs(ALONG_M - max(self.sure_to_m - BEND_END_M / 2, 0.0)) <= BEND_END_M / 2
        bend_per_m = abs(float(self.curvature_per_m[is_end].mean()))
        sigma: FloatArray = bend_per_m * np.clip(along_m - self.sure_to_m, 0, None) ** 2 / 2
        return sigma

    def heading_sigma_rad(self, along_m: FloatArray) -> FloatArray:
        """(N,) one standard deviation of the line's direction; 0 on the sure part."""
        sigma: FloatArray = UNKNOWN_BEND_PER_M * np.clip(along_m - self.certain_to_m, 0, None)
        return sigma


def next_ego_track(
    track: EgoTrack,
    evidence: RailEvidence,
    ego_speed_mps: float,
    elapsed_s: float,
    settings: EgoTrackSettings,
) -> EgoTrack:
    """The track after one more picture, taken `elapsed_s` after the last one at this speed."""
    moved = moved_ego_track(track, ego_speed_mps, elapsed_s, settings)
    fit = fit_rails(evidence, settings.gauge_m, moved.line, moved.sure_to_m)
    gain = float(1 - np.exp(-elapsed_s / settings.settle_s)) if moved.is_started else 1.0
    if fit.seen_to_m <= 0:
        return _unseen(moved, gain, elapsed_s, settings)
    seen = fit.seen_to_m >= ALONG_M
    curvature = moved.curvature_per_m.copy()
    trust = np.where(fit.sure_to_m >= ALONG_M, gain, gain * UNSURE_SHARE)[seen]
    curvature[seen] += trust * (_curvature_per_m(fit)[seen] - curvature[seen])
    followed = EgoTrack(
        curvature,
        offset_m=_towards(moved.offset_m, fit.offset_m, gain),
        heading_rad=_towards(moved.heading_rad, fit.heading_rad, gain),
        sure_to_m=_towards(moved.sure_to_m, fit.sure_to_m, gain),
        confidence=_towards(moved.confidence, fit.confidence, gain),
        is_started=True,
    )
    return replace(followed, branch=_branch(moved.branch, followed, evidence, settings))


def _branch(
    moved: Branch | None, track: EgoTrack, evidence: RailEvidence, settings: EgoTrackSettings
) -> Branch | None:
    seen = None
    if track.sure_to_m >= BRANCHES_FROM_M:
        seen = seen_branch(evidence, settings.gauge_m, track.line)
    branch = next_branch(moved, seen)
    if branch is not None and shows_joining(evidence, settings.gauge_m, track.line):
        return None
    return branch


def moved_ego_track(
    track: EgoTrack, ego_speed_mps: float, elapsed_s: float, settings: EgoTrackSettings
) -> EgoTrack:
    """The same track from where the tram is `elapsed_s` later; what is unseen becomes straight."""
    way_m = ego_speed_mps * elapsed_s
    unseen_s, unseen_m = track.unseen_s + elapsed_s, track.unseen_m + abs(way_m)
    if elapsed_s > GAP_S:
        return EgoTrack(unseen_s=unseen_s, unseen_m=unseen_m)
    curvature = np.interp(ALONG_M + way_m, ALONG_M, track.curvature_per_m, right=0.0)
    sure_to_m = max(track.sure_to_m - max(way_m, 0.0), 0.0)
    curvature[sure_to_m < ALONG_M] *= np.exp(-elapsed_s / settings.fade_s)
    return replace(
        track,
        curvature_per_m=curvature,
        sure_to_m=sure_to_m,
        unseen_s=unseen_s,
        unseen_m=unseen_m,
        branch=moved_branch(track.branch, way_m, elapsed_s),
    )


def _unseen(moved: EgoTrack, gain: float, elapsed_s: float, settings: EgoTrackSettings) -> EgoTrack:
    """No rail shows: the last course stands, and less and less of it is sure."""
    kept = float(np.exp(-elapsed_s / settings.fade_s))
    return replace(
        moved,
        offset_m=moved.offset_m * kept,
        heading_rad=moved.heading_rad * kept,
        sure_to_m=max(moved.sure_to_m - settings.forget_mps * elapsed_s, 0.0),
        confidence=moved.confidence * (1 - gain) if moved.is_started else 0.0,
    )


def _towards(old: float, new: float, gain: float) -> float:
    return old + gain * (new - old)


def _curvature_per_m(fit: RailFit) -> FloatArray:
    """(M,) of the fit at `ALONG_M`."""
    slope = np.gradient(fit.lateral_m(FORWARD_M), FORWARD_STEP_M)
    length = np.sqrt(1 + slope**2)
    along = np.concatenate([[0.0], np.cumsum((length[1:] + length[:-1]) / 2 * FORWARD_STEP_M)])
    bend = fit.bend_per_m[STRETCH_OF]
    curvature: FloatArray = np.interp(ALONG_M, along, bend / length**3, right=0.0)
    return curvature
