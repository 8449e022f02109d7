"""How fast the tram itself runs, from the site file or a recording beside a clip."""

import csv
import math
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from service.ego_speed.reading import FASTEST_MPS

COLUMNS = ["t_s", "speed_mps"]


@dataclass(frozen=True, slots=True)
class EgoSpeed:
    """Own speed since a clip's first picture, where it changes; below 0 the tram runs backwards."""

    times_s: tuple[float, ...] = ()
    speeds_mps: tuple[float, ...] = ()

    @classmethod
    def constant(cls, speed_mps: float) -> Self:
        """The same speed at all times."""
        return cls((0.0,), (speed_mps,))

    @classmethod
    def from_csv(cls, path: Path) -> Self:
        """Read columns t_s,speed_mps; raise ValueError naming the line that does not fit."""
        with path.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if rows.fieldnames != COLUMNS:
                raise ValueError(f"columns must be {','.join(COLUMNS)}, got {rows.fieldnames}")
            times: list[float] = []
            speeds: list[float] = []
            for row in rows:
                try:
                    time_s, speed_mps = float(row["t_s"]), float(row["speed_mps"])
                except (TypeError, ValueError):
                    raise ValueError(f"line {rows.line_num} holds no two numbers") from None
                if not (math.isfinite(time_s) and math.isfinite(speed_mps)):
                    raise ValueError(f"line {rows.line_num} holds a number without end")
                if times and time_s <= times[-1]:
                    raise ValueError(f"t_s must rise, but line {rows.line_num} has {time_s}")
                if abs(speed_mps) > FASTEST_MPS:
                    wanted = f"wanted {FASTEST_MPS:g} m/s at most"
                    raise ValueError(f"line {rows.line_num} has {speed_mps:g} m/s, {wanted}")
                times.append(time_s)
                speeds.append(speed_mps)
        if not times:
            raise ValueError("holds no speeds")
        return cls(tuple(times), tuple(speeds))

    def at(self, time_s: float) -> float | None:
        """Speed in m/s at this time, the last known one; None when no speed is known."""
        if not self.times_s:
            return None
        return self.speeds_mps[max(bisect_right(self.times_s, time_s) - 1, 0)]
