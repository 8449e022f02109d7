"""Watches one camera's spots, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame
from vision.parking.layout import Layout
from vision.parking.spot_state import (
    SettlingSettings,
    SpotEvidence,
    SpotState,
    UnknownReason,
    first_spot_state,
    next_spot_state,
)
from vision.stages import UNTIMED, Stages
from vision.view_health import ViewFault, ViewHealth, ViewMonitor, ViewSettings

ASPECT_TOLERANCE = 0.01  # a sub-stream of the same view keeps its shape within rounding

REASON_OF_FAULT: Mapping[ViewFault, UnknownReason] = {
    ViewFault.LOST: UnknownReason.CAMERA_LOST,
    ViewFault.FROZEN: UnknownReason.FROZEN,
    ViewFault.DARK: UnknownReason.DARK,
    ViewFault.OVEREXPOSED: UnknownReason.OVEREXPOSED,
    ViewFault.BLURRED: UnknownReason.BLURRED,
    ViewFault.COVERED: UnknownReason.COVERED,
}


class SpotClassifier(Protocol):
    """Tells how likely each spot of a picture is occupied."""

    def __call__(self, image: ImageArray, polygons: Sequence[FloatArray]) -> FloatArray:
        """(N,) probability of a car on each of the N (K, 2) outlines."""
        ...


@dataclass(frozen=True, slots=True)
class ParkingSettings:
    """How one camera's spots are followed."""

    settling: SettlingSettings = field(default_factory=SettlingSettings)
    view: ViewSettings = field(default_factory=ViewSettings)


@dataclass(frozen=True, slots=True)
class ParkingResult:
    """Everything known about a camera's spots after one frame."""

    camera_id: str
    frame_id: int | None
    """Of the last picture; None before the first."""
    timestamp_ns: int
    health: ViewHealth
    spots: Mapping[str, SpotState]
    """By spot_id, in the layout's order."""
    probabilities: Mapping[str, float]
    """Of a car in this one picture, by spot_id; empty when the view was not trusted."""


class ParkingWatch:
    """Follows the spots of one layout; time enters only with frames and losses."""

    def __init__(
        self,
        layout: Layout,
        classifier: SpotClassifier,
        settings: ParkingSettings | None = None,
    ) -> None:
        self._layout = layout
        self._classifier = classifier
        self._settings = settings or ParkingSettings()
        self._monitor = ViewMonitor(self._settings.view)
        self._states: dict[str, SpotState] = {}
        self._frame_id: int | None = None
        self._size_px: tuple[int, int] | None = None

    def update(self, frame: Frame, stages: Stages = UNTIMED) -> ParkingResult:
        """Take one picture; raises LayoutError when the spots do not fit the first one.

        Later pictures of another size but the same shape are the same view; of another shape,
        another view, and all spots are unknown until the first shape returns.
        """
        self._frame_id = frame.frame_id
        with stages("health"):
            health = self._monitor.update(frame)
        layout = self._layout_for(frame)
        blind_reason = None
        if health.fault is not None:
            blind_reason = REASON_OF_FAULT[health.fault]
        elif layout is None:
            blind_reason = UnknownReason.MOVED
        if layout is None or blind_reason is not None:
            return self._result(frame.timestamp_ns, health, blind_reason, {})
        if health.suspected is not None:
            return self._result(frame.timestamp_ns, health, None, {})
        with stages("classify"):
            occupied = self._classifier(frame.image, layout.polygons)
        probabilities = {
            spot.spot_id: float(probability)
            for spot, probability in zip(layout.spots, occupied, strict=True)
        }
        with stages("settle"):
            return self._result(frame.timestamp_ns, health, None, probabilities)

    def lose(self, now_ns: int, reason: UnknownReason) -> ParkingResult:
        """No picture is to be had: every spot is unknown for `reason`."""
        return self._result(now_ns, self._monitor.lose(now_ns), reason, {})

    def _result(
        self,
        now_ns: int,
        health: ViewHealth,
        blind_reason: UnknownReason | None,
        probabilities: Mapping[str, float],
    ) -> ParkingResult:
        for spot in self._layout.spots:
            state = self._states.get(spot.spot_id) or first_spot_state(now_ns, spot.is_closed)
            seen = None
            if blind_reason is not None:
                seen = SpotEvidence(None, blind_reason)
            elif spot.spot_id in probabilities:
                seen = SpotEvidence(probabilities[spot.spot_id])
            self._states[spot.spot_id] = next_spot_state(
                state, seen, now_ns, self._settings.settling
            )
        return ParkingResult(
            camera_id=self._layout.camera_id,
            frame_id=self._frame_id,
            timestamp_ns=now_ns,
            health=health,
            spots=dict(self._states),
            probabilities=probabilities,
        )

    def _layout_for(self, frame: Frame) -> Layout | None:
        """The layout in the px of this picture, or None when its shape is another one."""
        size_px = (frame.width_px, frame.height_px)
        if self._size_px is None:
            self._layout.check_inside(*size_px)
            self._size_px = size_px
        if size_px == self._size_px:
            return self._layout
        across, down = size_px[0] / self._size_px[0], size_px[1] / self._size_px[1]
        if abs(across / down - 1) > ASPECT_TOLERANCE:
            return None
        return self._layout.scaled(across)
