"""How far a tram runs before it stands."""

from bisect import bisect_left
from dataclasses import dataclass
from itertools import pairwise

from vision.errors import SettingError

KMH_PER_MPS = 3.6

BOSTRAB_KMH_MPS2 = ((20, 1.71), (30, 2.04), (40, 2.29), (50, 2.47), (60, 2.57), (70, 2.73))
"""BOStrab annex 2: mean hazard braking, straight, level, dry, from each speed to standstill."""


@dataclass(frozen=True, slots=True)
class BrakingCurve:
    """Mean deceleration to standstill by initial speed."""

    kmh_mps2: tuple[tuple[float, float], ...] = BOSTRAB_KMH_MPS2
    """Pairs of speed in km/h, rising, and deceleration in m/s²."""

    def __post_init__(self) -> None:
        if not self.kmh_mps2:
            raise SettingError("a braking curve needs one point or more, got none")
        for kmh, mps2 in self.kmh_mps2:
            if not (kmh > 0 and mps2 > 0):
                raise SettingError(f"braking point must be above 0, got {kmh} km/h {mps2} m/s²")
        for (before, _), (after, _) in pairwise(self.kmh_mps2):
            if not after > before:
                raise SettingError(f"braking speeds must rise, got {before} then {after} km/h")

    def deceleration_mps2(self, speed_mps: float) -> float:
        """Mean deceleration from this speed; flat beyond the ends of the curve."""
        kmh = abs(speed_mps) * KMH_PER_MPS
        above = bisect_left(self.kmh_mps2, kmh, key=lambda point: point[0])
        if above == 0:
            return self.kmh_mps2[0][1]
        if above == len(self.kmh_mps2):
            return self.kmh_mps2[-1][1]
        (low_kmh, low), (high_kmh, high) = self.kmh_mps2[above - 1 : above + 1]
        return low + (high - low) * (kmh - low_kmh) / (high_kmh - low_kmh)

    def braking_distance_m(self, speed_mps: float) -> float:
        """Way from the brake's bite to standstill."""
        return speed_mps**2 / (2 * self.deceleration_mps2(speed_mps))

    def stopping_distance_m(
        self, speed_mps: float, reaction_s: float, margin_m: float = 0.0
    ) -> float:
        """Way of the reaction, way of the braking, and a margin."""
        return speed_mps * reaction_s + self.braking_distance_m(speed_mps) + margin_m
