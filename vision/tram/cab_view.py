"""The view of one cab camera: whether its pictures can be trusted, and in whose px they are."""

from collections.abc import Mapping
from dataclasses import replace

from vision.frame import Frame, scale_between
from vision.ground import GroundCamera
from vision.tram.alert_state import UnavailableReason
from vision.tram.lens import LensView, next_lens_view
from vision.view_health import ViewFault, ViewHealth, ViewMonitor, ViewSettings

OFF_MIDDLE = 0.1
"""Of the width; no lens's axis misses the middle so far, but that of another picture size does."""

TRAM_VIEW = ViewSettings(confirm_s=0.3, recover_s=0.5, frozen_after_s=0.4)
"""A driver must know of a blind camera within half a second; no real or rendered clip of a moving
tram stands still for 0.4 s."""

REASON_OF_FAULT: Mapping[ViewFault, UnavailableReason] = {
    ViewFault.LOST: UnavailableReason.NO_PICTURE,
    ViewFault.FROZEN: UnavailableReason.FROZEN,
    ViewFault.DARK: UnavailableReason.DARK,
    ViewFault.OVEREXPOSED: UnavailableReason.OVEREXPOSED,
    ViewFault.BLURRED: UnavailableReason.BLURRED,
    ViewFault.COVERED: UnavailableReason.COVERED,
    ViewFault.DIRTY: UnavailableReason.DIRTY_LENS,
}


class CabView:
    """Judges the pictures of one cab camera; time enters only with frames and losses."""

    def __init__(self, camera: GroundCamera) -> None:
        """`camera` is in px of the first picture."""
        self._camera = camera
        self._size_px: tuple[int, int] | None = None
        self._monitor = ViewMonitor(TRAM_VIEW)
        self._lens = LensView()

    def update(self, frame: Frame, speed_mps: float | None, *, may_stand_still: bool) -> ViewHealth:
        """The health of the view after one more picture, dirt on the lens included."""
        health = self._monitor.update(frame, may_stand_still=may_stand_still)
        if health.fault is not None or health.statistics is None:
            return health
        grey, now_ns = health.statistics.mean_grey, frame.timestamp_ns
        self._lens = next_lens_view(self._lens, frame.image, grey, speed_mps, now_ns)
        return replace(health, fault=ViewFault.DIRTY) if self._lens.is_dirty else health

    def lose(self, now_ns: int) -> ViewHealth:
        """No picture is to be had."""
        return self._monitor.lose(now_ns)

    def camera_of(self, frame: Frame) -> GroundCamera | None:
        """The calibration in the px of this picture, or None when its shape is another one."""
        self._size_px = self._size_px or frame.size_px
        return camera_at(frame.size_px, self._camera, self._size_px)


def camera_at(
    size_px: tuple[int, int], camera: GroundCamera, of_px: tuple[int, int]
) -> GroundCamera | None:
    """A calibration in pictures of one size, for those of another; None where their shape is."""
    scale = scale_between(of_px, size_px)
    return None if scale is None else camera.scaled(scale)


def is_meant_for(camera: GroundCamera, width_px: int) -> bool:
    """Whether a calibration can be one of pictures this wide: its lens looks to their middle."""
    return abs(camera.principal_px[0] / width_px - 0.5) <= OFF_MIDDLE
