"""The last readings of one live source: its rhythm, and the speed now, some time after the newest.

A satellite receiver speaks once a second. Until it speaks again the tram may have braked or gone
faster, so its speed is carried on for a while and trusted less and less; how long is bounded by
the source's own rhythm, so that one that has fallen silent is told soon.
"""

from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from service.ego_speed.reading import SpeedReading

KEPT = 16  # readings: enough for the rhythm, and for the acceleration at 25 a second
LATE_SHARE = 0.5  # of the usual time between readings, by which one may come late
PROMISED_S = 0.5  # by then the driver must know of any fault
SLOPE_OVER_S = 0.5  # at least, for an acceleration: speeds come in steps
CARRIED_S = 0.5  # an acceleration goes on for so long; a driver changes it after that
HARDEST_MPS2, FASTEST_MPS2 = -3.0, 1.5  # of a tram, down and up
UNKNOWN_MPS2 = 1.0  # of which nothing is known, one standard deviation: a usual service braking
LEAST_SHARE = 0.5  # of the speed read: braking carried on must not make a rolling tram stand


@dataclass(frozen=True, slots=True)
class SpeedTrail:
    """Readings and when they arrived, oldest first, by a clock that nobody sets."""

    readings: tuple[tuple[SpeedReading, float], ...] = ()

    def with_one(self, reading: SpeedReading, now_s: float) -> "SpeedTrail":
        """The trail after one more reading."""
        return SpeedTrail((*self.readings[1 - KEPT :], (reading, now_s)))

    @property
    def rhythm_s(self) -> float | None:
        """The usual time between readings; None before the second one."""
        times = [at_s for _, at_s in self.readings]
        return median(b - a for a, b in pairwise(times)) if times[1:] else None

    def permitted_age_s(self, max_age_s: float) -> float:
        """How old the newest reading may be: until the next is overdue, never above `max_age_s`."""
        rhythm_s = self.rhythm_s
        if rhythm_s is None:
            return max_age_s
        overdue_s = rhythm_s + min(LATE_SHARE * rhythm_s, PROMISED_S)
        return min(max_age_s, max(PROMISED_S, overdue_s))

    def at(self, now_s: float, max_age_s: float) -> SpeedReading | None:
        """The speed at `now_s`; None when the newest reading is too old or there is none."""
        if not self.readings:
            return None
        newest, read_s = self.readings[-1]
        age_s = max(now_s - read_s, 0.0)
        if age_s > self.permitted_age_s(max_age_s):
            return None
        acceleration_mps2 = self._acceleration_mps2()
        speed_mps = newest.speed_mps + acceleration_mps2 * min(age_s, CARRIED_S)
        if newest.speed_mps >= 0:
            speed_mps = max(speed_mps, LEAST_SHARE * newest.speed_mps)
        return replace(
            newest,
            speed_mps=speed_mps,
            age_s=age_s,
            sigma_mps=UNKNOWN_MPS2 * age_s,
            acceleration_mps2=acceleration_mps2 if age_s <= CARRIED_S else 0.0,
        )

    def _acceleration_mps2(self) -> float:
        """Between the newest reading and the last one before it that lies far enough back."""
        newest, read_s = self.readings[-1]
        for earlier, at_s in reversed(self.readings[:-1]):
            if read_s - at_s >= SLOPE_OVER_S:
                slope = (newest.speed_mps - earlier.speed_mps) / (read_s - at_s)
                return min(max(slope, HARDEST_MPS2), FASTEST_MPS2)
        return 0.0
