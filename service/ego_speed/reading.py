"""One reading of the own speed, with the place where a receiver knows it."""

from dataclasses import dataclass
from typing import Literal

SpeedOrigin = Literal["constant", "recording", "odometry", "gnss", "picture"]
"""Where a speed comes from; `picture` is an estimate."""
Position = tuple[float, float]
"""Latitude and longitude in degrees, WGS 84."""
FASTEST_MPS = 60.0  # nothing on rails in a street goes faster: a larger number is a wrong unit


def position_of(latitude_deg: float, longitude_deg: float) -> Position | None:
    """The place, or None where such numbers name none."""
    is_on_earth = -90 <= latitude_deg <= 90 and -180 <= longitude_deg <= 180
    return (latitude_deg, longitude_deg) if is_on_earth else None


@dataclass(frozen=True, slots=True)
class SpeedReading:
    """How fast the tram runs, and where it is if that was said along with it."""

    speed_mps: float
    position_deg: Position | None = None
    """Where it was when this was read."""
    age_s: float = 0.0
    """Since it was read; the speed has been carried on over this time."""
    sigma_mps: float = 0.0
    """By how much that may be wrong, one standard deviation."""
    acceleration_mps2: float | None = None
    """None where nothing is known of it but what the speeds themselves tell."""
