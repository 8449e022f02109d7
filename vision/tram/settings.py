"""What a tram's cabin camera and brakes are like."""

from dataclasses import dataclass, field

from vision.errors import SettingError
from vision.ground import GroundCamera
from vision.tram.alert_settings import AlertSettings
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
    bogie_distance_m: float = 7.0
    """Between the pivots that carry the first car; usual for low-floor trams."""
    front_overhang_m: float = 2.5
    """From the first pivot to the front, which swings out in bends."""
    closer_look_every_s: float = 0.4
    """How often the track ahead is looked at closer; 0: never."""
    finds_objects: bool = True
    """Whether the bed of the track is looked at for things that no class names."""
    pitch_sigma_deg: float = 0.2
    """How far the camera's pitch may be off, one standard deviation."""
    yaw_sigma_deg: float = 0.2
    height_sigma_share: float = 0.02
    """Likewise of its height, as a share of it."""
    braking: BrakingCurve = field(default_factory=BrakingCurve)
    alert: AlertSettings = field(default_factory=AlertSettings)

    def __post_init__(self) -> None:
        for name in ("gauge_m", "vehicle_width_m"):
            if not getattr(self, name) > 0:
                raise SettingError(f"{name} must be above 0, got {getattr(self, name)}")
        for name in ("closer_look_every_s", "margin_m", "bogie_distance_m", "front_overhang_m"):
            if getattr(self, name) < 0:
                raise SettingError(f"{name} must not be below 0, got {getattr(self, name)}")

    @property
    def envelope_half_width_m(self) -> float:
        """From the track's middle to the envelope's edge, on straight track."""
        return self.vehicle_width_m / 2 + self.margin_m
