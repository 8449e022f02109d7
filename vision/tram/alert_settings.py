"""When a driver is told of an obstacle, and for how long."""

from dataclasses import dataclass

from vision.errors import SettingError


@dataclass(frozen=True, slots=True)
class AlertSettings:
    """When an obstacle is worth a word; the defaults suit a city tram."""

    reaction_s: float = 1.5
    """Of the driver, before the brakes bite."""
    stop_margin_m: float = 5.0
    """Kept between the standing tram and the obstacle."""
    alarm_ttc_s: float = 6.0
    caution_ttc_s: float = 9.0
    information_ttc_s: float = 12.0
    caution_factor: float = 1.4
    """Caution begins at this many of the ways that are needed to stop behind the obstacle: at the
    speeds of a city a second and a half before the alarm."""
    information_factor: float = 2.5
    """Information at this many stopping distances; at standstill the margin is one. Of what stays
    in the way a slow or standing tram is told as far ahead as one that has just started."""
    alarm_entry_s: float = 2.0
    """Something still outside alarms when it will have entered within this time."""
    entry_horizon_s: float = 4.0
    """A predicted entry later than this is no reason to warn."""
    confirm_frames: int = 3
    """Pictures in a row before the level rises."""
    confident_confirm_frames: int = 2
    """The same for an obstacle seen with high confidence."""
    confirm_s: float = 0.15
    """Two pictures that lie this far apart confirm as well: few pictures a second say as much. One
    does that comes so long after the one before and shows what has been followed for as long."""
    high_confidence: float = 0.7
    hold_s: float = 0.5
    """A level stands this long after its reason has gone."""
    release_factor: float = 1.2
    """Thresholds for letting go are this much wider than for rising."""
    standstill_mps: float = 0.5
    hard_braking_mps2: float = 1.2
    """A driver who brakes like this has seen the obstacle, unless it came up later."""
    driver_sees_after_s: float = 0.5
    """Nobody brakes for what has been in view for less."""
    escalate_s: float = 4.0
    """A warning that stands this long without acknowledgement is given more weight."""
    cautions_per_hour: int = 60
    """Beyond that cautions are shown as information; an alarm is never held back."""
    speed_valid_for_s: float = 1.0
    """How long a speed reading stands in for missing ones."""

    def __post_init__(self) -> None:
        if not 0 < self.alarm_ttc_s <= self.caution_ttc_s <= self.information_ttc_s:
            raise SettingError(
                "times to collision must be 0 < alarm ≤ caution ≤ information, got "
                f"{self.alarm_ttc_s}, {self.caution_ttc_s} and {self.information_ttc_s} s"
            )
        if not 1 <= self.caution_factor <= self.information_factor:
            raise SettingError(
                "factors must be 1 ≤ caution ≤ information, got "
                f"{self.caution_factor} and {self.information_factor}"
            )
        if self.release_factor < 1:
            raise SettingError(f"release_factor must be 1 or more, got {self.release_factor}")
        for name in ("reaction_s", "stop_margin_m", "hold_s", "speed_valid_for_s"):
            if getattr(self, name) < 0:
                raise SettingError(f"{name} must not be below 0, got {getattr(self, name)}")
