"""Watches one camera's spots, frame by frame."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from vision.arrays import FloatArray, ImageArray
from vision.frame import Frame
from vision.parking.layout import Layout
from vision.parking.spot_state import (
    SettlingSettings,
    SpotState,
    UnknownReason,
)
from vision.stages import UNTIMED, Stages
from vision.view_health import ViewHealth, ViewSettings


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

    def update(self, frame: Frame, stages: Stages = UNTIMED) -> ParkingResult:
        """Take one picture; raises LayoutError when the spots do not fit it."""
        raise NotImplementedError

    def lose(self, now_ns: int, reason: UnknownReason) -> ParkingResult:
        """No picture is to be had: every spot is unknown for `reason`."""
        raise NotImplementedError
