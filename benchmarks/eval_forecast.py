"""Are the free spots of the next hours foretold better than by "same as now" or "last week"?"""

import argparse
import json
import sys
from collections import defaultdict
from dataclasses import dataclass

import numpy as np

from benchmarks.stamped_result import stamp, write_result
from vision.arrays import FloatArray
from vision.parking.forecast import INTERVAL, Basis, PastHours, forecast_free

WEEKS = 26
FIRST_ORIGIN_WEEK = 9
MEMORY_WEEKS = 8
AHEAD_HOURS = (1, 2, 3, 6, 12, 24)
WEEK_H = 7 * 24
STEP_H = 5  # between two forecasts; shares no divisor with a week, so meets its every hour


@dataclass(frozen=True, slots=True)
class Lot:
    """A kind of car park: when cars come, and how long they stay."""

    name: str
    spots: int
    weekday_rates: tuple[tuple[int, int, float], ...]
    """From hour, until hour, arrivals per hour as a share of the spots."""
    weekend_rates: tuple[tuple[int, int, float], ...]
    stay_median_h: float
    stay_sigma: float


LOTS = (
    Lot("offices", 120, ((6, 10, 0.22), (10, 16, 0.03)), ((9, 15, 0.01),), 8.0, 0.25),
    Lot("shops", 200, ((9, 20, 0.35),), ((9, 20, 0.55),), 1.2, 0.6),
    Lot("station", 300, ((5, 9, 0.17), (9, 20, 0.03)), ((7, 19, 0.02),), 9.5, 0.3),
    Lot("residents", 60, ((16, 21, 0.14), (21, 24, 0.03)), ((12, 23, 0.07),), 13.0, 0.4),
    Lot("market", 40, ((6, 14, 0.5),), ((5, 14, 0.8),), 0.7, 0.5),
)


def simulate(lot: Lot, random: np.random.Generator) -> FloatArray:
    """(hours,) mean free spots: cars come, find a place or not, and go, minute by minute.

    Days differ (weather, holidays, growth), with some of a day's difference left for the next.
    """
    minutes = WEEKS * 7 * 24 * 60
    leaving = np.zeros(minutes + 60 * 24 * 7, np.int64)
    parked, level, day_factor = lot.spots // 3, 0.0, 1.0
    leaving[random.integers(0, 60 * 24, parked)] += 1
    parked = int(leaving[: 60 * 24].sum())
    free = np.zeros(minutes)
    for minute in range(minutes):
        hour, day = minute // 60 % 24, minute // (60 * 24)
        if minute % (60 * 24) == 0:
            level = 0.6 * level + random.normal(0, 0.15)
            is_holiday = random.random() < 0.03
            growth = 1 + 0.15 * day / (WEEKS * 7)
            day_factor = np.exp(level) * growth * (0.15 if is_holiday else 1.0)
        rates = lot.weekend_rates if day % 7 >= 5 else lot.weekday_rates
        rate = sum(share for begin, end, share in rates if begin <= hour < end)
        parked -= int(leaving[minute])
        for _ in range(random.poisson(rate * lot.spots * day_factor / 60)):
            if parked < lot.spots:
                parked += 1
                stay_h = lot.stay_median_h * np.exp(random.normal(0, lot.stay_sigma))
                leaving[minute + max(1, min(round(stay_h * 60), 60 * 24 * 7 - 1))] += 1
        free[minute] = lot.spots - parked
    return free.reshape(-1, 60).mean(1)


def judge(lot: Lot, free: FloatArray, random: np.random.Generator) -> dict[str, list[float]]:
    """Errors in spots of every rule by hours ahead, and whether the interval held."""
    slots = np.arange(len(free)) % WEEK_H
    known = free.copy()
    for begin in random.integers(0, len(free), 12):  # the camera was away now and then
        known[begin : begin + random.integers(1, 20)] = np.nan
    found: dict[str, list[float]] = defaultdict(list)
    for origin in origins(len(free)):
        begin = origin - MEMORY_WEEKS * WEEK_H
        now = float(free[origin])
        told = forecast_free(
            PastHours(known[begin:origin], slots[begin:origin]),
            [int(slot) for slot in slots[origin + 1 : origin + 25]],
            free_now=(now, now),
            hour_passed=0.5,
            total=lot.spots,
        )
        assert told.basis is Basis.WEEKLY_PATTERN
        for ahead in AHEAD_HOURS:
            truth, hour = free[origin + ahead], told.hours[ahead - 1]
            found[f"ours {ahead}"].append(abs(hour.free - truth))
            found[f"same_as_now {ahead}"].append(abs(now - truth))
            found[f"same_as_last_week {ahead}"].append(abs(free[origin + ahead - WEEK_H] - truth))
            found[f"covered {ahead}"].append(hour.free_low - 0.5 <= truth <= hour.free_high + 0.5)
            found[f"width {ahead}"].append(hour.free_high - hour.free_low)
    return found


def origins(hours: int) -> range:
    """The hours at which a forecast is made, of so many simulated ones."""
    return range(FIRST_ORIGIN_WEEK * WEEK_H, hours - max(AHEAD_HOURS) - 1, STEP_H)


def table(found: dict[str, list[float]], spots: int) -> dict[str, dict[str, float]]:
    """Mean errors in % of the spots, coverage and width, by hours ahead."""
    rows: dict[str, dict[str, float]] = {}
    for ahead in AHEAD_HOURS:
        row = {
            f"{rule}_error_percent": _percent(found[f"{rule} {ahead}"], spots)
            for rule in ("ours", "same_as_now", "same_as_last_week")
        }
        row["interval_held"] = round(float(np.mean(found[f"covered {ahead}"])), 3)
        row["interval_width_percent"] = _percent(found[f"width {ahead}"], spots)
        rows[str(ahead)] = row
    return rows


def _percent(values: list[float], spots: int) -> float:
    return round(100 * float(np.mean(values)) / spots, 2)


def main() -> int:
    """Simulate months of five kinds of car park and judge every rule on them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=20261120)
    parser.add_argument("--json", action="store_true", help="print the result only")
    options = parser.parse_args()
    lots: dict[str, dict[str, dict[str, float]]] = {}
    for index, lot in enumerate(LOTS):
        random = np.random.default_rng([options.seed, index])
        lots[lot.name] = table(judge(lot, simulate(lot, random), random), lot.spots)
    mean = {
        str(ahead): {
            name: round(float(np.mean([lots[lot.name][str(ahead)][name] for lot in LOTS])), 3)
            for name in lots[LOTS[0].name][str(ahead)]
        }
        for ahead in AHEAD_HOURS
    }
    content = {
        "simulated_weeks": WEEKS,
        "seed": options.seed,
        "interval_wanted": INTERVAL,
        "by_hours_ahead": mean,
        "lots": lots,
    }
    path = write_result("forecast", stamp() | content)
    if not options.json:
        for ahead, row in mean.items():
            print(f"{ahead:>3} h ahead: {row}", file=sys.stderr)
    print(json.dumps({"result": str(path), **content}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
