"""How one camera is doing: its link, its view and its counters."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from vision.parking.watch import ParkingResult
from vision.tram.alert_state import UnavailableReason
from vision.tram.calibration_watch import CalibrationCheck
from vision.tram.watch import TramResult
from vision.view_health import ViewFault

Result = ParkingResult | TramResult
"""What one picture led to, whichever the camera's mission."""


class CameraStatus(StrEnum):
    """What a technician is told."""

    STARTING = "starting"
    LIVE = "live"
    IMPAIRED = "impaired"
    STALLED = "stalled"
    LOST = "lost"
    ENDED = "ended"
    DEGRADED = "degraded"


@dataclass(frozen=True, slots=True)
class CameraCounts:
    """Pictures of one camera since the service started."""

    frames: int = 0
    """Looked at."""
    dropped: int = 0
    """Decoded, but replaced by a newer one before they were looked at."""
    damaged: int = 0
    """Could not be decoded."""
    reconnects: int = 0
    is_key_frames_only: bool = False
    """Whether nothing but key frames is decoded at present."""
    key_frame_interval_s: float | None = None
    """From one key frame to the next; None where it was not measured."""


@dataclass(frozen=True, slots=True)
class CameraState:
    """One camera now; times are those of its pictures, or the service's where it has none."""

    status: CameraStatus = CameraStatus.STARTING
    reason: str | None = None
    """Why it is not simply live, in a few words; free of credentials."""
    changed_at_ns: int | None = None
    observed_at_ns: int | None = None
    """Capture time of the last picture."""
    valid_until_ns: int | None = None
    """When the next picture is overdue."""
    frame_id: int | None = None
    width_px: int | None = None
    height_px: int | None = None
    counts: CameraCounts = CameraCounts()
    stage_ms: Mapping[str, float] = field(default_factory=dict)
    """Time of the last picture in each stage."""
    latency_ms: float | None = None
    """From capture to published result, of the last picture."""
    calibration: CalibrationCheck | None = None
    """Of a tram's camera: what its site file says beside what the rails say."""


def fault_of(result: Result) -> str | None:
    """What is wrong with a camera's view, or with what its site file says of it."""
    if result.health.fault is not None:
        return result.health.fault.value
    is_doubtful = isinstance(result, TramResult) and result.calibration.is_doubtful
    return UnavailableReason.CALIBRATION.value if is_doubtful else None


def link_and_view(
    link: CameraStatus, link_reason: str | None, fault: str | None
) -> tuple[CameraStatus, str | None]:
    """One status from a camera's link and its view: a bad view matters while the link stands."""
    if link is CameraStatus.LIVE and fault is not None:
        # Pictures come again, but have not been good for long enough yet.
        return CameraStatus.IMPAIRED, "recovering" if fault == ViewFault.LOST else fault
    return link, link_reason
