"""What a tram's cabin camera and brakes are like."""

from dataclasses import dataclass, field

from vision.errors import SettingError
from vision.ground import GroundCamera
from vision.tram.alert_state import AlertSettings
from vision.tram.braking import BrakingCurve


@dataclass(frozen=True, slots=True)
class TramSettings:
    """One tram as the mission must know it."""

    camera: GroundCamera
    gauge_m: float = 1.435
    vehicle_width_m: float = 2.65
    margin_m: float = 0.3
    """Kept free on either side of the vehicle."""
    front_offset_m: float = 0.0
    """How far the tram's front is ahead of the camera."""
    braking: BrakingCurve = field(default_factory=BrakingCurve)
    alert: AlertSettings = field(default_factory=AlertSettings)

    def __post_init__(self) -> None:
        for name in ("gauge_m", "vehicle_width_m"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be above 0, got {getattr(self, name)}")
        if self.margin_m < 0:
            raise SettingError(f"margin_m must not be below 0, got {self.margin_m}")

    @property
    def envelope_half_width_m(self) -> float:
        """From the track axis to the envelope's edge."""
        return self.vehicle_width_m / 2 + self.margin_m
